"""Schools and their needs, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import or_
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import at_least, at_most, contains, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of, page_together
from app.geography.queries import codes_within
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.schools import queries, service
from app.schools.models import Need, School
from app.schools.schemas import (
    NeedIn,
    NeedOut,
    NeedPatch,
    NeedQuery,
    NoteIn,
    ReasonIn,
    SchoolIn,
    SchoolOut,
    SchoolPatch,
    SchoolQuery,
)

router = APIRouter(prefix="/api/v1", tags=["Schools and needs"])

SCHOOL_SORTS: Final = {"npsn": School.npsn, "name": School.name, "created": School.created_at}
SCHOOL_FILTERS: Final[dict[str, Any]] = {
    "region": lambda code: School.region_code.in_(codes_within(code)),
    "level": School.level,
    "status": School.status,
    "tag": queries.has_tag,
    "q": lambda part: or_(contains(School.name)(part), contains(School.npsn)(part)),
}
NEED_SORTS: Final = {
    "score": Need.score,
    "code": Need.code,
    "starts": Need.starts_on,
    "created": Need.created_at,
}
NEED_FILTERS: Final[dict[str, Any]] = {
    "state": Need.state,
    "region": queries.in_region,
    "school": Need.school_id,
    "level": Need.level,
    "subject": Need.subject,
    "code": contains(Need.code),
    "min_score": at_least(Need.score),
    "max_hardship": at_most(Need.hardship),
}


@router.get("/schools", summary="List schools", responses=problem_responses(422))
def list_schools(
    request: Request, query: Annotated[SchoolQuery, Query()], actor: Annotated[Actor, requires("schools.view")]
) -> Page[SchoolOut]:
    """List the schools, one page at a time."""
    with reading(request) as session:
        statement = filtered(queries.schools_visible_to(actor), query, SCHOOL_FILTERS)
        return page_of(session, statement, query, sorts=SCHOOL_SORTS, key=School.id, shown=SchoolOut.of)


@router.post(
    "/schools",
    status_code=201,
    summary="Add a school",
    response_model=SchoolOut,
    responses=problem_responses(409, 422),
)
def create_school(
    request: Request, body: SchoolIn, once: Once, actor: Annotated[Actor, requires("schools.create")]
) -> Response:
    """Add a school under its national number."""

    def create(session: Session) -> tuple[int, SchoolOut, dict[str, str]]:
        school = service.add_school(session, actor, body)
        headers = {"ETag": etag(school.version), "Location": f"/api/v1/schools/{school.id}"}
        return 201, SchoolOut.of(school), headers

    return once.answer(request, actor, body, create)


@router.get("/schools/{school_id}", summary="Show a school", response_model=SchoolOut, responses=problem_responses(404))
def show_school(request: Request, school_id: str, actor: Annotated[Actor, requires("schools.view")]) -> JSONResponse:
    """Show one school."""
    with reading(request) as session:
        school = queries.school(session, actor, school_id)
        return with_etag(SchoolOut.of(school), school.version)


@router.patch(
    "/schools/{school_id}",
    summary="Change a school",
    response_model=SchoolOut,
    responses=problem_responses(404, 412, 422, 428),
)
def edit_school(
    request: Request,
    school_id: str,
    body: SchoolPatch,
    actor: Annotated[Actor, requires("schools.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change what is known of a school. Where it moves to another regency, its verified needs are scored again."""
    with transaction(request) as session:
        school = service.edit_school(session, actor, school_id, body, match)
        out = SchoolOut.of(school)
    return with_etag(out, out.version)


@router.get("/needs", summary="List needs, the most urgent first", responses=problem_responses(422))
def list_needs(
    request: Request, query: Annotated[NeedQuery, Query()], actor: Annotated[Actor, requires("needs.view")]
) -> Page[NeedOut]:
    """List the needs that you may see, each with its score and the parts of it, one page at a time."""
    with reading(request) as session:
        statement = filtered(queries.with_parts(queries.visible_to(actor)), query, NEED_FILTERS)
        shown = partial(_needs_shown, session)
        return page_together(session, statement, query, sorts=NEED_SORTS, key=Need.id, shown=shown)


