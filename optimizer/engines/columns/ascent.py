"""Prices by descent on a smoothed dual: near-optimal prices for every row long before a simplex or interior point method has them.

Everyone takes the softmax of their columns instead of the maximum, at a temperature that falls from round to round (Basu et al., *ECLIPSE*,
2020, do the same for web-scale matching). The smooth dual is minimised by L-BFGS-B over the rows' prices alone: people's prices follow from
them. Between rounds a look at all pairs brings new columns and an exact bound, so what is smooth here never weakens a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimizer.engines.columns.descent import Descent
from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.softmax import PARTS, Smooth
from optimizer.formulation.arrays import Ints, Reals

COLD = 25.0
"""A column so many times the heat below the best of its person is left out."""
BEGIN = 0.05
"""Where a descent begins at good prices, a column so many usual placements below the best of its agent is left out."""
MANY = 5_000_000
"""Where more pairs are eligible, fewer new placements are taken for each person at a time."""
WIDEST = 1.0
"""No price ever moves by more than so many usual placements at one temperature."""
WIDEN, NARROW = 1.5, 0.5
"""How the reach changes after a better bound, and after a worse one that sends the descent back to the best prices."""
LOOK = 2
"""What a look at a pair costs, in entries of the dual."""
ENTRIES = 20
"""About so many rows count each column."""
PASS = 100_000
"""What a pass costs besides, in the same."""
UNIT = 2e-9
"""Work of one entry: a unit of work is about a second."""


@dataclass(slots=True)
class Approach:
    """Where a descent stands: prices of rows and agents now, the best bound and its prices, each column's share, and the work done."""

    rows: Reals
    bound: int | None
    best: Reals
    agents: Reals
    shares: Reals
    work: float


@dataclass(frozen=True, slots=True)
class Start:
    """Where a descent begins.

    Attributes:
        prices: one for each row.
        heat: the first temperature, in usual placements.
        reach: how far a price may move at each temperature, in the same (for the largest entry of a column).
        far: a bound that is worse than the best by such a part of it sends the descent back to the best prices.
        bound: what the prices prove, where they are good already (None: they are not).
    """

    prices: Reals
    heat: float
    reach: float
    far: float
    bound: int | None = None


class Ascent(Descent):
    """The smoothed dual of one tier over the pool's columns."""

    def __init__(self, pricing: Pricing, pool: Pool, tier: int, typical: float) -> None:
        super().__init__(pricing.sides(), tier, typical)
        self.pricing, self.pool = pricing, pool
        self.live = np.ones(0, dtype=np.bool_)

    def _columns(self) -> None:
        """Lay out the live columns agent by agent."""
        pool = self.pool
        self.live = np.concatenate([self.live, np.ones(len(pool) - len(self.live), dtype=np.bool_)])
        self.live[list(pool.again)] = True
        pool.again.clear()
        columns = np.flatnonzero(self.live)
        self.order = columns[np.argsort(pool.agent[columns], kind="stable")]
        agent = pool.agent[self.order]
        start = np.flatnonzero(np.append(True, agent[1:] != agent[:-1])) if len(agent) else np.zeros(0, dtype=np.int64)
        self.owner = agent[start].astype(np.int64)
        self.start = np.append(start, len(agent)).astype(np.int64)
        self.smooth = Smooth(self.order, self.start, pool.ptr, pool.row, pool.amount)

    def run(self, start: Start, heats: Iterator[float], steps: int, told: Callable[[int], None]) -> Approach:
        """Lower the temperature through `heats`, `steps` of descent each.

        Args:
            start: where to begin.
            heats: falling temperatures, in units of the tier; asked for the next one when the work of the last is counted.
            steps: the most steps of descent at each.
            told: called with each better bound.
        """
        now = np.clip(start.prices[self.rows] * self.size, self.least, self.most)
        nobody, reach = np.zeros(self.pool.agents), start.reach * self.typical
        made = self.approach = Approach(start.prices.copy(), start.bound, start.prices.copy(), nobody, nobody, 0.0)
        if start.bound is not None:
            self._begin(now)
        with ThreadPoolExecutor(min(PARTS, self.pricing.workers)) as threads:
            for heat in heats:
                self._columns()
                # New columns are looked for after every temperature: where they are missing, prices must not run away meanwhile.
                now, passes = self.descend(now, heat, steps, reach, threads)
                made.work += (passes * (len(self.order) * ENTRIES + PASS) + LOOK * self.pricing.pairs) * UNIT
                made.rows[self.rows] = now / self.size
                self.value(now, heat, threads)
                self._conclude(made, now, heat)
                before = made.bound
                self._look(made, told)
                if before is None or made.bound is None:
                    continue
                if made.bound < before:
                    reach = min(reach * WIDEN, WIDEST * self.typical)
                elif self.looked - before > start.far * abs(before):
                    # Columns were missing there; they are known now, and the way goes on from the best prices.
                    now, reach = np.clip(made.best[self.rows] * self.size, self.least, self.most), reach * NARROW
        return made

    def _begin(self, now: Reals) -> None:
        """Let go of columns that are far from the best of their agent where prices are good already."""
        worth = self.pool.values(self.price(now))
        self.live = worth >= self.pool.best(worth)[self.pool.agent] - BEGIN * self.typical

    def _conclude(self, made: Approach, now: Reals, heat: float) -> None:
        """Note everyone's price, and let go of columns that nobody will take at this heat or a lower one."""
        made.shares = np.zeros(len(self.pool))
        made.shares[self.order] = self.smooth.share
        worth = self.pool.values(self.price(now))[self.order]
        top = np.zeros(len(self.owner))
        if len(worth):
            top = np.maximum(np.maximum.reduceat(worth, self.start[:-1]), 0.0)
        made.agents = np.zeros(self.pool.agents)
        made.agents[self.owner] = top
        hopeless = worth < np.repeat(top, np.diff(self.start)) - COLD * heat
        self.live[self.order[hopeless]] = False

    def _look(self, made: Approach, told: Callable[[int], None]) -> None:
        exact = self.pricing.prices(made.rows, self.tier)
        found = self.pricing.look(exact, made.agents, 6 if self.pricing.pairs < MANY else 3)
        self.looked = found.bound
        self.pool.add_found(found, exact)
        if made.bound is None or found.bound < made.bound:
            made.bound, made.best = found.bound, made.rows.copy()
            told(found.bound)


def seeds(pricing: Pricing, each: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return random placements (person, option), about `each` for every seat, so that the first prices come of a fair sample of all."""
    arrays, options, scanner = pricing.arrays, pricing.arrays.options, pricing.scanner
    people: list[Ints] = [np.zeros(0, dtype=np.int64)]
    chosen: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for region, place in enumerate(scanner.places):
        refusing = scanner.refusing(region)
        for demand, rows in place.blocks():
            posts = place.posts[rows]
            able = scanner.people(demand, refusing)
            able = able[pricing.teams.single[able]]
            if len(able):
                number = min(len(able) * len(posts), each * int(arrays.seats[posts].sum()))
                post = rng.choice(posts, number)
                first = options.start[post]
                who = rng.choice(able, number).astype(np.int64)
                people.append(who)
                chosen.append(first + (rng.random(number) * (options.start[post + 1] - first)).astype(np.int64))
    person, option = np.concatenate(people), np.concatenate(chosen)
    fine = pricing.allowed(person, option)
    return person[fine], option[fine]
