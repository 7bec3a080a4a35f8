"""What people do with reviews: define the rubric, assign readers, score blind, give back, and accept by what the scores come to."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants import queries as applicants
from app.applicants import service as applications
from app.applicants.models import Applicant, Cohort
from app.audit.record import record
from app.core import clock
from app.core.constraints import refusing_duplicates
from app.core.database import for_update
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import SYSTEM, Actor
from app.identity.models import User
from app.identity.permissions import require
from app.reviews import queries
from app.reviews.allotment import LARGEST_SEED, allot
from app.reviews.errors import (
    AssignedAlready,
    EnoughReviewers,
    NoReviewerFree,
    NoRubric,
    NotInReview,
    ReviewsMissing,
    RubricInUse,
)
from app.reviews.lifecycle import REVIEW
from app.reviews.models import Review, Rubric
from app.reviews.schemas import AcceptIn, AssignAllIn, AssignedOut, AssignIn, ReleaseIn, RubricIn, ScoreIn
from app.reviews.scoring import WANTED, Outcome, criteria_of, outcome

READABLE: Final = "in_review"
"""The state of an application in which reviewers are assigned and score."""


def define_rubric(session: Session, actor: Actor, cohort_id: str, body: RubricIn) -> Rubric:
    """Say by what a cohort is judged; a rubric before it is kept, and does not hold any more.

    Raises:
        NotFound: Where there is no such cohort.
        RubricInUse: Once somebody was scored.
        Invalid: With every wrong criterion.
    """
    cohort = applicants.cohort(session, actor, cohort_id)
    require(actor, "rubrics.create")
    # Whoever scores holds this row too, so that no score falls between the question and the new rubric.
    session.execute(for_update(select(Cohort.id).where(Cohort.id == cohort.id)))
    errors = _criterion_errors(body)
    if errors:
        raise Invalid(errors=errors)
    if queries.is_scored(session, cohort.id):
        raise RubricInUse(cohort=cohort.code)
    before = queries.rubric_of(session, cohort.id)
    rubric = Rubric(
        cohort_id=cohort.id,
        number=1 if before is None else before.number + 1,
        criteria=[one.model_dump() for one in body.criteria],
        allowed_difference=body.allowed_difference,
        created_by=actor.id,
        created_at=clock.now(),
    )
    session.add(rubric)
    session.flush()
    after = {"cohort_id": cohort.id, "number": rubric.number, **body.model_dump()}
    record(session, actor, "rubrics.create", "rubric", rubric.id, after=after)
    return rubric


def assign(session: Session, actor: Actor, body: AssignIn) -> Review:
    """Let one reviewer read one application.

    Raises:
        Invalid: For an application or a reviewer that there is not.
        NotInReview: For an application that is not in review.
        AssignedAlready: For a reviewer who has, had or gave back this one.
        EnoughReviewers: Where two read it, or three where two differ.
    """
    require(actor, "reviews.assign")
    applicant = session.scalar(for_update(select(Applicant).where(Applicant.id == body.applicant_id)))
    reviewer = session.get(User, body.reviewer_id)
    errors = []
    if applicant is None:
        message, remedy = mark("There is no application {id}."), mark("Use the id of one of the applications.")
        errors.append(FieldError("/applicant_id", "unknown_applicant", message, remedy, {"id": body.applicant_id}))
    if reviewer is None or reviewer.role != "reviewer" or not reviewer.active:
        message, remedy = mark("This is not the account of a reviewer."), mark("Use the id of a reviewer's account.")
        errors.append(FieldError("/reviewer_id", "unknown_reviewer", message, remedy))
    if errors or applicant is None or reviewer is None:
        raise Invalid(errors=errors)
    if applicant.state != READABLE:
        raise NotInReview(code=applicant.code)
    if any(one.reviewer_id == reviewer.id for one in queries.all_of(session, [applicant.id])):
        raise AssignedAlready(code=applicant.code)
    if not missing(queries.standing(session, [applicant.id])):
        raise EnoughReviewers(code=applicant.code)
    made = _assign(session, actor, [(applicant.id, reviewer.id)], None)
    return queries.review(session, actor, made[0].id)


def assign_all(session: Session, actor: Actor, cohort_id: str, body: AssignAllIn) -> AssignedOut:
    """Give every application of a cohort the reviewers that it lacks, balanced, drawn from a seed that is told and recorded.

    Raises:
        NotFound: Where there is no such cohort.
        NoRubric: Before the cohort has a rubric.
        NoReviewerFree: Where there are no reviewers at all.
    """
    cohort = applicants.cohort(session, actor, cohort_id)
    require(actor, "reviews.assign")
    if queries.rubric_of(session, cohort.id) is None:
        raise NoRubric(cohort=cohort.code)
    if not queries.reviewers(session):
        raise NoReviewerFree
    states = [READABLE, "submitted"] if body.include_submitted else [READABLE]
    wanted = select(Applicant).where(Applicant.cohort_id == cohort.id, Applicant.state.in_(states))
    people = session.scalars(for_update(wanted.order_by(Applicant.id)).execution_options(populate_existing=True)).all()
    taken = [one.id for one in people if one.state == "submitted"]
    for key in taken:
        applications.review_applicant(session, actor, key)
    seed = secrets.randbelow(LARGEST_SEED + 1) if body.seed is None else body.seed
    made, short = _draw(session, actor, [one.id for one in people], seed)
    facts = {"seed": seed, "taken_into_review": len(taken), "assigned": len(made), "missing": short}
    record(session, actor, "reviews.assign_all", "cohort", cohort.id, after=facts)
    return AssignedOut(**facts)


def score(session: Session, actor: Actor, review_id: str, body: ScoreIn) -> Review:
    """Score what is assigned to oneself; it is final. Where two differ too much, a third reviewer is drawn at once.

    Raises:
        IllegalMove: For a review that is done or was given back.
        NotInReview: For an application that was decided or withdrawn meanwhile.
        NoRubric: Before the cohort has a rubric.
        Invalid: With every criterion that is missing, unknown or out of its scale.
    """
    review, applicant = _locked(session, actor, review_id)
    require(actor, "reviews.score", review)
    after = REVIEW.move(review.state, "score")
    if applicant.state != READABLE:
        raise NotInReview(code=applicant.code)
    # Shared by all who score, and against whoever defines the rubric anew.
    cohort = session.scalars(select(Cohort).where(Cohort.id == applicant.cohort_id).with_for_update(read=True)).one()
    rubric = queries.rubric_of(session, cohort.id)
    if rubric is None:
        raise NoRubric(cohort=cohort.code)
    errors = _score_errors(rubric, body)
    if errors:
        raise Invalid(errors=errors)
    review.state, review.done_at, review.rubric = after, clock.now(), rubric
    review.scores, review.comment = dict(body.scores), body.comment or None
    review.version += 1
    session.flush()
    # Of the comment only that there is one: the record outlives an erased person.
    facts = {"state": after, "rubric": rubric.number, "scores": review.scores, "commented": review.comment is not None}
    record(session, actor, "reviews.score", "review", review.id, before={"state": "assigned"}, after=facts)
    if missing(queries.standing(session, [applicant.id])):
        _draw(session, SYSTEM, [applicant.id], _seed_of(applicant.id))
    return review


def release(session: Session, actor: Actor, review_id: str, body: ReleaseIn) -> Review:
    """Give a review back unread, for example because the reviewer knows the person; it can then be assigned to another.

    Raises:
        IllegalMove: For a review that is done or was given back.
    """
    review, _ = _locked(session, actor, review_id)
    require(actor, "reviews.release", review)
    review.state = REVIEW.move(review.state, "release")
    review.released_at, review.release_reason = clock.now(), body.reason
    review.version += 1
    session.flush()
    facts = {"state": review.state, "applicant_id": review.applicant_id}
    record(session, actor, "reviews.release", "review", review.id, before={"state": "assigned"}, after=facts)
    return review


def outcome_of(session: Session, applicant: Applicant, standing: Sequence[Review]) -> Outcome | None:
    """Return what the reviews of one application come to; None where its cohort has no rubric."""
    return come_to(queries.rubric_of(session, applicant.cohort_id), standing)


def come_to(rubric: Rubric | None, standing: Sequence[Review]) -> Outcome | None:
    """Return what the reviews of one application, the ones done first in their order, come to by `rubric`."""
    if rubric is None:
        return None
    done = [one.scores for one in standing if one.state == "done"]
    return outcome(criteria_of(rubric.criteria), rubric.allowed_difference, done)


def accept(session: Session, actor: Actor, applicant_id: str, body: AcceptIn) -> Applicant:
    """Take a reviewed person into the pool with the suitability that the scores come to, or with another one for a reason.

    Raises:
        IllegalMove: For an application that is not in review.
        ReviewsMissing: Where the cohort has a rubric and its reviews are not complete.
        ScreenedOut: For somebody who does not meet a screening rule.
        Invalid: Without a suitability where there is no rubric, or without a reason for another one.
    """
    applicant = applicants.applicant(session, actor, applicant_id, writing=True)
    require(actor, "applicants.accept", applicant)
    standing = queries.standing(session, [applicant.id])
    found = outcome_of(session, applicant, standing)
    suitability = body.suitability
    if applicant.state == READABLE:
        suitability = _suitability(applicant, found, body)
    return applications.accept_applicant(
        session, actor, applicant_id, suitability=suitability or 0, accept=body.accept, reason=body.reason
    )


def _suitability(applicant: Applicant, found: Outcome | None, body: AcceptIn) -> int:
    given: int | None = body.suitability
    if found is None:
        if given is None:
            message = mark("The cohort has no rubric, so the suitability does not follow from reviews.")
            raise Invalid(
                errors=[FieldError("/suitability", "missing", message, mark("Write a number from 0 to 100."))]
            )
        return given
    if found.suitability is None:
        done, wanted = len(found.totals), WANTED + (found.verdict == "differing")
        raise ReviewsMissing(code=applicant.code, done=done, wanted=wanted, more={"verdict": found.verdict})
    if given is not None and given != found.suitability and body.reason is None:
        message = mark("The reviews come to {suitability}.")
        remedy = mark("Leave the suitability out, or say why it is another one.")
        raise Invalid(errors=[FieldError("/reason", "missing", message, remedy, {"suitability": found.suitability})])
    return found.suitability if given is None else given


def _locked(session: Session, actor: Actor, review_id: str) -> tuple[Review, Applicant]:
    """Return a review and its application, both locked: what is done to one of two reviews depends on the other."""
    review = queries.review(session, actor, review_id)
    people = select(Applicant).where(Applicant.id == review.applicant_id).execution_options(populate_existing=True)
    applicant = session.scalars(for_update(people)).one()
    session.refresh(review)
    return review, applicant


def missing(standing: Collection[Review]) -> int:
    """Return how many reviewers an application still lacks, given its reviews that are assigned or done."""
    if len(standing) < WANTED:
        return WANTED - len(standing)
    rubrics = {one.rubric_id: one.rubric for one in standing if one.state == "done" and one.rubric is not None}
    if len(standing) > WANTED or len(rubrics) != 1 or any(one.state != "done" for one in standing):
        return 0
    rubric = next(iter(rubrics.values()))
    found = outcome(criteria_of(rubric.criteria), rubric.allowed_difference, [one.scores for one in standing])
    return int(found.verdict == "differing")


def _draw(session: Session, actor: Actor, applicant_ids: Collection[str], seed: int) -> tuple[list[Review], int]:
    """Assign the reviewers that these applications lack; return the reviews and how many nobody is left for."""
    standing: dict[str, list[Review]] = {key: [] for key in applicant_ids}
    for one in queries.standing(session, applicant_ids):
        standing[one.applicant_id].append(one)
    wanted = {key: missing(found) for key, found in standing.items()}
    taken: dict[str, set[str]] = {}
    for one in queries.all_of(session, applicant_ids):
        taken.setdefault(one.applicant_id, set()).add(one.reviewer_id)
    pairs = allot(
        {key: number for key, number in wanted.items() if number},
        [one.id for one in queries.reviewers(session)],
        load=queries.load(session),
        taken=taken,
        seed=seed,
    )
    return _assign(session, actor, pairs, seed), sum(wanted.values()) - len(pairs)


def _assign(session: Session, actor: Actor, pairs: Sequence[tuple[str, str]], seed: int | None) -> list[Review]:
    now = clock.now()
    made = [
        Review(
            applicant_id=applicant,
            reviewer_id=reviewer,
            state=REVIEW.initial,
            seed=seed,
            scores={},
            assigned_at=now,
            version=1,
        )
        for applicant, reviewer in pairs
    ]
    session.add_all(made)
    with refusing_duplicates(AssignedAlready(code="–")):
        session.flush()
    for one in made:
        facts = {"applicant_id": one.applicant_id, "reviewer_id": one.reviewer_id, "seed": seed}
        record(session, actor, "reviews.assign", "review", one.id, after=facts)
    return made


def _seed_of(applicant_id: str) -> int:
    """Return the seed by which a third reviewer is drawn: of the application alone, so that nobody can choose it."""
    return int(applicant_id.replace("-", "")[-7:], 16)


def _criterion_errors(body: RubricIn) -> list[FieldError]:
    errors = []
    codes = [one.code for one in body.criteria]
    for place, one in enumerate(body.criteria):
        if one.code in codes[:place]:
            message, remedy = mark("{value} stands there twice."), mark("Keep one of them.")
            errors.append(FieldError(f"/criteria/{place}/code", "duplicate", message, remedy, {"value": one.code}))
        if one.lowest >= one.highest:
            message, remedy = mark("The scale has no points."), mark("Let the highest be above the lowest.")
            errors.append(FieldError(f"/criteria/{place}/highest", "empty_scale", message, remedy))
    return errors


def _score_errors(rubric: Rubric, body: ScoreIn) -> list[FieldError]:
    errors = []
    criteria = {one.code: one for one in criteria_of(rubric.criteria)}
    for code, one in criteria.items():
        if code not in body.scores:
            message, remedy = mark("This value is missing."), mark("Give {lowest} to {highest} points.")
            facts = {"lowest": one.lowest, "highest": one.highest}
            errors.append(FieldError(f"/scores/{code}", "missing", message, remedy, facts))
        elif not one.lowest <= body.scores[code] <= one.highest:
            message, remedy = mark("The points are outside the scale."), mark("Give {lowest} to {highest} points.")
            facts = {"lowest": one.lowest, "highest": one.highest}
            errors.append(FieldError(f"/scores/{code}", "outside_scale", message, remedy, facts))
    for code in body.scores.keys() - criteria.keys():
        message, remedy = mark("The rubric has no criterion {code}."), mark("Use these: {codes}.")
        known = {"code": code, "codes": ", ".join(criteria)}
        errors.append(FieldError(f"/scores/{code}", "unknown_criterion", message, remedy, known))
    return errors
