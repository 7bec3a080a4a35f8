"""The strategy: build the formulation once, maximise tier after tier, keep what was reached, and say why the rest was not.

Lexicographic goals without big numbers: after each tier its expression is held at the value reached (less its tolerance) while the next is
maximised. A tier's bound is proven by the engine; nothing here is an estimate.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.canonical import digest
from optimizer.diagnose import diagnose
from optimizer.engines.columns.clock import Clock
from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.arrays import Arrays
from optimizer.formulation.assemble import assemble, columns_of, expression_of, triples_of
from optimizer.formulation.build import Builder
from optimizer.formulation.linear import unsupported
from optimizer.index import Index
from optimizer.made import Made, tiers_of
from optimizer.problem import Problem, Tier, all_proven
from optimizer.reasons import Reasons
from optimizer.rules import penalty_of

FORMAT = "placement-solution/1"
SMALL, MIDDLE = 8_000, 60_000
"""Rounds of no more eligible pairs are CP-SAT's alone; up to MIDDLE it goes on from what the engine for large rounds found."""
COLUMNS = 0.4
"""That engine's part of the time there."""
LEAST = 0.5
"""A tier is not gone back to for fewer seconds or less work than this."""
EXPLAINING = 3e-8
"""Seconds kept back for the reasons and the document, for each eligible pair."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a solve may take: wall `seconds`, deterministic `work` (both: whichever comes first), on `workers` threads.

    With `work` alone the result depends only on the problem and the seed. One unit of work is about one second on a current core.
    """

    seconds: float | None = None
    work: float | None = None
    workers: int = 2

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.seconds is not None or self.work is not None


