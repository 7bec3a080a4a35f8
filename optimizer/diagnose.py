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
    """An irreducible set of tags that cannot hold together (None: not found within the limits), and changes that help."""

    conflict: tuple[dict[str, str], ...] | None
    relaxations: tuple[dict[str, Any], ...]


def diagnose(impossible: Problem | Builder, run: Run) -> Diagnosis:
    """Return what clashes in a round that has no solution, and up to five changes (of one rule, or of few) that give it one.

    Args:
        impossible: the problem (or its formulation).
        run: how long it may take; with `work` alone nothing depends on the clock.
    """
    problem = impossible if isinstance(impossible, Problem) else impossible.problem
    clock = Clock(run.seconds, work=run.work, cancelled=run.cancelled, seed=run.seed, workers=run.workers)
    system = System(problem)
    conflict = irreducible(system, clock)
    if conflict is None:
        return Diagnosis(None, ())
    found = Mender(system, clock).repairs(conflict)
    return Diagnosis(
        tuple({"kind": tag.kind, "id": tag.id} for tag in conflict), tuple(repair.document() for repair in found)
    )
