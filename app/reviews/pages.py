"""The pages of reviews: what a reviewer has to read, the form to score it, and the manager's view of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.applicants import queries as applicants
from app.applicants.forms import checked, errors_by_field
from app.applicants.lifecycle import APPLICANT
from app.applicants.permissions import FOR_REVIEW
from app.applicants.profile_view import shown_profile
from app.applicants.schemas import ApplicantOut
from app.applicants.wording import STATES
from app.core.access import allows, visible_or_404
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.problems import Invalid
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.reviews import forms, queries, service
from app.reviews.judgement import judgement_of
from app.reviews.models import Review
from app.reviews.overview import progress_of, raters_of
from app.reviews.schemas import AcceptIn, AssignAllIn, AssignIn, ReleaseIn, ReviewOut, RubricOut
from app.reviews.wording import REVIEW_STATES, VERDICTS

router = APIRouter(include_in_schema=False)
navigation("/reviews", mark("To review"), {"reviewer"})
navigation("/reviewing", mark("Reviews"), {"manager", "auditor"}, group="people")

DONE_SHOWN: Final = 20
Text = Annotated[str, Form(max_length=2000)]
Reading = Annotated[Actor, requires("reviews.queue")]


async def posted_form(request: Request) -> FormData:
    """Return the posted form; its fields are named after the criteria."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted_form)]


@router.get("/reviews")
def queue_page(request: Request, actor: Reading) -> HTMLResponse:
    """Show what the reviewer has to read, and what was read last."""
    with reading(request) as session:
        done = queries.visible_to(actor).where(Review.reviewer_id == actor.id, Review.state == "done")
        return render(
            request,
            "reviews/queue.html",
            waiting=queries.queue_of(session, actor),
            done=session.scalars(done.order_by(Review.done_at.desc(), Review.id).limit(DONE_SHOWN)).all(),
            seen=FOR_REVIEW,
        )


@router.get("/reviews/{review_id}")
def review_page(request: Request, review_id: str, actor: Reading) -> HTMLResponse:
    """Show one application without its person, with the form to score it or the scores that were given."""
    with reading(request) as session:
        return _review(request, session, actor, review_id)


@router.post("/reviews/{review_id}/score")
def score_on_page(
    request: Request, review_id: str, actor: Annotated[Actor, requires("reviews.score")], form: Posted
) -> Response:
    """Take the scores, and lead to what is to be read next."""
    with reading(request) as session:
        review = queries.review(session, actor, review_id)
        rubric = queries.rubric(session, actor, review.applicant.cohort_id)
    try:
        body = forms.scores_of(form, RubricOut.of(rubric).criteria)
        with transaction(request) as session:
            service.score(session, actor, review_id, body)
    except Invalid as problem:
        with reading(request) as session:
            return _review(request, session, actor, review_id, problem=problem, typed=form)
    return RedirectResponse("/reviews", 303)


@router.post("/reviews/{review_id}/release")
def release_on_page(
    request: Request, review_id: str, actor: Annotated[Actor, requires("reviews.release")], reason: Text = ""
) -> Response:
    """Give a review back: the reviewer's own, or as a manager somebody's."""
    with reading(request) as session:
        applicant_id = queries.review(session, actor, review_id).applicant_id
    try:
        body = checked(ReleaseIn, {"reason": reason})
    except Invalid as problem:
        with reading(request) as session:
            if actor.role == "manager":
                return _judgement(request, session, actor, applicant_id, problem=problem)
            return _review(request, session, actor, review_id, problem=problem)
    with transaction(request) as session:
        service.release(session, actor, review_id, body)
    return RedirectResponse("/reviews" if actor.role == "reviewer" else f"/applicants/{applicant_id}/reviews", 303)


@router.get("/applicants/{applicant_id}/reviews")
def judgement_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("reviews.judgement")]
) -> HTMLResponse:
    """Show the scores of one application side by side, what they come to, and what can be done."""
    with reading(request) as session:
        return _judgement(request, session, actor, applicant_id)


