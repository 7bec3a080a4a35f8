"""How far the reviews of a cohort are, and how far its reviewers agree, for the programme."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.reviews import queries, service
from app.reviews.drift import agreement
from app.reviews.models import Review, Rubric
from app.reviews.schemas import RatersOut


@dataclass(frozen=True)
class Progress:
    """How many applications in review stand where.

    Attributes:
        submitted: Sent, and not taken into review yet.
        verdicts: In review, by what their reviews come to: waiting, differing, complete.
        lacking: In review with fewer reviewers than they need.
        readers: Reviewers by name with (unread, done) in this cohort; also those who are gone and still hold something.
    """

    submitted: int
    verdicts: dict[str, int]
    lacking: int
    readers: list[tuple[str, int, int]]


def progress_of(session: Session, cohort_id: str) -> Progress:
    """Return how far the reviews of one cohort are, in a fixed number of queries."""
    mine = select(Applicant.id).where(Applicant.cohort_id == cohort_id)
    people = session.scalars(mine.where(Applicant.state == service.READABLE)).all()
    sent = mine.with_only_columns(func.count()).where(Applicant.state == "submitted")
    submitted = session.scalars(sent).one()
    by_person: dict[str, list[Review]] = {key: [] for key in people}
    for review in queries.standing(session, list(by_person)):
        by_person[review.applicant_id].append(review)
    rubric = queries.rubric_of(session, cohort_id)
    verdicts: Counter[str] = Counter()
    for standing in by_person.values():
        found = service.come_to(rubric, standing)
        verdicts["waiting" if found is None else found.verdict] += 1
    lacking = sum(service.missing(standing) > 0 for standing in by_person.values())
    return Progress(submitted, dict(verdicts), lacking, _readers(session, by_person))


def raters_of(session: Session, cohort_id: str, rubric: Rubric) -> RatersOut:
    """Return how far the reviewers of one cohort agree, in a fixed number of queries."""
    found = agreement(queries.given_in(session, cohort_id), rubric.allowed_difference)
    names = queries.names(session, [one.reviewer_id for one in found.raters])
    return RatersOut.of(cohort_id, found, names)


def _readers(session: Session, by_person: dict[str, list[Review]]) -> list[tuple[str, int, int]]:
    unread: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for standing in by_person.values():
        for one in standing:
            (done if one.state == "done" else unread)[one.reviewer_id] += 1
    reading = {one.id: one.name for one in queries.reviewers(session)}
    gone = queries.names(session, (unread.keys() | done.keys()) - reading.keys())
    return [(name, unread[key], done[key]) for key, name in [*reading.items(), *sorted(gone.items())]]
