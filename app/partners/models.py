"""What partners do where (the 3W of humanitarian work), and the goods that they lend."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, UtcDateTime
from app.core.ids import new_id
from app.identity.models import Organisation


class Activity(Base):
    """A row of who does what, where and when; `first_month` and `last_month` are first days of months."""

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("first_month <= last_month", name="period"),
        Index("ix_activities_region_code_first_month", "region_code", "first_month"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    sector: Mapped[str] = mapped_column(String(40))
    what_id: Mapped[str] = mapped_column(Text)
    what_en: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    school_id: Mapped[str | None] = mapped_column(ForeignKey("schools.id"), index=True)
    first_month: Mapped[dt.date]
    last_month: Mapped[dt.date]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="raise")


class Resource(Base):
    """Something besides money that placements use, in whole units."""

    __tablename__ = "resources"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name_id: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="raise")
