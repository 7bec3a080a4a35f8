"""A solution document around given placements: how a peer's placements, or planted ones, come before the verifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from optimizer import Problem, digest
from optimizer.index import Index
from optimizer.made import Made
from optimizer.reasons import Reasons
from optimizer.solve import tier_values

Document = dict[str, Any]
Triples = Iterable[tuple[str, str, str]]


def answer(
    problem: Problem, triples: Triples, bounds: Sequence[int | None] | None = None, seconds: float = 0
) -> Document:
    """Return the placements (volunteer, post, agreement) as a solution document with every figure, list and reason."""
    index = Index(problem)
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in triples])
    values = tier_values(problem.objective, made)
    known = bounds if bounds is not None else [None] * len(values)
    tiers = [{"value": value, "bound": bound} for value, bound in zip(values, known, strict=True)]
    reasons = Reasons(made)
    proven = all(
        bound is not None and bound - value <= (0 if place == len(values) - 1 else goal.give(bound))
        for place, (value, bound, goal) in enumerate(zip(values, known, problem.objective, strict=True))
    )
    return {
        "format": "placement-solution/1",
        "problem": digest(problem.document),
        "status": "optimal" if proven else "feasible",
        "tiers": tiers,
        "placements": [
            {
                "volunteer": problem.volunteers[one.volunteer].id,
                "post": problem.posts[one.post].id,
                "agreement": problem.agreements[one.agreement].id,
                "cost": one.cost,
                "fit": one.fit,
                "preference": one.preference,
            }
            for one in made.placements
        ],
        "unplaced": list(reasons.unplaced()),
        "unfilled": list(reasons.unfilled()),
        "conflict": None,
        "relaxations": [],
        "seed": 0,
        "seconds": seconds,
    }
