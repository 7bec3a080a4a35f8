"""Why a round is impossible: an irreducible conflict of policies, funds and agreements, and the cheapest changes that make it possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.diagnosing.clock import Clock
from optimizer.diagnosing.conflict import irreducible
from optimizer.diagnosing.repairs import Mender
from optimizer.diagnosing.system import System
from optimizer.engines.cpsat import Run
from optimizer.formulation.build import Builder
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out of a round.

    Attributes:
        conflict: an irreducible set of tags that cannot hold together; None where the round has a solution, or none was found in time.
        relaxations: changes after which the round has a solution, the best first.
        possible: whether the round has a solution, which placements show; None where neither was found out in time.
    """

    conflict: tuple[dict[str, str], ...] | None
    relaxations: tuple[dict[str, Any], ...]
    possible: bool | None

    def document(self) -> dict[str, Any]:
        """Return the diagnosis as JSON-ready data."""
        return {
            "possible": self.possible,
            "conflict": None if self.conflict is None else list(self.conflict),
            "relaxations": list(self.relaxations),
        }


def diagnose(impossible: Problem | Builder, run: Run) -> Diagnosis:
    """Return what clashes in a round that has no solution, and up to five changes (of one rule, or of few) that give it one.

    Args:
        impossible: the problem (or its formulation).
        run: how long it may take; with `work` alone nothing depends on the clock.
    """
    problem = impossible if isinstance(impossible, Problem) else impossible.problem
    clock = Clock(run.seconds, work=run.work, cancelled=run.cancelled, seed=run.seed, workers=run.workers)
    system = System(problem)
    mender = Mender(system, clock)
    conflict = irreducible(system, clock)
    if conflict is None:
        return Diagnosis(None, (), True if mender.possible() else None)
    found = mender.repairs(conflict)
    return Diagnosis(
        tuple({"kind": tag.kind, "id": tag.id} for tag in conflict),
        tuple(repair.document() for repair in found),
        False,
    )
