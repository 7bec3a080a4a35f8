"""What crosses the API about rounds. Money is whole rupiah; people, needs and funds are named by their codes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.rounds.method import WishesOut
from app.rounds.models import Approval, Result, Round

State = Literal["draft", "frozen", "solving", "proposed", "approved", "published", "closed", "cancelled"]
JobState = Literal["queued", "running", "done", "dead", "cancelled"]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]
Measure = Literal["placed", "need", "fit", "preference", "cost", "penalty", "kept", "fairness", "tolerance"]
Id = Annotated[str, Field(min_length=1, max_length=36)]
Weight = Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)]
TierIn = Annotated[dict[Measure, Weight], Field(min_length=1)]
WrittenReason = Annotated[str, Field(min_length=3, max_length=500)]

# What makes a round good, in the order of the domain: need, then fit and wishes (years promised count most), then money.
DEFAULT_OBJECTIVE: Final[list[dict[Measure, int]]] = [
    {"need": 1, "penalty": -1},
    {"fit": 1, "preference": 3, "kept": 10},
    {"cost": -1},
]
AN_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11"
A_ROUND: Final[dict[str, Any]] = {
    "cohort_id": AN_ID,
    "name": "Putaran 2027-1",
    "needs": None,
    "objective": DEFAULT_OBJECTIVE,
    "time_limit_seconds": 120,
    "regions_approve": False,
    "keep_best": True,
}


class RoundIn(BaseModel):
    """A new round: who is placed, where, and what counts."""

    model_config = body(A_ROUND)

    cohort_id: Id = Field(description="Whose pool is placed.")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    needs: Annotated[list[Id], Field(min_length=1, max_length=100_000)] | None = Field(
        default=None, description="Ids of the needs that are opened; left out: all that are verified or open."
    )
    objective: Annotated[list[TierIn], Field(min_length=1, max_length=8)] = Field(
        default_factory=lambda: list(DEFAULT_OBJECTIVE),
        examples=[DEFAULT_OBJECTIVE],
        description="Tiers, most important first; each maps measures to weights (cost and penalty negative).",
    )
    time_limit_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = Field(
        default=300, description="How much work a solve may do; one unit is about a second of one machine."
    )
    regions_approve: bool = Field(default=False, description="Officers approve the part of their region first.")
    keep_best: bool = Field(default=True, description="A solve that is stopped proposes the best found so far.")
    previous_round_id: Id | None = Field(default=None, description="Placements kept from it count in `kept`.")


class RoundPatch(BaseModel):
    """Changes to a draft; what is left out stays."""

    model_config = body({"name": "Putaran 2027-1b", "time_limit_seconds": 600})

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(default=LEFT_OUT)
    needs: Annotated[list[Id], Field(min_length=1, max_length=100_000)] = Field(default=LEFT_OUT)
    objective: Annotated[list[TierIn], Field(min_length=1, max_length=8)] = Field(default=LEFT_OUT)
    time_limit_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = Field(default=LEFT_OUT)
    regions_approve: bool = Field(default=LEFT_OUT)
    keep_best: bool = Field(default=LEFT_OUT)


class RoundQuery(PageQuery):
    """Filters and sort of the list of rounds."""

    sort: Literal["created", "-created", "name", "-name"] = Field(default="-created", description="Newest first.")
    state: State | None = Field(default=None, description="Only rounds in this state.")
    cohort: Id | None = Field(default=None, description="Only rounds of this cohort.")
    scenario_of: Id | None = Field(default=None, description="Only what-if copies of this round.")


class ReasonIn(BaseModel):
    """Why."""

    model_config = body({"reason": "Kuota bahasa belum sesuai perjanjian"})

    reason: WrittenReason


class ApprovalIn(BaseModel):
    """A word to the approval, if any."""

    model_config = body({"reason": None})

    reason: WrittenReason | None = None


class ApprovalOut(BaseModel):
    """One decision on a result."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": AN_ID,
                    "result_id": AN_ID,
                    "user_id": AN_ID,
                    "region_code": "53",
                    "decision": "approved",
                    "reason": None,
                    "at": "2027-03-01T02:00:00Z",
                }
            ]
        },
    )

    id: str
    result_id: str
    user_id: str
    region_code: str | None = Field(description="The officer's region; null for the whole round.")
    decision: Literal["approved", "refused"]
    reason: str | None
    at: dt.datetime

    @classmethod
    def of(cls, approval: Approval) -> ApprovalOut:
        """Return what is sent of `approval`."""
        return cls.model_validate(approval)


