"""Placement rounds: the frozen problem, the results (never overwritten), the placements, the approvals."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Json, Money, UtcDateTime
from app.core.ids import new_id


class Round(Base):
    """A putaran penempatan. `seed` is drawn and committed to (`seed_commitment`, SHA-256) when the round is created.

    `regions_approve`: officers of every region with a placement approve before the second person does. `keep_best`: a solve
    that is stopped proposes the best that it found so far. A scenario is a what-if copy of the round `scenario_of`: it is solved
    and compared, never published; `overrides` says what it changes (`policies`, `funds`; see `app.rounds.problem`).
    """

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'frozen', 'solving', 'proposed', 'approved', 'published', 'closed', 'cancelled')",
            name="state",
        ),
        CheckConstraint("time_limit_seconds > 0", name="time_limit"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        CheckConstraint(
            "state NOT IN ('approved', 'published', 'closed') OR (approved_by IS NOT NULL AND result_id IS NOT NULL)",
            name="approved",
        ),
        Index("ix_rounds_cohort_id_created_at", "cohort_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    objective: Mapped[list[dict[str, int]]] = mapped_column(Json)
    seed: Mapped[int]
    seed_salt: Mapped[str] = mapped_column(String(64))
    seed_commitment: Mapped[str] = mapped_column(String(64))
    time_limit_seconds: Mapped[int]
    regions_approve: Mapped[bool] = mapped_column(default=False)
    keep_best: Mapped[bool] = mapped_column(default=False)
    scenario_of: Mapped[str | None] = mapped_column(ForeignKey("rounds.id"), index=True)
    overrides: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    previous_round_id: Mapped[str | None] = mapped_column(ForeignKey("rounds.id"))
    snapshot_id: Mapped[str | None] = mapped_column(ForeignKey("snapshots.id", use_alter=True))
    result_id: Mapped[str | None] = mapped_column(ForeignKey("results.id", use_alter=True))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    frozen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    needs: Mapped[list[RoundNeed]] = relationship(lazy="raise", cascade="all, delete-orphan")


class RoundChoice(Base):
    """A person's decision that the solve has to keep: somebody goes to a need (`pin`), or does not (`ban`), with the reason."""

    __tablename__ = "round_choices"
    __table_args__ = (
        UniqueConstraint("round_id", "applicant_id", "need_id"),
        CheckConstraint("kind IN ('pin', 'ban')", name="kind"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"))
    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id"), index=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), index=True)
    kind: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RoundNeed(Base):
    """A need that the round opens as a post."""

    __tablename__ = "round_needs"

    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), primary_key=True, index=True)


class Snapshot(Base):
    """The frozen problem: the document in canonical form, gzip, with its SHA-256. Written once."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    names: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Result(Base):
    """What one solve of a snapshot gave: the solution document, gzip, and what the independent verifier said. Written once.

    `summary` is what `app.rounds.summary` counted from the two documents when the result was stored, identifiers only.
    """

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("job_id"),
        CheckConstraint("status IN ('optimal', 'feasible', 'infeasible', 'unknown')", name="status"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"))
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshots.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    tiers: Mapped[list[dict[str, int | None]]] = mapped_column(Json)
    placed: Mapped[int]
    seats: Mapped[int]
    cost: Mapped[int] = mapped_column(Money)
    seed: Mapped[int]
    seconds: Mapped[float]
    verified: Mapped[bool]
    findings: Mapped[list[dict[str, str]]] = mapped_column(Json)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Placement(Base):
    """A proposed triple of one result: this applicant at this need under this agreement."""

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("result_id", "applicant_id"),
        CheckConstraint("cost >= 0", name="cost"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    result_id: Mapped[str] = mapped_column(ForeignKey("results.id"))
    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id"), index=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), index=True)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), index=True)
    cost: Mapped[int] = mapped_column(Money)
    fit: Mapped[int]
    preference: Mapped[int]

    lines: Mapped[list[PlacementLine]] = relationship(lazy="raise", order_by="PlacementLine.line")


class PlacementLine(Base):
    """Which fund pays one cost line of a placement, in rupiah; the lines add up to the placement's cost."""

    __tablename__ = "placement_lines"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    placement_id: Mapped[str] = mapped_column(ForeignKey("placements.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    fund_id: Mapped[str] = mapped_column(ForeignKey("funds.id"), index=True)
    amount: Mapped[int] = mapped_column(Money)


class RoundAnswer(Base):
    """What a worker works out about a frozen round or its result once somebody asks. Asked for once, written once.

    `asked` is the question, `key` the SHA-256 of it together with the result that it is about (None: about the frozen problem
    alone). `document` is the answer as JSON, gzip, with identifiers and no person's name; None until the job is done.
    """

    __tablename__ = "round_answers"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "kind", "key"),
        CheckConstraint("kind IN ('explanation', 'waitlist', 'fairness', 'lottery', 'draw')", name="kind"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"), index=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshots.id"))
    result_id: Mapped[str | None] = mapped_column(ForeignKey("results.id"))
    kind: Mapped[str] = mapped_column(String(11))
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Approval(Base):
    """One decision on a result: of the second person for the whole round, or of an officer for a region."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'refused')", name="decision"),
        CheckConstraint("decision = 'approved' OR reason IS NOT NULL", name="reason"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"), index=True)
    result_id: Mapped[str] = mapped_column(ForeignKey("results.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    decision: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
