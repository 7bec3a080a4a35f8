"""Two peers on the ordinary engineer's model, tier after tier: CP-SAT and HiGHS, each as it comes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from ortools.sat.python import cp_model

from optimizer.problem import Problem
from tests.benchmarks.measure import Point
from tests.benchmarks.plain import Array, Plain, Row
from tests.benchmarks.plain_rules import add_policies, goal

Triple = tuple[str, str, str]


@dataclass
class Run:
    """What a peer found: placements (None: nothing), a proven bound for each tier, and how it went."""

    placements: list[Triple] | None = None
    bounds: list[int | None] = field(default_factory=list)
    trace: list[Point] = field(default_factory=list)
    columns: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One tier solved: the columns' values and a proven upper bound."""

    values: Array | None
    bound: int | None


Tell = Callable[[float | None, float | None], None]
Solve = Callable[[Plain, Array, float, "Array | None", Tell], Found]


def solve_by(engine: str, problem: Problem, seconds: float) -> Run:
    """Solve every tier with one peer; each but the last may take 60 % of the time that is left, as ours does."""
    started = time.monotonic()
    solve = {"cp-sat": _cpsat, "highs": _highs}[engine]
    model = Plain(problem)
    add_policies(model)
    goals = [goal(tier, model) for tier in problem.objective]
    run = Run(columns=model.triples + len(model.upper), rows=len(model.rows))
    best: Array | None = None
    for position, (tier, (weights, constant)) in enumerate(zip(problem.objective, goals, strict=True)):
        left = seconds - (time.monotonic() - started)
        if left <= 0:
            run.bounds.append(None)
            continue
        full = np.zeros(run.columns, dtype=np.int64)
        full[: len(weights)] = weights

        def tell(value: float | None, bound: float | None, position: int = position, constant: int = constant) -> None:
            point = [None if one is None or not math.isfinite(one) else round(one) + constant for one in (value, bound)]
            run.trace.append((time.monotonic() - started, position, point[0], point[1]))

        last = position == len(problem.objective) - 1
        found = solve(model, full, left if last else 0.6 * left, best, tell)
        if found.values is not None:
            best = found.values
        tell(None if found.values is None else int(full @ found.values), found.bound)
        run.bounds.append(None if found.bound is None else found.bound + constant)
        if best is None:
            break
        reached = int(full @ best)
        columns = np.flatnonzero(full)
        model.add(columns, full[columns], reached - tier.give(reached + constant), None)
    run.bounds += [None] * (len(problem.objective) - len(run.bounds))
    run.placements = None if best is None else _placements(model, best)
    return run


def _placements(model: Plain, values: Array) -> list[Triple]:
    problem = model.problem
    return [
        (
            problem.volunteers[int(model.person[one])].id,
            problem.posts[int(model.post[one])].id,
            problem.agreements[int(model.agreement[one])].id,
        )
        for one in np.flatnonzero(values[: model.triples])
    ]


def _scaled(row: Row) -> tuple[Array, int, int | None, int | None]:
    """Return the row divided by its greatest common divisor, which keeps the same integer points."""
    divisor = int(np.gcd.reduce(row.amounts)) if len(row.amounts) else 1
    divisor = divisor or 1
    low = None if row.low is None else -(-row.low // divisor)
    return row.amounts // divisor, divisor, low, None if row.high is None else row.high // divisor


def _cpsat(model: Plain, weights: Array, seconds: float, start: Array | None, tell: Tell) -> Found:
    program = cp_model.CpModel()
    variables = [program.new_bool_var("") for _ in range(model.triples)]
    variables += [program.new_int_var(0, upper, "") for upper in model.upper]
    for row in model.rows:
        amounts, _, low, high = _scaled(row)
        terms = cp_model.LinearExpr.weighted_sum([variables[one] for one in row.columns.tolist()], amounts.tolist())
        low, high = cp_model.INT_MIN if low is None else low, cp_model.INT_MAX if high is None else high
        if low > high:  # an empty interval would be taken for no restriction
            program.add_bool_or([])
        else:
            program.add_linear_constraint(terms, low, high)
    columns = np.flatnonzero(weights)
    divisor = int(np.gcd.reduce(weights[columns])) if len(columns) else 1
    program.maximize(
        cp_model.LinearExpr.weighted_sum(
            [variables[one] for one in columns.tolist()], (weights[columns] // divisor).tolist()
        )
    )
    if start is not None:
        for variable, value in zip(variables, start.tolist(), strict=True):
            program.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(seconds, 0.1)
    solver.parameters.num_workers = 2
    status = solver.solve(program, _Listener(tell, divisor))
    bound = None
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:  # without a solution the engine tells a blank, not a bound
        bound = math.floor(solver.best_objective_bound + 1e-6) * divisor
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Found(None, bound)
    return Found(np.array([solver.value(one) for one in variables], dtype=np.int64), bound)


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes on every better solution."""

    def __init__(self, tell: Tell, divisor: int) -> None:
        super().__init__()
        self._tell = tell
        self._divisor = divisor

    def on_solution_callback(self) -> None:
        self._tell(self.objective_value * self._divisor, self.best_objective_bound * self._divisor)


def _highs(model: Plain, weights: Array, seconds: float, start: Array | None, tell: Tell) -> Found:
    # Two threads need a scheduler of two, whatever ran in this process before.
    highspy.Highs.resetGlobalScheduler(True)
    engine: Any = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("time_limit", max(seconds, 0.1)),
        ("threads", 2),
        ("mip_rel_gap", 0.0),
    ):
        engine.setOptionValue(name, value)
    divisor = int(np.gcd.reduce(weights[weights != 0])) if weights.any() else 1
    engine.passModel(_linear(model, weights // divisor))

    def logged(event: Any) -> None:
        tell(event.data_out.mip_primal_bound * divisor, event.data_out.mip_dual_bound * divisor)

    engine.cbMipLogging.subscribe(logged)
    engine.cbMipImprovingSolution.subscribe(logged)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.astype(float).tolist()
        engine.setSolution(known)
    engine.run()
    info = engine.getInfo()
    bound = info.mip_dual_bound
    whole = math.floor(bound + 1e-6 * max(1.0, abs(bound))) * divisor if math.isfinite(bound) else None
    if not len(weights) and all((row.low or 0) <= 0 for row in model.rows):
        return Found(np.zeros(0, dtype=np.int64), 0)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Found(None, whole)
    return Found(np.rint(np.array(engine.getSolution().col_value)).astype(np.int64), whole)


def _linear(model: Plain, weights: Array) -> Any:
    made = highspy.HighsLp()
    size = len(weights)
    made.num_col_, made.num_row_ = size, len(model.rows)
    made.sense_ = highspy.ObjSense.kMaximize
    made.col_cost_ = weights.astype(float)
    made.col_lower_ = np.zeros(size)
    made.col_upper_ = np.concatenate([np.ones(model.triples), np.array(model.upper, dtype=float)])
    made.integrality_ = [highspy.HighsVarType.kInteger] * size
    scaled = [_scaled(row) for row in model.rows]
    made.row_lower_ = np.array([-highspy.kHighsInf if low is None else low for _, _, low, _ in scaled], dtype=float)
    made.row_upper_ = np.array([highspy.kHighsInf if high is None else high for *_, high in scaled], dtype=float)
    made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    made.a_matrix_.start_ = np.cumsum([0, *(len(row.columns) for row in model.rows)])
    made.a_matrix_.index_ = np.concatenate([row.columns for row in model.rows])
    made.a_matrix_.value_ = np.concatenate([amounts for amounts, *_ in scaled]).astype(float)
    return made
