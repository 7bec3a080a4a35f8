"""People in service, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import with_etag
from app.core.filters import at_least, at_most, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of, page_together
from app.deployments import host, incidents, queries, service, views
from app.deployments.models import Deployment, Handover, HostFeedback, Incident
from app.deployments.schemas import (
    AttendanceIn,
    CheckInIn,
    CheckInsOut,
    ChecklistIn,
    ChecklistOut,
    CompleteIn,
    DeploymentOut,
    DeploymentQuery,
    EndIn,
    FeedbackOut,
    FeedbackQuery,
    HandoverIn,
    HandoverOut,
    HandoversOut,
    HostLinkOut,
    IncidentIn,
    IncidentOut,
    IncidentQuery,
    ResolutionIn,
    StartIn,
)
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Deployments"])

SORTS = {"starts": Deployment.starts_on, "ends": Deployment.ends_on, "created": Deployment.created_at}


@router.get("/deployments", summary="List deployments", responses=problem_responses(422))
def list_deployments(
    request: Request, query: Annotated[DeploymentQuery, Query()], actor: Annotated[Actor, requires("deployments.view")]
) -> Page[DeploymentOut]:
    """List the people in service that you may see, those who begin first on top: who arrives when."""
    with reading(request) as session:
        statement = filtered(
            queries.visible_to(actor),
            query,
            {
                "state": Deployment.state,
                "region": queries.in_region,
                "need": queries.at_need,
                "starts_from": at_least(Deployment.starts_on),
                "starts_until": at_most(Deployment.starts_on),
            },
        )
        shown = partial(views.deployments_shown, session, actor)
        return page_together(session, statement, query, sorts=SORTS, key=Deployment.id, shown=shown)


@router.get(
    "/deployments/{deployment_id}",
    summary="Show a deployment",
    response_model=DeploymentOut,
    responses=problem_responses(404),
)
def show_deployment(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.view")]
) -> JSONResponse:
    """Show one person in service."""
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        return with_etag(views.deployment_shown(session, actor, found), found.version)


@router.get("/deployments/{deployment_id}/checklist", summary="Show what is prepared", responses=problem_responses(404))
def show_checklist(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.details")]
) -> ChecklistOut:
    """Show everything that is prepared before a service, and what is still to do."""
    with reading(request) as session:
        return views.checklist_shown(session, queries.deployment(session, actor, deployment_id))


@router.post(
    "/deployments/{deployment_id}/checklist", summary="Tick a thing off", responses=problem_responses(404, 409, 422)
)
def tick_checklist(
    request: Request,
    deployment_id: str,
    body: ChecklistIn,
    actor: Annotated[Actor, requires("deployments.prepare")],
) -> ChecklistOut:
    """Tick a thing of the checklist off, or open it again."""
    with transaction(request) as session:
        return views.checklist_shown(session, service.tick(session, actor, deployment_id, body))


@router.post(
    "/deployments/{deployment_id}/start",
    summary="Note an arrival",
    response_model=DeploymentOut,
    responses=problem_responses(404, 409, 422),
)
def start_deployment(
    request: Request, deployment_id: str, body: StartIn, actor: Annotated[Actor, requires("deployments.start")]
) -> JSONResponse:
    """Begin the service: cost lines that are not monthly are spent."""
    with transaction(request) as session:
        out = views.deployment_shown(session, actor, service.start(session, actor, deployment_id, body.arrived_on))
    return with_etag(out, out.version)


@router.post(
    "/deployments/{deployment_id}/attendance",
    summary="Confirm a month",
    response_model=DeploymentOut,
    responses=problem_responses(404, 409, 422),
)
def confirm_attendance(
    request: Request, deployment_id: str, body: AttendanceIn, actor: Annotated[Actor, requires("deployments.confirm")]
) -> JSONResponse:
    """Confirm a month in the school's place: its part of the monthly cost lines is spent. Twice changes nothing."""
    with transaction(request) as session:
        out = views.deployment_shown(session, actor, service.confirm(session, actor, deployment_id, body.month))
    return with_etag(out, out.version)


@router.post(
    "/deployments/{deployment_id}/complete",
    summary="Complete a service",
    response_model=DeploymentOut,
    responses=problem_responses(404, 409, 422),
)
def complete_deployment(
    request: Request, deployment_id: str, body: CompleteIn, actor: Annotated[Actor, requires("deployments.complete")]
) -> JSONResponse:
    """End a service as it was agreed: the rest of its money is spent."""
    with transaction(request) as session:
        out = views.deployment_shown(session, actor, service.complete(session, actor, deployment_id, body))
    return with_etag(out, out.version)


@router.post(
    "/deployments/{deployment_id}/end",
    summary="End a service early",
    response_model=DeploymentOut,
    responses=problem_responses(404, 409, 422),
)
def end_deployment(
    request: Request, deployment_id: str, body: EndIn, actor: Annotated[Actor, requires("deployments.end_early")]
) -> JSONResponse:
    """Note a drop-out, before or during service: what is not spent goes back to its funds, and the seat is free."""
    with transaction(request) as session:
        out = views.deployment_shown(session, actor, service.end_early(session, actor, deployment_id, body))
    return with_etag(out, out.version)


