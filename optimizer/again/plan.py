"""A published round in which somebody drops out: what became free is filled, and as few as possible of those who stay have to move.

The published placements are the start. First everybody who stays keeps post and agreement, and an exact search gives what became free to
people who wait. Only where that is not lawful, or worse than what a search from scratch finds, may some of those who stay move: first
those who share most rules and money with what became free. In small rounds the fewest changes of all are proven on the whole formulation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from optimizer.again.exact import fewest_changes
from optimizer.again.leaving import Left, without_people
from optimizer.again.search import Search
from optimizer.again.table import Table, Triple
from optimizer.comparing.moves import Move
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.engine import ColumnEngine
from optimizer.engines.columns.polish import Choice
from optimizer.explaining.standing import Standing, stand
from optimizer.formulation.arrays import Arrays, Ints
from optimizer.index import Index
from optimizer.linear import NotSolvedError
from optimizer.made import Made
from optimizer.problem import Problem
from optimizer.relaxation import Relaxation
from optimizer.solve import SMALL, Limits, Solution, solve, tier_values, with_placements, without_placements

REFILL = 0.55
"""The part of the time in which everybody who stays keeps their place, where more may follow."""
LIMITS = Limits(seconds=2.0)
KEPT_BACK = 0.15
"""And the part kept back for the reasons and the document."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """What a search from scratch found in a given time: seconds, each tier's value (none: nothing found), and people it moves."""

    seconds: float
    values: tuple[int, ...]
    changes: int


