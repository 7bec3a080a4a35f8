"""A round with some placements made already, as a program over the others: its relaxation with prices, and its best whole placements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from optimizer.diagnosing.columns import Bools, Ints
from optimizer.diagnosing.system import Line, System
from optimizer.linear import maximise
from optimizer.problem import Problem, Tier, Volunteer
from optimizer.rolling.worth import with_people, worth_of

Triple = tuple[str, str, str]
Reals: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What fractions of placements reach.

    Attributes:
        bound: the value, which whole placements never exceed.
        charged: what each open placement would have to pay for what it uses (seats, money, room under rules) at the duals' prices.
        parts: which part of each open placement is made.
    """

    bound: float
    charged: Reals
    parts: Reals


class Program:
    """The placements of `people` that may still be made beside those `placed`."""

    def __init__(self, problem: Problem, tier: Tier, placed: Iterable[Triple], people: Iterable[Volunteer]) -> None:
        """Build it; `problem` holds only rules that more people cannot mend (`keepable`)."""
        made = list(placed)
        names = {person for person, _, _ in made}
        before = (one for one in problem.volunteers if one.id in names)
        self.system = System(with_people(problem, (*before, *people)))
        self.columns, index = self.system.columns, self.system.index
        fixed = [
            self.columns.number_of(index.volunteer[person], index.post[post], index.agreement[agreement])
            for person, post, agreement in made
        ]
        free = np.ones(len(index.problem.volunteers), dtype=np.bool_)
        free[self.columns.person[fixed]] = False
        self.open = np.flatnonzero(free[self.columns.person])
        self.worth = worth_of(tier, self.columns)[self.open].astype(np.float64)
        self.done = int(worth_of(tier, self.columns)[fixed].sum())
        self._rows(fixed)

    def _rows(self, fixed: list[int]) -> None:
        position = np.full(len(self.columns), -1, dtype=np.int64)
        position[self.open] = np.arange(len(self.open))
        used = np.zeros(len(self.columns), dtype=np.int64)
        used[fixed] = 1
        self.lines: list[Line] = []
        row, column, amount, lower, upper = [], [], [], [], []
        for line in self.system.of(frozenset(self.system.tags)):
            at = position[line.columns]
            mine = np.flatnonzero(at >= 0)
            if not len(mine):
                continue
            gone = int((used[line.columns] * line.amounts).sum())
            row.append(np.full(len(mine), len(self.lines)))
            column.append(at[mine])
            amount.append(line.amounts[mine])
            lower.append(-np.inf if line.lower is None else line.lower - gone)
            upper.append(np.inf if line.upper is None else line.upper - gone)
            self.lines.append(line)
        people, person = np.unique(self.columns.person[self.open], return_inverse=True)
        row.append(len(self.lines) + person)
        column.append(np.arange(len(self.open)))
        amount.append(np.ones(len(self.open), dtype=np.int64))
        self._lower = np.array([*lower, *[-np.inf] * len(people)])
        self._upper = np.array([*upper, *[1.0] * len(people)])
        shape = len(self._upper), len(self.open)
        entries = np.concatenate(amount).astype(np.float64)
        self.matrix = csr_array((entries, (np.concatenate(row), np.concatenate(column))), shape=shape)

    def relaxed(self) -> Relaxed:
        """Return the relaxation's value, prices and placements.

        Raises:
            NotSolvedError: the engine gave up.
        """
        if not len(self.open):
            return Relaxed(float(self.done), np.zeros(0), np.zeros(0))
        found = maximise(self.worth, self.matrix, self._lower, self._upper)
        shared = len(self.lines)  # what only the person pays (being placed once) is no price
        charged = self.matrix[:shared].T @ found.duals[:shared]
        return Relaxed(self.done + found.value, np.asarray(charged), found.parts)

    def of(self, people: Iterable[Volunteer]) -> Bools:
        """Return which open placements are those of some people; always in the same order, whoever else is there."""
        index = self.system.index
        mine = np.zeros(len(index.problem.volunteers), dtype=np.bool_)
        mine[[index.volunteer[one.id] for one in people]] = True
        found: Bools = mine[self.columns.person[self.open]]
        return found

    def best(self, more: Reals | None = None) -> list[Triple]:
        """Return the placements that are worth the most, with `more` (or less) for each open one.

        Raises:
            NotSolvedError: the engine gave up.
        """
        worth = self.worth if more is None else self.worth + more
        if not len(self.open) or worth.max() <= 0:
            return []
        found = maximise(worth, self.matrix, self._lower, self._upper, whole=True)
        return self._named(self.open[found.parts > 0.5])

    def _named(self, columns: Ints) -> list[Triple]:
        problem = self.system.problem
        return [
            (problem.volunteers[person].id, problem.posts[post].id, problem.agreements[agreement].id)
            for person, post, agreement in self.columns.triples(columns)
        ]
