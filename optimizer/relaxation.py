"""One tier's linear relaxation, kept warm: its prices, how far they hold, and what it reaches once limits change or columns come in.

Columns are generated: those of the pool that beat the duals, then what a look at every pair finds (Dantzig and Wolfe 1960). The bound
of the look is exact in integers: it is a proof however the floats went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.triples import ranges
from optimizer.formulation.arrays import Ints, Reals
from optimizer.linear import NotSolvedError, quiet_highs

INFINITY = highspy.kHighsInf
AT_ONCE = 3_000
"""So many columns come in at a time."""
SMALLEST = 1e-7
"""What a column must be worth beyond its prices, in usual placements."""
ROUNDS = 60
Shifts = Mapping[int, tuple[float, float]]
"""By how much the lower and the upper limit of rows move."""


@dataclass(frozen=True, slots=True)
class Point:
    """An optimum of the relaxation: its value, what one more unit of each row's binding limit is worth, and everyone's price."""

    value: float
    rows: Reals
    agents: Reals


class Relaxation:
    """The relaxation of one tier; earlier tiers are held as the pricing holds them.

    Attributes:
        point: the optimum with today's limits, once `solve` was called.
        bound: a proven bound on whole placements; None before the first look.
        closed: whether it is the optimum over all placements, not only over those found.
    """

    def __init__(self, pricing: Pricing, pool: Pool, tier: int, typical: float) -> None:
        self.pricing, self.pool, self.typical = pricing, pool, typical
        self.row = pricing.rows.tiers[tier]
        self.constant = pricing.rows.constants[tier]
        used = ~(pricing.no_lower & pricing.no_upper)
        used[self.row] = False
        self.used = np.flatnonzero(used)
        self.place = np.full(len(used), -1, dtype=np.int64)
        self.place[self.used] = pool.agents + np.arange(len(self.used))
        largest = np.maximum(pricing.gain, 1.0)
        self.scale = 2.0 ** -np.floor(np.log2(largest))
        self.inside = np.zeros(0, dtype=np.bool_)
        self.bound: int | None = None
        self.closed = False
        self._foreign: list[int] = []
        self.engine = quiet_highs()
        self._begin()

    def _begin(self) -> None:
        """Pass the rows, and the columns that are no placements."""
        lp = highspy.HighsLp()
        extras = self.pricing.rows.extras
        lp.num_col_, lp.num_row_ = 0, self.pool.agents + len(self.used)
        lp.sense_ = highspy.ObjSense.kMaximize
        lower, upper = self._limits({})
        lp.row_lower_ = np.concatenate([np.full(self.pool.agents, -INFINITY), lower])
        lp.row_upper_ = np.concatenate([np.ones(self.pool.agents), upper])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.zeros(1, dtype=np.int32)
        self.engine.passModel(lp)
        flat = [(number, row, much) for number, one in enumerate(extras) for row, much in one.entries.items()]
        of, row, amount = (np.array([one[i] for one in flat], dtype=np.int64) for i in range(3))
        top = np.array([min(float(one.upper), 1e9) for one in extras])
        self._pass(len(extras), of, row, amount, top, None)

    def _limits(self, shifts: Shifts) -> tuple[Reals, Reals]:
        lower, upper = self.pricing.limits()
        for row, (down, up) in shifts.items():
            lower[row] += down
            upper[row] += up
        low, high = lower[self.used] * self.scale[self.used], upper[self.used] * self.scale[self.used]
        return np.where(np.isfinite(low), low, -INFINITY), np.where(np.isfinite(high), high, INFINITY)

    def _pass(self, number: int, of: Ints, row: Ints, amount: Ints, top: Reals, agents: Ints | None) -> None:
        """Add columns: what each counts in rows, its upper end, and (for placements) whose it is."""
        cost = np.zeros(number)
        mine = row == self.row
        np.add.at(cost, of[mine], amount[mine].astype(np.float64))
        keep = self.place[row] >= 0
        of, row, amount = of[keep], row[keep], amount[keep]
        column, where, value = of, self.place[row], amount * self.scale[row]
        if agents is not None:
            column = np.concatenate([of, np.arange(number)])
            where, value = np.concatenate([where, agents]), np.concatenate([value, np.ones(number)])
        shape = (self.pool.agents + len(self.used), number)
        matrix = sparse.csc_matrix((value, (where, column)), shape=shape)
        self.engine.addCols(
            number,
            cost,
            np.zeros(number),
            top,
            matrix.nnz,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )

    def bring_in(self, columns: Ints, pool: Pool | None = None) -> int:
        """Add columns of the pool, or of another one with the same rows; return the number of the first of them."""
        pool = pool or self.pool
        first = int(self.engine.getNumCol())
        of, where = ranges(pool.ptr[columns], pool.ptr[columns + 1])
        agents = pool.agent[columns].astype(np.int64)
        row = pool.row[where].astype(np.int64)
        self._pass(len(columns), of, row, pool.amount[where], np.ones(len(columns)), agents)
        if pool is self.pool:
            self._know()
            self.inside[columns] = True
        return first

    def _know(self) -> None:
        more = len(self.pool) - len(self.inside)
        self.inside = np.concatenate([self.inside, np.zeros(more, dtype=np.bool_)])

    # solving -----------------------------------------------------------------------------------------------------------------

    def solve(self, clock: Clock) -> Point:
        """Return the optimum with today's limits over all placements, or over those found when the clock runs out.

        Raises:
            NotSolvedError: the engine gave up.
        """
        for _ in range(ROUNDS):
            self.point = self._run()
            if clock.over():
                break
            if not self._from_pool() and not self._look():
                self.closed = True
                break
        return self.point

    def _run(self) -> Point:
        if not self.engine.getNumCol():  # nobody may be placed anywhere
            return Point(float(self.constant), np.zeros(len(self.place)), np.zeros(self.pool.agents))
        self.engine.run()
        status = self.engine.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise NotSolvedError(self.engine.modelStatusToString(status))
        dual = np.array(self.engine.getSolution().row_dual)
        rows = np.zeros(len(self.place))
        rows[self.used] = dual[self.pool.agents :] * self.scale[self.used]
        value = float(self.engine.getInfo().objective_function_value) + self.constant
        return Point(value, rows, np.maximum(dual[: self.pool.agents], 0.0))

    def price(self, point: Point) -> Reals:
        """Return what a unit counted in each row adds to a column's worth: its own part of the tier, less what it uses up."""
        found = -point.rows
        found[self.row] = 1.0
        return found

    def beyond(self, point: Point, pool: Pool) -> Reals:
        """Return what each column of a pool is worth beyond its prices."""
        found: Reals = pool.values(self.price(point)) - point.agents[pool.agent]
        return found

    def _from_pool(self) -> bool:
        """Bring in the columns of the pool that beat the prices, best first; return whether there were any."""
        self._know()
        gain = np.where(self.inside, -1.0, self.beyond(self.point, self.pool))
        good = np.flatnonzero(gain > SMALLEST * self.typical)
        if len(good) > AT_ONCE:
            good = good[np.argpartition(gain[good], len(good) - AT_ONCE)[-AT_ONCE:]]
        if len(good):
            self.bring_in(np.sort(good))
        return bool(len(good))

    def _look(self) -> bool:
        """Look at all pairs; return whether the pool has columns that beat the prices now."""
        exact = self.pricing.prices(self.price(self.point), self.row)
        found = self.pricing.look(exact, self.point.agents, 6)
        if self.bound is None or found.bound < self.bound:
            self.bound = found.bound
        self.pool.add_found(found, exact)
        return self._from_pool()

    # what changes ------------------------------------------------------------------------------------------------------------

    def shifted(self, shifts: Shifts) -> Point:
        """Return the optimum with some limits moved.

        Raises:
            NotSolvedError: the engine gave up.
        """
        return self._while_moved(shifts, None)[0]

    def beside(self, shifts: Shifts, row: int | None) -> tuple[Point, tuple[float, float] | None]:
        """Return the optimum with some limits moved, and between which limits of a row (least, most) its prices hold.

        Raises:
            NotSolvedError: the engine gave up.
        """
        return self._while_moved(shifts, row)

    def _while_moved(self, shifts: Shifts, row: int | None) -> tuple[Point, tuple[float, float] | None]:
        self._set(shifts)
        try:
            found = self._settled()
            return found, None if row is None else self._range(row)
        finally:
            self._set(dict.fromkeys(shifts, (0.0, 0.0)))

    def _range(self, row: int) -> tuple[float, float] | None:
        """Return how far the limit of a row may lie for the prices at the engine's optimum to hold, in the row's units."""
        _, ranging = self.engine.getRanging()
        number = int(self.place[row])
        if not ranging.valid or number < 0:
            return None
        least, most = ranging.row_bound_dn.value_[number], ranging.row_bound_up.value_[number]
        return float(least / self.scale[row]), float(most / self.scale[row])

    def _settled(self) -> Point:
        """Return the optimum as things are now, over all placements."""
        before, self.point = self.point, self._run()
        for _ in range(ROUNDS):
            if not self._from_pool() and not self._look():
                break
            self.point = self._run()
        found, self.point = self.point, before
        return found

    def _set(self, shifts: Shifts) -> None:
        lower, upper = self._limits(shifts)
        for row in shifts:
            number = int(self.place[row])
            if number >= 0:
                at = number - self.pool.agents
                self.engine.changeRowBounds(number, float(lower[at]), float(upper[at]))

    def extended(self, pool: Pool, columns: Ints, clock: Clock) -> Point:
        """Return the optimum with columns of another pool (with the same rows) beside those at hand.

        Raises:
            NotSolvedError: the engine gave up.
        """
        own = np.zeros(len(columns), dtype=np.bool_)
        before = self.point
        try:
            for _ in range(ROUNDS):
                gain = self.beyond(self.point, pool)[columns]
                good = np.flatnonzero(~own & (gain > SMALLEST * self.typical))
                if not len(good) or clock.over():
                    break
                own[good] = True
                first = self.bring_in(columns[good], pool)
                self._foreign.extend(range(first, first + len(good)))
                self.point = self._settled()
            return self.point
        finally:
            if self._foreign:
                self.engine.deleteCols(len(self._foreign), np.array(self._foreign, dtype=np.int32))
                self._foreign.clear()
            self.point = before
