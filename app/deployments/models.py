"""Deployments: a person in service, monthly check-ins, and the handover to who comes after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime
from app.core.ids import new_id


class Deployment(Base):
    """What an accepted offer becomes."""

    __tablename__ = "deployments"
    __table_args__ = (
        CheckConstraint("state IN ('preparing', 'in_service', 'completed', 'ended_early')", name="state"),
        CheckConstraint("starts_on < ends_on", name="period"),
        CheckConstraint("state <> 'ended_early' OR end_reason IS NOT NULL", name="end_reason"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id"), index=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), index=True)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(String(12), default="preparing")
    end_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class CheckIn(Base):
    """A month's word from a deployment: by the volunteer, and the host's confirmation."""

    __tablename__ = "check_ins"

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    host_confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Handover(Base):
    """What one volunteer leaves to the named successor, or to the school where there is none."""

    __tablename__ = "handovers"

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("deployments.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
