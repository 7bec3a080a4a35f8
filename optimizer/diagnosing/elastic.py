"""How far some rules are from holding together, by linear programming over all placements, and a proof in integers where they cannot.

Every row may give way at a price; the least total is found on a part of the placements, to which those that would help at the present
prices are added until none does (sifting). If the least is not zero, the prices are rounded to integers and checked exactly over all
placements (Farkas): everyone's best placement together cannot reach what the rows ask. How the prices were found does not matter then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from optimizer.diagnosing.columns import Bools, Ints
from optimizer.diagnosing.system import Line, System
from optimizer.formulation.model import STRUCTURE, Tag
from optimizer.linear import quiet_highs

Reals = npt.NDArray[np.float64]
SMALL = 1e-7
EXACT = 2.0**51
FIRST, MORE = 8, 3
CHEAP = 1e-3
INFINITY = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What the linear program says.

    Attributes:
        clash: the tags of a set that is proven not to hold together; None where the program can be met or the proof does not stand.
        met: whether all rows can be met by fractions of placements.
        values: the value of each placement in the last solution.
        reduced: what each placement would add at the last prices; `inside` says which of them took part.
    """

    clash: frozenset[Tag] | None
    met: bool
    values: Reals
    reduced: Reals
    inside: Bools


class Matrix:
    """The rows of some tags over all placements, by entry."""

    def __init__(self, system: System, tags: Iterable[Tag], goals: Iterable[Line] = ()) -> None:
        self.system = system
        aims = list(goals)
        self.goals = {id(line) for line in aims}
        self.lines: list[Line] = [*system.of(frozenset(tags)), *aims]
        length = np.array([len(line.columns) for line in self.lines], dtype=np.int64)
        self.ends = np.concatenate([[0], np.cumsum(length)])
        self.column = np.concatenate([*(line.columns for line in self.lines), np.zeros(0, dtype=np.int64)])
        self.amount = np.concatenate([*(line.amounts for line in self.lines), np.zeros(0, dtype=np.int64)]).astype(
            np.float64
        )
        self.row = np.repeat(np.arange(len(self.lines), dtype=np.int32), length)
        self.number = {STRUCTURE: 0}
        for line in self.lines:
            self.number.setdefault(line.tag, len(self.number))
        used = sorted({extra for line in self.lines for extra in line.extras})
        self.extra = {extra: position for position, extra in enumerate(used)}

    def priced(self, prices: Reals, *, absolute: bool = False) -> Reals:
        """Return Σ price × amount (or its absolute value) of every placement."""
        worth = np.zeros(len(self.system.columns))
        for number in np.flatnonzero(prices):
            line = self.lines[number]
            part = slice(self.ends[number], self.ends[number + 1])
            amount = np.abs(self.amount[part]) if absolute else self.amount[part]
            worth[line.columns] += prices[number] * amount
        return worth

    def proof(self, prices: Reals) -> frozenset[Tag] | None:
        """Return tags that these prices prove not to hold together, as few as the prices allow; None where they prove nothing."""
        if not self.contradicts(prices):
            return None
        tags = np.array([self.number[line.tag] for line in self.lines], dtype=np.int64)
        weight = np.bincount(tags, weights=np.abs(prices), minlength=len(self.number))
        kept = prices.copy()
        for number in np.argsort(weight, kind="stable"):
            if number and weight[number]:  # 0: seats and resources, which always hold
                without = np.where(tags == number, 0.0, kept)
                if self.contradicts(without):
                    kept = without
        named = {int(number) for number in np.unique(tags[kept != 0])}
        return frozenset(tag for tag, number in self.number.items() if number in named and number)

    def contradicts(self, prices: Reals) -> bool:
        """Return whether these prices, as integers, prove that no placements meet the rows."""
        size = float(self.priced(np.abs(prices), absolute=True).max(initial=0.0))
        scale = 2.0 ** np.floor(np.log2(EXACT / max(1.0, size)))
        whole = np.rint(prices * min(scale, 2.0**40))
        if float(self.priced(np.abs(whole), absolute=True).max(initial=0.0)) > 2 * EXACT:
            return False
        asked = 0
        extras = [0] * len(self.extra)
        for number in np.flatnonzero(whole):
            line, price = self.lines[number], int(whole[number])
            limit = line.lower if price > 0 else line.upper
            if limit is None:
                whole[number] = 0.0
                continue
            asked += price * limit
            for extra, amount in line.extras.items():
                extras[self.extra[extra]] += price * amount
        # All terms and sums are whole numbers below 2^53, so these floats are exact.
        worth = self.priced(whole)
        best = np.zeros(len(self.system.problem.volunteers))
        np.maximum.at(best, self.system.columns.person, worth)
        return sum(map(int, best)) + sum(max(0, one) for one in extras) < asked


