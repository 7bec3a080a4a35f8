"""What crosses the API about a lottery between placements that are equally good."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.rounds.answer_schemas import AnswerState
from app.rounds.schemas import AN_ID

Before = Literal["nobody", "regions", "gender"]
A_REQUEST: Final[dict[str, Any]] = {"tiers": 1, "first": "nobody", "source": "drand, round 4512345"}
A_DRAW: Final[dict[str, Any]] = {"public": "drand 4512345 8f2c6a"}


class LotteryIn(BaseModel):
    """What counts in a lottery, and which public value will draw."""

    model_config = body(A_REQUEST)

    tiers: Annotated[int, Field(strict=True, ge=1, le=8)] = Field(
        default=1,
        description="How many goals count; between placements that are equally good on these, chance decides.",
    )
    first: Before = Field(default="nobody", description="Who is made fair before people's own chances.")
    source: Annotated[str, Field(min_length=3, max_length=200)] = Field(
        description="Which public value, known to nobody today, will draw; told together with the digest."
    )


class DrawIn(BaseModel):
    """The public value, as it was published."""

    model_config = body(A_DRAW)

    public: Annotated[str, Field(min_length=1, max_length=500)]


class LevelOut(BaseModel):
    """People with the same chance of a place."""

    chance: str = Field(description="A fraction in lowest terms.", examples=["2/3"])
    percent: float
    people: list[str] = Field(description="Codes.")


class ShareOut(BaseModel):
    """What a region or group may expect, where it came before people."""

    of: Literal["region", "tag"]
    code: str
    name: str
    share: str = Field(description="Of its seats or of its people.", examples=["1/2"])
    percent: float


class ChancesOut(BaseModel):
    """Everybody's chances, known before the draw."""

    digest: str = Field(description="SHA-256 of the lottery's document: publish it before the public value is known.")
    exact: bool = Field(description="Proven as fair as can be; otherwise each level is at most `gap` below.")
    gap: str
    outcomes: int
    levels: list[LevelOut] = Field(description="From the least chance to the greatest.")
    shares: list[ShareOut]


class DrawOut(BaseModel):
    """What was drawn."""

    public: str
    seed: str = Field(description="SHA-256 of the digest and the public value; everything else follows from it.")
    outcome: int
    placed: int


class LotteryOut(BaseModel):
    """A round's lottery, as far as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "asked": A_REQUEST,
                    "asked_at": "2026-11-25T08:15:00Z",
                    "chances": {
                        "digest": "9f2c",
                        "exact": True,
                        "gap": "0",
                        "outcomes": 3,
                        "levels": [{"chance": "2/3", "percent": 66.67, "people": ["p-0001", "p-0002", "p-0003"]}],
                        "shares": [],
                    },
                    "work": {"state": "done", "job_id": AN_ID, "error": None, "progress": None},
                    "draw": {"public": A_DRAW["public"], "seed": "51ab", "outcome": 1, "placed": 2},
                    "draw_work": {"state": "done", "job_id": AN_ID, "error": None, "progress": None},
                }
            ]
        }
    )

    asked: LotteryIn | None = Field(description="What was asked for last; null where nobody has asked.")
    asked_at: dt.datetime | None
    chances: ChancesOut | None
    work: AnswerState
    draw: DrawOut | None
    draw_work: AnswerState
