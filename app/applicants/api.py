"""Cohorts and applications, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.applicants import groups, queries, service
from app.applicants.listing import applicants_page
from app.applicants.models import ApplicantGroup, Cohort
from app.applicants.schemas import (
    ApplicantIn,
    ApplicantOut,
    ApplicantPatch,
    ApplicantQuery,
    CohortIn,
    CohortOut,
    CohortQuery,
    GroupIn,
    GroupOut,
    NoteIn,
    ReasonIn,
)
from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Applicants"])

COHORT_SORTS: Final = {"year": Cohort.year, "code": Cohort.code, "closes": Cohort.intake_closes_on}


@router.get("/cohorts", summary="List cohorts", responses=problem_responses(422))
def list_cohorts(
    request: Request, query: Annotated[CohortQuery, Query()], actor: Annotated[Actor, requires("cohorts.view")]
) -> Page[CohortOut]:
    """List the cohorts, the newest first."""
    today = queries.today()
    filters: dict[str, Any] = {"open": queries.open_on(today)}
    with reading(request) as session:
        statement = filtered(queries.cohorts_visible_to(actor), query, filters)
        return page_of(
            session,
            statement,
            query,
            sorts=COHORT_SORTS,
            key=Cohort.id,
            shown=lambda cohort: CohortOut.of(cohort, today),
        )


@router.post(
    "/cohorts",
    status_code=201,
    summary="Open a cohort",
    response_model=CohortOut,
    responses=problem_responses(409, 422),
)
def create_cohort(
    request: Request, body: CohortIn, once: Once, actor: Annotated[Actor, requires("cohorts.create")]
) -> Response:
    """Open a season; people apply to it between its two days."""

    def create(session: Session) -> tuple[int, CohortOut, dict[str, str]]:
        cohort = service.open_cohort(session, actor, body)
        return 201, CohortOut.of(cohort, queries.today()), {"Location": f"/api/v1/cohorts/{cohort.id}"}

    return once.answer(request, actor, body, create)


@router.get("/cohorts/{cohort_id}", summary="Show a cohort", responses=problem_responses(404))
def show_cohort(request: Request, cohort_id: str, actor: Annotated[Actor, requires("cohorts.view")]) -> CohortOut:
    """Show one cohort."""
    with reading(request) as session:
        return CohortOut.of(queries.cohort(session, actor, cohort_id), queries.today())


@router.get("/applicants", summary="List applications", responses=problem_responses(403, 422))
def list_applicants(
    request: Request, query: Annotated[ApplicantQuery, Query()], actor: Annotated[Actor, requires("applicants.view")]
) -> Page[ApplicantOut]:
    """List the applications that you may see, one page at a time."""
    with reading(request) as session:
        return applicants_page(session, actor, query)


@router.post(
    "/applicants",
    status_code=201,
    summary="Begin an application",
    response_model=ApplicantOut,
    responses=problem_responses(409, 422),
)
def create_applicant(
    request: Request, body: ApplicantIn, once: Once, actor: Annotated[Actor, requires("applicants.create")]
) -> Response:
    """Begin an application as a draft: your own, or as a manager somebody's. It is completed step by step, then sent."""

    def create(session: Session) -> tuple[int, ApplicantOut, dict[str, str]]:
        made = service.create_applicant(session, actor, body)
        headers = {"ETag": etag(made.version), "Location": f"/api/v1/applicants/{made.id}"}
        return 201, ApplicantOut.of(made, actor), headers

    return once.answer(request, actor, body, create)


@router.post(
    "/applicants/groups",
    status_code=201,
    summary="Note who goes together",
    response_model=GroupOut,
    responses=problem_responses(409, 422),
)
def form_group(
    request: Request, body: GroupIn, once: Once, actor: Annotated[Actor, requires("applicants.group")]
) -> Response:
    """Note that two people, such as a couple, are placed together or not at all."""

    def create(session: Session) -> tuple[int, GroupOut, dict[str, str]]:
        group = groups.form_group(session, actor, body)
        return 201, _shown_group(session, group), {"Location": f"/api/v1/applicants/groups/{group.id}"}

    return once.answer(request, actor, body, create)


