"""Solutions of one problem side by side: tiers, figures by region, sponsor, group and tag, rules broken, and who moved and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from optimizer.comparing.breakdown import Figures, broken_down
from optimizer.comparing.moves import SHARED, Chain, chains_between
from optimizer.comparing.wishing import Preferred, preferred
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.explaining.standing import Standing, stand
from optimizer.problem import Problem
from optimizer.rules import penalty_of, violation

__all__ = ["Compared", "Comparison", "compare"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One solution's side; everything about moves is relative to the first solution.

    Attributes:
        name: what the solution is called.
        status: `optimal` or `feasible`.
        tiers: value and bound of each tier.
        measures: every measure of the contract.
        broken: soft policies that are broken, with the units.
        by: figures by region, sponsor, group and tag.
        gains: by how much each tier is more than in the first solution.
        shared: what of the gains comes from measures that are no sums over placements (penalty, fairness).
        chains: who moved, and for the sake of which tier.
        wishes: who prefers this solution, and who the first, by their own wishes.
    """

    name: str
    status: str
    tiers: tuple[tuple[int, int | None], ...]
    measures: Mapping[str, int]
    broken: Mapping[str, int]
    by: Mapping[str, Mapping[str, Figures]]
    gains: tuple[int, ...]
    shared: tuple[int, ...]
    chains: tuple[Chain, ...]
    wishes: Preferred

    @property
    def moved(self) -> int:
        """How many volunteers are placed differently."""
        return sum(len(chain.moves) for chain in self.chains)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All solutions in the order given."""

    problem: Problem
    solutions: tuple[Compared, ...]

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return {"solutions": [_document(one) for one in self.solutions]}


def compare(problem: Problem, solutions: Mapping[str, Any]) -> Comparison:
    """Return the solutions (documents by name) side by side; the first is what the others are compared with.

    Raises:
        DocumentRefused: one of them does not belong to the problem, does not verify, or has no placements.
    """
    standing: dict[str, Standing] = {}
    errors: list[DocumentError] = []
    for name, solution in solutions.items():
        try:
            standing[name] = stand(problem, solution)
        except DocumentRefused as refused:
            errors += [
                DocumentError(one.pointer, one.code, f"{name}: {one.message}", one.remedy) for one in refused.errors
            ]
    if errors:
        raise DocumentRefused(errors)
    first = next(iter(standing.values()))
    return Comparison(problem, tuple(_compared(name, one, first) for name, one in standing.items()))


def _compared(name: str, one: Standing, first: Standing) -> Compared:
    problem = one.problem
    measures, before = (side.made.measures(penalty_of(problem.policies, side.made)) for side in (one, first))
    shared = tuple(
        sum(weight * (measures[m] - before[m]) for m, weight in tier.weights.items() if m in SHARED)
        for tier in problem.objective
    )
    soft = (policy for policy in problem.policies if policy.penalty is not None)
    return Compared(
        name,
        one.status,
        tuple(zip(one.values, one.bounds, strict=True)),
        measures,
        {policy.id: units for policy in soft if (units := violation(policy, one.made))},
        broken_down(one),
        tuple(value - old for value, old in zip(one.values, first.values, strict=True)),
        shared,
        tuple(chains_between(first, one)),
        preferred(first, one),
    )


def _document(one: Compared) -> dict[str, Any]:
    return {
        "name": one.name,
        "status": one.status,
        "tiers": [{"value": value, "bound": bound} for value, bound in one.tiers],
        "measures": dict(one.measures),
        "broken": dict(one.broken),
        "by": {by: {name: dict(figures) for name, figures in rows.items()} for by, rows in one.by.items()},
        "gains": list(one.gains),
        "shared": list(one.shared),
        "moved": one.moved,
        "chains": [asdict(chain) for chain in one.chains],
        "wishes": asdict(one.wishes),
    }
