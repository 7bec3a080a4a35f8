"""The placements of a solution: each one lawful and its figures right, and all of them within seats, money and resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings

FIELDS = ("volunteer", "post", "agreement", "cost", "fit", "preference")


@dataclass(frozen=True, slots=True)
class Placed:
    """One placement with its true figures; `lines` are the rupiah of each cost line that is not zero."""

    volunteer: str
    post: str
    agreement: str
    lines: Mapping[str, int]
    cost: int
    fit: int
    preference: int


class Placements:
    """All placements of a solution, also by volunteer and by post."""

    def __init__(self, placed: Iterable[Placed] = ()) -> None:
        self.all: list[Placed] = []
        self.of_volunteer: dict[str, list[Placed]] = {}
        self.at_post: dict[str, list[Placed]] = {}
        for one in placed:
            self.add(one)

    def add(self, one: Placed) -> None:
        """Add a placement."""
        self.all.append(one)
        self.of_volunteer.setdefault(one.volunteer, []).append(one)
        self.at_post.setdefault(one.post, []).append(one)


def read_placements(listed: list[Any], facts: Facts, findings: Findings) -> Placements:
    """Return the placements that name existing things, after checking each one by itself."""
    found = Placements()
    for position, entry in enumerate(listed):
        pointer = f"/placements/{position}"
        if not findings.fields(entry, pointer, FIELDS):
            continue
        known = [
            findings.is_known(entry["volunteer"], facts.volunteers, f"{pointer}/volunteer", "volunteer"),
            findings.is_known(entry["post"], facts.posts, f"{pointer}/post", "post"),
            findings.is_known(entry["agreement"], facts.agreements, f"{pointer}/agreement", "agreement"),
        ]
        if not all(known):
            continue
        placed = _placed(entry, facts)
        if placed.volunteer in found.of_volunteer:
            findings.add(f"{pointer}/volunteer", "placed-twice", f"{placed.volunteer!r} has another placement already.")
        _check_one(entry, placed, pointer, facts, findings)
        found.add(placed)
    return found


def _placed(entry: dict[str, Any], facts: Facts) -> Placed:
    volunteer, post = entry["volunteer"], entry["post"]
    lines = facts.lines(volunteer, post)
    return Placed(
        volunteer,
        post,
        entry["agreement"],
        lines,
        sum(lines.values()),
        facts.fit(volunteer, post),
        facts.preference(volunteer, post),
    )


def _check_one(entry: dict[str, Any], placed: Placed, pointer: str, facts: Facts, findings: Findings) -> None:
    for reason in facts.hindrances(placed.volunteer, placed.post):
        message = f"{placed.volunteer!r} may not hold {placed.post!r}: {reason}."
        findings.add(pointer, "not-eligible", message)
    for reason in facts.unusable(placed.agreement, placed.post, placed.lines):
        message = f"Agreement {placed.agreement!r} may not be used for {placed.post!r}: {reason}."
        findings.add(f"{pointer}/agreement", "agreement-not-usable", message)
    right = {"cost": placed.cost, "fit": placed.fit, "preference": placed.preference}
    for name, value in right.items():
        told = entry[name]
        if findings.is_integer(told, f"{pointer}/{name}") and told != value:
            findings.add(f"{pointer}/{name}", "wrong-figure", f"The {name} is {value}, not {told}.")


def check_capacities(placements: Placements, facts: Facts, findings: Findings) -> None:
    """Check seats, agreements, budgets and resources over all placements together."""
    _check_seats(placements, facts, findings)
    _check_agreements(placements, facts, findings)
    _check_budgets(placements, facts, findings)
    _check_resources(placements, facts, findings)


def _check_seats(placements: Placements, facts: Facts, findings: Findings) -> None:
    for post, there in placements.at_post.items():
        seats = facts.posts[post]["seats"]
        if len(there) > seats:
            message = f"Post {post!r} has {seats} seat(s) and {len(there)} placements."
            findings.add("/placements", "seats-exceeded", message)


def _check_agreements(placements: Placements, facts: Facts, findings: Findings) -> None:
    numbers = Counter(one.agreement for one in placements.all)
    for name, agreement in facts.agreements.items():
        low, high = agreement.get("min_placements") or 0, agreement.get("max_placements")
        if numbers[name] < low or (high is not None and numbers[name] > high):
            limits = f"at least {low}" if high is None else f"{low} to {high}"
            message = f"Agreement {name!r} asks for {limits} placements and has {numbers[name]}."
            findings.add("/placements", "agreement-outside-limits", message)


def _check_budgets(placements: Placements, facts: Facts, findings: Findings) -> None:
    spent: Counter[str] = Counter()
    for one in placements.all:
        for line, rupiah in one.lines.items():
            fund = facts.payer(one.agreement, line)
            if fund is not None:
                spent[fund] += rupiah
    for fund, rupiah in spent.items():
        budget = facts.funds[fund]["budget"]
        if rupiah > budget:
            message = f"Fund {fund!r} has {budget} rupiah and pays {rupiah}."
            findings.add("/placements", "budget-exceeded", message)


def _check_resources(placements: Placements, facts: Facts, findings: Findings) -> None:
    used: Counter[str] = Counter()
    for one in placements.all:
        for resource, units in (facts.posts[one.post].get("uses") or {}).items():
            used[resource] += units
    for resource, units in used.items():
        amount = facts.resources[resource]["amount"]
        if units > amount:
            message = f"There are {amount} of resource {resource!r} and the placements use {units}."
            findings.add("/placements", "resource-exceeded", message)
