"""What goes by itself: people who were rejected or have withdrawn, once the retention time is over (UU 27/2022, article 43).

A night's job takes a part of them at a time, and comes again the next night. It also gives a new code to people who were erased
while a round knew them, and deletes files of uploads that were undone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import ENDED, Applicant
from app.core import clock
from app.core.access import SYSTEM
from app.documents.models import Document
from app.privacy import erasure

AT_ONCE: Final = 500
REASON: Final = "retention"


def due(session: Session, days: int) -> list[Applicant]:
    """Return applications that ended more than `days` ago and whose person is still there, what ended first before."""
    since = clock.now() - dt.timedelta(days=days)
    ended = func.coalesce(Applicant.ended_at, Applicant.submitted_at, Applicant.created_at)
    old = select(Applicant).where(Applicant.state.in_(sorted(ENDED)), Applicant.erased_at.is_(None), ended < since)
    return list(session.scalars(old.order_by(ended, Applicant.id).limit(AT_ONCE)))


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
