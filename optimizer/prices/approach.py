"""The relaxation of each tier of one solved round, one after another: the earlier tiers are held at what the solution reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from optimizer.again.table import Table, Triple
from optimizer.engines.columns.ascent import Ascent, Start, seeds
from optimizer.engines.columns.clock import Clock
from optimizer.explaining.standing import Standing
from optimizer.formulation.arrays import Bools
from optimizer.relaxation import Relaxation

SEEDS, HOT, COLD, HEATS, STEPS = 12, 0.1, 0.001, 6, 25
"""In large rounds, the descent before the first linear program: random placements for each seat, temperatures, how many and how long."""
REACH, FAR = 1.0, 0.05
"""How far a price may move at each temperature, in usual placements, and how much worse a bound may get before it goes back."""
FIRST = 0.003
"""Placements this near to the best begin the linear program, in usual placements."""
NEAR, MOST_NEAR = 0.02, 6_000
"""And those that a search of a part may take: how near, and how many at most."""


class Approach:
    """The table of one round with its placements, and the relaxation of each tier.

    Attributes:
        clock: for the tier at hand.
        solved: the relaxations so far.
    """

    def __init__(self, standing: Standing, clock: Clock, *, small: bool) -> None:
        self.standing, self.clock, self.small = standing, clock, small
        self.triples: list[Triple] = [(one.volunteer, one.post, one.agreement) for one in standing.made.placements]
        self.table = Table(standing.problem, self.triples)
        self.table.pool.add_listed()
        self.solved: list[Relaxation] = []
        if not small:
            self.table.pool.add(*seeds(self.table.pricing, SEEDS, np.random.default_rng(standing.seed)))

    def relaxations(self) -> Iterator[tuple[int, Relaxation]]:
        """Yield (tier, its relaxation, solved), until the clock runs out.

        Raises:
            NotSolvedError: the linear engine gave up.
        """
        pricing = self.table.pricing
        tiers, whole = self.standing.problem.objective, self.clock
        for tier, (one, value) in enumerate(zip(tiers, self.standing.values, strict=True)):
            if tier and whole.over():
                return
            self.clock = whole.part(1 / (len(tiers) - tier))
            relaxation = self._relaxation(tier)
            relaxation.solve(self.clock)
            self.solved.append(relaxation)
            yield tier, relaxation
            pricing.hold(pricing.rows.tiers[tier], value - one.give(value) - pricing.rows.constants[tier])

    def _relaxation(self, tier: int) -> Relaxation:
        pool, pricing = self.table.pool, self.table.pricing
        row = pricing.rows.tiers[tier]
        typical = pool.usual(row) or 1.0
        prices = np.zeros(len(pricing.lower))
        if not self.small:
            ascent = Ascent(pricing, pool, row, typical)
            heats = (typical * HOT * (COLD / HOT) ** (step / (HEATS - 1)) for step in range(HEATS))
            prices = ascent.run(Start(prices, HOT, REACH, FAR), heats, STEPS, lambda _: None).best
        relaxation = Relaxation(pricing, pool, tier, typical)
        prices[row] = 1.0
        worth = pool.values(prices)
        near = worth >= pool.best(worth)[pool.agent] - FIRST * typical
        near[list(self.table.start.values())] = True
        relaxation.bring_in(np.flatnonzero(near))
        return relaxation

    # parts of a large round --------------------------------------------------------------------------------------------------

    def near(self, tier: int) -> list[Triple]:
        """Return the single placements that are worth nearly their prices in a tier."""
        relaxation, pool = self.solved[tier], self.table.pool
        gain = relaxation.beyond(relaxation.point, pool)
        columns = np.flatnonzero((gain >= -NEAR * relaxation.typical) & (pool.agent < self.table.arrays.people))
        return pool.triples(columns[np.argsort(-gain[columns], kind="stable")[:MOST_NEAR]].tolist())

    def touching(self, rows: Sequence[int], tier: int, most: int) -> Bools:
        """Return agents for a search: so many with a place that counts in some rows (or anywhere), and so many without one."""
        relaxation, pool = self.solved[tier], self.table.pool
        gain = relaxation.beyond(relaxation.point, pool)
        counted = np.zeros(len(self.table.pricing.rows.lower), dtype=np.bool_)
        counted[list(rows)] = True
        start = np.array(list(self.table.start.values()), dtype=np.int64)
        touched = [counted[pool.row[pool.ptr[column] : pool.ptr[column + 1]]].any() for column in start.tolist()]
        # Among those whose placements count there, the ones that are least sure of theirs.
        order = np.lexsort((gain[start], ~np.array(touched, dtype=np.bool_)))
        found = np.zeros(pool.agents, dtype=np.bool_)
        found[pool.agent[start[order[:most]]]] = True
        placed = np.zeros(pool.agents, dtype=np.bool_)
        placed[pool.agent[start]] = True
        # Of those who wait, first those who could take something that counts there, then whoever is nearest to a place.
        there = np.zeros(len(pool), dtype=np.bool_)
        there[np.repeat(np.arange(len(pool)), np.diff(pool.ptr))[counted[pool.row]]] = True
        for columns, number in ((np.flatnonzero(there), most // 2), (np.arange(len(pool)), most)):
            best = np.full(pool.agents, -np.inf)
            np.maximum.at(best, pool.agent[columns], gain[columns])
            waiting = np.flatnonzero(~placed & ~found & (best >= -NEAR * relaxation.typical))
            found[waiting[np.argsort(-best[waiting], kind="stable")[:number]]] = True
        return found
