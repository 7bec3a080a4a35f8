"""What crosses the API about waitlists; people, needs and agreements by their codes."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import body
from app.rounds.answer_schemas import AnswerState, Code
from app.rounds.schemas import AN_ID

A_REQUEST: Final[dict[str, Any]] = {"certain": 95, "risk": 5, "draws": 200}


class WaitlistIn(BaseModel):
    """What is to be worked out."""

    model_config = body(A_REQUEST)

    certain: Annotated[int, Field(strict=True, ge=1, le=99)] = Field(
        default=95, description="With this chance, in per cent, at least the stated number of places is filled."
    )
    risk: Annotated[int, Field(strict=True, ge=0, le=50)] = Field(
        default=5,
        description="Chance, in per cent, that further offers may leave somebody without room; 0: none are made.",
    )
    draws: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        default=200, description="So many outcomes are drawn to say how often every rule still holds."
    )


class WaitlistQuery(BaseModel):
    """What of the waitlists is wanted."""

    model_config = ConfigDict(extra="forbid")

    need: Code | None = Field(default=None, description="Code of a need: its list alone.", examples=["need-0002"])


class FillOut(BaseModel):
    """How many places will be filled by those who accept, before anybody is called up."""

    expected: float
    reached: int = Field(description="The largest number that is reached with the chance asked for.")


class StepInOut(BaseModel):
    """Somebody who steps in; rank 1 is asked first."""

    rank: int
    applicant: str
    agreement: str = Field(description="Under which it would be paid.")
    chance: float = Field(description="That the person accepts.")
    gains: list[int] = Field(description="What each goal gains over the seat left empty, at least.")
    mends: bool = Field(description="Whether every hard rule then holds again.")


class PostList(BaseModel):
    """The waitlist of one need."""

    need: str
    place: str = Field(description="School and what is taught, in words.")
    offers: int
    fill: FillOut
    waitlist: list[StepInOut]


class FurtherOffer(BaseModel):
    """An offer beyond the places that is safe to make at once."""

    applicant: str
    need: str
    agreement: str
    chance: float


class BrokenShare(BaseModel):
    """How often something does not hold once the answers are in."""

    kind: str
    code: str
    name: str
    share: float


class DrawnOut(BaseModel):
    """What became of drawn outcomes once everybody had answered and the lists were called up."""

    draws: int
    kept: float = Field(description="Share of outcomes in which every hard rule held.")
    filled: float = Field(description="Places filled on average.")
    broken: list[BrokenShare]


class PlanOut(BaseModel):
    """Waitlists and fill."""

    offers: int
    fill: FillOut
    further: list[FurtherOffer]
    risk: float = Field(description="Chance, at most, that a further offer finds no room.")
    further_fill: FillOut = Field(description="The fill with the further offers.")
    drawn: DrawnOut | None
    posts: list[PostList]


class WaitlistsOut(BaseModel):
    """The waitlists of the present result, as far as they are worked out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "asked": A_REQUEST,
                    "plan": {
                        "offers": 62,
                        "fill": {"expected": 55.8, "reached": 52},
                        "further": [],
                        "risk": 0.0,
                        "further_fill": {"expected": 55.8, "reached": 52},
                        "drawn": {"draws": 200, "kept": 0.94, "filled": 61.2, "broken": []},
                        "posts": [
                            {
                                "need": "need-0002",
                                "place": "SDN Agats (SD)",
                                "offers": 1,
                                "fill": {"expected": 0.9, "reached": 0},
                                "waitlist": [
                                    {
                                        "rank": 1,
                                        "applicant": "p-0009",
                                        "agreement": "ntt-agro",
                                        "chance": 0.9,
                                        "gains": [60, 80, -74_000_000],
                                        "mends": True,
                                    }
                                ],
                            }
                        ],
                    },
                    "work": {"state": "done", "job_id": AN_ID, "error": None, "progress": None},
                }
            ]
        }
    )

    asked: WaitlistIn | None = Field(description="What was asked for last; null where nobody has asked.")
    plan: PlanOut | None
    work: AnswerState