class Elastic:
    """The linear program on a part of the placements."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix, self.system = matrix, matrix.system
        self.people = len(self.system.problem.volunteers)
        self.inside: Bools = np.zeros(len(self.system.columns), dtype=np.bool_)
        self.order: Ints = np.zeros(0, dtype=np.int64)
        self.solver = quiet_highs()
        lines = matrix.lines
        count = len(lines) + self.people
        lower = [-INFINITY if line.lower is None else float(line.lower) for line in lines] + [-INFINITY] * self.people
        upper = [INFINITY if line.upper is None else float(line.upper) for line in lines] + [1.0] * self.people
        nothing = np.zeros(0, dtype=np.int32)
        self.solver.addRows(count, np.array(lower), np.array(upper), 0, np.zeros(count, np.int32), nothing, np.zeros(0))
        self.before = 0
        for extra in matrix.extra:
            rows = [(i, line.extras[extra]) for i, line in enumerate(lines) if extra in line.extras]
            self._column(0.0, 1.0, rows)
        self.slacks: list[int] = []
        self._slacks()

    def _column(self, cost: float, upper: float, entries: list[tuple[int, int]]) -> None:
        rows = np.array([row for row, _ in entries], dtype=np.int32)
        self.solver.addCol(cost, 0.0, upper, len(rows), rows, np.array([float(a) for _, a in entries]))
        self.before += 1

    def _slacks(self) -> None:
        for number, line in enumerate(self.matrix.lines):
            if line.tag == STRUCTURE:
                continue
            goal = id(line) in self.matrix.goals
            price = (CHEAP if goal else 1.0) / max(1, int(np.abs(line.amounts).max(initial=1)))
            for limit, sign in ((line.lower, 1), (line.upper, -1)):
                if limit is not None:
                    if not goal:
                        self.slacks.append(self.before)
                    self._column(price, INFINITY, [(number, sign)])

    def include(self, chosen: Ints) -> None:
        """Add placements (those not there yet)."""
        new = np.unique(chosen)
        new = new[~self.inside[new]]
        if not len(new):
            return
        self.inside[new] = True
        matrix = self.matrix
        place = np.full(len(self.inside), -1, dtype=np.int64)
        place[new] = np.arange(len(new))
        of = place[matrix.column]
        mine = np.flatnonzero(of >= 0)
        column = np.concatenate([of[mine], np.arange(len(new))])
        row = np.concatenate([matrix.row[mine], len(matrix.lines) + self.system.columns.person[new]])
        amount = np.concatenate([matrix.amount[mine], np.ones(len(new))])
        by = np.argsort(column, kind="stable")
        start = np.searchsorted(column[by], np.arange(len(new))).astype(np.int32)
        low, high = np.zeros(len(new)), np.full(len(new), INFINITY)
        self.solver.addCols(len(new), low, low, high, len(by), start, row[by].astype(np.int32), amount[by])
        self.order = np.concatenate([self.order, new])

    def run(
        self, late: Callable[[], bool] | None = None, enough: Callable[[Reals], bool] | None = None
    ) -> tuple[Reals, Reals, float] | None:
        """Minimise until no placement outside would help, or the prices are `enough`.

        Returns:
            The prices of the rows, the reduced costs of all placements and the least value; None where the program cannot be solved.
        """
        while True:
            self.solver.run()
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            dual = np.array(self.solver.getSolution().row_dual)
            prices = dual[: len(self.matrix.lines)]
            person = dual[len(self.matrix.lines) :]
            reduced = -self.matrix.priced(prices) - person[self.system.columns.person]
            chosen = self._best(reduced)
            least = float(self.solver.getInfo().objective_function_value)
            stop = not len(chosen) or (late is not None and late())
            if stop or (enough is not None and least > SMALL and enough(prices)):
                return prices, reduced, least
            self.include(chosen)

    def _best(self, reduced: Reals) -> Ints:
        """Return the placements outside that help most: some for every person and every post."""
        good = np.flatnonzero((reduced < -SMALL) & ~self.inside)
        if not len(good):
            return good
        picked = []
        for key in (self.system.columns.person[good], self.system.columns.post[good]):
            order = np.lexsort((reduced[good], key))
            rank = np.arange(len(order)) - np.searchsorted(key[order], key[order], side="left")
            picked.append(good[order[rank < MORE]])
        return np.concatenate(picked)

    def given(self) -> float:
        """Return how much the rows give way that are no goals."""
        return float(np.array(self.solver.getSolution().col_value)[self.slacks].sum())

    def values(self) -> Reals:
        """Return the value of every placement."""
        found = np.zeros(len(self.inside))
        found[self.order] = np.array(self.solver.getSolution().col_value)[self.before :]
        return found


def relaxed(
    system: System,
    tags: Iterable[Tag],
    late: Callable[[], bool] | None = None,
    start: Ints | None = None,
    goals: Iterable[Line] = (),
) -> Relaxed | None:
    """Return what the linear program says of some tags, or None where it does not end in time.

    Args:
        system: all rows.
        tags: those that are to be met.
        late: whether time is over.
        start: placements to begin with.
        goals: rows that are to be met as well as the others allow.
    """
    matrix = Matrix(system, tags, goals)
    program = Elastic(matrix)
    program.include(sample(system, matrix))
    if start is not None:
        program.include(start)
    found = program.run(late, None if matrix.goals else matrix.contradicts)
    if found is None:
        return None
    prices, reduced, least = found
    given = program.given()
    clash = matrix.proof(prices) if least > SMALL and not matrix.goals else None
    return Relaxed(clash, given <= SMALL, program.values(), reduced, program.inside)


def sample(system: System, matrix: Matrix) -> Ints:
    """Return placements to begin with: a few of every post, spread over its people, and all of rows that name few."""
    start, size = system.columns.start[:-1], np.diff(system.columns.start)
    parts = [start + (size * number) // FIRST for number in range(FIRST)]
    chosen = np.concatenate([part[size > 0] for part in parts])
    named = [line.columns for line in matrix.lines if line.tag != STRUCTURE and len(line.columns) <= 4 * FIRST]
    return np.unique(np.concatenate([chosen, *named]))
