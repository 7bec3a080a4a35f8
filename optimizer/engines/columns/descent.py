"""A smoothed dual: what all columns are worth at some prices of the rows, and steps down it.

Everyone takes the softmax of their columns instead of the maximum, so that the dual has a gradient (Basu et al., *ECLIPSE*, 2020, do
the same for web-scale matching); L-BFGS-B moves the rows' prices, and the agents' prices follow from them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from optimizer.engines.columns.softmax import Smooth
from optimizer.formulation.arrays import Reals
from optimizer.formulation.pieces import Extra

DEAREST = 300.0
"""No row's price may exceed this many average placements for the largest entry of one placement."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The rows of a dual: their limits (infinite where there is none), the largest entry of one column, and the extra columns."""

    lower: Reals
    upper: Reals
    gain: Reals
    extras: list[Extra]
    tiers: list[int]


class Descent:
    """The smoothed dual of one tier as a function of the rows' prices, and steps down it; `smooth` holds the columns."""

    smooth: Smooth

    def __init__(self, sides: Sides, tier: int, typical: float) -> None:
        self.sides, self.tier, self.typical = sides, tier, max(typical, 1e-9)
        has_low, has_high = np.isfinite(sides.lower), np.isfinite(sides.upper)
        bound = has_low | has_high
        bound[tier] = False
        self.rows = np.flatnonzero(bound)
        self.number = np.cumsum(bound) - 1
        self.size = np.maximum(sides.gain, 1.0)[self.rows]
        self.bound = bound
        self.low_or_none = sides.lower[self.rows] / self.size
        self.high_or_none = sides.upper[self.rows] / self.size
        self.low = np.where(has_low[self.rows], self.low_or_none, 0.0)
        self.high = np.where(has_high[self.rows], self.high_or_none, 0.0)
        most = DEAREST * self.typical
        self.least = np.where(has_high[self.rows], -most, 0.0)
        self.most = np.where(has_low[self.rows], most, 0.0)
        self._extras()

    def _extras(self) -> None:
        """Sort the extra columns: slack of one row becomes a bound on its price, the others are part of the dual."""
        extras = self.sides.extras
        flat: list[tuple[int, int, float]] = []
        free: list[tuple[float, float]] = []
        for extra in extras:
            own = [(int(self.number[row]), much) for row, much in extra.entries.items() if self.bound[row]]
            charge = float(extra.entries.get(self.tier, 0))
            held = [row for row, _ in own if self.rows[row] in self.sides.tiers]
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

    def price(self, scaled: Reals) -> Reals:
        """Return the price of a unit of every row, the tier's own among them."""
        price = np.zeros(len(self.bound))
        price[self.rows] = scaled / self.size
        price[self.tier] = 1.0
        return price

    def value(self, scaled: Reals, heat: float, threads: ThreadPoolExecutor) -> tuple[float, Reals]:
        """Return the smoothed dual and its gradient."""
        value, activity = self.smooth.pass_over(self.price(scaled), heat, threads)
        extra = (self.extra @ scaled + self.extra_charge) / heat
        taken = self.extra_top / (1.0 + np.exp(-np.clip(extra, -50.0, 50.0)))
        total = activity[self.rows] / self.size + self.extra_turned @ taken
        # Where a row has no price its own activity says on which side it would bind; between its limits it stays without one.
        idle = np.clip(total, self.low_or_none, self.high_or_none)
        limit = np.where(scaled > 0, self.low, np.where(scaled < 0, self.high, idle))
        value = heat * (value + float(self.extra_top @ np.logaddexp(0.0, extra))) - float(scaled @ limit)
        return value, total - limit

    def descend(
        self, now: Reals, heat: float, steps: int, reach: float, threads: ThreadPoolExecutor
    ) -> tuple[Reals, int]:
        """Return scaled prices after so many steps down, none of which moves by more than `reach`, and how often the dual was looked up."""
        lowest, highest = np.maximum(self.least, now - reach), np.minimum(self.most, now + reach)
        found = minimize(
            self.value,
            now,
            args=(heat, threads),
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([lowest, highest], axis=1),
            options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 10},
        )
        scaled: Reals = found.x
        return scaled, int(found.nfev)
