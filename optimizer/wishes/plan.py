"""Which seats are open, and who pays for each, decided before a single wish is read.

Money is no cap that nests: whether a place can be paid depends on who takes it. So the seats are planned first, each as if its dearest
candidate took it, by the engine itself: on a problem in which every seat is taken by a nobody, with the same funds, agreements, resources
and rules about posts and money. Whoever takes a planned seat afterwards costs no more than planned, so that every budget holds whatever
people wish. The price is that the money kept for dearer candidates stays unspent; the gain is that nobody can turn it by what they say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from optimizer.eligibility import eligible_volunteers
from optimizer.index import Index
from optimizer.problem import Average
from optimizer.reading import read_problem
from optimizer.solve import Limits, solve
from optimizer.wishes.rules import CAP, NOT, Sorted, everybody

Document = dict[str, Any]
Plan = dict[int, list[int]]


class PlanNotFound(Exception):  # noqa: N818 - says what is missing
    """The limit came before any plan of seats was found."""


def plan_seats(
    index: Index, rules: Sorted, seed: int, limits: Limits, cancelled: Callable[[], bool] | None = None
) -> Plan:
    """Return for each open post the agreements that pay for its seats.

    Raises:
        PlanNotFound: the limit came first.
    """
    document = seats_document(index, rules)
    found = solve(read_problem(document), limits=limits, seed=seed, cancelled=cancelled)
    if found.status not in {"optimal", "feasible"}:
        raise PlanNotFound(found.status)
    plan: Plan = {}
    for one in found.placements:
        plan.setdefault(index.post[one["post"]], []).append(index.agreement[one["agreement"]])
    return {post: sorted(payers) for post, payers in sorted(plan.items())}


def seats_document(index: Index, rules: Sorted) -> Document:
    """Return the problem of planning seats: a nobody for each seat, who costs what the dearest candidate would."""
    problem = index.problem
    people = candidates(index, rules)
    posts: list[Document] = []
    nobodies: list[Document] = []
    for position, post in enumerate(problem.posts):
        seats = min(post.seats, len(people[position]))
        mark = f"seat:{post.id}"
        lines = dearest_lines(index, position, people[position])
        row = {"id": post.id, "school": post.school, "seats": seats, "need": post.need, "tags": sorted(post.tags)}
        posts.append({**row, "requires": [mark], "cost": lines, "uses": dict(post.uses)})
        nobodies += [{"id": f"{mark}:{number}", "tags": [mark]} for number in range(seats)]
    listed = {one["id"]: one for one in problem.document.get("policies") or ()}
    wanted = [*_wanted(index, rules, listed), *_least(index), *_pinned(index, rules, posts)]
    return {
        "format": "placement-problem/1",
        **{name: _sorted(problem.document, name) for name in ("regions", "schools", "funds", "resources")},
        "posts": posts,
        "volunteers": nobodies,
        "agreements": [_without_least(index, position) for position in range(len(problem.agreements))],
        "policies": [{**rule, "id": f"{number}:{rule['id']}"} for number, rule in enumerate(wanted)],
        "objective": [{"penalty": -1}, {"need": 1}, {"placed": 1}],
    }


def candidates(index: Index, rules: Sorted) -> list[list[int]]:
    """Return for each post who could hold it if he or she wished; what people say of themselves does not count here."""
    silent = tuple(replace(one, refuses=(), max_hardship=None) for one in index.problem.volunteers)
    found = eligible_volunteers(Index(replace(index.problem, volunteers=silent)))
    return [[person for person in people if (person, post) not in rules.banned] for post, people in enumerate(found)]


def dearest_lines(index: Index, post: int, people: list[int]) -> dict[str, int]:
    """Return the most that any of the people would cost at the post, line by line."""
    lines: dict[str, int] = {}
    homes: set[str | None] = set()
    for person in people:
        volunteer = index.problem.volunteers[person]
        if (volunteer.id, index.problem.posts[post].id) not in index.problem.pairs:
            if volunteer.home in homes:  # costs what another costs
                continue
            homes.add(volunteer.home)
        for line, amount in index.cost_lines(person, post).items():
            lines[line] = max(amount, lines.get(line, 0))
    return lines


def _sorted(document: Mapping[str, Any], name: str) -> list[Document]:
    return sorted(document.get(name) or (), key=lambda one: str(one["id"]))


def _without_least(index: Index, position: int) -> Document:
    one = index.problem.agreements[position]
    row: Document = {"id": one.id, "pays": dict(one.pays), "tags": sorted(one.tags)}
    if one.regions is not None:
        row["regions"] = sorted(one.regions)
    if one.max_placements is not None:
        row["max_placements"] = one.max_placements
    return row


def _least(index: Index) -> Iterator[Document]:
    for one in index.problem.agreements:
        if one.min_placements:
            where = {"agreements": {"ids": [one.id]}, "min": one.min_placements}
            yield {"id": one.id, "kind": "count", **where, "penalty": 1}


def _pinned(index: Index, rules: Sorted, posts: list[Document]) -> Iterator[Document]:
    """Yield the pins as pins of nobodies, as far as there are seats for them."""
    number: Counter[int] = Counter()
    for person, post in sorted(rules.pins.items()):
        row = posts[post]
        if number[post] < row["seats"]:
            pin = {"id": "pin", "kind": "pin", "volunteer": f"seat:{row['id']}:{number[post]}", "post": row["id"]}
            payer = rules.payers.get(person)
            paid = {} if payer is None else {"agreement": index.problem.agreements[payer].id}
            yield {**pin, **paid, "penalty": 10**6}
            number[post] += 1


def _wanted(index: Index, rules: Sorted, listed: Mapping[str, Document]) -> Iterator[Document]:
    """Yield the hard rules about posts and money: what is promised hard, what is not as a wish of the plan."""
    for policy in index.problem.policies:
        how, row = rules.how.get(policy.id), listed[policy.id]
        where = getattr(policy, "where", None)
        if how is None or where is None or isinstance(policy, Average) or not everybody(index, where):
            continue
        among = getattr(policy, "among", None)
        if among is not None and not everybody(index, among):
            continue
        plain = _but(row, "volunteers")
        if "among" in plain:
            plain["among"] = _but(row["among"] or {}, "volunteers")
        least = policy.id in rules.half or how == NOT
        if how == CAP and least:
            yield {**_but(plain, "max"), "penalty": 1}
        elif how == NOT:
            yield {**plain, "penalty": 1}
        elif how != CAP:
            yield _but(plain, "min")
            if least:
                yield {**_but(plain, "max"), "penalty": 1}


def _but(row: Document, field: str) -> Document:
    return {name: value for name, value in row.items() if name != field}
