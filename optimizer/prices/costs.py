"""What each rule costs this round: solved again without it, and both set side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.again.exact import fewest_changes
from optimizer.again.table import Table, Triple
from optimizer.compare import compare
from optimizer.engines.columns.clock import Clock
from optimizer.explaining.editing import without
from optimizer.formulation.model import Tag
from optimizer.index import Index
from optimizer.made import Made
from optimizer.prices.approach import Approach
from optimizer.prices.confirm import Parts
from optimizer.prices.solving import FREE, SECONDS
from optimizer.problem import Policy, Problem
from optimizer.solve import Limits, with_placements

OPENED = 200
"""So many of the placements that a rule stands in the way of are offered to the search without it."""


@dataclass(frozen=True, slots=True)
class PolicyCost:
    """One rule: what the round is without it.

    Attributes:
        id: of the rule.
        gains: by how much each tier is more without it.
        moved: how many people are then placed differently (post, agreement, or at all).
        placed: how many more are placed, and `rupiah` how much more their placements cost.
        exact: whether every tier is proven, with and without it.
    """

    id: str
    gains: tuple[int, ...]
    moved: int
    placed: int
    rupiah: int
    exact: bool


def costs_of(approach: Approach, limits: Limits, cancelled: Callable[[], bool] | None) -> Iterator[PolicyCost]:
    """Yield what each rule costs, in the order of the rules; once `cancelled` returns True no more."""
    made = _Whole(approach, limits, cancelled) if approach.small else _ByParts(approach, limits)
    for policy in approach.standing.problem.policies:
        if cancelled is not None and cancelled():
            return
        changed = without(approach.standing.problem, "policy", policy.id)
        yield made.cost(policy, changed)


def _told(
    policy: Policy, sides: tuple[Problem, Problem], triples: tuple[Sequence[Triple], Sequence[Triple]], *, exact: bool
) -> PolicyCost:
    """Return the two solutions set side by side."""
    documents: list[dict[str, Any]] = [
        with_placements(Made(Index(problem), made), (), 0).document()
        for problem, made in zip(sides, triples, strict=True)
    ]
    names = ("with", "without")
    both = compare(sides[0], dict(zip(names, documents, strict=True)), problems={"without": sides[1]}).solutions
    change = {name: both[1].measures[name] - both[0].measures[name] for name in ("placed", "cost")}
    return PolicyCost(policy.id, both[1].gains, both[1].moved, change["placed"], change["cost"], exact)


class _Whole:
    """Small rounds: the best of all, with as few changes as possible."""

    def __init__(self, approach: Approach, limits: Limits, cancelled: Callable[[], bool] | None) -> None:
        self.limits, self.cancelled, self.standing = limits, cancelled, approach.standing
        self.triples = approach.triples
        self.proven = all(self.standing.proven(tier) for tier in range(len(self.standing.values)))
        if not self.proven:
            self.triples, self.proven = self._best(self.standing.problem)

    def cost(self, policy: Policy, changed: Problem) -> PolicyCost:
        """Return what one rule costs; `changed` is the problem without it."""
        found, proven = self._best(changed)
        return _told(policy, (self.standing.problem, changed), (self.triples, found), exact=proven and self.proven)

    def _best(self, problem: Problem) -> tuple[list[Triple], bool]:
        limits, tiers = self.limits, problem.objective
        clock = Clock(limits.seconds, None, self.cancelled, workers=limits.workers)
        found = fewest_changes(Index(problem), self.triples, self.triples, len(tiers), clock, self.standing.seed)
        return found.triples or self.triples, found.proven >= len(tiers)


class _ByParts:
    """Large rounds: one part is searched with the rule, and then without it from what was found."""

    def __init__(self, approach: Approach, limits: Limits) -> None:
        self.approach = approach
        self.problem = approach.standing.problem
        self.seconds = min(limits.seconds or np.inf, SECONDS)
        self.near = approach.near(0)
        self.rows = approach.table.pricing.rows

    def cost(self, policy: Policy, changed: Problem) -> PolicyCost:
        """Return what one rule costs; `changed` is the problem without it."""
        approach, tiers = self.approach, len(self.problem.objective)
        mine = [row for row, tag in enumerate(self.rows.tags) if tag == Tag("policy", policy.id)]
        opened = self._opened(mine, changed)
        near = [*self.near, *opened]
        agents = approach.touching(mine, 0, FREE)
        agents[[person for person, _, _ in opened]] = True
        free: list[int | None] = [None] * tiers
        before = Parts(self.problem, approach.triples, near).best(agents, range(tiers), free, self.seconds)
        keep = Parts(changed, before.triples, near)
        after = keep.best(agents, [*range(tiers), keep.table.keeping], free, self.seconds)
        return _told(policy, (self.problem, changed), (before.triples, after.triples), exact=False)

    def _opened(self, mine: list[int], changed: Problem) -> list[Triple]:
        """Return the placements that beat today's prices most once the rule is gone."""
        table, relaxation = Table(changed, self.approach.triples), self.approach.solved[0]
        price = np.delete(relaxation.price(relaxation.point), mine)
        exact = table.pricing.prices(price, table.pricing.rows.tiers[0])
        agents = relaxation.point.agents
        if len(agents) != table.pool.agents:  # a rule that keeps groups together is gone, and with it its groups
            agents = agents[: table.pool.agents]
        found = table.pricing.look(exact, agents, 4)
        before = len(table.pool)
        table.pool.add(found.person, found.option)
        fresh = np.arange(before, len(table.pool))
        gain = table.pool.values(price)[fresh] - agents[table.pool.agent[fresh]]
        return table.pool.triples(fresh[np.argsort(-gain, kind="stable")[:OPENED]].tolist())