class RoundOut(BaseModel):
    """A placement round."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    cohort_id: str
    name: str
    state: State
    needs: int = Field(description="How many needs it opens.")
    objective: list[dict[str, int]]
    seed_commitment: str = Field(description="SHA-256 of `seed:salt`, made before the pool is frozen.")
    seed: int | None = Field(description="Shown once the round is frozen, when nobody can choose it any more.")
    seed_salt: str | None
    time_limit_seconds: int
    regions_approve: bool
    keep_best: bool
    previous_round_id: str | None
    scenario_of: str | None = Field(description="The round of which this is a what-if copy.")
    overrides: dict[str, Any] = Field(description="What a scenario changes in policies and funds.")
    snapshot_digest: str | None = Field(description="SHA-256 of the frozen problem document in canonical form.")
    result_id: str | None
    job_id: str | None
    proposed_by: str | None = Field(description="Who asked for the last solve, and so cannot approve.")
    approved_by: str | None
    created_at: dt.datetime
    frozen_at: dt.datetime | None
    approved_at: dt.datetime | None
    published_at: dt.datetime | None
    version: int

    @classmethod
    def of(cls, round_: Round, needs: int, digest: str | None) -> RoundOut:
        """Return what is sent of `round_`; its seed stays hidden in the draft."""
        counted = {"needs", "snapshot_digest", "seed", "seed_salt"}
        values = {name: getattr(round_, name) for name in cls.model_fields if name not in counted}
        drawn = round_.state != "draft"
        return cls(
            **values,
            needs=needs,
            snapshot_digest=digest,
            seed=round_.seed if drawn else None,
            seed_salt=round_.seed_salt if drawn else None,
        )


class ProgressOut(BaseModel):
    """How far a round is; `bound` is proven, `gap` is (bound − value) / |value|."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "solving",
                    "job": "running",
                    "phase": "solving",
                    "tier": 1,
                    "tiers": 3,
                    "value": 4016,
                    "bound": 4020,
                    "gap": 0.000996,
                    "placed": 62,
                    "seconds": 1.4,
                    "ended": False,
                    "error": None,
                }
            ]
        }
    )

    job: JobState
    phase: str | None = None
    tier: int | None = Field(default=None, description="Counted from 1.")
    tiers: int | None = None
    value: int | None = None
    bound: int | None = None
    gap: float | None = None
    placed: int | None = None
    seconds: float | None = None
    ended: bool
    error: str | None = Field(default=None, description="Why the solve was given up, in words.")


class ReasonOut(BaseModel):
    """One reason, as a stable code, the codes of what stands in the way, and a sentence in the request's language."""

    code: str = Field(examples=["no-money-left"])
    names: list[str] = Field(default=[], examples=[["agro-sd-2027"]])
    text: str = Field(examples=["The money of Guru SD NTT 2027 is used up."])


class TierOut(BaseModel):
    """A tier: what it maximises, what was reached, and the proven bound."""

    goal: dict[str, int]
    value: int
    bound: int | None
    proven: bool
    gap: float | None = Field(description="(bound − value) / |value|; null where the tier was not reached.")


class RegionCount(BaseModel):
    """Seats of a region."""

    code: str
    name: str
    province: str
    asked: int
    filled: int


class SponsorCount(BaseModel):
    """What one sponsor's funds pay, in rupiah; placements that are paid in part count too."""

    code: str
    name: str
    placements: int
    paid: int
    budget: int


class UnfilledOut(BaseModel):
    """Seats that stay empty, and why."""

    need: str
    school: str
    region: str
    level: str
    subject: str | None
    seats: int
    why: list[ReasonOut]


class UnplacedOut(BaseModel):
    """Somebody who was not placed, and why."""

    applicant: str
    why: list[ReasonOut]


class GroupCount(BaseModel):
    """How a group of applicants fared."""

    group: str = Field(examples=["gender:f"])
    people: int
    placed: int


class ConflictOut(BaseModel):
    """A rule of an impossible round; together with the others it cannot hold."""

    kind: Literal["policy", "fund", "agreement"]
    code: str
    text: str


class RelaxationOut(BaseModel):
    """A change that makes an impossible round possible."""

    kind: Literal["policy", "fund", "agreement"]
    code: str
    parameter: str
    today: Any
    works: Any
    text: str


class ResultOut(BaseModel):
    """What a solve gave, for whoever asks: sponsors and officers see their part."""

    id: str
    round_id: str
    number: int
    status: Status
    verified: bool = Field(description="Whether the independent second program found nothing wrong.")
    findings: list[dict[str, str]]
    seed: int
    seconds: float
    filled: int
    seats: int
    cost: int = Field(description="Rupiah that you may see: all of it, or what your organisation pays.")
    tiers: list[TierOut]
    regions: list[RegionCount]
    sponsors: list[SponsorCount]
    groups: list[GroupCount]
    unfilled: list[UnfilledOut]
    unplaced: list[UnplacedOut]
    conflict: list[ConflictOut]
    relaxations: list[RelaxationOut]
    wishes: WishesOut | None = Field(description="Where wishes came first: what is promised.")
    approvals: list[ApprovalOut]
    created_at: dt.datetime


class ResultRow(BaseModel):
    """A result in short; a new solve is a new one, and nothing is overwritten."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int
    status: Status
    verified: bool
    placed: int
    seats: int
    cost: int
    seed: int
    seconds: float
    created_at: dt.datetime

    @classmethod
    def of(cls, result: Result) -> ResultRow:
        """Return what is sent of `result`."""
        return cls.model_validate(result)


class LineOut(BaseModel):
    """Which fund pays one cost line, in rupiah."""

    line: str
    fund: str
    sponsor: str
    amount: int


class PlacementOut(BaseModel):
    """One placement, as far as you may see it: sponsors see no person, and only the lines that they pay."""

    id: str
    applicant: str | None = Field(description="Code of the person; null for sponsors.")
    name: str | None
    need: str
    school: str
    npsn: str
    region: str
    region_name: str
    level: str
    subject: str | None
    hardship: int
    agreement: str
    fit: int | None
    preference: int | None
    cost: int = Field(description="Rupiah; for a sponsor, what it pays of it.")
    lines: list[LineOut]


class PlacementQuery(PageQuery):
    """Filters and sort of placements."""

    sort: Literal["id", "cost", "-cost"] = "id"
    region: Annotated[str, Field(pattern=r"^\d\d(\.\d\d)?$")] | None = Field(
        default=None, description="In this region or below it."
    )
    need: Id | None = Field(default=None, description="Code of a need.", examples=["need-0001"])


class ResultQuery(PageQuery):
    """Sort of the list of results."""

    sort: Literal["number", "-number"] = Field(default="-number", description="Newest first.")
