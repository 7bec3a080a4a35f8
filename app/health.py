"""Whether the service is alive, and whether it is ready: what a load balancer and an operator ask."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, migrations
from app.core.access import Actor, public
from app.core.database import database_now, reading
from app.jobs import presence
from app.offers import checking
from app.settings import Settings

router = APIRouter(tags=["health"])

CLOCK_SECONDS: Final = 5.0
# A write-ahead log and a result's document fit in this; below it, writes would begin to fail half-way through a request.
LEAST_BYTES: Final = 64 * 2**20


@router.get("/livez", summary="Is the process alive?")
def live(_: Annotated[Actor, public("asked by load balancers")]) -> dict[str, str]:
    """Answer without touching anything else."""
    return {"state": "alive"}


@router.get("/readyz", summary="Can requests be answered?")
def ready(request: Request, _: Annotated[Actor, public("asked by load balancers")]) -> JSONResponse:
    """Tell what is ill. 503 where requests cannot be answered or stored; 200 where only background work waits.

    `state` is `ready`, `degraded` (requests are answered; jobs wait for a worker, a clock is wrong, or the books do
    not add up) or `ill`.
    """
    settings: Settings = request.app.state.settings
    try:
        with reading(request) as session:
            revision = migrations.current_of(session)
            if revision != migrations.head():
                return _answer("ill", database="answers", migrations="missing; run: gotong migrate")
            worker = presence.worker_seen(session, settings.worker_seen_seconds)
            late = abs((clock.now() - database_now(session)).total_seconds())
            right, books = checking.health(session)
    except SQLAlchemyError:
        return _answer("ill", database="does not answer")
    free = _free_bytes(settings.database_url)
    facts = {
        "database": "answers",
        "migrations": "up to date",
        "worker": "seen" if worker else f"none seen for {settings.worker_seen_seconds:.0f} s; run: gotong worker",
        "clock": "right" if late <= CLOCK_SECONDS else f"{late:.0f} s away from the database's",
        "books": books,
        "disk": "has room" if free is None or free >= LEAST_BYTES else f"{free // 2**20} MiB left",
    }
    if free is not None and free < LEAST_BYTES:
        return _answer("ill", **facts)
    return _answer("ready" if worker and right and late <= CLOCK_SECONDS else "degraded", **facts)


def _answer(state: str, **facts: str) -> JSONResponse:
    return JSONResponse({"state": state, **facts}, 503 if state == "ill" else 200)


def _free_bytes(url: str) -> int | None:
    """Return the room on the disk of an embedded database; None for a server's, which looks after its own."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return shutil.disk_usage(Path(parsed.database).absolute().parent).free
