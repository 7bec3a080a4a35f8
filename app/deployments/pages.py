"""The programme's pages of people in service: who arrives when, and one deployment with everything that can be done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.paging import PageQuery, page_of
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import navigation, render
from app.deployments import host, incidents, months, queries, service, views
from app.deployments.lifecycle import DEPLOYMENT
from app.deployments.models import Deployment, Handover
from app.deployments.schemas import AttendanceIn, ChecklistIn, CompleteIn, EndIn, ResolutionIn, StartIn
from app.deployments.vocabulary import CHECKLIST, SEVERITIES, STATES
from app.identity.actor import Actor
from app.identity.permissions import allows, requires

router = APIRouter(include_in_schema=False)
navigation("/deployments", mark("In service"), {"manager", "auditor", "officer", "sponsor"}, group="service")

ON_A_PAGE: Final = 50
Written = Annotated[str, Form(max_length=4000)]
Short = Annotated[str, Form(max_length=20)]
Change = Callable[[Session], object]
Cursor = Annotated[str | None, Query(max_length=1000)]
ChosenState = Annotated[str | None, Query(max_length=20)]


@router.get("/deployments")
def deployments_page(
    request: Request,
    actor: Annotated[Actor, requires("deployments.view")],
    state: ChosenState = None,
    cursor: Cursor = None,
) -> HTMLResponse:
    """List people in service, as far as the role sees them, those who begin first on top."""
    chosen = state if state in STATES else None
    with reading(request) as session:
        statement = queries.visible_to(actor)
        if chosen:
            statement = statement.where(Deployment.state == chosen)
        page: Any = page_of(
            session,
            statement,
            PageQuery(limit=ON_A_PAGE, cursor=cursor, sort="starts"),
            sorts={"starts": Deployment.starts_on},
            key=Deployment.id,
            shown=lambda row: row,
        )
        kept = {"state": chosen} if chosen else {}
        return render(
            request,
            "deployments/list.html",
            rows=views.deployments_shown(session, actor, page.items),
            states=STATES,
            chosen=chosen,
            more=None if page.next is None else urlencode({**kept, "cursor": page.next}),
        )


@router.get("/deployments/{deployment_id}")
def deployment_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.view")]
) -> HTMLResponse:
    """Show one deployment; a programme manager also what can be done about it."""
    return _page(request, actor, deployment_id)


@router.post("/deployments/{deployment_id}/checklist")
def tick_page(
    request: Request,
    deployment_id: str,
    actor: Annotated[Actor, requires("deployments.prepare")],
    item: Short,
    done: Short = "",
) -> Response:
    """Tick a thing off, or open it again."""

    def change(session: Session) -> object:
        return service.tick(session, actor, deployment_id, checked(ChecklistIn, {"item": item, "done": done == "yes"}))

    return _act(request, actor, deployment_id, change)


@router.post("/deployments/{deployment_id}/start")
def start_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.start")], day: Short = ""
) -> Response:
    """Note the arrival."""

    def change(session: Session) -> object:
        body = checked(StartIn, {"arrived_on": day or None})
        return service.start(session, actor, deployment_id, body.arrived_on)

    return _act(request, actor, deployment_id, change)


@router.post("/deployments/{deployment_id}/attendance")
def attendance_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.confirm")], month: Short
) -> Response:
    """Confirm a month in the school's place."""

    def change(session: Session) -> object:
        return service.confirm(session, actor, deployment_id, checked(AttendanceIn, {"month": month}).month)

    return _act(request, actor, deployment_id, change)


@router.post("/deployments/{deployment_id}/complete")
def complete_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.complete")], day: Short = ""
) -> Response:
    """End the service as it was agreed."""

    def change(session: Session) -> object:
        return service.complete(session, actor, deployment_id, checked(CompleteIn, {"ended_on": day or None}))

    return _act(request, actor, deployment_id, change)


@router.post("/deployments/{deployment_id}/end")
def end_page(
    request: Request,
    deployment_id: str,
    actor: Annotated[Actor, requires("deployments.end_early")],
    reason: Written = "",
    day: Short = "",
) -> Response:
    """Note a drop-out."""

    def change(session: Session) -> object:
        body = checked(EndIn, {"ended_on": day or None, "reason": reason.strip()})
        return service.end_early(session, actor, deployment_id, body)

    return _act(request, actor, deployment_id, change)


@router.post("/deployments/{deployment_id}/host-link")
def host_link_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.host_link")]
) -> Response:
    """Make the school's link and show it, once."""
    settings = request.app.state.settings
    with transaction(request) as session:
        token, end = host.give_link(session, actor, deployment_id, secret=settings.secret)
    return _page(request, actor, deployment_id, link=f"{settings.public_url}/host/{token}", link_end=end)


@router.post("/deployments/{deployment_id}/incidents/{incident_id}")
def resolve_page(
    request: Request,
    deployment_id: str,
    incident_id: str,
    actor: Annotated[Actor, requires("incidents.close")],
    resolution: Written = "",
) -> Response:
    """Close an incident with what was done about it."""

    def change(session: Session) -> object:
        body = checked(ResolutionIn, {"resolution": resolution.strip()})
        return incidents.close(session, actor, incident_id, body.resolution)

    return _act(request, actor, deployment_id, change)


def _act(request: Request, actor: Actor, deployment_id: str, change: Change) -> Response:
    """Take a step and lead back; where it is not possible, show the page with the reason on top."""
    try:
        with transaction(request) as session:
            change(session)
    except (Conflict, Invalid) as problem:
        return _page(request, actor, deployment_id, problem=problem)
    return RedirectResponse(f"/deployments/{deployment_id}", 303)


def _page(
    request: Request,
    actor: Actor,
    deployment_id: str,
    *,
    problem: Problem | None = None,
    link: str | None = None,
    link_end: dt.datetime | None = None,
) -> HTMLResponse:
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        return render(
            request,
            "deployments/show.html",
            problem=problem,
            row=views.deployment_shown(session, actor, found),
            states=STATES,
            items=CHECKLIST,
            severities=SEVERITIES,
            possible=DEPLOYMENT.possible(found.state) if allows(actor, "deployments.end_early") else (),
            today=months.today(),
            link=link,
            link_end=link_end,
            **_details(session, actor, found),
        )


def _details(session: Session, actor: Actor, found: Deployment) -> dict[str, Any]:
    """Return the parts of the page that not every role sees; None where this one does not."""
    within = allows(actor, "deployments.details")
    heard = allows(actor, "deployments.feedback")
    told = allows(actor, "incidents.view")
    return {
        "checklist": views.checklist_shown(session, found) if within else None,
        "check_ins": views.check_ins_shown(session, actor, found) if within else None,
        "handover": session.get(Handover, found.id) if within else None,
        "feedback": session.scalars(queries.feedback_of(found.id)).all() if heard else None,
        "incidents": session.scalars(queries.incidents_of(found.id)).all() if told else None,
    }
