"""The exact engine for rounds of up to a few hundred seats: CP-SAT of OR-Tools on the formulation as it stands.

Supports every row of a formulation. Overflow cannot happen: each row and objective is divided by the greatest common divisor of its
coefficients, and one whose sum could still leave 62 bits is refused before the engine sees it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.formulation.model import Expression, Formulation, Row, Tag, Terms

SAFE = 2**62
STATUS = {
    cp_model.OPTIMAL: "optimal",
    cp_model.FEASIBLE: "feasible",
    cp_model.INFEASIBLE: "infeasible",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found: `values` of the columns (None without a solution), a proven upper `bound`, the work it took, the `value`."""

    status: str
    values: tuple[int, ...] | None
    bound: int | None
    work: float
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One way to search, for at most `work` units (None: as long as the run may go)."""

    work: float | None
    presolve: bool
    portfolio: bool


# Measured on the demo's round (120 × 75, three tiers proven): the portfolio alone 11.6 s, with a presolved stage before it 1.2 s, with
# the bare one first 0.6 s.
STAGES = (
    Stage(2.0, presolve=False, portfolio=False),
    Stage(6.0, presolve=True, portfolio=False),
    Stage(None, True, True),
)


@dataclass(frozen=True, slots=True)
class Run:
    """How one run may go: wall seconds and deterministic work (None: no limit), seed, workers, and who listens.

    With `work` the search interleaves a fixed number of strategies on one thread after another, so that the outcome depends
    neither on the number of cores nor on the clock.
    """

    seconds: float | None = None
    work: float | None = None
    seed: int = 0
    workers: int = 2
    progress: Callable[[int | None, int], None] | None = None
    cancelled: Callable[[], bool] | None = None


class CpSat:
    """One formulation as a CP-SAT model that can be solved for one expression after another."""

    def __init__(self, formulation: Formulation, relaxed: frozenset[Tag] = frozenset()) -> None:
        """Build the model; rows with a tag in `relaxed` are left out."""
        self.model = cp_model.CpModel()
        self.columns = [
            self.model.new_int_var(low, high, "")
            for low, high in zip(formulation.lower, formulation.upper, strict=True)
        ]
        self.formulation = formulation
        for row in formulation.rows:
            if row.tag not in relaxed:
                self._add(row)

    def _add(self, row: Row) -> None:
        divisor = math.gcd(*row.terms.values()) or 1
        least, most = self.formulation.range_of(row.terms)
        lower = least if row.lower is None else max(row.lower, least)
        upper = most if row.upper is None else min(row.upper, most)
        if max(abs(least), abs(most), abs(lower), abs(upper)) // divisor >= SAFE:
            raise _too_large(row.tag)
        # Dividing by the common divisor keeps exactly the same integer points: the ends round inwards.
        lower, upper = -(-lower // divisor), upper // divisor
        if lower > upper:
            # No integer point is left; the engine would take an empty interval for no restriction at all.
            bounded = self.model.add_bool_or([])
        else:
            bounded = self.model.add_linear_constraint(self._sum(row.terms, divisor), lower, upper)
        if row.only_if is not None:
            column, value = row.only_if
            literal = self.columns[column]
            bounded.only_enforce_if(literal if value else literal.negated())

    def _sum(self, terms: Terms, divisor: int = 1) -> cp_model.LinearExprT:
        items = sorted(terms.items())
        return cp_model.LinearExpr.weighted_sum(
            [self.columns[column] for column, _ in items], [amount // divisor for _, amount in items]
        )

    def at_least(self, expression: Expression, value: int) -> None:
        """Keep `expression` at `value` or more from now on."""
        self._add(Row(Tag("structure", ""), expression.terms, value - expression.constant, None))

    def hint(self, values: Mapping[int, int] | Sequence[int]) -> None:
        """Start the next run from a known solution: the values of all columns, or of those that decide the others."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for column, value in values.items() if isinstance(values, Mapping) else enumerate(values):
            self.model.add_hint(self.columns[column], value)

    def maximise(self, expression: Expression, run: Run) -> Outcome:
        """Return the best solution found for `expression` within the limits of `run`."""
        terms = {column: amount for column, amount in expression.terms.items() if amount}
        divisor = math.gcd(*terms.values()) or 1
        ends = self.formulation.range_of(terms)
        if max(map(abs, ends), default=0) // divisor >= SAFE:
            raise _too_large(Tag("objective", ""))
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        if terms:
            self.model.maximize(self._sum(terms, divisor))

        def whole(value: float) -> int:
            # The engine counts in floats: a bound is only ever rounded away from the value, never towards it.
            top = ends[1] // divisor
            if not math.isfinite(value):
                return top * divisor + expression.constant
            slack = 1e-6 + abs(value) * 2.0**-50
            return min(math.floor(value + slack), top) * divisor + expression.constant

        return self._by_stages(terms, expression.constant, run, whole)

    def _by_stages(self, terms: dict[int, int], constant: int, run: Run, whole: Callable[[float], int]) -> Outcome:
        """Try stage after stage until one proves the optimum, or that there is none; what one finds starts the next."""
        began = time.monotonic()
        best = Outcome("unknown", None, None, 0.0)
        for stage in STAGES:
            left = replace(
                run,
                seconds=None if run.seconds is None else run.seconds - (time.monotonic() - began),
                work=None if run.work is None else run.work - best.work,
            )
            best = _better(best, self._attempt(terms, constant, stage, left, whole))
            ended = best.status in {"optimal", "infeasible"} or (run.cancelled is not None and run.cancelled())
            spent = (run.work is not None and best.work >= run.work) or (
                run.seconds is not None and time.monotonic() - began >= run.seconds
            )
            if ended or spent:
                break
            if best.values is not None:
                self.hint(best.values)
        return best

    def _attempt(
        self, terms: dict[int, int], constant: int, stage: Stage, run: Run, whole: Callable[[float], int]
    ) -> Outcome:
        solver = _solver(run, stage)
        listener = _Listener(run, whole)
        solver.best_bound_callback = listener.on_bound
        watch = _Watch(solver, run.cancelled)
        with watch:
            code = solver.solve(self.model, listener)
        status = STATUS.get(code, "unknown")
        work = solver.response_proto.deterministic_time
        if code == cp_model.MODEL_INVALID:
            raise AssertionError(self.model.validate())
        if status in {"infeasible", "unknown"}:
            bound = None if status == "infeasible" or not terms else whole(solver.best_objective_bound)
            return Outcome(status, None, bound, work)
        values = tuple(solver.value(column) for column in self.columns)
        value = sum(amount * values[column] for column, amount in terms.items()) + constant
        bound = value if status == "optimal" or not terms else max(value, whole(solver.best_objective_bound))
        return Outcome("optimal" if bound == value else status, values, bound, work, value)


