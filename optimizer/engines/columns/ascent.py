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
from scipy import sparse
from scipy.optimize import minimize

from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.softmax import PARTS, Smooth
from optimizer.formulation.arrays import Ints, Reals

COLD = 25.0
"""A column so many times the heat below the best of its person is left out."""
MANY = 5_000_000
"""Where more pairs are eligible, fewer new placements are taken for each person at a time."""
REACH = 1.0
"""No price moves by more than so many usual placements (for the largest entry of one) at one temperature."""
FAR = 0.05
"""A bound that is worse than the best by so much sends the descent back there, with half the reach."""
LOOK = 2
"""What a look at a pair costs, in entries of the dual."""
ENTRIES = 20
"""About so many rows count each column."""
PASS = 100_000
"""What a pass costs besides, in the same."""
UNIT = 2e-9
"""Work of one entry: a unit of work is about a second."""
DEAREST = 300.0
"""No row's price may exceed this many average placements for the largest entry of one placement."""


@dataclass(slots=True)
class Approach:
    """Where a descent stands: prices of rows and agents now, the best bound and its prices, each column's share, and the work done."""

    rows: Reals
    bound: int | None
    best: Reals
    agents: Reals
    shares: Reals
    work: float


class Ascent:
    """The smoothed dual of one tier over the pool's columns."""

    def __init__(self, pricing: Pricing, pool: Pool, tier: int, typical: float, workers: int = 2) -> None:
        self.workers = workers
        self.pricing, self.pool, self.tier, self.typical = pricing, pool, tier, max(typical, 1e-9)
        lower = np.array(pricing.lower, dtype=np.float64)
        upper = np.array(pricing.upper, dtype=np.float64)
        bound = ~(pricing.no_lower & pricing.no_upper)
        bound[tier] = False
        self.rows = np.flatnonzero(bound)
        self.number = np.cumsum(bound) - 1
        self.size = np.maximum(pricing.gain, 1.0)[self.rows]
        self.bound = bound
        self.low = np.where(pricing.no_lower, 0.0, lower)[self.rows] / self.size
        self.high = np.where(pricing.no_upper, 0.0, upper)[self.rows] / self.size
        self.low_or_none = np.where(pricing.no_lower, -np.inf, lower)[self.rows] / self.size
        self.high_or_none = np.where(pricing.no_upper, np.inf, upper)[self.rows] / self.size
        most = DEAREST * self.typical
        self.least = np.where(pricing.no_upper[self.rows], 0.0, -most)
        self.most = np.where(pricing.no_lower[self.rows], 0.0, most)
        self.live = np.ones(0, dtype=np.bool_)
        self._extras()

    def _extras(self) -> None:
        """Sort the extra columns: slack of one row becomes a bound on its price, the others are part of the dual."""
        extras = self.pricing.rows.extras
        flat: list[tuple[int, int, float]] = []
        free: list[tuple[float, float]] = []
        for extra in extras:
            own = [(int(self.number[row]), much) for row, much in extra.entries.items() if self.bound[row]]
            charge = float(extra.entries.get(self.tier, 0))
            held = [row for row, _ in own if self.rows[row] in self.pricing.rows.tiers]
            if extra.upper > 1 and len(own) == 1 and not held:
                row, much = own[0]
                limit = max(0.0, -charge) * self.size[row] / abs(much)
                if much > 0:
                    self.most[row] = min(self.most[row], limit)
                else:
                    self.least[row] = max(self.least[row], -limit)
                continue
            flat.extend((len(free), row, much / self.size[row]) for row, much in own)
            free.append((min(float(extra.upper), 1e6), charge))
        self.extra_top, self.extra_charge = (np.array([one[i] for one in free], dtype=np.float64) for i in range(2))
        table = np.array(flat, dtype=np.float64).reshape(-1, 3)
        where = table[:, 0].astype(int), table[:, 1].astype(int)
        self.extra = sparse.csr_matrix((table[:, 2], where), shape=(len(free), len(self.rows)))
        self.extra_turned = self.extra.T.tocsr()

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

    def _price(self, scaled: Reals) -> Reals:
        """Return the price of a unit of every row, the tier's own among them."""
        price = np.zeros(len(self.bound))
        price[self.rows] = scaled / self.size
        price[self.tier] = 1.0
        return price

    def value(self, scaled: Reals, heat: float) -> tuple[float, Reals]:
        """Return the smoothed dual and its gradient."""
        value, activity = self.smooth.pass_over(self._price(scaled), heat, self.threads)
        extra = (self.extra @ scaled + self.extra_charge) / heat
        taken = self.extra_top / (1.0 + np.exp(-np.clip(extra, -50.0, 50.0)))
        total = activity[self.rows] / self.size + self.extra_turned @ taken
        # Where a row has no price its own activity says on which side it would bind; between its limits it stays without one.
        idle = np.clip(total, self.low_or_none, self.high_or_none)
        limit = np.where(scaled > 0, self.low, np.where(scaled < 0, self.high, idle))
        value = heat * (value + float(self.extra_top @ np.logaddexp(0.0, extra))) - float(scaled @ limit)
        return value, total - limit

    def run(self, prices: Reals, heats: Iterator[float], steps: int, told: Callable[[int], None]) -> Approach:
        """Lower the temperature through `heats`, `steps` of descent each.

        Args:
            prices: where to start, one for each row.
            heats: falling temperatures, in units of the tier; asked for the next one when the work of the last is counted.
            steps: the most steps of descent at each.
            told: called with each better bound.
        """
        now = np.clip(prices[self.rows] * self.size, self.least, self.most)
        reach = REACH * self.typical
        nobody = np.zeros(self.pool.agents)
        made = self.approach = Approach(prices.copy(), None, prices.copy(), nobody, nobody, 0.0)
        with ThreadPoolExecutor(min(PARTS, self.workers)) as self.threads:
            for heat in heats:
                self._columns()
                # New columns are looked for after every temperature: where they are missing, prices must not run away meanwhile.
                lowest, highest = np.maximum(self.least, now - reach), np.minimum(self.most, now + reach)
                found = minimize(
                    self.value,
                    now,
                    args=(heat,),
                    jac=True,
                    method="L-BFGS-B",
                    bounds=np.stack([lowest, highest], axis=1),
                    options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 10},
                )
                now = found.x
                made.work += (
                    int(found.nfev) * len(self.order) * ENTRIES + LOOK * self.pricing.pairs + PASS * int(found.nfev)
                ) * UNIT
                made.rows[self.rows] = now / self.size
                self._conclude(made, now, heat)
                before = made.bound
                self._look(made, told)
                if (
                    before is not None
                    and made.bound is not None
                    and made.bound == before
                    and self.looked - before > FAR * abs(before)
                ):
                    now, reach = np.clip(made.best[self.rows] * self.size, self.least, self.most), reach / 2
        return made

    def _conclude(self, made: Approach, now: Reals, heat: float) -> None:
        """Note everyone's price, and let go of columns that nobody will take at this heat or a lower one."""
        self.value(now, heat)
        made.shares = np.zeros(len(self.pool))
        made.shares[self.order] = self.smooth.share
        worth = self.pool.values(self._price(now))[self.order]
        top = np.zeros(len(self.owner))
        if len(worth):
            top = np.maximum(np.maximum.reduceat(worth, self.start[:-1]), 0.0)
        made.agents = np.zeros(self.pool.agents)
        made.agents[self.owner] = top
        hopeless = worth < np.repeat(top, np.diff(self.start)) - COLD * heat
        self.live[self.order[hopeless]] = False

    def _look(self, made: Approach, told: Callable[[int], None]) -> None:
        exact = self.pricing.prices(made.rows.copy(), self.tier)
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
        refusing = np.zeros(arrays.people, dtype=np.bool_)
        refusing[arrays.refusing[region]] = True
        for rows, demand in place.blocks:
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
