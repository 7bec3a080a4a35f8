"""The smoothed dual as a compiled loop: everyone's softmax over their columns, and what it counts in every row, in one pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from optimizer.formulation.arrays import Ints, Reals

PARTS = 4
"""The pass is cut into so many parts, whatever the number of cores, so that sums do not depend on it."""
NOTHING = 1e-9
"""A smaller share of a column is not counted."""


@njit(cache=True, nogil=True)
def smooth(  # type: ignore[no-untyped-def]  # compiled: numba finds the types
    order, start, weight, first, last, ptr, row, amount, price, heat, share, activity
):
    """Fill `share` and add to `activity` for the agents first … last − 1; return Σ weight × log(1 + Σ exp(worth ÷ heat))."""
    value = 0.0
    for agent in range(first, last):
        top = 0.0
        for place in range(start[agent], start[agent + 1]):
            column = order[place]
            worth = 0.0
            for entry in range(ptr[column], ptr[column + 1]):
                worth += price[row[entry]] * amount[entry]
            worth /= heat
            share[place] = worth
            top = max(top, worth)
        total = np.exp(-top)
        for place in range(start[agent], start[agent + 1]):
            share[place] = np.exp(share[place] - top)
            total += share[place]
        value += weight[agent] * (top + np.log(total))
        for place in range(start[agent], start[agent + 1]):
            part = share[place] / total
            share[place] = part
            if part > NOTHING:
                column = order[place]
                for entry in range(ptr[column], ptr[column + 1]):
                    activity[row[entry]] += weight[agent] * part * amount[entry]
    return value


class Smooth:
    """The softmax of some columns, grouped by agent; `order` lists them agent by agent, agent i's from start[i].

    Agent i counts weight[i] times (None: once).
    """

    def __init__(
        self, order: Ints, start: Ints, ptr: Ints, row: Ints, amount: Ints, weight: Reals | None = None
    ) -> None:
        self._data = order, start, np.ones(len(start) - 1) if weight is None else weight, ptr, row, amount
        cuts = np.searchsorted(start, np.linspace(0, len(order), PARTS + 1)) if len(order) else np.zeros(PARTS + 1, int)
        self._cuts = [0, *cuts[1:-1].tolist(), len(start) - 1]
        self.share: Reals = np.zeros(len(order))

    def pass_over(self, price: Reals, heat: float, threads: ThreadPoolExecutor) -> tuple[float, Reals]:
        """Return Σ weight × log(1 + Σ exp(worth ÷ heat)) over the agents and the activity of every row; fills `share`."""
        order, start, weight, ptr, row, amount = self._data
        activity = np.zeros((PARTS, len(price)))

        def part(number: int) -> float:
            first, last = self._cuts[number], self._cuts[number + 1]
            value: float = smooth(
                order, start, weight, first, last, ptr, row, amount, price, heat, self.share, activity[number]
            )
            return value

        values = list(threads.map(part, range(PARTS)))
        return sum(values), activity.sum(axis=0)
