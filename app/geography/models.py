"""Regions by their official code, and what it costs to travel between them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, Money


class Region(Base):
    """A province (two digits) or a regency or city (`PP.RR`); a code begins with its parent's code.

    `monthly_wage` is the provincial minimum wage in rupiah, `distance_km` the way from Jakarta's airport as the crow flies.
    """

    __tablename__ = "regions"
    __table_args__ = (
        CheckConstraint("level IN ('province', 'regency')", name="level"),
        CheckConstraint("(level = 'province') = (parent_code IS NULL)", name="parent"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="point"),
        CheckConstraint("population >= 0 AND monthly_wage >= 0", name="not_negative"),
    )

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    level: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    timezone: Mapped[str] = mapped_column(String(4))
    lat: Mapped[float]
    lon: Mapped[float]
    population: Mapped[int]
    underdeveloped: Mapped[bool] = mapped_column(default=False)
    monthly_wage: Mapped[int] = mapped_column(Money)
    distance_km: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(Json)


class Fare(Base):
    """What one journey from a home region to a region of service costs, in rupiah."""

    __tablename__ = "fares"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    home_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    target_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)
    amount: Mapped[int] = mapped_column(Money)
