"""Reads of the record; each starts from what the actor may see."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.core.access import Actor, visible_or_404

SEES_RECORD: Final = frozenset({"auditor", "admin", "system"})


def visible_to(actor: Actor) -> Select[AuditEntry]:
    """Select the entries that `actor` may see: that something was done is told of everything, or of nothing."""
    statement = select(AuditEntry)
    return statement if actor.role in SEES_RECORD else statement.where(false())


def entry(session: Session, actor: Actor, entry_id: str) -> AuditEntry:
    """Return one entry.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(visible_to(actor).where(AuditEntry.id == entry_id)))
