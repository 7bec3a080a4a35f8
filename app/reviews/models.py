"""Rubrics, and the reviews that are made by them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.applicants.models import Applicant
from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id


class Rubric(Base):
    """What reviewers of a cohort look at; the one with the highest `number` holds, and a scored one is never changed.

    `criteria` are objects `{code, name_id, name_en, hint_id, hint_en, weight, lowest, highest}`; `allowed_difference` is in points
    of the whole (0–100): a third reviewer is asked where two differ by more.
    """

    __tablename__ = "rubrics"
    __table_args__ = (
        UniqueConstraint("cohort_id", "number"),
        CheckConstraint("allowed_difference BETWEEN 0 AND 100", name="allowed_difference"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"))
    number: Mapped[int]
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    allowed_difference: Mapped[int]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Review(Base):
    """One reviewer's judgement of one application. `seed` is that of the automatic assignment, None where a manager chose.

    `rubric_id` is the rubric that the `scores` (points by criterion, empty before) are by; until then the newest one holds.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("applicant_id", "reviewer_id"),
        CheckConstraint("state IN ('assigned', 'done', 'released')", name="state"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL AND rubric_id IS NOT NULL)", name="done"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released"),
        Index("ix_reviews_reviewer_id_state", "reviewer_id", "state"),
        Index("ix_reviews_assigned_at", "assigned_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id"))
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(10))
    seed: Mapped[int | None]
    rubric_id: Mapped[str | None] = mapped_column(ForeignKey("rubrics.id"), index=True)
    scores: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    comment: Mapped[str | None] = mapped_column(Text)
    release_reason: Mapped[str | None] = mapped_column(Text)
    assigned_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    applicant: Mapped[Applicant] = relationship(lazy="raise")
    rubric: Mapped[Rubric | None] = relationship(lazy="raise")
