"""Rubrics, reviews, and acceptance by what they come to, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.applicants.errors import Blind
from app.applicants.schemas import ApplicantOut
from app.core.database import reading, transaction
from app.core.etag import with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.reviews import queries, service
from app.reviews.judgement import judgement_of
from app.reviews.models import Review
from app.reviews.overview import raters_of
from app.reviews.schemas import (
    AcceptIn,
    AssignAllIn,
    AssignedOut,
    AssignIn,
    JudgementOut,
    RatersOut,
    ReleaseIn,
    ReviewOut,
    ReviewQuery,
    RubricIn,
    RubricOut,
    ScoreIn,
)

router = APIRouter(prefix="/api/v1", tags=["Reviews"])

SORTS: Final = {"assigned": Review.assigned_at, "done": Review.done_at}


@router.get("/cohorts/{cohort_id}/rubric", summary="Show a cohort's rubric", responses=problem_responses(404))
def show_rubric(request: Request, cohort_id: str, actor: Annotated[Actor, requires("rubrics.view")]) -> RubricOut:
    """Show by what the cohort is judged."""
    with reading(request) as session:
        return RubricOut.of(queries.rubric(session, actor, cohort_id))


@router.post(
    "/cohorts/{cohort_id}/rubric",
    status_code=201,
    summary="Define a cohort's rubric",
    response_model=RubricOut,
    responses=problem_responses(404, 409, 422),
)
def define_rubric(
    request: Request, cohort_id: str, body: RubricIn, once: Once, actor: Annotated[Actor, requires("rubrics.create")]
) -> Response:
    """Say by what a cohort is judged, or say it anew as long as nobody was scored."""

    def create(session: Session) -> tuple[int, RubricOut, dict[str, str]]:
        rubric = service.define_rubric(session, actor, cohort_id, body)
        return 201, RubricOut.of(rubric), {"Location": f"/api/v1/cohorts/{cohort_id}/rubric"}

    return once.answer(request, actor, body, create)


@router.post(
    "/cohorts/{cohort_id}/assign-reviewers",
    summary="Assign reviewers by themselves",
    response_model=AssignedOut,
    responses=problem_responses(404, 409, 422),
)
def assign_reviewers(
    request: Request,
    cohort_id: str,
    body: AssignAllIn,
    once: Once,
    actor: Annotated[Actor, requires("reviews.assign")],
) -> Response:
    """Give every application of the cohort the reviewers that it lacks: balanced, and drawn from a seed that is told."""

    def create(session: Session) -> tuple[int, AssignedOut, dict[str, str]]:
        return 200, service.assign_all(session, actor, cohort_id, body), {}

    return once.answer(request, actor, body, create)


@router.get("/cohorts/{cohort_id}/raters", summary="Compare a cohort's reviewers", responses=problem_responses(404))
def compare_raters(
    request: Request, cohort_id: str, actor: Annotated[Actor, requires("reviews.judgement")]
) -> RatersOut:
    """Show who is milder or stricter than the colleagues on the same applications, whether that changes, and how sure a suitability is."""
    with reading(request) as session:
        return raters_of(session, cohort_id, queries.rubric(session, actor, cohort_id))


@router.get("/reviews", summary="List reviews", responses=problem_responses(403, 422))
def list_reviews(
    request: Request, query: Annotated[ReviewQuery, Query()], actor: Annotated[Actor, requires("reviews.view")]
) -> Page[ReviewOut]:
    """List the reviews that you may see. Reviewers see their own, and others' of what they have scored themselves."""
    if actor.role == "reviewer" and query.reviewer is not None:
        raise Blind(fields="reviewer")
    filters: dict[str, Any] = {
        "state": Review.state,
        "mine": queries.is_mine(actor),
        "applicant": Review.applicant_id,
        "cohort": queries.of_cohort,
        "reviewer": Review.reviewer_id,
    }
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, filters)
        return page_of(
            session, statement, query, sorts=SORTS, key=Review.id, shown=lambda one: ReviewOut.of(one, actor)
        )


@router.post(
    "/reviews",
    status_code=201,
    summary="Assign a reviewer",
    response_model=ReviewOut,
    responses=problem_responses(409, 422),
)
def assign_reviewer(
    request: Request, body: AssignIn, once: Once, actor: Annotated[Actor, requires("reviews.assign")]
) -> Response:
    """Let one reviewer read one application that is in review."""

    def create(session: Session) -> tuple[int, ReviewOut, dict[str, str]]:
        review = service.assign(session, actor, body)
        return 201, ReviewOut.of(review, actor), {"Location": f"/api/v1/reviews/{review.id}"}

    return once.answer(request, actor, body, create)


@router.get("/reviews/{review_id}", summary="Show a review", response_model=ReviewOut, responses=problem_responses(404))
def show_review(request: Request, review_id: str, actor: Annotated[Actor, requires("reviews.view")]) -> JSONResponse:
    """Show one review; the application that it is about is under `/api/v1/applicants`."""
    with reading(request) as session:
        out = ReviewOut.of(queries.review(session, actor, review_id), actor)
    return with_etag(out, out.version)


@router.post(
    "/reviews/{review_id}/score",
    summary="Score an application",
    response_model=ReviewOut,
    responses=problem_responses(404, 409, 422),
)
def score_review(
    request: Request, review_id: str, body: ScoreIn, actor: Annotated[Actor, requires("reviews.score")]
) -> JSONResponse:
    """Give points for every criterion; this is final. You then see what others gave."""
    with transaction(request) as session:
        out = ReviewOut.of(service.score(session, actor, review_id, body), actor)
    return with_etag(out, out.version)


@router.post(
    "/reviews/{review_id}/release",
    summary="Give a review back",
    response_model=ReviewOut,
    responses=problem_responses(404, 409, 422),
)
def release_review(
    request: Request, review_id: str, body: ReleaseIn, actor: Annotated[Actor, requires("reviews.release")]
) -> JSONResponse:
    """Give a review back unread, for example because you know the person."""
    with transaction(request) as session:
        out = ReviewOut.of(service.release(session, actor, review_id, body), actor)
    return with_etag(out, out.version)


@router.get(
    "/applicants/{applicant_id}/judgement",
    summary="Show what the reviews come to",
    responses=problem_responses(404),
)
def show_judgement(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("reviews.judgement")]
) -> JudgementOut:
    """Show the scores of an application, the suitability that follows from them, and the screening rules it does not meet."""
    with reading(request) as session:
        return judgement_of(session, actor, applicant_id)


@router.post(
    "/applicants/{applicant_id}/accept",
    summary="Accept a person into the pool",
    response_model=ApplicantOut,
    responses=problem_responses(404, 409, 422),
)
def accept_applicant(
    request: Request, applicant_id: str, body: AcceptIn, actor: Annotated[Actor, requires("applicants.accept")]
) -> JSONResponse:
    """Take a reviewed person into the pool, with the suitability that the reviews come to; rounds place people from it."""
    with transaction(request) as session:
        out = ApplicantOut.of(service.accept(session, actor, applicant_id, body), actor)
    return with_etag(out, out.version)