@router.get(
    "/deployments/{deployment_id}/check-ins", summary="List a service's months", responses=problem_responses(404)
)
def list_check_ins(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.details")]
) -> CheckInsOut:
    """List the months that have begun: what the volunteer wrote, whether attendance is confirmed, what is late."""
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        return CheckInsOut(items=views.check_ins_shown(session, actor, found))


@router.post(
    "/deployments/{deployment_id}/check-ins", summary="Write a check-in", responses=problem_responses(404, 409, 422)
)
def write_check_in(
    request: Request, deployment_id: str, body: CheckInIn, actor: Annotated[Actor, requires("deployments.check_in")]
) -> CheckInsOut:
    """Keep a month's check-in as a draft, or send it for good."""
    with transaction(request) as session:
        service.check_in(session, actor, deployment_id, body)
        found = queries.deployment(session, actor, deployment_id)
        return CheckInsOut(items=views.check_ins_shown(session, actor, found))


@router.get(
    "/deployments/{deployment_id}/handover", summary="Show what is handed over", responses=problem_responses(404)
)
def show_handover(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.details")]
) -> HandoversOut:
    """Show the handover of a deployment, and those that others leave to it."""
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        own = session.get(Handover, found.id)
        return HandoversOut(
            own=None if own is None else HandoverOut.of(own),
            received=[HandoverOut.of(one) for one in queries.handovers_to(session, found.id)],
        )


@router.post("/deployments/{deployment_id}/handover", summary="Hand over", responses=problem_responses(404, 409, 422))
def hand_over(
    request: Request, deployment_id: str, body: HandoverIn, actor: Annotated[Actor, requires("deployments.hand_over")]
) -> HandoverOut:
    """Write what is left to a named successor, or to the school where there is none; again, to write it anew."""
    with transaction(request) as session:
        return HandoverOut.of(service.hand_over(session, actor, deployment_id, body))


@router.post(
    "/deployments/{deployment_id}/host-link", summary="Give the school a link", responses=problem_responses(404)
)
def give_host_link(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("deployments.host_link")]
) -> HostLinkOut:
    """Make the link by which the school confirms arrival and attendance; links given before hold no more."""
    settings = request.app.state.settings
    with transaction(request) as session:
        token, end = host.give_link(session, actor, deployment_id, secret=settings.secret)
    return HostLinkOut(url=f"{settings.public_url}/host/{token}", expires_at=end)


@router.get(
    "/deployments/{deployment_id}/feedback",
    summary="List what the school wrote",
    responses=problem_responses(404, 422),
)
def list_feedback(
    request: Request,
    deployment_id: str,
    query: Annotated[FeedbackQuery, Query()],
    actor: Annotated[Actor, requires("deployments.feedback")],
) -> Page[FeedbackOut]:
    """List what the school wrote through its link, the newest first."""
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        return page_of(
            session,
            queries.feedback_of(found.id),
            query,
            sorts={"written": HostFeedback.written_at},
            key=HostFeedback.id,
            shown=FeedbackOut.of,
        )


@router.get("/deployments/{deployment_id}/incidents", summary="List incidents", responses=problem_responses(404, 422))
def list_incidents(
    request: Request,
    deployment_id: str,
    query: Annotated[IncidentQuery, Query()],
    actor: Annotated[Actor, requires("incidents.view")],
) -> Page[IncidentOut]:
    """List what went wrong, the newest first; confidential."""
    with reading(request) as session:
        found = queries.deployment(session, actor, deployment_id)
        return page_of(
            session,
            queries.incidents_of(found.id),
            query,
            sorts={"created": Incident.created_at},
            key=Incident.id,
            shown=IncidentOut.of,
        )


@router.post(
    "/deployments/{deployment_id}/incidents",
    status_code=201,
    summary="Report an incident",
    response_model=IncidentOut,
    responses=problem_responses(404, 409, 422),
)
def report_incident(
    request: Request,
    deployment_id: str,
    body: IncidentIn,
    once: Once,
    actor: Annotated[Actor, requires("incidents.report")],
) -> Response:
    """Report something that went wrong; only programme managers and the volunteer see it."""

    def create(session: Session) -> tuple[int, IncidentOut, dict[str, str]]:
        row = incidents.report(session, actor, deployment_id, body)
        return 201, IncidentOut.of(row), {"Location": f"/api/v1/incidents/{row.id}"}

    return once.answer(request, actor, body, create)


@router.get("/incidents/{incident_id}", summary="Show an incident", responses=problem_responses(404))
def show_incident(
    request: Request, incident_id: str, actor: Annotated[Actor, requires("incidents.view")]
) -> IncidentOut:
    """Show one incident; confidential."""
    with reading(request) as session:
        return IncidentOut.of(queries.incident(session, actor, incident_id))


@router.post(
    "/incidents/{incident_id}/resolve", summary="Close an incident", responses=problem_responses(404, 409, 422)
)
def resolve_incident(
    request: Request, incident_id: str, body: ResolutionIn, actor: Annotated[Actor, requires("incidents.close")]
) -> IncidentOut:
    """Close an incident with what was done about it."""
    with transaction(request) as session:
        return IncidentOut.of(incidents.close(session, actor, incident_id, body.resolution))
