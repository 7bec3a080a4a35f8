"""Offers: what a published round asks each placed applicant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id


class Offer(Base):
    """One placement, offered until `deadline`; a decline gives a reason.

    `reminded_at`: when the person was reminded of the deadline; `reported_at`: when those who run, pay and await heard of the answer.
    """

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
    reminded_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reported_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)


class Replacement(Base):
    """The search for who takes a seat that fell free, everybody else staying where they are; written once it is proposed.

    `offer_id` is the offer that was declined, ran out, or whose deployment ended early. `options` are what people choose from;
    `documents` the problems and solutions behind them (gzip, JSON), so that anybody can check them.
    """

    __tablename__ = "replacements"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'proposed', 'nothing', 'failed', 'taken', 'dropped')", name="state"),
        CheckConstraint("(state = 'taken') = (new_offer_id IS NOT NULL)", name="taken"),
        Index("ix_replacements_state_created_at", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    options: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    documents: Mapped[bytes | None] = mapped_column(LargeBinary)
    new_offer_id: Mapped[str | None] = mapped_column(ForeignKey("offers.id"), unique=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
