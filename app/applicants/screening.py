"""Screening rules: conditions that are data, each with its legal basis and its time, and what of an application they touch.

    minimum_age      {"years": 20}           so old by the year in which service begins
    maximum_age      {"years": 35}           not older than that by then
    level            {"levels": ["SD"]}      can teach one of these levels
    health_hardship  {"hardship": 2}         who needs regular treatment accepts no harder place than this
    motivation       {"characters": 200}     says at least so much about why

A rule of a cohort holds for that cohort, one without for all. It holds from its first day to its last, in western Indonesian time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Cohort, ScreeningRule
from app.applicants.schemas import Profile
from app.applicants.wording import HARDSHIPS
from app.core.i18n import current_language, gettext, mark
from app.core.problems import FieldError


@dataclass(frozen=True)
class Facts:
    """What the rules look at. Nothing else of a person reaches them."""

    birth_year: int | None
    levels: tuple[str, ...]
    regular_care: bool
    max_hardship: int | None
    motivation: str


@dataclass(frozen=True)
class Kind:
    """One kind of rule.

    Attributes:
        field: The field of the application that a breach is told beside.
        message: What the rule asks, a catalogue key filled from `facts`.
        meets: Whether (facts, parameters, year of service) fits.
        facts: What fills the message, from the parameters and the year.
    """

    field: str
    message: str
    meets: Callable[[Facts, Mapping[str, Any], int], bool]
    facts: Callable[[Mapping[str, Any], int], dict[str, Any]]


def _years(parameters: Mapping[str, Any], year: int) -> dict[str, Any]:
    return {"years": parameters["years"], "year": str(year)}


def _hardest(parameters: Mapping[str, Any], _: int) -> dict[str, Any]:
    step: int = parameters["hardship"]
    return {"hardship": gettext(HARDSHIPS[step])}


def _bears_it(facts: Facts, parameters: Mapping[str, Any], _: int) -> bool:
    """No limit means any place, so also the hardest one."""
    return not facts.regular_care or (facts.max_hardship is not None and facts.max_hardship <= parameters["hardship"])


KINDS: Final[Mapping[str, Kind]] = {
    "minimum_age": Kind(
        "birth_year",
        mark("Whoever serves has to be at least {years} years old in {year}."),
        lambda facts, rule, year: facts.birth_year is not None and year - facts.birth_year >= rule["years"],
        _years,
    ),
    "maximum_age": Kind(
        "birth_year",
        mark("Whoever serves may be at most {years} years old in {year}."),
        lambda facts, rule, year: facts.birth_year is not None and year - facts.birth_year <= rule["years"],
        _years,
    ),
    "level": Kind(
        "levels",
        mark("Whoever serves can teach one of these levels: {levels}."),
        lambda facts, rule, _: bool(set(facts.levels) & set(rule["levels"])),
        lambda rule, _: {"levels": ", ".join(rule["levels"])},
    ),
    "health_hardship": Kind(
        "max_hardship",
        mark("Whoever needs regular treatment accepts no place harder than this one: {hardship}."),
        _bears_it,
        _hardest,
    ),
    "motivation": Kind(
        "motivation",
        mark("The text about the motivation has at least {characters} characters."),
        lambda facts, rule, _: len(facts.motivation) >= rule["characters"],
        lambda rule, _: {"characters": rule["characters"]},
    ),
}


@dataclass(frozen=True)
class Finding:
    """A rule that an application does not meet, in words of the present language."""

    rule: ScreeningRule
    field: str
    message: str
    reason: str


def facts_of(applicant: Applicant | Profile) -> Facts:
    """Return what the rules look at in an application, stored or only written."""
    return Facts(
        applicant.birth_year,
        tuple(applicant.levels),
        applicant.regular_care,
        applicant.max_hardship,
        applicant.motivation or "",
    )


# Made once, since every sending and every acceptance asks it.
_HELD: Final = (
    select(ScreeningRule)
    .where(
        or_(ScreeningRule.cohort_id.is_(None), ScreeningRule.cohort_id == bindparam("cohort_id")),
        ScreeningRule.valid_from <= bindparam("day"),
        or_(ScreeningRule.valid_until.is_(None), ScreeningRule.valid_until >= bindparam("day")),
    )
    .order_by(ScreeningRule.created_at, ScreeningRule.id)
)


def rules_for(session: Session, cohort: Cohort, day: dt.date) -> list[ScreeningRule]:
    """Return the rules that hold for `cohort` on `day`, in the order in which they were made."""
    return list(session.scalars(_HELD, {"cohort_id": cohort.id, "day": day}))


def findings(rules: Iterable[ScreeningRule], facts: Facts, year: int) -> list[Finding]:
    """Return the rules that somebody who serves in `year` does not meet; a pure function of its arguments."""
    found = []
    for rule in rules:
        kind = KINDS[rule.kind]
        if not kind.meets(facts, rule.parameters, year):
            found.append(Finding(rule, kind.field, sentence(rule, year), reason(rule)))
    return found


def sentence(rule: ScreeningRule, year: int) -> str:
    """Return what a rule asks, in the present language."""
    kind = KINDS[rule.kind]
    return gettext(kind.message, **kind.facts(rule.parameters, year))


def reason(rule: ScreeningRule) -> str:
    """Return why there is the rule, in the present language."""
    return rule.reason_id if current_language() == "id" else rule.reason_en


def barring_errors(session: Session, applicant: Applicant, cohort: Cohort, day: dt.date) -> list[FieldError]:
    """Return the rules that keep an application from being sent and accepted, each beside its field with its legal basis."""
    return errors_of(rules_for(session, cohort, day), facts_of(applicant), cohort.year)


def errors_of(rules: Iterable[ScreeningRule], facts: Facts, year: int) -> list[FieldError]:
    """Return those of `rules` that bar somebody with these facts; see `barring_errors`."""
    return [
        FieldError(
            f"/{found.field}",
            f"screening_{found.rule.kind}",
            mark("{sentence}"),
            mark("{reason} Legal basis: {basis}."),
            {"sentence": found.message, "reason": found.reason, "basis": found.rule.legal_basis.rstrip(".")},
        )
        for found in findings(rules, facts, year)
        if found.rule.effect == "bar"
    ]
