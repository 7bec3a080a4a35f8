"""Wider earmarks: which placements an agreement would pay for with one more region, or without one of the tags that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.again.table import Table, Triple
from optimizer.engines.columns.clock import Clock
from optimizer.formulation.arrays import Ints
from optimizer.index import Index
from optimizer.prices.changes import Change
from optimizer.problem import Agreement, Problem
from optimizer.relaxation import Point, Relaxation

TAKERS = 6
"""So many people for each new way to pay are looked at: those who gain most by it."""
ROUNDS = 10
Key = tuple[str, str, str]
"""Agreement, `region` or `tag`, and the region that comes in or the tag that goes."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause, with what its first placement is worth beyond what it uses up, and the columns it opens that may be worth anything."""

    change: Change
    first: float
    columns: Ints


class Clauses:
    """All wider earmarks of one problem, by what they would open."""

    def __init__(self, problem: Problem, standing: list[Triple]) -> None:
        free = tuple(replace(one, regions=None, tags=frozenset()) for one in problem.agreements)
        self.problem = problem
        self.index = Index(problem)
        self.listed = problem.document.get("agreements") is not None
        self.table = Table(replace(problem, agreements=free), standing if self.listed else [])
        self._key: dict[tuple[int, int], Key] = {}
        if self.listed:
            self._find()

    def _find(self) -> None:
        """Find the one clause that stands in the way of each agreement at each post; where there are more, none would be enough."""
        posts = [post for post in range(len(self.problem.posts)) if self.problem.posts[post].seats]
        depth = {region: sum(1 for _ in self.index.forest.upwards(region)) for region in self.index.post_region}
        for number, agreement in enumerate(self.problem.agreements):
            level = self._level(agreement)
            for post in posts:
                region = self.index.post_region[post]
                lacking = agreement.tags - self.index.post_tags[post]
                outside = agreement.regions is not None and not self.index.forest.covered(agreement.regions, region)
                if outside and not lacking:
                    above = self.index.forest.raised(region, max(0, depth[region] - level))
                    self._key[number, post] = (agreement.id, "region", above)
                elif not outside and len(lacking) == 1:
                    self._key[number, post] = (agreement.id, "tag", next(iter(lacking)))

    def _level(self, agreement: Agreement) -> int:
        """Return how deep the highest region of an agreement lies: one more region is one of that level."""
        upwards = self.index.forest.upwards
        return min((sum(1 for _ in upwards(region)) for region in agreement.regions or ()), default=1)

    def ranked(self, relaxation: Relaxation, point: Point) -> list[Clause]:
        """Return the clauses whose first placement is worth more than it uses up at a point's prices, dearest first."""
        if not self._key:
            return []
        pool = self.table.pool
        self._take_in(relaxation, point)
        gain = relaxation.beyond(point, pool)
        by_key: dict[Key, list[int]] = {}
        for column in np.flatnonzero(gain > -0.5 * relaxation.typical).tolist():
            keys = {self._key.get((agreement, post), ()) for _, post, agreement in pool.triples([column])}
            if len(keys) == 1 and (key := next(iter(keys))):
                by_key.setdefault((key[0], key[1], key[2]), []).append(column)
        found = []
        for (agreement, parameter, value), columns in by_key.items():
            mine = np.array(columns, dtype=np.int64)
            first = float(gain[mine].max())
            if first > 1e-6 * relaxation.typical:
                found.append(Clause(Change("agreement", agreement, parameter, value), first, mine))
        return sorted(found, key=lambda one: (-one.first, one.change.id, one.change.parameter, str(one.change.today)))

    def _take_in(self, relaxation: Relaxation, point: Point) -> None:
        """Add the placements under new ways to pay that are worth most at these prices."""
        pool, options = self.table.pool, self.table.arrays.options
        pairs = zip(options.agreement.tolist(), options.post.tolist(), strict=True)
        new = np.array([number for number, pair in enumerate(pairs) if pair in self._key], dtype=np.int64)
        exact = self.table.pricing.prices(relaxation.price(point), relaxation.row)
        if len(new):
            pool.add(*self.table.pricing.takers(exact, point.agents, new, TAKERS))
        listed = self.table.pricing.explicit
        pairs = zip(listed.agreement.tolist(), listed.post.tolist(), strict=True)
        mine = np.array([number for number, pair in enumerate(pairs) if pair in self._key], dtype=np.int64)
        mine = mine[pool.team_of[listed.person[mine]] < 0]
        pool.add(listed.person[mine], -1 - mine)

    def worth(self, relaxation: Relaxation, clause: Clause, clock: Clock) -> float:
        """Return what the relaxation gains by everything that a clause opens.

        Raises:
            NotSolvedError: the engine gave up.
        """
        before = relaxation.point.value
        first = relaxation.extended(self.table.pool, clause.columns, clock)
        return first.value - before
