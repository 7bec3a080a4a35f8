"""The engine for rounds of thousands: prices, then a table of columns near the best, then whole placements, tier after tier.

For each tier: a descent on the smoothed dual finds prices and a proven bound; columns that are nearly worth their prices, all ways to pay
included, go on the table; annealing with ejection chains finds a whole placement among them; exact searches over parts of the round improve
it. A tier reached is held as a row while the next one is maximised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.engines.columns.board import Limits
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.ground import PARTS
from optimizer.engines.columns.polish import Choice
from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.tier import FIRST, TierSearch
from optimizer.formulation.arrays import Arrays, Reals
from optimizer.formulation.linear import linear, unsupported
from optimizer.problem import Problem, Tier


@dataclass(frozen=True, slots=True)
class Result:
    """Placements (volunteer, post, agreement) by position (None: none found) and a bound for each tier (None: not reached)."""

    triples: list[tuple[int, int, int]] | None
    bounds: list[int | None]


Told = Callable[[int, int | None, int | None, int | None], None]


class ColumnEngine:
    """Solves one problem; `told` hears (tier, value, bound, placed) of everything better."""

    def __init__(self, arrays: Arrays, seed: int, clock: Clock, told: Told) -> None:
        self.arrays, self.clock, self.told, self.seed = arrays, clock, told, seed
        self.rows = linear(self.arrays)
        self.pricing = Pricing(self.arrays, self.rows, clock.workers)
        self.limits = Limits(self.pricing)
        self.pool = Pool(self.pricing)
        self.random = np.random.default_rng(seed)
        self.tiers = arrays.problem.objective
        self.seats = int(arrays.seats.sum())
        self.choice: Choice | None = None
        self.prices: tuple[Reals, float] | None = None
        self.holds: list[int | None] = [None] * len(self.tiers)
        self.tabling = 0.0
        """Wall seconds that laying out the last table took."""

    @staticmethod
    def obstacles(problem: Problem) -> list[str]:
        """Return why this engine cannot take a problem; empty if it can."""
        return unsupported(problem)

    def run(self) -> Result:
        """Return the best placements found before the clock runs out, with a proven bound for each tier reached."""
        self.pool.add_listed()
        bounds: list[int | None] = []
        for position in range(len(self.tiers)):
            if bounds and (self.choice is None or self.clock.over()):
                bounds.append(None)
                continue
            left = len(self.tiers) - position
            part = self.clock.part(1.0 if left == 1 else max(1.5 / left, FIRST if self.seats > PARTS else 0.0))
            bounds.append(TierSearch(self, position, part).run())
            self.clock.done += part.done
            if self.choice is not None:
                # A later tier's search may have raised an earlier one: what was reached is not given away again.
                for reached, earlier in enumerate(self.tiers[: position + 1]):
                    self._hold(reached, earlier, self.choice.values[reached])
        if self.choice is None:
            return Result(None, bounds)
        return Result(self.pool.triples(self.choice.columns.values()), bounds)

    def _hold(self, position: int, tier: Tier, reached: int) -> None:
        least, before = reached - tier.give(reached), self.holds[position]
        if before is None or least > before:
            self.holds[position] = least
            self.pricing.hold(self.rows.tiers[position], least - self.rows.constants[position])
