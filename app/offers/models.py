"""Offers: what a published round asks each placed applicant."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime
from app.core.ids import new_id


class Offer(Base):
    """One placement, offered until `deadline`; a decline gives a reason."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("state IN ('sent', 'accepted', 'declined', 'expired')", name="state"),
        CheckConstraint("(state = 'sent') = (answered_at IS NULL)", name="answered"),
        Index("ix_offers_state_deadline", "state", "deadline"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    placement_id: Mapped[str] = mapped_column(ForeignKey("placements.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="sent")
    sent_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    deadline: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
