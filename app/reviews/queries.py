"""Reads of rubrics and reviews; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from app.applicants.models import Applicant
from app.core.access import visible_or_404
from app.core.database import among
from app.identity.actor import Actor
from app.identity.models import User
from app.reviews.drift import Given
from app.reviews.models import Review, Rubric
from app.reviews.permissions import SEES_ALL, SEES_RUBRICS
from app.reviews.scoring import criteria_of, total


def visible_to(actor: Actor) -> Select[Review]:
    """Select the reviews that `actor` may see: all; or the own ones, and those of others for what one has scored oneself."""
    return select(Review).where(_visible(actor)).options(joinedload(Review.applicant), joinedload(Review.rubric))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL:
        return true()
    if actor.role != "reviewer":
        return false()
    own = aliased(Review)
    scored = exists().where(own.applicant_id == Review.applicant_id, own.reviewer_id == actor.id, own.state == "done")
    return or_(Review.reviewer_id == actor.id, and_(Review.state == "done", scored))


def review(session: Session, actor: Actor, review_id: str) -> Review:
    """Return one review with its application and its rubric.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(visible_to(actor).where(Review.id == review_id)))


def is_mine(actor: Actor) -> Callable[[bool], ColumnElement[bool]]:
    """Match the reviews that are assigned to `actor`, or (false) those that are not."""
    return lambda wanted: Review.reviewer_id == actor.id if wanted else Review.reviewer_id != actor.id


def of_cohort(cohort_id: str) -> ColumnElement[bool]:
    """Match the reviews of the applications to one cohort."""
    return Review.applicant_id.in_(select(Applicant.id).where(Applicant.cohort_id == cohort_id))


def rubric_of(session: Session, cohort_id: str) -> Rubric | None:
    """Return the rubric of a cohort that holds: its newest one."""
    newest = select(Rubric).where(Rubric.cohort_id == cohort_id).order_by(Rubric.number.desc()).limit(1)
    return session.scalars(newest).first()


def rubric(session: Session, actor: Actor, cohort_id: str) -> Rubric:
    """Return the rubric of a cohort that holds.

    Raises:
        NotFound: Where the cohort has none, or the actor may not see it.
    """
    return visible_or_404(rubric_of(session, cohort_id) if actor.role in SEES_RUBRICS else None)


def is_scored(session: Session, cohort_id: str) -> bool:
    """Tell whether anybody was scored in the cohort."""
    return session.scalar(select(exists().where(of_cohort(cohort_id), Review.state == "done"))) is True


def standing(session: Session, applicant_ids: Collection[str]) -> list[Review]:
    """Return the reviews of some applications that are assigned or done, the ones done first in their order."""
    kept = among(Review.applicant_id, applicant_ids), Review.state != "released"
    found = select(Review).where(*kept).options(joinedload(Review.rubric), joinedload(Review.applicant))
    return list(
        session.scalars(found.order_by(Review.done_at.is_(None), Review.done_at, Review.assigned_at, Review.id))
    )


def given_in(session: Session, cohort_id: str) -> list[Given]:
    """Return the reviews of a cohort that are done, as figures about raters need them; in two queries."""
    rubrics = session.scalars(select(Rubric).where(Rubric.cohort_id == cohort_id)).all()
    criteria = {one.id: criteria_of(one.criteria) for one in rubrics}
    done = select(Review.reviewer_id, Review.applicant_id, Review.rubric_id, Review.scores, Review.done_at)
    rows = session.execute(done.where(of_cohort(cohort_id), Review.state == "done"))
    return [
        Given(reviewer, applicant, total(criteria[rubric], scores), done_at)
        for reviewer, applicant, rubric, scores, done_at in rows
        if rubric is not None and done_at is not None
    ]


def all_of(session: Session, applicant_ids: Collection[str]) -> list[Review]:
    """Return every review of some applications, also those that were given back."""
    return list(session.scalars(select(Review).where(among(Review.applicant_id, applicant_ids))))


def reviewers(session: Session) -> list[User]:
    """Return who reads, by name."""
    active = select(User).where(User.role == "reviewer", User.active)
    return list(session.scalars(active.order_by(User.name, User.id)))


def load(session: Session) -> dict[str, int]:
    """Return how many unread applications each reviewer has."""
    readable = Applicant.id == Review.applicant_id, Applicant.state == "in_review"
    unread = select(Review.reviewer_id, func.count()).join(Applicant, and_(*readable)).where(Review.state == "assigned")
    return {row[0]: row[1] for row in session.execute(unread.group_by(Review.reviewer_id))}


def names(session: Session, user_ids: Collection[str]) -> dict[str, str]:
    """Return the names of some reviewers by their ids."""
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(among(User.id, user_ids)))}


def waiting_for(actor: Actor) -> Select[Review]:
    """Select what a reviewer has to read."""
    readable = select(Applicant.id).where(Applicant.state == "in_review")
    own = Review.reviewer_id == actor.id, Review.state == "assigned"
    return select(Review).where(*own, Review.applicant_id.in_(readable))


def queue_of(session: Session, actor: Actor) -> list[Review]:
    """Return what a reviewer has to read, what lies longest first."""
    shown = waiting_for(actor).options(joinedload(Review.applicant), joinedload(Review.rubric))
    return list(session.scalars(shown.order_by(Review.assigned_at, Review.id)))
