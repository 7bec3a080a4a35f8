"""The school's page, opened by its signed link: the arrival, the months, a word about how it goes. No account, no script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core.access import public
from app.core.database import reading, transaction
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import render
from app.deployments import host, months, queries, service
from app.deployments.host import Hosted
from app.deployments.schemas import AttendanceIn, HostFeedbackIn, StartIn, first_day, written
from app.deployments.vocabulary import STATES
from app.identity.actor import Actor

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Actor, public("a school confirms by the signed link that it was given")]
Short = Annotated[str, Form(max_length=20)]
Change = Callable[[Session, Hosted], object]


@router.get("/host/{token}")
def host_page(request: Request, token: str, _: Anybody) -> HTMLResponse:
    """Show what the school can confirm."""
    return _page(request, token)


@router.post("/host/{token}/arrival")
def host_arrival(request: Request, token: str, _: Anybody, day: Short = "") -> Response:
    """Confirm that the volunteer has arrived."""

    def change(session: Session, hosted: Hosted) -> None:
        arrived_on = checked(StartIn, {"arrived_on": day or None}).arrived_on
        host.confirm_arrival(session, hosted.deployment, arrived_on or months.today())

    return _act(request, token, change)


@router.post("/host/{token}/month")
def host_month(request: Request, token: str, _: Anybody, month: Short) -> Response:
    """Confirm that the volunteer was at the school in a month."""

    def change(session: Session, hosted: Hosted) -> None:
        chosen = first_day(checked(AttendanceIn, {"month": month}).month)
        service.confirm_month(session, host.HOST, hosted.deployment, chosen)

    return _act(request, token, change)


@router.post("/host/{token}/feedback")
def host_feedback(
    request: Request, token: str, _: Anybody, text: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """Keep what the school says."""

    def change(session: Session, hosted: Hosted) -> None:
        host.write_feedback(session, hosted.deployment, checked(HostFeedbackIn, {"text": text.strip()}).text)

    return _act(request, token, change, text=text)


def _act(request: Request, token: str, change: Change, *, text: str = "") -> Response:
    try:
        with transaction(request) as session:
            change(session, host.opened(session, token, secret=_secret(request), writing=True))
    except (Conflict, Invalid) as problem:
        return _page(request, token, problem=problem, text=text)
    return RedirectResponse(f"/host/{token}?thanks=1", 303)


def _page(request: Request, token: str, *, problem: Problem | None = None, text: str = "") -> HTMLResponse:
    with reading(request) as session:
        hosted = host.opened(session, token, secret=_secret(request))
        deployment = hosted.deployment
        rows = queries.check_ins(session, [deployment.id])[deployment.id]
        confirmed = {row.month for row in rows if row.host_confirmed_at is not None}
        served = months.served(deployment, months.today())
        return render(
            request,
            "deployments/host.html",
            # The address opens the page, so it must not reach other sites, caches or search engines.
            headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"},
            problem=problem,
            token=token,
            hosted=hosted,
            deployment=deployment,
            months=[(written(month), month, month in confirmed) for month in served],
            states=STATES,
            today=months.today(),
            text=text,
            thanks=problem is None and "thanks" in request.query_params,
        )


def _secret(request: Request) -> str:
    secret: str = request.app.state.settings.secret
    return secret
