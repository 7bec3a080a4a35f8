"""Schools and their needs."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Json, Money, UtcDateTime
from app.core.ids import new_id


class School(Base):
    """A school; `tags` are its conditions (`remote`, `no-signal`, …). `invented` marks what the demo made up."""

    __tablename__ = "schools"
    __table_args__ = (
        CheckConstraint("level IN ('SD', 'SMP', 'SMA', 'SMK')", name="level"),
        CheckConstraint("status IN ('negeri', 'swasta')", name="status"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="point"),
        Index("ix_schools_region_code_name", "region_code", "name"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    npsn: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(6))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    district: Mapped[str | None] = mapped_column(String(100))
    lat: Mapped[float]
    lon: Mapped[float]
    tags: Mapped[list[str]] = mapped_column(Json)
    invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Need(Base):
    """A school's request for people. `score` (0–100) is the sum of `score_parts`; both are set when it is verified."""

    __tablename__ = "needs"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'verified', 'open', 'filled', 'closed', 'rejected')", name="state"),
        CheckConstraint("headcount BETWEEN 1 AND 100", name="headcount"),
        CheckConstraint("starts_on < ends_on", name="period"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("hardship BETWEEN 0 AND 5", name="hardship"),
        CheckConstraint("state <> 'rejected' OR rejection_reason IS NOT NULL", name="rejection"),
        CheckConstraint("state IN ('proposed', 'rejected') OR score IS NOT NULL", name="verified_score"),
        Index("ix_needs_state_score", "state", "score"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("schools.id"), index=True)
    level: Mapped[str] = mapped_column(String(3))
    subject: Mapped[str | None] = mapped_column(String(40))
    headcount: Mapped[int]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    hardship: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[str]] = mapped_column(Json)
    requires: Mapped[list[str]] = mapped_column(Json)
    prefers: Mapped[list[str]] = mapped_column(Json)
    teachers_missing: Mapped[int] = mapped_column(default=0)
    years_without: Mapped[int] = mapped_column(default=0)
    score: Mapped[int | None]
    score_parts: Mapped[dict[str, int] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    verified_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    school: Mapped[School] = relationship(lazy="raise")
    costs: Mapped[list[NeedCost]] = relationship(lazy="raise", cascade="all, delete-orphan", order_by="NeedCost.line")
    uses: Mapped[list[NeedUse]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="NeedUse.resource_id"
    )


class NeedCost(Base):
    """What one placement at the need costs in one line (stipend, training, …), in rupiah; travel is a line of its own."""

    __tablename__ = "need_costs"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("line <> 'travel'", name="line"),
    )

    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    amount: Mapped[int] = mapped_column(Money)


class NeedUse(Base):
    """How many units of a resource one placement at the need uses."""

    __tablename__ = "need_uses"
    __table_args__ = (CheckConstraint("units > 0", name="units"),)

    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"), primary_key=True)
    resource_id: Mapped[str] = mapped_column(ForeignKey("resources.id"), primary_key=True, index=True)
    units: Mapped[int]
