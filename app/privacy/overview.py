"""How the duties towards people's data stand, for whoever answers for them: figures, and who has opened documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.applicants import consents
from app.applicants.models import Applicant, Consent
from app.applicants.retention import KIND
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import among
from app.documents.models import Document
from app.identity.models import User
from app.jobs.models import Job
from app.privacy import retention
from app.privacy.models import Breach, CorrectionRequest

READ: Final = "documents.read"
MONTH: Final = dt.timedelta(days=30)
YEAR: Final = dt.timedelta(days=365)


@dataclass(frozen=True)
class Overview:
    """How the duties stand.

    Attributes:
        corrections_waiting, corrections_overdue: Wishes that are not settled, and those past their three days.
        breaches_open, breaches_overdue: Breaches that are not closed, and those of which not everybody was told in time.
        consents_held, consents_withdrawn: To the present words; and taken back, in the last year.
        erased: People erased in the last year.
        due: Applications whose retention time is over.
        next_night: When the retention job runs next; None where none is queued, so nobody's time can be over.
        documents: How many documents are stored.
        reads: Documents opened by the programme in the last thirty days.
    """

    corrections_waiting: int
    corrections_overdue: int
    breaches_open: int
    breaches_overdue: int
    consents_held: int
    consents_withdrawn: int
    erased: int
    due: int
    next_night: dt.datetime | None
    documents: int
    reads: int


@dataclass(frozen=True)
class Read:
    """That somebody of the programme opened a document; `code` is the application's."""

    number: int
    at: dt.datetime
    role: str
    name: str
    code: str
    kind: str


def overview_of(session: Session, retention_days: int) -> Overview:
    """Return how the duties stand, in a fixed number of queries."""
    now = clock.now()
    waiting = select(CorrectionRequest).where(CorrectionRequest.state == "asked")
    unclosed = select(Breach).where(Breach.state == "open")
    held = select(Consent).where(Consent.version == consents.CURRENT, Consent.withdrawn_at.is_(None))
    night = select(func.min(Job.run_after)).where(Job.kind == KIND, Job.state == "queued")
    return Overview(
        corrections_waiting=_count(session, waiting),
        corrections_overdue=_count(session, waiting.where(CorrectionRequest.due_at < now)),
        breaches_open=_count(session, unclosed),
        breaches_overdue=_count(session, unclosed.where(Breach.due_at < now)),
        consents_held=_count(session, held),
        consents_withdrawn=_count(session, select(Consent).where(Consent.withdrawn_at > now - YEAR)),
        erased=_count(session, select(Applicant).where(Applicant.erased_at > now - YEAR)),
        due=_count(session, retention.over(retention_days)),
        next_night=session.scalars(night).one(),
        documents=_count(session, select(Document)),
        reads=_count(session, _reads().where(AuditEntry.at > now - MONTH)),
    )


def latest_reads(session: Session, *, before: int | None, most: int) -> list[Read]:
    """Return who opened documents, the newest first; in three queries.

    Args:
        session: An open session.
        before: Only entries with a smaller number.
        most: How many at most.
    """
    wanted = _reads() if before is None else _reads().where(AuditEntry.number < before)
    entries = session.scalars(wanted.order_by(AuditEntry.number.desc()).limit(most)).all()
    users = select(User.id, User.name).where(among(User.id, {one.actor_id for one in entries}))
    names = {row.id: row.name for row in session.execute(users)}
    people = select(Applicant.id, Applicant.code).where(among(Applicant.id, {one.object_id for one in entries}))
    codes = {row.id: row.code for row in session.execute(people)}
    return [
        Read(
            number=one.number,
            at=one.at,
            role=one.actor_role,
            name=names.get(one.actor_id, "–"),
            code=codes.get(one.object_id, "–"),
            kind=(one.after or {}).get("kind", "other"),
        )
        for one in entries
    ]


def _reads() -> Select[AuditEntry]:
    return select(AuditEntry).where(AuditEntry.action == READ)


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalars(rows.with_only_columns(func.count(), maintain_column_froms=True)).one()