@dataclass(frozen=True, slots=True)
class Best:
    """The best placements so far, as (volunteer, post, agreement) by position, and every tier's value."""

    triples: list[tuple[int, int, int]]
    values: list[int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a solve stands: `tier` counts from 0; `value` and `bound` are of that tier; `placed` placements so far."""

    phase: str
    tier: int
    tiers: int
    value: int | None
    bound: int | None
    placed: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class TierResult:
    """A tier's value of the placements in the solution, and a proven upper bound (None: not reached)."""

    value: int
    bound: int | None


@dataclass(frozen=True, slots=True)
class Solution:
    """The answer to one problem; `document()` is its format 1."""

    status: str
    problem: str
    tiers: tuple[TierResult, ...]
    placements: tuple[dict[str, Any], ...]
    unplaced: tuple[dict[str, Any], ...]
    unfilled: tuple[dict[str, Any], ...]
    conflict: tuple[dict[str, str], ...] | None
    relaxations: tuple[dict[str, Any], ...]
    seed: int
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return the solution as a JSON-ready dictionary."""
        return {
            "format": FORMAT,
            "problem": self.problem,
            "status": self.status,
            "tiers": [{"value": tier.value, "bound": tier.bound} for tier in self.tiers],
            "placements": list(self.placements),
            "unplaced": list(self.unplaced),
            "unfilled": list(self.unfilled),
            "conflict": None if self.conflict is None else list(self.conflict),
            "relaxations": list(self.relaxations),
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
        }


def solve(
    problem: Problem,
    *,
    limits: Limits | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Solution:
    """Return the best placements found within the limits (none: until proven optimal).

    Args:
        problem: what to solve.
        limits: when to stop; stopping early keeps the best.
        seed: decides ties; the same problem, seed and `limits.work` give the same solution.
        progress: called with every better solution and bound, from the engine's threads.
        cancelled: asked a few times a second; once it returns True the best so far is returned.

    Raises:
        DocumentRefused: the numbers of a row or tier could overflow 62 bits.
    """
    return _Solve(problem, limits or Limits(), seed, progress, cancelled).run()


class _Solve:
    """One solve on its way."""

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        seed: int,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.started = time.monotonic()
        self.problem = problem
        self.limits = limits
        self.seed = seed
        self.progress = progress
        self.cancelled = cancelled
        self.work = 0.0
        self.tiers = problem.objective or (Tier({}),)

    def run(self) -> Solution:
        self._tell("building", 0, None, None)
        self.index = Index(self.problem)
        self.best: Best | None = None
        self.bounds: list[int | None] = [None] * len(self.tiers)
        status, pairs = "unknown", 0
        if not unsupported(self.problem):
            arrays = Arrays(self.index)
            pairs = arrays.choices
            if pairs > SMALL:
                self._by_columns(arrays, pairs)
        if (pairs <= MIDDLE or not self.limits.limited) and not self._done():
            status = self._by_cpsat()
        return self._without_solution(status) if self.best is None else self._answer(self.best)

    def _by_columns(self, arrays: Arrays, pairs: int) -> None:
        """Let the engine for large rounds work: all the time there is, or where CP-SAT can prove more, the first part."""
        share = 1.0 if pairs > MIDDLE else COLUMNS
        limits, spent = self.limits, self._seconds()
        clock = Clock(
            None if limits.seconds is None else max(0.0, share * (limits.seconds - spent) - EXPLAINING * pairs),
            None if limits.work is None else share * limits.work,
            self.cancelled,
            workers=limits.workers,
        )

        def told(tier: int, value: int | None, bound: int | None, placed: int | None) -> None:
            self._tell("solving", tier, value, bound, placed)

        # Numba and SciPy take as long to load as all else, and only large rounds need them.
        from optimizer.engines.columns.engine import ColumnEngine  # noqa: PLC0415

        found = ColumnEngine(arrays, self.seed, clock, told).run()
        self.work += clock.done
        self.bounds = list(found.bounds)
        if found.triples is not None:
            self._improve(found.triples, 0)

    def _by_cpsat(self) -> str:
        """Let CP-SAT work, from the best placements known; return what it says of a first tier without any."""
        build = assemble(self.index)
        while True:
            before, status = self.work, self._pass(build)
            # Where time is left and a tier is not proven, the earliest one gets what the others did not need.
            over = self.best is None or self._done() or not self.limits.limited or self._left() < LEAST
            if over or self.work <= before:
                return status

    def _pass(self, build: Builder) -> str:
        """Let CP-SAT go through the tiers that are not proven, each as good as it is in the best placements from then on."""
        engine = CpSat(build.model)
        if self.best is not None:
            engine.hint(columns_of(build, self.best.triples))
        for position, tier in enumerate(self.tiers):
            if self.best is not None and self._spent():
                break
            expression = expression_of(tier, build)
            known = self.bounds[position]
            if self.best is None or known is None or known > self.best.values[position]:
                outcome = engine.maximise(expression, self._run_for(position))
                self.work += outcome.work
                found = outcome.values
                own = found is not None and self._improve(list(triples_of(build, found)), position)
                if self.best is None:
                    return outcome.status
                bounds = [bound for bound in (known, outcome.bound) if bound is not None]
                self.bounds[position] = min(bounds, default=None)
                if own and found is not None:
                    engine.hint(found)
            reached = self.best.values[position]
            engine.at_least(expression, reached - tier.give(reached))
        return "feasible"

    def _improve(self, triples: list[tuple[int, int, int]], position: int) -> bool:
        """Keep placements, lawful and as good as was held of the tiers before `position`, if they are better from there on."""
        values = tier_values(self.tiers, Made(self.index, triples))
        if self.best is not None and values[position:] < self.best.values[position:]:
            return False
        self.best = Best(triples, values)
        return True

    def _done(self) -> bool:
        """Return whether nothing is left to be found, or no time to find it."""
        best = self.best
        return best is not None and (all_proven(self.tiers, best.values, self.bounds) or self._spent())

    def _spent(self) -> bool:
        if self.cancelled is not None and self.cancelled():
            return True
        if self.limits.work is not None and self.work >= self.limits.work:
            return True
        return self.limits.seconds is not None and self._seconds() >= self.limits.seconds

    def _left(self) -> float:
        """Return the seconds or work that are left, whichever is less."""
        limits = self.limits
        left = [] if limits.seconds is None else [limits.seconds - self._seconds()]
        left += [] if limits.work is None else [limits.work - self.work]
        return min(left, default=math.inf)

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _run_for(self, position: int) -> Run:
        # Every tier but the last may use 60 % of what is left: the first matters most, and the others must be reached.
        share = 1.0 if position == len(self.tiers) - 1 else 0.6
        limits = self.limits
        return Run(
            seconds=None if limits.seconds is None else share * (limits.seconds - self._seconds()),
            work=None if limits.work is None else share * (limits.work - self.work),
            seed=self.seed,
            workers=limits.workers,
            progress=lambda value, bound: self._tell("solving", position, value, bound),
            cancelled=self.cancelled,
        )

    def _tell(self, phase: str, tier: int, value: int | None, bound: int | None, placed: int | None = None) -> None:
        if self.progress is not None:
            self.progress(Progress(phase, tier, len(self.tiers), value, bound, placed, self._seconds()))

    def _without_solution(self, status: str) -> Solution:
        if status != "infeasible":
            return without_placements(self.problem, status, self.seed, self._seconds())
        self._tell("diagnosing", 0, None, None)
        found = diagnose(self.problem, replace(self._run_for(0), progress=None))
        nothing = without_placements(self.problem, status, self.seed, self._seconds())
        return replace(nothing, conflict=found.conflict, relaxations=found.relaxations)

    def _answer(self, best: Best) -> Solution:
        self._tell("explaining", len(self.tiers) - 1, None, None)
        bounds = [
            None if bound is None else max(bound, value) for value, bound in zip(best.values, self.bounds, strict=True)
        ]
        solution = with_placements(Made(self.index, best.triples), bounds, self.seed)
        return replace(solution, seconds=self._seconds())


def with_placements(made: Made, bounds: Sequence[int | None], seed: int) -> Solution:
    """Return the solution that some placements are, with every figure, list and reason.

    Args:
        made: the placements.
        bounds: proven bounds of the first tiers; nothing is claimed of the others.
        seed: what decided them.
    """
    problem, reasons = made.index.problem, Reasons(made)
    values = tier_values(problem.objective, made)
    known = [*bounds, *([None] * len(values))][: len(values)]
    return Solution(
        "optimal" if all_proven(problem.objective, values, known) else "feasible",
        digest(problem.document),
        tuple(TierResult(value, bound) for value, bound in zip(values, known, strict=True)),
        tuple(made.rows()),
        reasons.unplaced(),
        reasons.unfilled(),
        None,
        (),
        seed,
        0,
    )


def without_placements(problem: Problem, status: str, seed: int, seconds: float = 0) -> Solution:
    """Return the solution of a search that ended without placements: `infeasible`, or nothing found in the limit."""
    return Solution(
        status if status == "infeasible" else "unknown",
        digest(problem.document),
        (),
        (),
        Reasons.nobody_placed(problem, status),
        Reasons.nothing_filled(problem, status),
        None,
        (),
        seed,
        seconds,
    )


def tier_values(tiers: tuple[Tier, ...], made: Made) -> list[int]:
    """Return the value of each tier for the placements made."""
    measures = made.measures(penalty_of(made.index.problem.policies, made))
    return tiers_of(measures, [tier.weights for tier in tiers])
