"""The strategy: build the formulation once, maximise tier after tier, keep what was reached, and say why the rest was not.

Lexicographic goals without big numbers: after each tier its expression is held at the value reached (less its tolerance) while the next is
maximised. A tier's bound is proven by the engine; nothing here is an estimate.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from optimizer.canonical import digest
from optimizer.diagnose import diagnose
from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.assemble import assemble, expression_of, triples_of
from optimizer.formulation.build import Builder
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Problem, Tier
from optimizer.reasons import Reasons
from optimizer.rules import penalty_of

FORMAT = "placement-solution/1"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a solve may take: wall `seconds`, deterministic `work` (both: whichever comes first), on `workers` threads.

    With `work` alone the result depends only on the problem and the seed. One unit of work is about one second on a current core.
    """

    seconds: float | None = None
    work: float | None = None
    workers: int = 2


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
        self.build = assemble(self.index)
        engine = CpSat(self.build.model)
        values: tuple[int, ...] | None = None
        bounds: list[int | None] = []
        for position, tier in enumerate(self.tiers):
            if values is not None and self._spent():
                bounds.append(None)
                continue
            expression = expression_of(tier, self.build)
            outcome = engine.maximise(expression, self._run_for(position))
            self.work += outcome.work
            if outcome.values is None and values is None:
                return self._without_solution(outcome.status)
            if outcome.values is not None:
                values = outcome.values
            bounds.append(outcome.bound)
            reached = self._tier_values(values)[position]
            engine.at_least(expression, reached - tier.give(reached))
            engine.hint(values or ())
        return self._answer(values or (), bounds)

    def _tier_values(self, values: tuple[int, ...] | None) -> list[int]:
        made = Made(self.index, triples_of(self.build, values or ()))
        return tier_values(self.tiers, made)

    def _spent(self) -> bool:
        if self.cancelled is not None and self.cancelled():
            return True
        if self.limits.work is not None and self.work >= self.limits.work:
            return True
        return self.limits.seconds is not None and self._seconds() >= self.limits.seconds

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

    def _tell(self, phase: str, tier: int, value: int | None, bound: int | None) -> None:
        if self.progress is not None:
            self.progress(Progress(phase, tier, len(self.tiers), value, bound, None, self._seconds()))

    def _without_solution(self, status: str) -> Solution:
        conflict: tuple[dict[str, str], ...] | None = None
        relaxations: tuple[dict[str, Any], ...] = ()
        if status == "infeasible":
            self._tell("diagnosing", 0, None, None)
            found = diagnose(self.build, replace(self._run_for(0), progress=None))
            conflict, relaxations = found.conflict, found.relaxations
        return Solution(
            status if status == "infeasible" else "unknown",
            digest(dict(self.problem.document)),
            (),
            (),
            Reasons.nobody_placed(self.problem, status),
            Reasons.nothing_filled(self.problem, status),
            conflict,
            relaxations,
            self.seed,
            self._seconds(),
        )

    def _answer(self, values: tuple[int, ...], bounds: list[int | None]) -> Solution:
        self._tell("explaining", len(self.tiers) - 1, None, None)
        made = Made(self.index, triples_of(self.build, values))
        tiers = tuple(
            TierResult(value, None if bound is None else max(bound, value))
            for value, bound in zip(tier_values(self.tiers, made), bounds, strict=True)
        )
        reasons = Reasons(made)
        if not self.problem.objective:
            tiers = ()
        return Solution(
            self._status(tiers),
            digest(dict(self.problem.document)),
            tiers,
            tuple(_placement(self.build, one) for one in made.placements),
            reasons.unplaced(),
            reasons.unfilled(),
            None,
            (),
            self.seed,
            self._seconds(),
        )

    def _status(self, tiers: tuple[TierResult, ...]) -> str:
        for position, (tier, result) in enumerate(zip(self.problem.objective, tiers, strict=True)):
            if not tier.proven(result.value, result.bound, last=position == len(tiers) - 1):
                return "feasible"
        return "optimal"


def tier_values(tiers: tuple[Tier, ...], made: Made) -> list[int]:
    """Return the value of each tier for the placements made."""
    measures = made.measures(penalty_of(made.index.problem.policies, made))
    return [sum(weight * measures[name] for name, weight in tier.weights.items()) for tier in tiers]


def _placement(build: Builder, one: Any) -> dict[str, Any]:
    problem = build.problem
    return {
        "volunteer": problem.volunteers[one.volunteer].id,
        "post": problem.posts[one.post].id,
        "agreement": problem.agreements[one.agreement].id,
        "cost": one.cost,
        "fit": one.fit,
        "preference": one.preference,
    }
