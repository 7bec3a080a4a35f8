"""The solver as its own pricing oracle: among the solutions that are best on the chosen tiers, the one with the heaviest people.

The problem is built once, on one person of each kind who stands for all of them: people of one kind can change places, so a solution is as
good as how many of each kind it places where. The chosen tiers are proven once and held; then only the weights change from question to
question, and each starts from the last answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from optimizer.engines.cpsat import CpSat, Run
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.formulation.assemble import assemble, expression_of
from optimizer.formulation.build import add_terms
from optimizer.formulation.model import Expression
from optimizer.index import Index
from optimizer.lottery.claims import Claim
from optimizer.lottery.kinds import Kind
from optimizer.problem import Problem
from optimizer.solve import Limits

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Priced:
    """A solution (volunteer, post, agreement by position), how many places it gives each claim, and how heavy any can be at most."""

    placements: tuple[Triple, ...]
    counts: tuple[int, ...]
    bound: int


class Oracle:
    """Answers for one problem and its first tiers; counts the questions."""

    def __init__(
        self, problem: Problem, kinds: Sequence[Kind], claims: Sequence[Claim], tiers: int, seed: int, limits: Limits
    ) -> None:
        """Prove the chosen tiers and hold them.

        Raises:
            DocumentRefused: there is no solution, or the limit came before the chosen tiers were proven.
        """
        self.kinds = kinds
        self.claims = claims
        self.limits = limits
        self.seed = seed
        self.asked = 0
        self._short = _narrowed(problem, kinds)
        self._build = assemble(Index(self._short), [kind.size for kind in kinds])
        self._engine = CpSat(self._build.model)
        self._columns = [[c for pair, c in self._build.pairs.items() if claim.holds(*pair)] for claim in claims]
        self.values = tuple(self._hold(position) for position in range(tiers))

    def _hold(self, position: int) -> int:
        tier = self._short.objective[position]
        expression = expression_of(tier, self._build)
        outcome = self._engine.maximise(expression, self._run())
        if outcome.status == "infeasible":
            raise _refused("infeasible", "The round has no solution.", "Ask gotong diagnose which rules clash.")
        if outcome.values is None or outcome.bound != outcome.value or outcome.value is None:
            raise _refused(
                "tiers-not-proven",
                "The limit came before the chosen tiers were proven, so it is not known which solutions are the best.",
                "Allow more time, or choose fewer tiers.",
            )
        self._engine.at_least(expression, outcome.value - tier.give(outcome.value))
        self._engine.hint(outcome.values)
        return outcome.value

    def _run(self) -> Run:
        return Run(self.limits.seconds, self.limits.work, self.seed, self.limits.workers)

    def heaviest(self, weights: Sequence[int], work: float | None = None) -> Priced:
        """Return the solution whose places weigh most; `weights` are of one place of each claim, `work` ends the search early."""
        self.asked += 1
        terms: dict[int, int] = {}
        for weight, columns in zip(weights, self._columns, strict=True):
            if weight:
                add_terms(terms, dict.fromkeys(columns, weight))
        run = self._run() if work is None else replace(self._run(), work=work)
        outcome = self._engine.maximise(Expression(terms), run)
        if outcome.values is None:
            raise _refused("nothing-found", "The limit came before any solution was found again.", "Allow more time.")
        self._engine.hint(outcome.values)
        most = sum(weight * claim.size for weight, claim in zip(weights, self.claims, strict=True))
        counts = tuple(sum(outcome.values[column] for column in columns) for columns in self._columns)
        bound = most if outcome.bound is None else min(outcome.bound, most)
        return Priced(tuple(self._placements(outcome.values)), counts, bound)

    def _placements(self, values: Sequence[int]) -> Iterator[Triple]:
        """Yield the placements; the members of a kind take its places in order, and a class's people its agreements."""
        waiting = [iter(kind.members) for kind in self.kinds]
        for one in self._build.classes:
            people = [
                person
                for kind in one.volunteers
                for person in islice(waiting[kind], values[self._build.pairs[kind, one.post]])
            ]
            payers = list(one.options) * len(people)
            if len(one.options) > 1:
                listed = sorted(one.options.items())
                payers = [payer for payer, terms in listed for column in terms for _ in range(values[column])]
            yield from ((person, one.post, payer) for person, payer in zip(people, payers, strict=True))


def _narrowed(problem: Problem, kinds: Sequence[Kind]) -> Problem:
    """Return the problem with the first person of each kind only, in the order of the kinds."""
    people = tuple(problem.volunteers[kind.members[0]] for kind in kinds)
    names = {one.id for one in people}
    return replace(
        problem,
        volunteers=people,
        pairs={pair: row for pair, row in problem.pairs.items() if pair[0] in names},
        previous=frozenset(pair for pair in problem.previous if pair[0] in names),
    )


def _refused(code: str, message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("/objective", code, message, remedy)])
