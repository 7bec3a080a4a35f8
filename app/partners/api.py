"""Partners' activities and resources, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.partners import queries, service
from app.partners.models import Activity, Resource
from app.partners.schemas import (
    ActivityIn,
    ActivityOut,
    ActivityPatch,
    ActivityQuery,
    ActivityWithOverlapsOut,
    ResourceIn,
    ResourceOut,
    ResourcePatch,
    ResourceQuery,
    first_day,
)

router = APIRouter(prefix="/api/v1", tags=["Partners"])

ACTIVITY_SORTS = {
    "first_month": Activity.first_month,
    "region": Activity.region_code,
    "created": Activity.created_at,
}
RESOURCE_SORTS = {"code": Resource.code, "amount": Resource.amount, "created": Resource.created_at}


@router.get("/activities", summary="List activities", responses=problem_responses(422))
def list_activities(
    request: Request, query: Annotated[ActivityQuery, Query()], actor: Annotated[Actor, requires("activities.view")]
) -> Page[ActivityOut]:
    """List who does what, where and when, one page at a time."""
    with reading(request) as session:
        statement = filtered(
            queries.visible_to(actor),
            query,
            {
                "organisation": Activity.organisation_id,
                "sector": Activity.sector,
                "region": queries.in_region,
                "school": Activity.school_id,
                "since": lambda month: Activity.last_month >= first_day(month),
                "until": lambda month: Activity.first_month <= first_day(month),
            },
        )
        return page_of(session, statement, query, sorts=ACTIVITY_SORTS, key=Activity.id, shown=ActivityOut.of)


@router.post(
    "/activities",
    status_code=201,
    summary="Record an activity",
    response_model=ActivityWithOverlapsOut,
    responses=problem_responses(422),
)
def record_activity(
    request: Request, body: ActivityIn, once: Once, actor: Annotated[Actor, requires("activities.create")]
) -> Response:
    """Say what your organisation does, where and when; the answer names who else works there on the same."""

    def create(session: Session) -> tuple[int, ActivityWithOverlapsOut, dict[str, str]]:
        activity = service.record_activity(session, actor, body)
        headers = {"ETag": etag(activity.version), "Location": f"/api/v1/activities/{activity.id}"}
        return 201, _with_overlaps(session, actor, activity), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/activities/{activity_id}",
    summary="Show an activity with what overlaps it",
    response_model=ActivityWithOverlapsOut,
    responses=problem_responses(404),
)
def show_activity(
    request: Request, activity_id: str, actor: Annotated[Actor, requires("activities.view")]
) -> JSONResponse:
    """Show one activity, and what other organisations do there in the same sector and months."""
    with reading(request) as session:
        activity = queries.activity(session, actor, activity_id)
        return with_etag(_with_overlaps(session, actor, activity), activity.version)


@router.patch(
    "/activities/{activity_id}",
    summary="Change an activity",
    response_model=ActivityWithOverlapsOut,
    responses=problem_responses(404, 412, 422, 428),
)
def edit_activity(
    request: Request,
    activity_id: str,
    body: ActivityPatch,
    actor: Annotated[Actor, requires("activities.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change an activity of your own organisation."""
    with transaction(request) as session:
        activity = service.edit_activity(session, actor, activity_id, body, match)
        out = _with_overlaps(session, actor, activity)
    return with_etag(out, out.version)


@router.delete(
    "/activities/{activity_id}", status_code=204, summary="Take an activity back", responses=problem_responses(404)
)
def delete_activity(
    request: Request, activity_id: str, actor: Annotated[Actor, requires("activities.delete")]
) -> Response:
    """Remove an activity of your own organisation."""
    with transaction(request) as session:
        service.delete_activity(session, actor, activity_id)
    return Response(status_code=204)


def _with_overlaps(session: Session, actor: Actor, activity: Activity) -> ActivityWithOverlapsOut:
    return ActivityWithOverlapsOut.with_overlaps(activity, queries.overlapping(session, actor, activity))


@router.get("/resources", summary="List resources", responses=problem_responses(422))
def list_resources(
    request: Request, query: Annotated[ResourceQuery, Query()], actor: Annotated[Actor, requires("resources.view")]
) -> Page[ResourceOut]:
    """List the goods that placements can use, one page at a time."""
    with reading(request) as session:
        statement = filtered(queries.resources_visible_to(actor), query, {"organisation": Resource.organisation_id})
        return page_of(session, statement, query, sorts=RESOURCE_SORTS, key=Resource.id, shown=ResourceOut.of)


@router.post(
    "/resources",
    status_code=201,
    summary="Offer a resource",
    response_model=ResourceOut,
    responses=problem_responses(409, 422),
)
def offer_resource(
    request: Request, body: ResourceIn, once: Once, actor: Annotated[Actor, requires("resources.create")]
) -> Response:
    """Offer goods of your organisation; a programme manager records them for any organisation."""

    def create(session: Session) -> tuple[int, ResourceOut, dict[str, str]]:
        resource = service.offer_resource(session, actor, body)
        headers = {"ETag": etag(resource.version), "Location": f"/api/v1/resources/{resource.id}"}
        return 201, ResourceOut.of(resource), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/resources/{resource_id}", summary="Show a resource", response_model=ResourceOut, responses=problem_responses(404)
)
def show_resource(
    request: Request, resource_id: str, actor: Annotated[Actor, requires("resources.view")]
) -> JSONResponse:
    """Show one resource and who lends it."""
    with reading(request) as session:
        resource = queries.resource(session, actor, resource_id)
        return with_etag(ResourceOut.of(resource), resource.version)


@router.patch(
    "/resources/{resource_id}",
    summary="Change a resource",
    response_model=ResourceOut,
    responses=problem_responses(404, 412, 422, 428),
)
def edit_resource(
    request: Request,
    resource_id: str,
    body: ResourcePatch,
    actor: Annotated[Actor, requires("resources.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change the name of a resource, or how many there are."""
    with transaction(request) as session:
        resource = service.edit_resource(session, actor, resource_id, body, match)
        out = ResourceOut.of(resource)
    return with_etag(out, out.version)