@router.get("/applicants/groups/{group_id}", summary="Show who goes together", responses=problem_responses(404))
def show_group(request: Request, group_id: str, actor: Annotated[Actor, requires("applicants.group")]) -> GroupOut:
    """Show one group with the applications of its members."""
    with reading(request) as session:
        return _shown_group(session, queries.group(session, actor, group_id))


@router.delete(
    "/applicants/groups/{group_id}",
    status_code=204,
    summary="Dissolve a group",
    responses=problem_responses(404),
)
def dissolve_group(request: Request, group_id: str, actor: Annotated[Actor, requires("applicants.group")]) -> None:
    """Let its members be placed each for themselves."""
    with transaction(request) as session:
        groups.dissolve_group(session, actor, group_id)


@router.get(
    "/applicants/{applicant_id}",
    summary="Show an application",
    response_model=ApplicantOut,
    responses=problem_responses(404),
)
def show_applicant(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.view")]
) -> JSONResponse:
    """Show one application; what your role does not see is null and named in `hidden`."""
    with reading(request) as session:
        found = queries.applicant(session, actor, applicant_id)
        return with_etag(ApplicantOut.of(found, actor), found.version)


@router.patch(
    "/applicants/{applicant_id}",
    summary="Change an application",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_applicant(
    request: Request,
    applicant_id: str,
    body: ApplicantPatch,
    actor: Annotated[Actor, requires("applicants.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change an application: an applicant the own draft, a manager also what was sent and is not decided."""
    with transaction(request) as session:
        out = ApplicantOut.of(service.edit_applicant(session, actor, applicant_id, body, match), actor)
    return with_etag(out, out.version)


@router.post(
    "/applicants/{applicant_id}/submit",
    summary="Send an application",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409, 422),
)
def submit_applicant(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.submit")]
) -> JSONResponse:
    """Send a draft to the programme; everything that is missing or wrong is listed at once."""
    with transaction(request) as session:
        out = ApplicantOut.of(service.submit_applicant(session, actor, applicant_id), actor)
    return with_etag(out, out.version)


@router.post(
    "/applicants/{applicant_id}/withdraw",
    summary="Withdraw an application",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409, 422),
)
def withdraw_applicant(
    request: Request, applicant_id: str, body: NoteIn, actor: Annotated[Actor, requires("applicants.withdraw")]
) -> JSONResponse:
    """Take an application back, as long as no place is offered; an offer is declined instead."""
    with transaction(request) as session:
        done = service.withdraw_applicant(session, actor, applicant_id, reason=body.reason)
        out = ApplicantOut.of(done, actor)
    return with_etag(out, out.version)


@router.post(
    "/applicants/{applicant_id}/review",
    summary="Take an application into review",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409),
)
def review_applicant(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("applicants.review")]
) -> JSONResponse:
    """Let a sent application be judged."""
    with transaction(request) as session:
        out = ApplicantOut.of(service.review_applicant(session, actor, applicant_id), actor)
    return with_etag(out, out.version)


@router.post(
    "/applicants/{applicant_id}/reject",
    summary="Reject an application",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409, 422),
)
def reject_applicant(
    request: Request, applicant_id: str, body: ReasonIn, actor: Annotated[Actor, requires("applicants.reject")]
) -> JSONResponse:
    """Reject a reviewed application with the reason that the person reads."""
    with transaction(request) as session:
        out = ApplicantOut.of(service.reject_applicant(session, actor, applicant_id, reason=body.reason), actor)
    return with_etag(out, out.version)


def _shown_group(session: Session, group: ApplicantGroup) -> GroupOut:
    people = queries.members(session, group.id)
    return GroupOut(id=group.id, cohort_id=group.cohort_id, kind=group.kind, members=[one.id for one in people])
