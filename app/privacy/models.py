"""What people ask about their data, and the log of breaches."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id


class CorrectionRequest(Base):
    """That a person wants something put right that they cannot change themselves; to be settled by `due_at`."""

    __tablename__ = "correction_requests"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'done', 'refused')", name="state"),
        CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("state <> 'refused' OR answer IS NOT NULL", name="answer"),
        Index("ix_correction_requests_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    applicant_id: Mapped[str | None] = mapped_column(ForeignKey("applicants.id"), index=True)
    wish: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(default=1)


class Breach(Base):
    """Personal data that was lost, leaked or changed; people and the authority are told by `due_at`, three days after."""

    __tablename__ = "breaches"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint(
            "state = 'open' OR (told_people_at IS NOT NULL AND told_authority_at IS NOT NULL AND measures IS NOT NULL)",
            name="told",
        ),
        CheckConstraint("people >= 0", name="people"),
        Index("ix_breaches_found_at", "found_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    what: Mapped[str] = mapped_column(Text)
    data_kinds: Mapped[list[str]] = mapped_column(Json)
    people: Mapped[int]
    happened_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    found_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    measures: Mapped[str | None] = mapped_column(Text)
    told_people_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    told_authority_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
