"""What crosses the API about screening rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.applicants.models import Cohort, ScreeningRule
from app.applicants.screening import sentence
from app.core.bodies import body
from app.core.i18n import mark
from app.core.paging import PageQuery
from app.schools.schemas import Id, Reason
from app.schools.vocabulary import LEVELS

Kind = Literal["minimum_age", "maximum_age", "level", "health_hardship", "motivation"]
Effect = Literal["bar", "flag"]
Basis = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500)]


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _levels(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) == len({str(one) for one in value})
        and set(map(str, value)) <= set(LEVELS)
    )


PARAMETERS: Final[Mapping[str, tuple[str, Callable[[Any], bool], str]]] = {
    "minimum_age": ("years", _whole(18, 80), mark("Write a whole number of years from 18 to 80.")),
    "maximum_age": ("years", _whole(18, 80), mark("Write a whole number of years from 18 to 80.")),
    "level": ("levels", _levels, mark("Write a list of levels: SD, SMP, SMA or SMK, each once.")),
    "health_hardship": ("hardship", _whole(0, 5), mark("Write the hardest place that is allowed, 0 to 5.")),
    "motivation": ("characters", _whole(50, 5000), mark("Write a whole number of characters from 50 to 5000.")),
}
"""The one parameter of each kind of rule: its name, whether a value fits, and how to mend one that does not."""

A_RULE: Final[dict[str, Any]] = {
    "cohort_id": None,
    "kind": "health_hardship",
    "parameters": {"hardship": 2},
    "effect": "bar",
    "legal_basis": "UU 13/2003 tentang Ketenagakerjaan, pasal 86",
    "reason_id": "Yang perlu berobat rutin harus dekat puskesmas.",
    "reason_en": "Whoever needs regular treatment has to be near a clinic.",
    "valid_from": "2027-01-01",
    "valid_until": None,
}


class ScreeningRuleIn(BaseModel):
    """A condition on applications, with the law that it stands on."""

    model_config = body(A_RULE)

    cohort_id: Id | None = Field(default=None, description="Left out: for every cohort.")
    kind: Kind
    parameters: dict[str, int | list[str]] = Field(
        max_length=5,
        description="years (minimum_age, maximum_age), levels (level), hardship (health_hardship), characters (motivation).",
    )
    effect: Effect = Field(description="bar: neither sent nor accepted; flag: only shown to the programme.")
    legal_basis: Basis
    reason_id: Reason = Field(description="In Indonesian; people who do not meet the rule read it.")
    reason_en: Reason = Field(description="In English.")
    valid_from: dt.date
    valid_until: dt.date | None = None


class ScreeningRuleOut(BaseModel):
    """A screening rule with its sentence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a51",
                    **A_RULE,
                    "sentence": "Whoever needs regular treatment accepts no place harder than this one: 2: a village far from town.",
                    "created_at": "2027-01-01T02:00:00Z",
                    "version": 1,
                }
            ]
        }
    )

    id: str
    cohort_id: str | None
    kind: Kind
    parameters: dict[str, Any]
    effect: Effect
    legal_basis: str
    reason_id: str
    reason_en: str
    valid_from: dt.date
    valid_until: dt.date | None
    sentence: str = Field(description="What the rule asks, in the language of the request.")
    created_at: dt.datetime
    version: int

    @classmethod
    def of(cls, rule: ScreeningRule, cohort: Cohort | None = None) -> ScreeningRuleOut:
        """Return `rule` as it is sent; the year is that of its cohort, or of its first day."""
        year = rule.valid_from.year if cohort is None else cohort.year
        plain = {name: getattr(rule, name) for name in cls.model_fields if name != "sentence"}
        return cls(sentence=sentence(rule, year), **plain)


class RuleEndIn(BaseModel):
    """The last day on which a rule holds, and why it ends."""

    model_config = body({"valid_until": "2027-06-30", "reason": "The regulation was replaced."})

    valid_until: dt.date
    reason: Reason


class ScreeningRuleQuery(PageQuery):
    """How screening rules are listed."""

    sort: Literal["from", "-from", "created", "-created"] = "-created"
    cohort: str | None = Field(
        default=None, max_length=36, description="The id of a cohort; rules for all are left out then."
    )
    kind: list[Kind] = Field(default=[])
    holds: bool | None = Field(default=None, description="Only those that hold today, or only the others.")