def _needs_shown(session: Session, needs: Sequence[Need]) -> list[NeedOut]:
    codes = queries.resource_codes(session, needs)
    return [NeedOut.of(need, codes) for need in needs]


@router.post(
    "/needs",
    status_code=201,
    summary="Propose a need",
    response_model=NeedOut,
    responses=problem_responses(409, 422),
)
def create_need(
    request: Request, body: NeedIn, once: Once, actor: Annotated[Actor, requires("needs.propose")]
) -> Response:
    """State a school's request for people. It counts once somebody has verified it."""

    def create(session: Session) -> tuple[int, NeedOut, dict[str, str]]:
        need = service.propose_need(session, actor, body)
        return 201, _shown(session, need), {"ETag": etag(need.version), "Location": f"/api/v1/needs/{need.id}"}

    return once.answer(request, actor, body, create)


@router.get("/needs/{need_id}", summary="Show a need", response_model=NeedOut, responses=problem_responses(404))
def show_need(request: Request, need_id: str, actor: Annotated[Actor, requires("needs.view")]) -> JSONResponse:
    """Show one need with its score and the parts of it."""
    with reading(request) as session:
        need = queries.need(session, actor, need_id)
        return with_etag(_shown(session, need), need.version)


@router.patch(
    "/needs/{need_id}",
    summary="Change a need",
    response_model=NeedOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_need(
    request: Request, need_id: str, body: NeedPatch, actor: Annotated[Actor, requires("needs.edit")], match: IfMatch
) -> JSONResponse:
    """Change a need that is not open yet. A verified one is scored again."""
    with transaction(request) as session:
        out = _shown(session, service.edit_need(session, actor, need_id, body, match))
    return with_etag(out, out.version)


@router.post(
    "/needs/{need_id}/verify",
    summary="Verify a need",
    response_model=NeedOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def verify_need(
    request: Request,
    need_id: str,
    actor: Annotated[Actor, requires("needs.verify")],
    match: IfMatch,
    body: NoteIn | None = None,
) -> JSONResponse:
    """Confirm that the request, in the version that you have read, is real; this works out its score."""
    with transaction(request) as session:
        need = service.verify_need(session, actor, need_id, reason=_remark(body), match=match)
        out = _shown(session, need)
    return with_etag(out, out.version)


@router.post(
    "/needs/{need_id}/reject",
    summary="Reject a need",
    response_model=NeedOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def reject_need(
    request: Request, need_id: str, body: ReasonIn, actor: Annotated[Actor, requires("needs.reject")], match: IfMatch
) -> JSONResponse:
    """Refuse a proposed need, in the version that you have read, with the reason that the school reads."""
    with transaction(request) as session:
        need = service.reject_need(session, actor, need_id, reason=body.reason, match=match)
        out = _shown(session, need)
    return with_etag(out, out.version)


@router.post(
    "/needs/{need_id}/open",
    summary="Open a need",
    response_model=NeedOut,
    responses=problem_responses(404, 409, 422),
)
def open_need(
    request: Request, need_id: str, actor: Annotated[Actor, requires("needs.open")], body: NoteIn | None = None
) -> JSONResponse:
    """Let people be placed at a verified need. Freezing a round does this for all of its needs."""
    with transaction(request) as session:
        out = _shown(session, service.open_need(session, actor, need_id, reason=_remark(body)))
    return with_etag(out, out.version)


@router.post(
    "/needs/{need_id}/close",
    summary="Close a need",
    response_model=NeedOut,
    responses=problem_responses(404, 409, 422),
)
def close_need(
    request: Request, need_id: str, actor: Annotated[Actor, requires("needs.close")], body: NoteIn | None = None
) -> JSONResponse:
    """End a need: it was met, or nobody is to be sent any more."""
    with transaction(request) as session:
        out = _shown(session, service.close_need(session, actor, need_id, reason=_remark(body)))
    return with_etag(out, out.version)


def _shown(session: Session, need: Need) -> NeedOut:
    return NeedOut.of(need, queries.resource_codes(session, [need]))


def _remark(body: NoteIn | None) -> str | None:
    return None if body is None else body.reason