@dataclass(frozen=True, slots=True)
class Again:
    """A round filled up again.

    Attributes:
        problem: the round without those who dropped out.
        solution: its solution.
        dropped: who dropped out; `pins`: the pins that were theirs.
        goals: how many goals come before keeping people where they are.
        values: each tier's value as published.
        moved: those who stay and have another post or none.
        repaid: those who keep the post under another agreement.
        new: who is placed from among those who waited.
        least: no lawful placement as good on the goals before moves fewer than so many; None where nothing is proven.
        scratch: what a search from scratch found, if it was asked for.
        seconds: how long it took, without that.
    """

    problem: Problem
    solution: Solution
    dropped: tuple[str, ...]
    pins: tuple[str, ...]
    goals: int
    values: tuple[int, ...]
    moved: tuple[Move, ...]
    repaid: tuple[Move, ...]
    new: tuple[Move, ...]
    least: int | None
    scratch: Scratch | None
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data, without the placements of those who keep theirs."""
        return {
            "status": self.solution.status,
            "dropped": list(self.dropped),
            "pins": list(self.pins),
            "goals": self.goals,
            "tiers": [
                {"before": before, "value": tier.value, "bound": tier.bound}
                for before, tier in zip(self.values, self.solution.tiers, strict=False)
            ],
            "changes": len(self.moved),
            "least": self.least,
            "moved": [asdict(one) for one in self.moved],
            "repaid": [asdict(one) for one in self.repaid],
            "new": [asdict(one) for one in self.new],
            "scratch": self.scratch
            and {"seconds": self.scratch.seconds, "tiers": list(self.scratch.values), "changes": self.scratch.changes},
            "seconds": round(self.seconds, 3),
        }


def again(
    problem: Problem,
    solution: Any,
    dropped: Collection[str],
    *,
    limits: Limits | None = None,
    goals: int = 1,
    check: float | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Again:
    """Return the round filled up again after some volunteers dropped out.

    Args:
        problem: the round.
        solution: its published solution, a document.
        dropped: who is gone, by identifier.
        limits: when to stop; two seconds by default.
        goals: so many tiers come before keeping people where they are.
        check: for so many seconds the round is also solved from scratch, and the outcome is never worse on those tiers.
        cancelled: asked now and then; once it returns True the best so far is returned.

    Raises:
        DocumentRefused: the solution does not belong to the problem or does not verify.
        QuestionRefused: the problem does not know one of those who dropped out, or nobody is named.
    """
    asked = _Again(stand(problem, solution), tuple(sorted(set(dropped))), limits or LIMITS, goals, cancelled)
    return asked.run(check)


@dataclass(slots=True)
class _Found:
    """The best so far: placements, values of all tiers, how many stay, and what is proven."""

    triples: list[Triple]
    values: list[int]
    kept: int
    least: int | None = None
    bounds: list[int | None] = field(default_factory=list)


class _Again:
    def __init__(
        self,
        standing: Standing,
        dropped: tuple[str, ...],
        limits: Limits,
        goals: int,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.started = self.searching = time.monotonic()
        self.before, self.dropped, self.limits = standing, dropped, limits
        self.left: Left = without_people(standing.problem, dropped)
        self.problem = self.left.problem
        self.goals = min(goals, len(self.problem.objective))
        self.cancelled = cancelled
        self.index = Index(self.problem)
        self.stay: list[Triple] = self._staying()
        self.posts_of = {person: post for person, post, _ in self.stay}
        self.impossible = False

    def _staying(self) -> list[Triple]:
        """Return the published placements of those who stay, by position in the new round."""
        known = self.before.problem.volunteers
        return [
            (self.index.volunteer[known[one.volunteer].id], one.post, one.agreement)
            for one in self.before.made.placements
            if known[one.volunteer].id in self.index.volunteer
        ]

    def run(self, check: float | None) -> Again:
        found = self._search(None)
        scratch, spent = None, 0.0
        if check is not None:
            began = time.monotonic()
            again = solve(
                self.problem, limits=Limits(seconds=check, workers=self.limits.workers), seed=self.before.seed
            )
            triples = self.index.triples(again.placements)
            scratch = Scratch(check, tuple(tier.value for tier in again.tiers), len(self.stay) - self._kept(triples))
            spent = time.monotonic() - began
            if triples:
                found = self._no_worse(found, triples, again)
        if found is None and check is None and not self.impossible:
            # Nothing near the published placements is lawful: any lawful ones are better than none.
            other = solve(self.problem, limits=self.limits, seed=self.before.seed, cancelled=self.cancelled)
            self.impossible = other.status == "infeasible"
            found = self._found(self.index.triples(other.placements)) if other.placements else None
        return self._answer(found, scratch, spent)

    # searching ---------------------------------------------------------------------------------------------------------------

    def _clock(self, share: float = 1.0) -> Clock:
        """Return a clock for a part of the time that is left."""
        limits = self.limits
        spent = time.monotonic() - self.searching
        seconds = None if limits.seconds is None else max(0.0, share * ((1 - KEPT_BACK) * limits.seconds - spent))
        return Clock(seconds, None, self.cancelled, workers=limits.workers)

    def _search(self, floor: list[int] | None) -> _Found | None:
        """Return the best found; with a `floor` under the goals before, with few moves among what is no worse."""
        small = Arrays(self.index).choices <= SMALL
        found = None
        if not ColumnEngine.obstacles(self.problem):
            found = self._by_columns(floor, REFILL if small else 1.0)
        if small and floor is None:
            found = self._by_whole(found)
        return found

    def _by_columns(self, floor: list[int] | None, share: float) -> _Found | None:
        order = list(range(len(self.problem.objective)))
        if floor is None:
            search = Search(Table(self.problem, self.stay), self._clock(share))
            choice = search.refilled(order)
            if choice is not None:
                return self._found(search.table.pool.triples(choice.columns.values()), least=0)
        table = Table(self.problem, self.stay)
        search = Search(table, self._clock(share))
        search.keep(floor or ())
        choice = search.moved([table.keeping, *order], self._freed())
        if choice is None:
            return None
        proven = self._least(search, choice, floor or ())
        return self._found(table.pool.triples(choice.columns.values()), least=proven)

    def _least(self, search: Search, choice: Choice, floor: Sequence[int]) -> int | None:
        """Return a proven bound on how few can move: from the relaxation that keeps most of them where they are."""
        table = search.table
        search.keep(floor)
        relaxation = Relaxation(table.pricing, table.pool, table.keeping, 1.0)
        relaxation.bring_in(np.fromiter(choice.columns.values(), dtype=np.int64))
        try:
            relaxation.solve(self._clock())
        except NotSolvedError:
            return None
        return None if relaxation.bound is None else max(0, len(self.stay) - relaxation.bound)

    def _by_whole(self, found: _Found | None) -> _Found | None:
        """Search the whole formulation: the best on the goals before, then the fewest changes, both proven where time allows."""
        begin = None if found is None else found.triples
        whole = fewest_changes(self.index, self.stay, begin, self.goals, self._clock(), self.before.seed)
        self.impossible = whole.impossible
        if whole.triples is None:
            return found
        other = self._found(whole.triples, whole.bounds)
        if found is not None and self._rank(found) > self._rank(other):
            other = found
            other.bounds = whole.bounds
        other.least = None if whole.kept is None else len(self.stay) - whole.kept
        return other

    def _no_worse(self, found: _Found | None, triples: list[Triple], scratch: Solution) -> _Found:
        """Return what is no worse than a solution from scratch on the goals before: found so, searched for, or that solution itself."""
        other = self._found(triples, [tier.bound for tier in scratch.tiers[: self.goals]])
        if found is not None and found.values[: self.goals] >= other.values[: self.goals]:
            found.bounds = found.bounds or other.bounds
            return found
        self.searching = time.monotonic()
        closer = self._search(other.values[: self.goals])
        if closer is None or self._rank(closer) < self._rank(other):
            return other
        closer.bounds = other.bounds
        return closer

    def _rank(self, found: _Found) -> tuple[list[int], int, list[int]]:
        return found.values[: self.goals], found.kept, found.values[self.goals :]

    def _found(self, triples: list[Triple], bounds: list[int | None] | None = None, least: int | None = None) -> _Found:
        values = tier_values(self.problem.objective, Made(self.index, triples))
        return _Found(sorted(triples), values, self._kept(triples), least, list(bounds or ()))

    def _kept(self, triples: list[Triple]) -> int:
        return sum(self.posts_of.get(person) == post for person, post, _ in triples)

    def _freed(self) -> Ints:
        """Return the posts of those who dropped out."""
        gone = [one.post for one in self.before.made.placements]
        people = [self.before.problem.volunteers[one.volunteer].id for one in self.before.made.placements]
        return np.array([p for p, name in zip(gone, people, strict=True) if name in self.dropped], dtype=np.int64)

    # the answer --------------------------------------------------------------------------------------------------------------

    def _answer(self, found: _Found | None, scratch: Scratch | None, spent: float) -> Again:
        moved: tuple[list[Move], ...] = ([], [], [])
        if found is None:
            status = "infeasible" if self.impossible else "unknown"
            solution = without_placements(self.problem, status, self.before.seed)
        else:
            solution = with_placements(Made(self.index, found.triples), self._bounds(found), self.before.seed)
            moved = self._moves(found.triples)
        seconds = time.monotonic() - self.started - spent
        return Again(
            self.problem,
            replace(solution, seconds=seconds),
            self.dropped,
            self.left.pins,
            self.goals,
            self.before.values,
            tuple(moved[0]),
            tuple(moved[1]),
            tuple(moved[2]),
            None if found is None else found.least,
            scratch,
            seconds,
        )

    def _bounds(self, found: _Found) -> list[int | None]:
        """Return the proven bounds of the first tiers: those found, or of the first one as published, if that still holds."""
        bounds: list[int | None] = list(found.bounds) or [None]
        published = self.before.bounds[0] if self.before.bounds and self.left.narrower else None
        known = [bound for bound in (bounds[0], published) if bound is not None]
        bounds[0] = max(min(known), found.values[0]) if known else None
        return bounds if found.values else []

    def _moves(self, triples: list[Triple]) -> tuple[list[Move], list[Move], list[Move]]:
        old = {person: (post, agreement) for person, post, agreement in self.stay}
        new = {person: (post, agreement) for person, post, agreement in triples}
        moved, repaid, fresh = [], [], []
        for person in sorted(old.keys() | new.keys()):
            before, after = old.get(person), new.get(person)
            if before == after:
                continue
            one = Move(self.problem.volunteers[person].id, *self._names(before, after))
            if before is None:
                fresh.append(one)
            elif after is not None and before[0] == after[0]:
                repaid.append(one)
            else:
                moved.append(one)
        return moved, repaid, fresh

    def _names(self, *places: tuple[int, int] | None) -> tuple[str | None, str | None, str | None, str | None]:
        problem = self.problem
        posts = [None if one is None else problem.posts[one[0]].id for one in places]
        payers = [None if one is None else problem.agreements[one[1]].id for one in places]
        return posts[0], posts[1], payers[0], payers[1]
