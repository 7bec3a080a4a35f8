"""The record of who did what, chained by hash so that a removed or changed row is found."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id


class AuditReason(Base):
    """Why something was done, in a person's own words; apart from its entry, so that it can go with whoever it tells of.

    The entry holds a fingerprint of `salt` and `text`, so changed words are found, and words that are gone cannot be guessed.
    """

    __tablename__ = "audit_reasons"

    entry_id: Mapped[str] = mapped_column(ForeignKey("audit_entries.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)


class AuditEntry(Base):
    """One act of one actor. `actor_id` is no foreign key: the record outlives an erased account.

    `reason` is read only. Entries from before there were `AuditReason`s hold theirs themselves, in `old_reason`.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        Index("ix_audit_entries_object", "object_type", "object_id"),
        Index("ix_audit_entries_actor_id", "actor_id"),
        Index("ix_audit_entries_action", "action", "number"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(String(36))
    actor_role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(100))
    object_type: Mapped[str] = mapped_column(String(50))
    object_id: Mapped[str] = mapped_column(String(200))
    old_reason: Mapped[str | None] = mapped_column("reason", Text)
    reason_digest: Mapped[str | None] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    words: Mapped[AuditReason | None] = relationship(lazy="raise")
    reason: Mapped[str | None] = column_property(
        func.coalesce(
            old_reason,
            select(AuditReason.text)
            .where(AuditReason.entry_id == id)  # noqa: A003 - the column
            .correlate_except(AuditReason)
            .scalar_subquery(),
        )
    )


class AuditHead(Base):
    """The one row that says where the chain ends; locking it makes the numbers gap-free."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