@router.post("/applicants/{applicant_id}/reviews")
def assign_on_page(
    request: Request,
    applicant_id: str,
    actor: Annotated[Actor, requires("reviews.assign")],
    reviewer_id: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Let a reviewer read the application."""
    with reading(request) as session:
        applicants.applicant(session, actor, applicant_id)
    try:
        body = checked(AssignIn, {"applicant_id": applicant_id, "reviewer_id": reviewer_id})
        with transaction(request) as session:
            service.assign(session, actor, body)
    except Invalid as problem:
        with reading(request) as session:
            return _judgement(request, session, actor, applicant_id, problem=problem)
    return RedirectResponse(f"/applicants/{applicant_id}/reviews", 303)


@router.post("/applicants/{applicant_id}/accept")
def accept_on_page(
    request: Request,
    applicant_id: str,
    actor: Annotated[Actor, requires("applicants.accept")],
    suitability: Text = "",
    reason: Text = "",
) -> Response:
    """Take a person into the pool, with what the reviews come to or with another number and its reason."""
    values = {"suitability": forms.number(suitability), "reason": reason.strip() or None}
    given = {name: value for name, value in values.items() if value is not None}
    try:
        body = checked(AcceptIn, given)
        with transaction(request) as session:
            service.accept(session, actor, applicant_id, body)
    except Invalid as problem:
        with reading(request) as session:
            return _judgement(request, session, actor, applicant_id, problem=problem, typed=values)
    return RedirectResponse(f"/applicants/{applicant_id}", 303)


@router.get("/reviewing")
def reviewing_page(
    request: Request,
    actor: Annotated[Actor, requires("reviews.judgement")],
    cohort: Annotated[str, Query(max_length=36)] = "",
) -> HTMLResponse:
    """Show the rubric of a cohort, of the newest where none is named, and how far its reviews are."""
    with reading(request) as session:
        return _reviewing(request, session, actor, cohort)


@router.get("/reviewing/{cohort_id}/raters")
def raters_page(
    request: Request, cohort_id: str, actor: Annotated[Actor, requires("reviews.judgement")]
) -> HTMLResponse:
    """Show how far the reviewers of a cohort agree."""
    with reading(request) as session:
        cohort = applicants.cohort(session, actor, cohort_id)
        rubric = queries.rubric(session, actor, cohort.id)
        return render(
            request,
            "reviews/raters.html",
            cohort=cohort,
            raters=raters_of(session, cohort.id, rubric),
            allowed=rubric.allowed_difference,
        )


@router.post("/reviewing/{cohort_id}/rubric")
def define_on_page(
    request: Request, cohort_id: str, actor: Annotated[Actor, requires("rubrics.create")], form: Posted
) -> Response:
    """Define the rubric anew."""
    rows = forms.posted_rows(form)
    allowed = form.get("allowed_difference")
    typed = allowed if isinstance(allowed, str) else ""
    try:
        body = forms.rubric_of(rows, typed)
        with transaction(request) as session:
            service.define_rubric(session, actor, cohort_id, body)
    except Invalid as problem:
        with reading(request) as session:
            return _reviewing(request, session, actor, cohort_id, problem=problem, rows=rows, allowed=typed)
    return RedirectResponse(f"/reviewing?cohort={cohort_id}", 303)


@router.post("/reviewing/{cohort_id}/assign")
def assign_all_on_page(
    request: Request, cohort_id: str, actor: Annotated[Actor, requires("reviews.assign")]
) -> Response:
    """Give every application the reviewers that it lacks."""
    with transaction(request) as session:
        service.assign_all(session, actor, cohort_id, AssignAllIn())
    return RedirectResponse(f"/reviewing?cohort={cohort_id}", 303)


def _review(
    request: Request,
    session: Session,
    actor: Actor,
    review_id: str,
    *,
    problem: Invalid | None = None,
    typed: FormData | None = None,
) -> HTMLResponse:
    review = queries.review(session, actor, review_id)
    person = applicants.applicant(session, actor, review.applicant_id)
    rubric = review.rubric or queries.rubric_of(session, person.cohort_id)
    seen = queries.visible_to(actor).where(Review.applicant_id == person.id, Review.state == "done")
    return render(
        request,
        "reviews/review.html",
        status_code=200 if problem is None else 422,
        review=review,
        rubric=None if rubric is None else RubricOut.of(rubric),
        reviews=[ReviewOut.of(one, actor) for one in session.scalars(seen.order_by(Review.done_at, Review.id))],
        may_score=review.state == "assigned" and person.state == service.READABLE and review.reviewer_id == actor.id,
        profile=shown_profile(session, ApplicantOut.of(person, actor).model_dump()),
        states=REVIEW_STATES,
        typed={} if typed is None else {name: value for name, value in typed.items() if isinstance(value, str)},
        errors=problem.errors if problem else (),
    )


def _judgement(
    request: Request,
    session: Session,
    actor: Actor,
    applicant_id: str,
    *,
    problem: Invalid | None = None,
    typed: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    found = applicants.applicant(session, actor, applicant_id)
    rubric = queries.rubric_of(session, found.cohort_id)
    standing = queries.standing(session, [found.id])
    used = {one.reviewer_id for one in queries.all_of(session, [found.id])}
    may_assign = allows(actor, "reviews.assign") and found.state == service.READABLE and service.missing(standing) > 0
    return render(
        request,
        "reviews/judgement.html",
        status_code=200 if problem is None else 422,
        applicant=found,
        judgement=judgement_of(session, actor, applicant_id),
        rubric=None if rubric is None else RubricOut.of(rubric),
        names=queries.names(session, {one.reviewer_id for one in standing}),
        choices=[one for one in queries.reviewers(session) if one.id not in used] if may_assign else [],
        may_assign=may_assign,
        may_release=allows(actor, "reviews.release"),
        may_accept="accept" in APPLICANT.possible(found.state) and allows(actor, "applicants.accept", found),
        states=STATES,
        review_states=REVIEW_STATES,
        verdicts=VERDICTS,
        errors=errors_by_field(problem.errors if problem else ()),
        typed=typed or {},
    )


def _reviewing(
    request: Request,
    session: Session,
    actor: Actor,
    cohort_id: str,
    *,
    problem: Invalid | None = None,
    rows: Sequence[Mapping[str, str]] | None = None,
    allowed: str | None = None,
) -> HTMLResponse:
    cohorts = applicants.cohorts_by_year(session, actor)
    chosen = next((one for one in cohorts if one.id == cohort_id), cohorts[0] if cohorts and not cohort_id else None)
    if cohort_id:
        visible_or_404(chosen)
    rubric = None if chosen is None else queries.rubric_of(session, chosen.id)
    is_scored = chosen is not None and queries.is_scored(session, chosen.id)
    return render(
        request,
        "reviews/reviewing.html",
        cohorts=cohorts,
        chosen=chosen,
        rubric=None if rubric is None else RubricOut.of(rubric),
        progress=None if chosen is None else progress_of(session, chosen.id),
        may_define=chosen is not None and allows(actor, "rubrics.create") and not is_scored,
        may_assign=rubric is not None and allows(actor, "reviews.assign"),
        rows=forms.rows_of(rubric) if rows is None else rows,
        allowed=allowed if allowed is not None else "20" if rubric is None else str(rubric.allowed_difference),
        verdicts=VERDICTS,
        problem=problem,
    )
