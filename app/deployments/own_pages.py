"""The volunteer's own page of service: what is prepared, a check-in for each month that keeps its draft, incidents, handover."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core.database import reading, transaction
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import render
from app.deployments import incidents, months, queries, service, views
from app.deployments.models import Handover
from app.deployments.schemas import CheckInIn, HandoverIn, IncidentIn
from app.deployments.vocabulary import CHECKLIST, SEVERITIES, STATES
from app.identity.actor import Actor
from app.identity.permissions import requires

router = APIRouter(include_in_schema=False)

HERE = "/service"
Serving = Annotated[Actor, requires("deployments.check_in")]
Long = Annotated[str, Form(max_length=25_000)]
Short = Annotated[str, Form(max_length=40)]


@router.get(HERE)
def service_page(request: Request, actor: Serving) -> HTMLResponse:
    """Show the person's own service."""
    return _page(request, actor)


@router.post(f"{HERE}/{{deployment_id}}/check-in")
def check_in_page(
    request: Request, deployment_id: str, actor: Serving, month: Short, note: Long = "", then: Short = "keep"
) -> Response:
    """Keep a month's words as a draft, or send them."""

    def change(session: Session) -> object:
        body = checked(CheckInIn, {"month": month, "note": note, "send": then == "send"})
        return service.check_in(session, actor, deployment_id, body)

    return _act(request, actor, change, typed={"month": month, "note": note})


@router.post(f"{HERE}/{{deployment_id}}/incident")
def incident_page(
    request: Request, deployment_id: str, actor: Serving, happened_on: Short = "", severity: Short = "", text: Long = ""
) -> Response:
    """Report something that went wrong."""
    typed = {"happened_on": happened_on, "severity": severity, "text": text.strip()}
    return _act(
        request,
        actor,
        lambda session: incidents.report(session, actor, deployment_id, checked(IncidentIn, typed)),
        typed=typed,
    )


@router.post(f"{HERE}/{{deployment_id}}/handover")
def handover_page(
    request: Request, deployment_id: str, actor: Serving, handover: Long = "", successor: Short = ""
) -> Response:
    """Write what is left to the successor."""

    def change(session: Session) -> object:
        body = checked(HandoverIn, {"text": handover.strip(), "successor_id": successor or None})
        return service.hand_over(session, actor, deployment_id, body)

    return _act(request, actor, change, typed={"handover": handover})


def _act(request: Request, actor: Actor, change: Callable[[Session], object], *, typed: dict[str, str]) -> Response:
    try:
        with transaction(request) as session:
            change(session)
    except (Conflict, Invalid) as problem:
        return _page(request, actor, problem=problem, typed=typed)
    return RedirectResponse(HERE, 303)


def _page(
    request: Request, actor: Actor, *, problem: Problem | None = None, typed: dict[str, str] | None = None
) -> HTMLResponse:
    with reading(request) as session:
        found = queries.latest_own(session, actor)
        if found is None:
            return render(request, "deployments/none.html")
        facts: dict[str, Any] = {
            "row": views.deployment_shown(session, actor, found),
            "checklist": views.checklist_shown(session, found),
            "check_ins": views.check_ins_shown(session, actor, found),
            "incidents": session.scalars(queries.incidents_of(found.id)).all(),
            "handover": session.get(Handover, found.id),
            "received": queries.handovers_to(session, found.id),
            "successors": queries.possible_successors(session, found),
        }
        return render(
            request,
            "deployments/own.html",
            problem=problem,
            typed=typed or {},
            states=STATES,
            items=CHECKLIST,
            severities=SEVERITIES,
            today=months.today(),
            **facts,
        )
