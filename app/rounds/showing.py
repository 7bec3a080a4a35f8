"""What the round's pages show, put together from the schemas of the API: figures, tallies, reasons by number, rules in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final

from app.core.i18n import current_language, gettext, mark, number, rupiah
from app.geography.map import RegionMap, Tally, region_map
from app.rounds import words
from app.rounds.schemas import PlacementOut, ReasonOut, RegionCount, ResultOut, TierOut, UnfilledOut, UnplacedOut
from app.schools.vocabulary import SUBJECTS

MOST_REGIONS: Final = 60
"""With more regencies than this, provinces are shown, so that the page stays light."""
MOST_REASONS: Final = 12
OTHER_REASONS: Final = mark("Other reasons; the solution document has each of them.")
NAMED: Final = 40
"""How many people or schools are named behind one reason; the documents have all of them."""
NAMED_ON_PAGE: Final = 240

STATUSES: Final = {
    "optimal": mark("proven: nothing better exists"),
    "feasible": mark("every rule holds, not proven to be the best"),
    "infeasible": mark("impossible: the rules clash"),
    "unknown": mark("nothing was found within the work limit"),
}
PHASES: Final = {
    "building": mark("writing down every rule"),
    "solving": mark("looking for better placements"),
    "diagnosing": mark("looking for the rules that clash"),
    "explaining": mark("working out the reasons"),
}
LINES: Final = {
    "stipend": mark("Stipend"),
    "training": mark("Training"),
    "travel": mark("Travel"),
    "insurance": mark("Insurance"),
    "settling": mark("Settling in"),
    "housing": mark("Housing"),
    "material": mark("Teaching material"),
    "base": mark("All costs"),
}
GROUPS: Final = {
    "gender:f": mark("women"),
    "gender:m": mark("men"),
    "experience:returning": mark("people who served before"),
    "health:regular-care": mark("people who need regular care"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A region with its seats, for the table and the map alike."""

    code: str
    name: str
    within: str
    filled: int
    asked: int


