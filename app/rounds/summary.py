"""What is counted from a problem and its solution when a result is stored: identifiers and numbers, no person's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from optimizer import violations

Document = Mapping[str, Any]
# Outcomes are shown for these groups, so that a rule that works against one of them is seen.
GROUP_PREFIXES: Final = ("gender:", "experience:", "health:")


@dataclass(frozen=True, slots=True)
class Paid:
    """One cost line of a placement: who pays it, in rupiah."""

    line: str
    fund: str
    amount: int


def lines_paid(problem: Document, solution: Document) -> Iterator[tuple[Mapping[str, Any], list[Paid]]]:
    """Yield each placement of the solution with its cost lines that are not zero, and the fund that pays each."""
    posts = {post["id"]: post for post in problem["posts"]}
    region_of = {school["id"]: school["region"] for school in problem["schools"]}
    homes = {person["id"]: person.get("home") for person in problem["volunteers"]}
    fares = {(row["from"], row["to"]): row["cost"] for row in problem.get("travel", ())}
    pays = {agreement["id"]: agreement["pays"] for agreement in problem["agreements"]}
    for one in solution["placements"]:
        post = posts[one["post"]]
        lines = dict(post.get("cost") or {})
        lines["travel"] = lines.get("travel", 0) + fares.get((homes[one["volunteer"]], region_of[post["school"]]), 0)
        payers = pays[one["agreement"]]
        # A line that nobody pays is a fault, which the verifier names; here it only has no payer.
        funds = ((line, payers.get(line, payers.get("*")), amount) for line, amount in sorted(lines.items()) if amount)
        yield one, [Paid(line, fund, amount) for line, fund, amount in funds if fund is not None]


def summary_of(problem: Document, solution: Document) -> dict[str, Any]:
    """Return the counts of one result, as plain JSON.

    `regions`: [code, asked, filled] of each region with seats; `funds`: [code, sponsor, budget, paid, placements];
    `sponsors`: [code, budget, paid, placements that it pays in full or in part]; `groups`: [tag, people, placed];
    `policies`: [id, whether it is hard, units by which it is broken], none where nothing was found;
    `unfilled`, `unplaced`, `conflict`, `relaxations` as in the solution.
    """
    return {
        "regions": _regions(problem, solution),
        "funds": _funds(problem, solution),
        "sponsors": _sponsors(problem, solution),
        "groups": _groups(problem, solution),
        "policies": _policies(problem, solution),
        "unfilled": list(solution["unfilled"]),
        "unplaced": list(solution["unplaced"]),
        "conflict": solution["conflict"],
        "relaxations": list(solution["relaxations"]),
        "people": len(problem["volunteers"]),
    }


def _policies(problem: Document, solution: Document) -> list[list[Any]]:
    if not solution["tiers"]:
        return []
    broken = violations(problem, solution)
    return [
        [one["id"], one.get("penalty") is None, broken[one["id"]]]
        for one in sorted(problem.get("policies", ()), key=lambda one: str(one["id"]))
    ]


def _regions(problem: Document, solution: Document) -> list[list[Any]]:
    region_of = {school["id"]: school["region"] for school in problem["schools"]}
    place_of = {post["id"]: region_of[post["school"]] for post in problem["posts"]}
    asked: Counter[str] = Counter()
    for post in problem["posts"]:
        asked[place_of[post["id"]]] += post["seats"]
    filled = Counter(place_of[one["post"]] for one in solution["placements"])
    return [[code, asked[code], filled[code]] for code in sorted(asked)]


def _funds(problem: Document, solution: Document) -> list[list[Any]]:
    paid: Counter[str] = Counter()
    placements: Counter[str] = Counter()
    for _, lines in lines_paid(problem, solution):
        for line in lines:
            paid[line.fund] += line.amount
        placements.update({line.fund for line in lines})
    return [
        [fund["id"], fund["sponsor"], fund["budget"], paid[fund["id"]], placements[fund["id"]]]
        for fund in problem["funds"]
    ]


def _sponsors(problem: Document, solution: Document) -> list[list[Any]]:
    sponsor_of = {fund["id"]: fund["sponsor"] for fund in problem["funds"]}
    budget: Counter[str] = Counter()
    for fund in problem["funds"]:
        budget[fund["sponsor"]] += fund["budget"]
    paid: Counter[str] = Counter()
    placements: Counter[str] = Counter()
    for _, lines in lines_paid(problem, solution):
        for line in lines:
            paid[sponsor_of[line.fund]] += line.amount
        placements.update({sponsor_of[line.fund] for line in lines})
    return [[code, budget[code], paid[code], placements[code]] for code in sorted(budget)]


def _groups(problem: Document, solution: Document) -> list[list[Any]]:
    placed = {one["volunteer"] for one in solution["placements"]}
    people: Counter[str] = Counter()
    lucky: Counter[str] = Counter()
    for person in problem["volunteers"]:
        for tag in person["tags"]:
            if tag.startswith(GROUP_PREFIXES):
                people[tag] += 1
                lucky[tag] += person["id"] in placed
    return [[tag, people[tag], lucky[tag]] for tag in sorted(people)]
