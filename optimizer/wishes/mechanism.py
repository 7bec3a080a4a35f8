"""Wishes first: from a problem to the outcome of the mechanism, with what is promised and what only came out.

1. Seats are planned and paid before a wish is read (`plan`). 2. People ask for the seats they wish, posts take by fit, suitability and a
seeded tie, regions keep their caps (`deferred`, `choice`). 3. Every rule is counted again: those that the mechanism holds by itself, and
those that it cannot hold, which may have come out right or broken. Where one is broken, `nearest` asks the engine for the lawful placement
that keeps most of the outcome; that one is lawful, and no longer strategy-proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from optimizer.canonical import digest
from optimizer.index import Index
from optimizer.made import Made
from optimizer.outcome import solution_document
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.rules import violation
from optimizer.solve import Limits, solve
from optimizer.verify import verify
from optimizer.wishes.choice import Choice
from optimizer.wishes.deferred import Outcome, Team, defer
from optimizer.wishes.orders import orders_of, standing_order
from optimizer.wishes.plan import Plan, plan_seats
from optimizer.wishes.rules import NOT, Sorted, sort_rules
from optimizer.wishes.teams import teams_of
from optimizer.wishes.ties import tie

Triple = tuple[int, int, int]


@dataclass(frozen=True)
class Wishes:
    """The outcome of the mechanism for one problem and seed.

    Attributes:
        index: the problem.
        seed: what decided ties.
        rules: what was done with each hard rule.
        plan: the agreements that pay for the seats of each open post.
        triples: who is placed where under which agreement.
        teams: the groups that applied jointly.
        blocking: the groups that would be taken at a way that turned them down before.
        changed: how many placements `nearest` took away or moved; None where the outcome is the mechanism's own.
    """

    index: Index
    seed: int
    rules: Sorted
    plan: Plan
    triples: tuple[Triple, ...]
    teams: tuple[Team, ...] = ()
    blocking: tuple[str, ...] = ()
    changed: int | None = None

    @property
    def problem(self) -> Problem:
        """The problem placed."""
        return self.index.problem

    @cached_property
    def made(self) -> Made:
        """The placements with their figures."""
        return Made(self.index, self.triples)

    @property
    def strategy_proof(self) -> bool:
        """Whether nobody can gain by what he or she says: nobody applied jointly, and nothing was changed afterwards."""
        return not self.teams and self.changed is None

    @cached_property
    def broken(self) -> dict[str, int]:
        """By how many units each hard rule is broken; agreements whose minimum is missed under `agreement <id>`."""
        units = {policy.id: violation(policy, self.made) for policy in self.problem.policies if policy.penalty is None}
        used = Counter(payer for _, _, payer in self.triples)
        for position, one in enumerate(self.problem.agreements):
            units[f"agreement {one.id}"] = max(0, one.min_placements - used[position])
        return {name: number for name, number in units.items() if number}

    @cached_property
    def lawful(self) -> bool:
        """Whether the verifier finds nothing wrong with the solution."""
        return verify(self.problem.document, self.solution).ok

    @cached_property
    def solution(self) -> dict[str, Any]:
        """The placements in format placement-solution/1; no bound is claimed."""
        return solution_document(self.made, self.seed)

    def report(self) -> dict[str, Any]:
        """Return what is promised, what came out, and what theory loses, as JSON-ready data."""
        agreements, posts = self.problem.agreements, self.problem.posts
        return {
            "format": "placement-wishes/1",
            "problem": digest(self.problem.document),
            "seed": self.seed,
            "lawful": self.lawful,
            "strategy_proof": self.strategy_proof,
            "changed": self.changed,
            "placed": len(self.triples),
            "seats": [
                {"post": posts[post].id, "paid_by": dict(sorted(Counter(agreements[a].id for a in payers).items()))}
                for post, payers in self.plan.items()
            ],
            "rules": [
                {"policy": name, "held_as": how, "minimum_promised": name not in self.rules.half and how != NOT}
                | {"broken": self.broken.get(name, 0)}
                for name, how in sorted(self.rules.how.items())
            ],
            "broken": self.broken,
            "joint": [{"group": team.name, "blocking": team.name in self.blocking} for team in self.teams],
        }


def wishes_first(
    problem: Problem,
    *,
    seed: int = 0,
    limits: Limits | None = None,
    plan: Plan | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Wishes:
    """Place by wishes.

    Args:
        problem: what to place.
        seed: decides ties.
        limits: for planning the seats; with `work` alone the plan depends on nothing else.
        plan: the seats, where they are planned already.
        cancelled: asked a few times a second; once it returns True the best plan so far is taken.

    Raises:
        PlanNotFound: the limit came before any plan of seats.
    """
    index = Index(problem)
    rules = sort_rules(index)
    seats = plan_seats(index, rules, seed, limits or Limits(work=10.0), cancelled) if plan is None else plan
    outcome, teams = _run(index, rules, seats, seed)
    return Wishes(
        index, seed, rules, seats, tuple(_paid(outcome.post_of, seats, rules)), tuple(teams), tuple(outcome.blocking)
    )


def _run(index: Index, rules: Sorted, plan: Plan, seed: int) -> tuple[Outcome, list[Team]]:
    choice = choice_of(index, rules, plan, seed)
    orders = orders_of(index, seed, choice.seats, rules.banned, rules.pins)
    teams = teams_of(index, seed, rules.joint, orders, choice.seats)
    return defer(choice, orders, teams), teams


def choice_of(index: Index, rules: Sorted, plan: Plan, seed: int) -> Choice:
    """Return the programme's choice: seats of the plan, nested caps, and priority by fit, then suitability, then the seed."""
    people = index.problem.volunteers
    lot = [tie(seed, "volunteer", one.id) for one in people]
    return Choice(
        {post: len(payers) for post, payers in plan.items()},
        rules.caps,
        {post: position for position, post in enumerate(standing_order(index, seed))},
        lambda person, post: (-index.fit(person, post), -people[person].suitability, lot[person]),
        rules.pins.items(),
    )


def _paid(post_of: Mapping[int, int], plan: Plan, rules: Sorted) -> Iterable[Triple]:
    """Share out the agreements of each post; who is pinned to one takes it first."""
    at: dict[int, list[int]] = {}
    for person, post in sorted(post_of.items()):
        at.setdefault(post, []).append(person)
    for post, people in at.items():
        left = list(plan[post])
        others = []
        for person in people:
            payer = rules.payers.get(person)
            if payer in left:
                left.remove(payer)
                yield person, post, payer
            else:
                others.append(person)
        yield from ((person, post, payer) for person, payer in zip(others, left, strict=False))


def nearest(wishes: Wishes, limits: Limits, cancelled: Callable[[], bool] | None = None) -> Wishes | None:
    """Return the lawful placement that keeps most of the outcome, wishes deciding among those; None where none was found."""
    problem = wishes.problem
    kept = [
        {"volunteer": problem.volunteers[person].id, "post": problem.posts[post].id}
        for person, post, _ in sorted(wishes.triples)
    ]
    objective: Sequence[dict[str, int]] = [{"kept": 1}, {"preference": 1, "placed": 1}]
    closest = read_problem({**problem.document, "previous": kept, "objective": objective})
    found = solve(closest, limits=limits, seed=wishes.seed, cancelled=cancelled)
    if found.status not in {"optimal", "feasible"}:
        return None
    triples = tuple(wishes.index.triples(found.placements))
    before, after = ({person: post for person, post, _ in side} for side in (wishes.triples, triples))
    changed = sum(before.get(person) != after.get(person) for person in before.keys() | after.keys())
    return replace(wishes, triples=triples, changed=changed)
