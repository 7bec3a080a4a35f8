"""Improves whole placements by exact searches: some agents are set free, the rest stays, and HiGHS finds the best for them.

Activities of rows are kept in integers, and every candidate is checked by them, so the floats of the search never decide what is lawful.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from optimizer.engines.columns.board import Limits
from optimizer.engines.columns.clock import stop_when
from optimizer.engines.columns.pool import Pool
from optimizer.formulation.arrays import Bools, Ints
from optimizer.linear import quiet_highs

INFINITY = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long one search may take: wall seconds (None: no limit) and nodes, and who may cancel it."""

    seconds: float | None
    nodes: int
    cancelled: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One column of the pool for each placed agent, what they count in every row (as the pool counts), and the tiers' values."""

    columns: dict[int, int]
    activity: Ints
    values: list[int]


class Polish:
    """Searches over the columns of one pool for one tier.

    Attributes:
        work: what was done so far, in units of about a second.
        exact: whether the last search proved its best.
    """

    def __init__(self, pool: Pool, limits: Limits, tier: int, holds: list[int | None]) -> None:
        self.pool, self.limits, self.tier, self.holds = pool, limits, tier, holds
        self.size = len(limits.pricing.rows.lower)
        shape = (len(pool), self.size)
        self.matrix = sparse.csr_matrix((pool.amount.astype(np.float64), pool.row, pool.ptr), shape=shape)
        extras = limits.pricing.rows.extras
        flat = [(i, row, much) for i, extra in enumerate(extras) for row, much in extra.entries.items()]
        of, row, much = (np.array([one[i] for one in flat], dtype=np.int64) for i in range(3))
        self.extra = sparse.csr_matrix((much.astype(np.float64), (of, row)), shape=(len(extras), self.size))
        self.extra_top = np.array([min(float(extra.upper), 1e9) for extra in extras])
        largest = np.ones(self.size)
        np.maximum.at(largest, pool.row, np.abs(pool.amount).astype(np.float64))
        self.scale = 2.0 ** -np.floor(np.log2(largest))
        self.work, self.exact = 0.0, False

    def choice(self, columns: dict[int, int]) -> Choice | None:
        """Return what a choice of columns comes to; None if it breaks a limit."""
        activity = self.pool.activity(columns.values())
        values = self.limits.assess(activity, self.holds)
        return None if values is None else Choice(columns, activity, values)

    def improve(self, old: Choice, free: Bools, columns: Ints, allowance: Allowance) -> Choice:
        """Return the best found by giving the `free` agents others of `columns`; the old choice where nothing is better.

        Args:
            old: a lawful choice.
            free: which agents may change.
            columns: of the pool; those of agents that are not free are left out.
            allowance: how long.
        """
        kept = {agent: column for agent, column in old.columns.items() if not free[agent]}
        own = np.array([column for agent, column in old.columns.items() if free[agent]], dtype=np.int64)
        columns = np.union1d(columns[free[self.pool.agent[columns]]], own)
        if not len(columns):
            self.exact = True
            return old
        rest = old.activity - self.pool.activity(own)
        values = self._solve(columns, own, rest, self.limits.extras(old.activity), allowance)
        if values is None:
            return old
        new = kept | dict(zip(self.pool.agent[columns[values]].tolist(), columns[values].tolist(), strict=True))
        found = self.choice(new)
        return old if found is None or found.values[self.tier] <= old.values[self.tier] else found

    def _solve(self, columns: Ints, start: Ints, rest: Ints, present: Ints, allowance: Allowance) -> Bools | None:
        """Return which of the columns the search takes; None if it found nothing."""
        model, own = self._model(columns, rest)
        extras = len(own)
        solver = quiet_highs()
        options: dict[str, bool | int | float] = {
            "mip_max_nodes": allowance.nodes,
            "mip_rel_gap": 1e-6,
            "mip_feasibility_tolerance": 1e-7,
        }
        if allowance.seconds is not None:
            options["time_limit"] = allowance.seconds
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(model)
        first = np.zeros(extras + len(columns))
        first[:extras] = present[own]
        first[extras + np.searchsorted(columns, start)] = 1.0
        begin = highspy.HighsSolution()
        begin.col_value = first.tolist()
        solver.setSolution(begin)
        stop_when(solver, allowance.cancelled)
        solver.run()
        info = solver.getInfo()
        self.work += 1e-3 + max(0, info.simplex_iteration_count) * model.num_row_ * 1e-7
        self.exact = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            return None
        taken: Bools = np.array(solver.getSolution().col_value)[extras:] > 0.5
        return taken

    def _model(self, columns: Ints, rest: Ints) -> tuple[highspy.HighsLp, Ints]:
        """Return the model of a search (the extra columns that matter, then the free columns) and which extra columns those are."""
        pricing = self.limits.pricing
        part = self.matrix[columns]
        touched = np.asarray(abs(part).sum(axis=0)).ravel() > 0
        tiers = pricing.rows.tiers
        touched[tiers] = False
        # Where a held tier counts penalties, those of rows that stay as they are count too.
        extra = np.flatnonzero((abs(self.extra) @ touched.astype(np.float64) > 0) | self._all_extras())
        rows = touched | (np.asarray(abs(self.extra[extra]).sum(axis=0)).ravel() > 0)
        rows[tiers] = [hold is not None for hold in self.holds]
        lower, upper = (limit - rest for limit in pricing.limits())
        rows &= np.isfinite(lower) | np.isfinite(upper)
        used = np.flatnonzero(rows)
        agents, local = np.unique(self.pool.agent[columns], return_inverse=True)
        diagonal = sparse.diags(self.scale[used])
        body = sparse.vstack([self.extra[extra][:, used], part[:, used]]) @ diagonal
        number = len(extra) + len(columns)
        ones = (np.ones(len(columns)), (len(extra) + np.arange(len(columns)), local))
        matrix = sparse.hstack([sparse.csr_matrix(ones, shape=(number, len(agents))), body]).tocsr()
        matrix.sort_indices()
        worth = np.zeros(self.size)
        # Whole numbers are proven sooner: only the tier itself counts here.
        worth[tiers[self.tier]] = 1.0
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = number, matrix.shape[1]
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.concatenate([self.extra[extra] @ worth, part @ worth])
        lp.col_lower_ = np.zeros(number)
        lp.col_upper_ = np.concatenate([self.extra_top[extra], np.ones(len(columns))])
        lp.integrality_ = [highspy.HighsVarType.kInteger] * number
        low = np.where(np.isfinite(lower[used]), lower[used] * self.scale[used], -INFINITY)
        high = np.where(np.isfinite(upper[used]), upper[used] * self.scale[used], INFINITY)
        lp.row_lower_ = np.concatenate([np.full(len(agents), -INFINITY), low])
        lp.row_upper_ = np.concatenate([np.ones(len(agents)), high])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        return lp, extra

    def _all_extras(self) -> bool:
        counted = zip(self.holds, self.limits.penalty, self.limits.fairness, strict=True)
        return any(hold is not None and (penalty or fairness) for hold, penalty, fairness in counted)