@dataclass(frozen=True, slots=True)
class Named:
    """A place or a person that is named, with the code by which one asks about it."""

    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Behind:
    """One reason with the number that it explains; `named` are some of the places or people."""

    texts: tuple[str, ...]
    number: int
    named: tuple[Named, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FundRow:
    """A fund of the round, in rupiah."""

    code: str
    name: str
    paid: int
    budget: int


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule of the round: its code, its title, its sentence, why it is there, and how it came out (None: no result)."""

    code: str
    title: str
    sentence: str
    reason: str
    hard: bool | None
    broken: int | None


def in_language(pair: Sequence[str]) -> str:
    """Return the Indonesian or the English of two texts."""
    return pair[0] if current_language() == "id" else pair[1]


def post_words(level: str, subject: str | None) -> str:
    """Return what a post is for: `SMA, Fisika`, or `SD` for a class teacher."""
    return level if subject is None else f"{level}, {gettext(SUBJECTS.get(subject, subject))}"


def region_rows(regions: Sequence[RegionCount]) -> list[Row]:
    """Return the regions by name, or their provinces where they are too many."""
    if len(regions) <= MOST_REGIONS:
        return [
            Row(one.code, one.name.replace("Kabupaten ", "Kab. "), one.province, one.filled, one.asked)
            for one in regions
        ]
    found: dict[str, Row] = {}
    for one in regions:
        code = one.code[:2]
        sofar = found.get(code, Row(code, one.province, "", 0, 0))
        found[code] = Row(code, one.province, "", sofar.filled + one.filled, sofar.asked + one.asked)
    return list(found.values())


def drawn(rows: Iterable[Row]) -> RegionMap:
    """Return the map of these regions."""
    return region_map(Tally(one.code, one.filled, one.asked) for one in rows)


def placed_rows(placements: Iterable[PlacementOut]) -> list[Row]:
    """Return the regions of placements that are all there is to see, so that each seat is a filled one."""
    names: dict[str, str] = {}
    number: dict[str, int] = {}
    for one in placements:
        names[one.region] = one.region_name
        number[one.region] = number.get(one.region, 0) + 1
    return [Row(code, names[code], "", number[code], number[code]) for code in sorted(names)]


def unfilled_by_reason(rows: Iterable[UnfilledOut]) -> list[Behind]:
    """Return the reasons for empty seats, those that explain most seats first."""
    return _by_reason(
        (one.why, one.seats, Named(f"{one.school} ({post_words(one.level, one.subject)})", one.need)) for one in rows
    )


def unplaced_by_reason(rows: Iterable[UnplacedOut]) -> list[Behind]:
    """Return the reasons for which people are not placed, those of most people first; people by their codes."""
    return _by_reason((one.why, 1, Named(one.applicant, one.applicant)) for one in rows)


def with_names(reasons: Iterable[Behind], names: Mapping[str, str]) -> list[Behind]:
    """Return the reasons with the names of the people that they name by code; who was erased keeps the code."""
    return [
        replace(one, named=tuple(Named(names.get(who.code, who.code), who.code) for who in one.named))
        for one in reasons
    ]


def _by_reason(rows: Iterable[tuple[list[ReasonOut], int, Named]]) -> list[Behind]:
    numbers: dict[tuple[str, ...], int] = {}
    named: dict[tuple[str, ...], list[Named]] = {}
    for why, seats, name in rows:
        texts = tuple(dict.fromkeys(one.text for one in why))
        numbers[texts] = numbers.get(texts, 0) + seats
        named.setdefault(texts, []).append(name)
    left = NAMED_ON_PAGE
    found = []
    ordered = sorted(numbers, key=lambda one: (-numbers[one], one))
    for texts in ordered[:MOST_REASONS]:
        some = named[texts][: min(NAMED, left)]
        left -= len(some)
        found.append(Behind(texts, numbers[texts], tuple(some), len(named[texts]) - len(some)))
    rest = ordered[MOST_REASONS:]
    if rest:
        found.append(Behind((gettext(OTHER_REASONS),), sum(numbers[texts] for texts in rest), (), 0))
    return found


def rules(names: words.Names, summary: dict[str, Any] | None) -> list[RuleShown]:
    """Return the rules of a snapshot by title, with what a result made of them."""
    outcome = {code: (hard, broken) for code, hard, broken in (summary or {}).get("policies", ())}
    found = []
    for code, called in names.get("policies", {}).items():
        hard, broken = outcome.get(code, (None, None))
        sentence = in_language(called["sentence"]) if "sentence" in called else ""
        found.append(
            RuleShown(code, in_language(called["title"]), sentence, in_language(called["reason"]), hard, broken)
        )
    return sorted(found, key=lambda one: (not one.broken, one.title))


def worst_gap(result: ResultOut) -> float | None:
    """Return the largest gap of a result's tiers; None where one is not known."""
    gaps = [tier.gap for tier in result.tiers]
    return None if not gaps or None in gaps else max(gap for gap in gaps if gap is not None)


def tier_words(tier: TierOut) -> str:
    """Return what a tier maximises, in words."""
    return words.goal(tier.goal)


def percent(gap: float | None) -> str:
    """Return a gap in per cent, with two digits after the point at most."""
    if gap is None:
        return "–"
    # Rounded up, so that what is not proven never looks as if it were.
    return f"{number(ceil(gap * 10_000) / 100)}%"


def goal_at(objective: Sequence[Mapping[str, int]], tier: int | None) -> str:
    """Return what is maximised in a tier, counted from 1; the first where none has begun."""
    return words.goal(objective[min(max(tier or 1, 1), len(objective)) - 1])


def goals_json(objective: Sequence[Mapping[str, int]]) -> str:
    """Return what every tier maximises, as a JSON list for the page's script."""
    return json.dumps([words.goal(one) for one in objective], ensure_ascii=False)


def short_rupiah(amount: int) -> str:
    """Return an amount in millions or billions, for figures that are read at a glance; tables have the exact one."""
    for size, unit in ((1_000_000_000, mark("Rp {number} billion")), (1_000_000, mark("Rp {number} million"))):
        if abs(amount) >= size:
            return gettext(unit, number=number(round(amount / size, 2)))
    return rupiah(amount)
