"""What crosses the API about fairness: how groups and regions fared, and what a floor under the least of them costs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.rounds.answer_schemas import AnswerState
from app.rounds.choice_schemas import TierValue
from app.rounds.schemas import AN_ID, GroupCount, RegionCount

Over = Literal["regions", "gender", "experience", "health"]
A_REQUEST: Final[dict[str, Any]] = {"over": "regions", "steps": 5}


class FairnessIn(BaseModel):
    """Which curve is to be worked out."""

    model_config = body(A_REQUEST)

    over: Over = Field(default="regions", description="Between what the floor lies: regions, or groups of people.")
    steps: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=5, description="How many floors between none and the highest that can be met."
    )


class FairnessQuery(BaseModel):
    """Which curve is wanted."""

    model_config = ConfigDict(extra="forbid")

    over: Over = "regions"


class PointOut(BaseModel):
    """A floor, and what every goal is then."""

    floor: float = Field(description="The part, 0 to 1, below which no region or group may fall; 0: no floor.")
    least: float | None = Field(description="The part that the least served gets then.")
    price: float | None = Field(description="The part of the first goal that is lost; null where it was 0 before.")
    proven: bool
    tiers: list[TierValue]


class CurveOut(BaseModel):
    """The price of fairness, by rising floor; the first point has no floor."""

    points: list[PointOut]
    impossible: float | None = Field(
        description="The lowest floor that was tried in vain; null where every one can be met."
    )


class FairnessOut(BaseModel):
    """How groups and regions fared in the present result, and the curve as far as it is worked out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "groups": [{"group": "gender:f", "people": 70, "placed": 34}],
                    "regions": [
                        {"code": "53.11", "name": "Sumba Timur", "province": "NTT", "asked": 5, "filled": 5},
                    ],
                    "asked": A_REQUEST,
                    "curve": {
                        "points": [
                            {
                                "floor": 0.0,
                                "least": 0.42,
                                "price": 0.0,
                                "proven": True,
                                "tiers": [{"value": 4016, "bound": 4016}],
                            },
                            {
                                "floor": 0.57,
                                "least": 0.57,
                                "price": 0.012,
                                "proven": True,
                                "tiers": [{"value": 3968, "bound": 3968}],
                            },
                        ],
                        "impossible": 0.58,
                    },
                    "work": {"state": "done", "job_id": AN_ID, "error": None, "progress": None},
                }
            ]
        }
    )

    groups: list[GroupCount]
    regions: list[RegionCount]
    asked: FairnessIn | None = Field(description="What was asked for last over this; null where nobody has asked.")
    curve: CurveOut | None
    work: AnswerState
