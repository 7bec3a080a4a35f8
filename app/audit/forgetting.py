"""Take the words out of entries about somebody who is erased; that and which is itself an entry, so the chain holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry, AuditReason
from app.audit.record import record
from app.core.access import Actor
from app.core.database import among

FORGET: Final = "audit.forget"


def forget_reasons(session: Session, actor: Actor, about: Mapping[str, Collection[str]]) -> int:
    """Erase the reasons of every entry about some things; return how many.

    Args:
        session: The open transaction.
        actor: Who has it done.
        about: Ids of things by their type, such as `{"applicant": [...]}`.
    """
    things = [
        and_(AuditEntry.object_type == kind, among(AuditEntry.object_id, ids)) for kind, ids in about.items() if ids
    ]
    if not things:
        return 0
    told = select(AuditEntry.id, AuditEntry.number).join(AuditReason, AuditReason.entry_id == AuditEntry.id)
    found = session.execute(told.where(or_(*things)).order_by(AuditEntry.number)).all()
    if found:
        gone = delete(AuditReason).where(among(AuditReason.entry_id, [row.id for row in found]))
        session.execute(gone, execution_options={"synchronize_session": False})
        record(session, actor, FORGET, "audit", "reasons", after={"numbers": [row.number for row in found]})
    return len(found)


def forgotten(entry: AuditEntry) -> set[int]:
    """Return the numbers of the entries whose reasons `entry` says to have taken out; only earlier ones count."""
    numbers = (entry.after or {}).get("numbers", [])
    return {number for number in numbers if type(number) is int and number < entry.number}
