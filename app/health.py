"""Whether the service is alive, and whether it is ready: what a load balancer and an operator ask."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.core import migrations
from app.core.access import Actor, public
from app.core.database import reading

router = APIRouter(tags=["health"])


@router.get("/livez", summary="Is the process alive?")
def live(_: Annotated[Actor, public("asked by load balancers")]) -> dict[str, str]:
    """Answer without touching anything else."""
    return {"state": "alive"}


@router.get("/readyz", summary="Can requests be answered?")
def ready(request: Request, _: Annotated[Actor, public("asked by load balancers")]) -> JSONResponse:
    """Tell whether the database answers and is migrated; 503 with the reason where it is not."""
    states: dict[str, Any] = {"database": "answers", "migrations": "up to date"}
    try:
        with reading(request) as session:
            revision = migrations.current_of(session)
    except SQLAlchemyError:
        return JSONResponse({"database": "does not answer", "migrations": "unknown"}, 503)
    if revision != migrations.head():
        states["migrations"] = "missing; run: gotong migrate"
        return JSONResponse(states, 503)
    return JSONResponse(states)
