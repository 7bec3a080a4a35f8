"""What crosses the API about a cohort's selection."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["applied", "complete", "reviewed", "in_pool", "placed", "accepted", "arrived"]
STAGES: Final[tuple[Stage, ...]] = ("applied", "complete", "reviewed", "in_pool", "placed", "accepted", "arrived")
A_PART: Final[dict[str, Any]] = {"code": "53", "name": "Nusa Tenggara Timur", "counts": [40, 31, 30, 22, 12, None, 9]}


class PartOut(BaseModel):
    """The people of one province or gender, at each stage."""

    code: str | None = Field(description="Code of the province, or f or m; null for those who have not said it.")
    name: str | None = Field(description="Of the province; null for a gender.")
    counts: list[int | None] = Field(
        description="In the order of `stages`; null where there are one to four people, or where that would tell how many."
    )


class FunnelOut(BaseModel):
    """How many applications of a cohort have come how far; whoever has reached a stage counts in those before it too."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stages": list(STAGES),
                    "counts": [120, 96, 94, 70, 41, 38, 30],
                    "provinces": [A_PART],
                    "genders": [{"code": "f", "name": None, "counts": [70, 60, 58, 44, 25, 24, 18]}],
                }
            ]
        }
    )

    stages: list[Stage]
    counts: list[int] = Field(description="All applications, in the order of `stages`.")
    provinces: list[PartOut] = Field(description="By the province of the home.")
    genders: list[PartOut]
