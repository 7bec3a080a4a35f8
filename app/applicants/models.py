"""Cohorts and the people who apply to them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.core import clock
from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id

ENDED: Final = frozenset({"rejected", "withdrawn"})
"""The states after which the retention time of a person's data runs."""

STATE_CHECK = "state IN ('draft', 'submitted', 'in_review', 'in_pool', 'rejected', 'withdrawn', 'offered', 'volunteer', 'alumnus')"


class Cohort(Base):
    """A season (angkatan): who applies together is placed together."""

    __tablename__ = "cohorts"
    __table_args__ = (CheckConstraint("intake_opens_on < intake_closes_on", name="intake"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name_id: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    year: Mapped[int]
    intake_opens_on: Mapped[dt.date]
    intake_closes_on: Mapped[dt.date]
    invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ApplicantGroup(Base):
    """People who apply together, such as a couple."""

    __tablename__ = "applicant_groups"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="couple")


class Applicant(Base):
    """One person's application to one cohort. `suitability` is 0–100, `accept` the chance in thousandths that an offer is taken.

    `receipt` is the code in the mail that confirms the sending; an import of sent applications gives none.
    `levels`, `subjects`, `languages` and `skills` become the tags `teach:`, `subject:`, `lang:` and `skill:`. `ended_at` is when
    it was rejected or withdrawn; `erased_at` is when the person was taken out of it (see `app.privacy.erasure`).
    """

    __tablename__ = "applicants"
    __table_args__ = (
        CheckConstraint(STATE_CHECK, name="state"),
        CheckConstraint("gender IN ('f', 'm')", name="gender"),
        CheckConstraint("suitability BETWEEN 0 AND 100", name="suitability"),
        CheckConstraint("accept BETWEEN 0 AND 1000", name="accept"),
        CheckConstraint("max_hardship BETWEEN 0 AND 5", name="max_hardship"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'in_review', 'rejected', 'withdrawn') OR suitability IS NOT NULL",
            name="pool_suitability",
        ),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR erased_at IS NOT NULL "
            "OR (gender IS NOT NULL AND birth_year IS NOT NULL AND home_code IS NOT NULL)",
            name="complete",
        ),
        UniqueConstraint("cohort_id", "email"),
        UniqueConstraint("cohort_id", "user_id"),
        Index("ix_applicants_cohort_id_state", "cohort_id", "state"),
        Index("ix_applicants_name", "name", "id"),
        Index("ix_applicants_home_code", "home_code"),
        Index("ix_applicants_ended_at", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    group_id: Mapped[str | None] = mapped_column(ForeignKey("applicant_groups.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    gender: Mapped[str | None] = mapped_column(String(1))
    birth_year: Mapped[int | None]
    home_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    levels: Mapped[list[str]] = mapped_column(Json)
    subjects: Mapped[list[str]] = mapped_column(Json)
    languages: Mapped[list[str]] = mapped_column(Json)
    skills: Mapped[list[str]] = mapped_column(Json)
    regular_care: Mapped[bool] = mapped_column(default=False)
    # `returning` is a word of SQL.
    returning: Mapped[bool] = mapped_column("served_before", default=False)
    max_hardship: Mapped[int | None]
    motivation: Mapped[str | None] = mapped_column(Text)
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    suitability: Mapped[int | None]
    accept: Mapped[int] = mapped_column(default=1000)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    receipt: Mapped[str | None] = mapped_column(String(12), unique=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    cohort: Mapped[Cohort] = relationship(lazy="raise", viewonly=True)
    preferences: Mapped[list[Preference]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Preference.rank"
    )
    refusals: Mapped[list[Refusal]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Refusal.region_code"
    )

    @validates("state")
    def _note_end(self, _key: str, state: str) -> str:
        """Note when an application ends, whichever slice ends it."""
        self.ended_at = clock.now() if state in ENDED else None
        return state


class Preference(Base):
    """A region that an applicant wishes for; rank 0 is the dearest wish."""

    __tablename__ = "applicant_preferences"
    __table_args__ = (
        UniqueConstraint("applicant_id", "region_code"),
        CheckConstraint("rank BETWEEN 0 AND 9", name="rank"),
    )

    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))


class Refusal(Base):
    """A region in which an applicant will not serve."""

    __tablename__ = "applicant_refusals"

    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id", ondelete="CASCADE"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)


class ServiceRecord(Base):
    """Where a returning applicant served before; continuing at that need counts as kept."""

    __tablename__ = "service_records"

    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id", ondelete="CASCADE"), primary_key=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), primary_key=True, index=True)
    year: Mapped[int]


class ScreeningRule(Base):
    """A condition on applications of one cohort, or of all (no cohort): data, with its legal basis, for its time.

    `effect` is `bar` (who does not meet it is neither sent nor accepted) or `flag` (it is shown to the manager only); `kind` and
    `parameters` are those of `app.applicants.screening`.
    """

    __tablename__ = "screening_rules"
    __table_args__ = (
        CheckConstraint("effect IN ('bar', 'flag')", name="effect"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="period"),
        Index("ix_screening_rules_cohort_id_valid_from", "cohort_id", "valid_from"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    cohort_id: Mapped[str | None] = mapped_column(ForeignKey("cohorts.id"))
    kind: Mapped[str] = mapped_column(String(20))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    effect: Mapped[str] = mapped_column(String(4))
    legal_basis: Mapped[str] = mapped_column(Text)
    reason_id: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Consent(Base):
    """That a person agreed to one version of a text (see `app.applicants.consents`), and when they took it back."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="withdrawn"),
        Index("ix_consents_user_id_purpose", "user_id", "purpose"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    digest: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
