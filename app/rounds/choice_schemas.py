"""What crosses the API about pins and bans, what-if copies and their comparison; see `app.rounds.schemas`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.rounds.method import Method
from app.rounds.schemas import AN_ID, Id, Status, TierIn, WrittenReason

MOST_COMPARED: Final = 3
A_COMPARISON: Final[dict[str, Any]] = {
    "goals": ["need served − broken soft rules"],
    "sides": [
        {
            "round_id": AN_ID,
            "name": name,
            "result_id": AN_ID,
            "status": "optimal",
            "tiers": [{"value": 5_300 + gain, "bound": 5_300 + gain}],
            "measures": {"placed": 75, "need": 5_300 + gain, "cost": 5_325_000_000},
            "gains": [gain],
            "broken": [],
            "moved": len(chains),
            "prefer_this": len(chains),
            "prefer_first": 0,
            "chains": chains,
        }
        for name, gain, chains in (
            ("Putaran 2027-1", 0, []),
            (
                "Tanpa dua per sekolah",
                40,
                [
                    {
                        "moves": [
                            {
                                "applicant": "p-0001",
                                "need": "need-0001",
                                "new_need": "need-0002",
                                "agreement": "ntt-agro",
                                "new_agreement": "ntt-agro",
                            }
                        ],
                        "tier": 1,
                        "gain": 40,
                    }
                ],
            ),
        )
    ],
    "regions": [
        {
            "code": "53",
            "name": "Nusa Tenggara Timur",
            "figures": [
                {"placed": 20, "need": 1_400, "fit": 1_500, "cost": 1_420_000_000},
                {"placed": 21, "need": 1_440, "fit": 1_560, "cost": 1_491_000_000},
            ],
        }
    ],
    "sponsors": [],
    "groups": [],
}


class ChoiceIn(BaseModel):
    """Somebody goes to a need (`pin`) or does not (`ban`), with the reason."""

    model_config = body(
        {"kind": "pin", "applicant_id": AN_ID, "need_id": AN_ID, "reason": "Melanjutkan tahun kedua di sekolah ini"}
    )

    kind: Literal["pin", "ban"]
    applicant_id: Id
    need_id: Id
    reason: WrittenReason


class ChoiceOut(BaseModel):
    """A pin or a ban."""

    id: str
    kind: Literal["pin", "ban"]
    applicant_id: str
    applicant: str = Field(description="Code of the person.")
    need_id: str
    need: str = Field(description="Code of the need.")
    reason: str
    created_by: str | None
    created_at: dt.datetime


class ChoiceQuery(PageQuery):
    """Sort of the list of pins and bans."""

    sort: Literal["created", "-created"] = "created"


class PolicyOverride(BaseModel):
    """What a scenario changes in one policy; what is left out stays."""

    model_config = body({"active": False}, {"penalty": 50}, {"parameters": {"min": 3}})

    active: bool = Field(default=LEFT_OUT, description="false: leave the rule out.")
    penalty: Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)] | None = Field(
        default=LEFT_OUT, description="A number makes it soft, null makes it hard."
    )
    parameters: dict[str, Any] = Field(default=LEFT_OUT, description="Parameters that take the place of the policy's.")


class FundOverride(BaseModel):
    """Another budget for one fund, in rupiah."""

    model_config = body({"budget": 1_500_000_000})

    budget: Annotated[int, Field(strict=True, ge=0, le=10**15)]


class OverridesIn(BaseModel):
    """What a scenario changes, by the codes of policies and funds."""

    model_config = body({"policies": {"two-per-school": {"active": False}}, "funds": {"agro-2027": {"budget": 10**9}}})

    policies: Annotated[dict[str, PolicyOverride], Field(max_length=200)] = Field(default={})
    funds: Annotated[dict[str, FundOverride], Field(max_length=2000)] = Field(default={})
    method: Method = Field(
        default="best",
        description="wishes: by the people's own wishes (deferred acceptance), so that who prefers which can be compared.",
    )


class ScenarioIn(BaseModel):
    """A what-if copy of a round."""

    model_config = body(
        {"name": "Tanpa dua per sekolah", "overrides": {"policies": {"two-per-school": {"active": False}}}}
    )

    name: Annotated[str, Field(min_length=1, max_length=200)]
    overrides: OverridesIn = Field(default_factory=OverridesIn)
    objective: Annotated[list[TierIn], Field(min_length=1, max_length=8)] | None = None


class CompareQuery(BaseModel):
    """With what a round is compared."""

    model_config = ConfigDict(extra="forbid")

    other: list[Id] = Field(
        default=[],
        max_length=MOST_COMPARED,
        description="Ids of other rounds of the cohort with a result; left out: the round's newest what-if copies that have one.",
        examples=[[AN_ID]],
    )


class Figures(BaseModel):
    """What a result gives somewhere."""

    placed: int
    need: int = Field(description="Sum of the scores of the needs that are served.")
    fit: int
    cost: int = Field(description="Rupiah; for a sponsor what its funds pay.")


class ComparedRow(BaseModel):
    """A region, a sponsor or a group, with its figures in each of the results, in their order."""

    code: str
    name: str
    figures: list[Figures]


class BrokenOut(BaseModel):
    """A soft rule that a result breaks."""

    policy: str = Field(description="Code of the rule.")
    title: str
    units: int


class MoveOut(BaseModel):
    """Somebody who is placed otherwise than in the first result."""

    applicant: str = Field(description="Code of the person.")
    need: str | None = Field(description="Code of the need in the first result; null where not placed.")
    new_need: str | None
    agreement: str | None
    new_agreement: str | None


class ChainOut(BaseModel):
    """Moves that hang together, because one leaves so that another may come."""

    moves: list[MoveOut]
    tier: int | None = Field(description="The first tier that they change, from 1; null where they change none.")
    gain: int = Field(description="By how much they change that tier; below 0 where they give way.")


class TierValue(BaseModel):
    """What was reached in a tier, and what cannot be surpassed."""

    value: int
    bound: int | None


class SideOut(BaseModel):
    """One of the results that are compared; gains and moves are against the first."""

    round_id: str
    name: str
    result_id: str
    status: Status
    tiers: list[TierValue] = Field(description="By the round's own objective.")
    measures: dict[str, int]
    gains: list[int] = Field(description="By how much each tier of the first round's objective is more.")
    broken: list[BrokenOut]
    moved: int = Field(description="How many people are placed otherwise.")
    prefer_this: int = Field(description="How many are better off here, by their own wishes.")
    prefer_first: int = Field(description="How many are better off in the first result, by their own wishes.")
    chains: list[ChainOut] = Field(description="Who moved, those that change the first tiers most before others.")


class ComparisonOut(BaseModel):
    """Results side by side, the round's own first."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_COMPARISON]})

    goals: list[str] = Field(description="What each tier of the first round maximises, in words.")
    sides: list[SideOut]
    regions: list[ComparedRow]
    sponsors: list[ComparedRow]
    groups: list[ComparedRow]
