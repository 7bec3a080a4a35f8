"""A solution taken from its document: only one that belongs to the problem and holds every rule can be asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Problem
from optimizer.verify import verify


@dataclass(frozen=True, slots=True)
class Standing:
    """A verified solution of a problem: what was placed, and the value and proven bound of each tier."""

    index: Index
    made: Made
    status: str
    values: tuple[int, ...]
    bounds: tuple[int | None, ...]
    seed: int

    @property
    def problem(self) -> Problem:
        """The problem it answers."""
        return self.index.problem

    def post_of(self, volunteer: int) -> int | None:
        """Return the post at which the volunteer is placed."""
        return self.made.post_of.get(volunteer)

    def number_at(self, post: int) -> int:
        """Return how many are placed at the post."""
        return sum(one.post == post for one in self.made.placements)

    def proven(self, tier: int) -> bool:
        """Return whether this tier and all before it are at their proven best."""
        return all(self.bounds[k] == self.values[k] for k in range(tier + 1))


def stand(problem: Problem, solution: Any) -> Standing:
    """Return the solution in a document, checked against its problem.

    Raises:
        DocumentRefused: it answers another problem, breaks a rule, states a wrong figure, or holds no placements to ask about.
    """
    report = verify(problem.document, solution)
    if not report.ok:
        raise DocumentRefused(
            [
                DocumentError(
                    one.pointer, one.code, one.message, "Solve this problem again, and ask about that solution."
                )
                for one in report.findings
            ]
        )
    if solution["status"] not in {"optimal", "feasible"}:
        message = f"The status is {solution['status']!r}: there are no placements to compare or to ask about."
        remedy = "Read its conflict and relaxations, change the round, and solve it again."
        raise DocumentRefused([DocumentError("/status", "no-placements", message, remedy)])
    index = Index(problem)
    made = Made(index, index.triples(solution["placements"]))
    tiers = solution["tiers"]
    return Standing(
        index,
        made,
        solution["status"],
        tuple(tier["value"] for tier in tiers),
        tuple(tier["bound"] for tier in tiers),
        solution["seed"],
    )