def _better(one: Outcome, other: Outcome) -> Outcome:
    """Return what two runs for the same expression know together."""
    work = one.work + other.work
    if "infeasible" in {one.status, other.status}:
        return Outcome("infeasible", None, None, work)
    bounds = [bound for bound in (one.bound, other.bound) if bound is not None]
    bound = min(bounds, default=None)
    found = [run for run in (other, one) if run.values is not None and run.value is not None]
    if not found:
        return Outcome("unknown", None, bound, work)
    best = max(found, key=lambda run: run.value or 0)
    proven = "optimal" in {one.status, other.status} or bound == best.value
    return Outcome("optimal" if proven else "feasible", best.values, best.value if proven else bound, work, best.value)


def _solver(run: Run, stage: Stage) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.random_seed = run.seed % 2**31
    if run.seconds is not None:
        parameters.max_time_in_seconds = max(run.seconds, 0.01)
    limits = [limit for limit in (run.work, stage.work) if limit is not None]
    if limits:
        parameters.max_deterministic_time = max(min(limits), 1e-4)
    if not stage.portfolio:
        # The linear relaxation proves most rounds almost at once; probing and presolve cost more than they bring there.
        parameters.num_workers = 1
        parameters.linearization_level = 2
        parameters.cp_model_probing_level = 0
        parameters.cp_model_presolve = stage.presolve
    elif run.work is not None:
        parameters.interleave_search = True
        parameters.num_workers = 8
    else:
        parameters.num_workers = run.workers
    return solver


class _Listener(cp_model.CpSolverSolutionCallback):
    """Tells of every better solution and bound."""

    def __init__(self, run: Run, whole: Callable[[float], int]) -> None:
        super().__init__()
        self._run = run
        self._whole = whole
        self._value: int | None = None

    def on_solution_callback(self) -> None:
        """Tell of a better solution."""
        self._value = self._whole(self.objective_value)
        self._tell(self.best_objective_bound)

    def on_bound(self, bound: float) -> None:
        """Tell of a better bound."""
        self._tell(bound)

    def _tell(self, bound: float) -> None:
        if self._run.progress is not None and math.isfinite(bound):
            self._run.progress(self._value, self._whole(bound))


class _Watch:
    """Stops the solver soon after someone cancels; asks five times a second from a thread of its own."""

    def __init__(self, solver: cp_model.CpSolver, cancelled: Callable[[], bool] | None) -> None:
        self._solver = solver
        self._cancelled = cancelled
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while self._cancelled is not None and not self._done.wait(0.2):
            if self._cancelled():
                self._solver.stop_search()

    def __enter__(self) -> None:
        if self._cancelled is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._cancelled is not None:
            self._thread.join()


def _too_large(tag: Tag) -> DocumentRefused:
    place = f"{tag.kind} {tag.id}".strip()
    return DocumentRefused(
        [
            DocumentError(
                "",
                "numbers-too-large",
                f"The numbers of {place} add up to more than 2^62.",
                "Use smaller weights, or count money in the objective with a smaller weight.",
            )
        ]
    )
