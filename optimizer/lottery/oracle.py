"""The solver as its own pricing oracle: among the solutions that are best on the chosen tiers, the one with the heaviest people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.lottery.kinds import Kind
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.solve import Limits, Solution, solve


@dataclass(frozen=True, slots=True)
class Priced:
    """A solution, how many of each kind it places, and how heavy any solution can be at most."""

    solution: Solution
    counts: tuple[int, ...]
    bound: int


class Oracle:
    """Answers for one problem and its first tiers; counts the questions."""

    def __init__(self, problem: Problem, kinds: Sequence[Kind], tiers: int, seed: int, limits: Limits) -> None:
        self.problem = problem
        self.kinds = kinds
        self.tiers = tiers
        self.seed = seed
        self.limits = limits
        self.asked = 0
        self.values: tuple[int, ...] = ()
        self._kind_of = {
            problem.volunteers[person].id: number for number, kind in enumerate(kinds) for person in kind.members
        }
        self._listed = sorted(problem.document.get("volunteers") or (), key=lambda one: str(one["id"]))

    def heaviest(self, weights: Sequence[int]) -> Priced:
        """Return the solution whose people weigh most; `weights` are of one person of each kind.

        Raises:
            DocumentRefused: there is no solution, or the limit came before the chosen tiers were proven.
        """
        self.asked += 1
        people = [{**one, "weight": weights[self._kind_of[one["id"]]]} for one in self._listed]
        objective = [*(self.problem.document.get("objective") or ())[: self.tiers], {"chosen": 1}]
        found = solve(
            read_problem({**self.problem.document, "volunteers": people, "objective": objective}),
            limits=self.limits,
            seed=self.seed,
        )
        self._check(found)
        counts = [0] * len(self.kinds)
        for one in found.placements:
            counts[self._kind_of[one["volunteer"]]] += 1
        most = sum(weight * kind.size for weight, kind in zip(weights, self.kinds, strict=True))
        bound = found.tiers[-1].bound
        return Priced(found, tuple(counts), most if bound is None else min(bound, most))

    def _check(self, found: Solution) -> None:
        if found.status == "infeasible":
            named = ", ".join(f"{one['kind']} {one['id']}" for one in found.conflict or ())
            raise _refused(
                "infeasible", f"The round has no solution: {named} cannot hold together.", "Change the round."
            )
        tiers = list(zip(self.problem.objective, found.tiers, strict=False))[: self.tiers]
        proven = [tier.proven(reached.value, reached.bound, last=False) for tier, reached in tiers]
        if found.status == "unknown" or not all(proven):
            raise _refused(
                "tiers-not-proven",
                "The limit came before the chosen tiers were proven, so it is not known which solutions are the best.",
                "Allow more time, or choose fewer tiers.",
            )
        values = tuple(reached.bound or 0 for _, reached in tiers)
        if self.values and values != self.values:
            raise AssertionError(f"two proven optima of the same tiers differ: {self.values} and {values}")
        self.values = values


def _refused(code: str, message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("/objective", code, message, remedy)])


def placements_of(solution: Solution) -> list[dict[str, Any]]:
    """Return who is placed where under which agreement."""
    return [{name: one[name] for name in ("volunteer", "post", "agreement")} for one in solution.placements]
