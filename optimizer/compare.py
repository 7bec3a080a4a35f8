"""Solutions side by side: tiers, figures by region, sponsor, group and tag, rules broken, and who moved and why.

They answer one problem, or problems that differ, such as what-if copies with other rules or budgets: each is checked against its own.
What they are measured by is then the objective of the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from optimizer.comparing.breakdown import Figures, broken_down
from optimizer.comparing.moves import SHARED, Chain, chains_between, has_moved, sides_of
from optimizer.comparing.wishing import Preferred, preferred
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.explaining.standing import Standing, stand
from optimizer.made import tiers_of
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
        shared: what of the gains comes from measures that are no sums over placements (penalty, fairness), and, where the problems
            differ, from people who stay where they are but count otherwise.
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
    """All solutions in the order given; `problem` is the first one's."""

    problem: Problem
    solutions: tuple[Compared, ...]

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready data."""
        return {"solutions": [_document(one) for one in self.solutions]}


def compare(
    problem: Problem, solutions: Mapping[str, Any], *, problems: Mapping[str, Problem] | None = None
) -> Comparison:
    """Return the solutions side by side; the first is what the others are compared with.

    Args:
        problem: What they answer.
        solutions: The documents by name.
        problems: By the same names, what those answer that do not answer `problem`; not for the first.

    Raises:
        DocumentRefused: one of them does not belong to its problem, does not verify, or has no placements.
    """
    standing: dict[str, Standing] = {}
    errors: list[DocumentError] = []
    for name, solution in solutions.items():
        try:
            standing[name] = stand((problems or {}).get(name, problem), solution)
        except DocumentRefused as refused:
            errors += [
                DocumentError(one.pointer, one.code, f"{name}: {one.message}", one.remedy) for one in refused.errors
            ]
    if errors:
        raise DocumentRefused(errors)
    first = next(iter(standing.values()))
    return Comparison(problem, tuple(_compared(name, one, first) for name, one in standing.items()))


def _compared(name: str, one: Standing, first: Standing) -> Compared:
    weights = [dict(tier.weights) for tier in first.problem.objective]
    measures, before = (side.made.measures(penalty_of(side.problem.policies, side.made)) for side in (one, first))
    gains = (new - old for new, old in zip(tiers_of(measures, weights), tiers_of(before, weights), strict=True))
    beside = {measure: measures[measure] - before[measure] for measure in SHARED} | _drift(first, one)
    soft = (policy for policy in one.problem.policies if policy.penalty is not None)
    return Compared(
        name,
        one.status,
        tuple(zip(one.values, one.bounds, strict=True)),
        measures,
        {policy.id: units for policy in soft if (units := violation(policy, one.made))},
        broken_down(one),
        tuple(gains),
        tuple(sum(weight * beside.get(measure, 0) for measure, weight in tier.items()) for tier in weights),
        tuple(chains_between(first, one)),
        preferred(first, one),
    )


def _drift(first: Standing, one: Standing) -> dict[str, int]:
    """Return by how much those who stay where they are count more in the other problem, measure by measure."""
    if one.problem is first.problem:
        return {}
    found: Counter[str] = Counter()
    for old, new in sides_of(first, one).values():
        if old is not None and new is not None and not has_moved((old, new)):
            found.update(new.worth())
            found.subtract(old.worth())
    return dict(found)


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
