"""What goes by itself: people who were rejected or have withdrawn, and drafts that nobody sent, once the retention time is over.

The law is UU 27/2022, article 43. For a draft the time begins when its cohort takes no more applications.

A night's job takes a part of them at a time, and comes again the next night. It also gives a new code to people who were erased
while a round knew them, and deletes files of uploads that were undone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.applicants.models import ENDED, Applicant, Cohort
from app.core import clock
from app.core.access import SYSTEM
from app.documents.models import Document
from app.privacy import erasure

AT_ONCE: Final = 500
REASON: Final = "retention"


ENDED_AT: Final = func.coalesce(Applicant.ended_at, Applicant.submitted_at, Applicant.created_at)


def over(days: int) -> Select[Applicant]:
    """Select the applications that ended, or can no longer be sent, since more than `days`, and whose person is still there."""
    since = clock.now() - dt.timedelta(days=days)
    closed = select(Cohort.id).where(Cohort.intake_closes_on < since.date())
    ended = and_(Applicant.state.in_(sorted(ENDED)), since > ENDED_AT)
    unsent = and_(Applicant.state == "draft", Applicant.cohort_id.in_(closed))
    return select(Applicant).where(Applicant.erased_at.is_(None), or_(ended, unsent))


def due(session: Session, days: int) -> list[Applicant]:
    """Return the next of them, what ended first before."""
    return list(session.scalars(over(days).order_by(ENDED_AT, Applicant.id).limit(AT_ONCE)))


def erase_due(session: Session, days: int) -> tuple[int, list[str]]:
    """Erase those whose time is over; return how many, and the files that the caller deletes after the commit."""
    files = []
    found = due(session, days)
    for one in found:
        files += erasure.erase_person(session, SYSTEM, [one], reason=REASON)
    return len(found), files


def known_files(session: Session) -> set[str]:
    """Return the names of all files that belong to a document."""
    return set(session.scalars(select(Document.stored)))
