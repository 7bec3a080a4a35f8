"""A solution document around given placements: how a peer's placements, or planted ones, come before the verifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from optimizer import Problem, Solution, digest
from optimizer.index import Index
from optimizer.made import Made
from optimizer.reasons import Reasons
from optimizer.solve import TierResult, tier_values

Document = dict[str, Any]
Triples = Iterable[tuple[str, str, str]]


def answer(problem: Problem, triples: Triples, bounds: Sequence[int | None] | None = None) -> Document:
    """Return the placements (volunteer, post, agreement) as a solution document with every figure, list and reason."""
    index = Index(problem)
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in triples])
    values = tier_values(problem.objective, made)
    known = bounds if bounds is not None else [None] * len(values)
    tiers = tuple(TierResult(value, bound) for value, bound in zip(values, known, strict=True))
    proven = all(
        goal.proven(tier.value, tier.bound, last=place == len(tiers) - 1)
        for place, (tier, goal) in enumerate(zip(tiers, problem.objective, strict=True))
    )
    reasons = Reasons(made)
    placements = tuple(
        {
            "volunteer": problem.volunteers[one.volunteer].id,
            "post": problem.posts[one.post].id,
            "agreement": problem.agreements[one.agreement].id,
            "cost": one.cost,
            "fit": one.fit,
            "preference": one.preference,
        }
        for one in made.placements
    )
    return Solution(
        "optimal" if proven else "feasible",
        digest(problem.document),
        tiers,
        placements,
        reasons.unplaced(),
        reasons.unfilled(),
        None,
        (),
        0,
        0.0,
    ).document()
