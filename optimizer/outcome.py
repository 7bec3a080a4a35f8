"""Placements that come from elsewhere than a solve, as a solution document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.made import Made
from optimizer.problem import Problem
from optimizer.solve import with_placements, without_placements


def solution_document(made: Made, seed: int, bounds: Sequence[int | None] = ()) -> dict[str, Any]:
    """Return the placements in format placement-solution/1.

    Args:
        made: the placements.
        seed: what decided them.
        bounds: proven bounds of the first tiers; nothing is claimed of the others.
    """
    return with_placements(made, bounds, seed).document()


def nothing_found(problem: Problem, seed: int) -> dict[str, Any]:
    """Return the solution document of a search that found nothing in its limit, and proved nothing."""
    return without_placements(problem, "unknown", seed).document()
