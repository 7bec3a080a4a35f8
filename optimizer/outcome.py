"""Placements that come from elsewhere than a solve, as a solution document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.canonical import digest
from optimizer.made import Made, tiers_of
from optimizer.problem import Problem
from optimizer.reasons import Reasons
from optimizer.rules import penalty_of
from optimizer.solve import FORMAT


def solution_document(made: Made, seed: int, bounds: Sequence[int] = ()) -> dict[str, Any]:
    """Return the placements in format placement-solution/1.

    Args:
        made: the placements.
        seed: what decided them.
        bounds: proven bounds of the first tiers; nothing is claimed of the others.
    """
    problem, reasons = made.index.problem, Reasons(made)
    measures = made.measures(penalty_of(problem.policies, made))
    values = tiers_of(measures, [dict(tier.weights) for tier in problem.objective])
    known = [*bounds, *([None] * (len(values) - len(bounds)))]
    last = len(values) - 1
    proven = all(
        tier.proven(value, bound, last=position == last)
        for position, (tier, value, bound) in enumerate(zip(problem.objective, values, known, strict=True))
    )
    return {
        "format": FORMAT,
        "problem": digest(problem.document),
        "status": "optimal" if proven else "feasible",
        "tiers": [{"value": value, "bound": bound} for value, bound in zip(values, known, strict=True)],
        "placements": [_placement(made, one) for one in made.placements],
        "unplaced": list(reasons.unplaced()),
        "unfilled": list(reasons.unfilled()),
        "conflict": None,
        "relaxations": [],
        "seed": seed,
        "seconds": 0,
    }


def nothing_found(problem: Problem, seed: int) -> dict[str, Any]:
    """Return the solution document of a search that found nothing in its limit, and proved nothing."""
    return {
        "format": FORMAT,
        "problem": digest(problem.document),
        "status": "unknown",
        "tiers": [],
        "placements": [],
        "unplaced": list(Reasons.nobody_placed(problem, "unknown")),
        "unfilled": list(Reasons.nothing_filled(problem, "unknown")),
        "conflict": None,
        "relaxations": [],
        "seed": seed,
        "seconds": 0,
    }


def _placement(made: Made, one: Any) -> dict[str, Any]:
    problem = made.index.problem
    names = {
        "volunteer": problem.volunteers[one.volunteer].id,
        "post": problem.posts[one.post].id,
        "agreement": problem.agreements[one.agreement].id,
    }
    return {**names, "cost": one.cost, "fit": one.fit, "preference": one.preference}
