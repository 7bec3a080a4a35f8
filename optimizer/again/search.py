"""Exact searches over the columns of a table: who takes what became free, and who of those who stay would have to move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from optimizer.again.table import NOTHING, Table
from optimizer.engines.columns.board import STRICT, Board, Goal
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.ground import COOL, MOVES
from optimizer.engines.columns.polish import Allowance, Choice, Polish
from optimizer.formulation.arrays import Bools, Ints

NODES = 100_000
FREED = (12, 40, 120)
"""So many of those who stay may move in the first, second, … attempt: first those who share most with what became free."""
LATER, STAYING, TRIES = 0.01, 100.0, 4
"""In the quick start: what a later tier counts beside the one before it, what a stay counts, and how often it is mended."""
SHARE = 0.6
"""The part of the time left that one search may take; the later ones need some too."""


class Search:
    """Searches for one table; what was reached is held from search to search.

    Attributes:
        exact: whether every search so far proved its best among the columns that it was given.
    """

    def __init__(self, table: Table, clock: Clock) -> None:
        self.table, self.clock = table, clock
        self.tiers = len(table.arrays.problem.objective)
        self.holds: list[int | None] = [None] * self.tiers
        self.exact = True

    def hold(self, tier: int, least: int) -> None:
        """Keep a tier at a value or more from now on."""
        rows = self.table.pricing.rows
        self.holds[tier] = least
        self.table.pricing.hold(rows.tiers[tier], least - rows.constants[tier])

    def keep(self, holds: Sequence[int | None]) -> None:
        """Hold the first tiers at these values (None: not at all), and nothing else."""
        rows = self.table.pricing.rows
        for tier in range(self.tiers):
            self.holds[tier] = None
            self.table.pricing.no_lower[rows.tiers[tier]] = True
        for tier, least in enumerate(holds):
            if least is not None:
                self.hold(tier, least)

    def best(self, columns: Ints, order: Sequence[int], start: dict[int, int]) -> Choice | None:
        """Return the best found by giving the agents of some columns one of them, tier after tier in an order; all others keep theirs.

        Args:
            columns: of the pool.
            order: the tiers, most important first; each is held once it is maximised.
            start: a column for each agent to begin from; it need not be lawful.

        Returns:
            the choice; None where nothing lawful was found.
        """
        free = np.unique(self.table.pool.agent[columns])
        kept = {agent: column for agent, column in start.items() if agent not in set(free.tolist())}
        found = _Exact(self.table.pool, self.table.limits, order[0], self.holds).choice(start)
        for place, tier in enumerate(order):
            exact = _Exact(self.table.pool, self.table.limits, tier, self.holds)
            left = self.clock.left() * (SHARE if place < len(order) - 1 else 1.0)
            if found is not None and left <= 0:
                self.exact = False
                break
            now = start if found is None else found.columns
            begin = [column for agent, column in now.items() if agent not in kept]
            chosen = exact.take(kept, columns, begin, Allowance(max(left, 0.1), NODES, self.clock.cancelled))
            self.exact = self.exact and exact.exact
            if chosen is not None and (found is None or chosen.values[tier] > found.values[tier]):
                found = chosen
            if found is None:
                return None
            objective = self.table.arrays.problem.objective
            self.hold(tier, found.values[tier] - objective[tier].give(found.values[tier]))
        return found

    # who may move ------------------------------------------------------------------------------------------------------------

    def refilled(self, order: Sequence[int]) -> Choice | None:
        """Return the best found with everybody who has a place where they are; None where that is not lawful."""
        table = self.table
        before = len(table.pool)
        seats, money = table.seats_left(table.start.values()), table.money_left(table.start.values())
        waiting = self._waiting()
        table.add(waiting, np.flatnonzero(seats > 0), money)
        table.add_teams(waiting, seats, money)
        columns = np.arange(before, len(table.pool))
        return self.best(columns, order, self._quick(columns, order))

    def _quick(self, columns: Ints, order: Sequence[int]) -> dict[int, int]:
        """Return a lawful start, found by filling in what is worth most and mending what is broken; the given one where that fails."""
        pool, rows, start = self.table.pool, self.table.pricing.rows, self.table.start
        ids = np.union1d(columns, np.fromiter(start.values(), dtype=np.int64))
        weights = [0.0] * len(rows.tiers)
        for place, tier in enumerate(order):
            weights[tier] = LATER**place / (pool.usual(rows.tiers[tier]) or 1.0)
        # Whoever has a place is let go last of all.
        weights[self.table.keeping] = STAYING
        nothing = np.zeros(len(rows.lower))
        goal = Goal(weights, [*self.holds], [0.0] * len(rows.tiers), nothing, 1.0)
        board = Board(self.table.limits, pool, ids, goal, 0, 0.0, STRICT)
        board.start(start)
        board.fill(np.zeros(0))
        board.mend(MOVES, COOL, COOL, 1.0, TRIES, lambda: False)
        return board.columns() if board.lawful else start

    def moved(self, order: Sequence[int], posts: Ints) -> Choice | None:
        """Return the best found with few of those who have a place free to move; `posts` are where places became free."""
        ranked = self._related(posts)
        for number in FREED:
            if self.clock.over():
                break
            found = self._with_free(ranked[:number], order)
            if found is not None or number >= len(ranked):
                return found
        return None

    def _with_free(self, agents: Ints, order: Sequence[int]) -> Choice | None:
        table = self.table
        kept = [column for agent, column in table.start.items() if agent not in set(agents.tolist())]
        seats, money = table.seats_left(kept), table.money_left(kept)
        people = self._waiting()
        free = np.zeros(table.pool.agents, dtype=np.bool_)
        free[agents] = True
        for column in (table.start[agent] for agent in agents.tolist()):
            people[[person for person, _ in table.pool.keys(column)]] = True
        table.add(people, np.flatnonzero(seats > 0), money)
        table.add_teams(people, seats, money)
        for agent in np.flatnonzero(people):
            free[agent if table.pool.team_of[agent] < 0 else table.arrays.people + table.pool.team_of[agent]] = True
        held = list(self.holds)
        columns = table.open_columns(free, seats)
        found = self.best(columns, order, self._quick(columns, order))
        if found is None:
            self.keep(held)
        return found

    def _waiting(self) -> Bools:
        waiting = np.ones(self.table.arrays.people, dtype=np.bool_)
        waiting[[person for person, _, _ in self.table.standing]] = False
        return waiting

    def _related(self, posts: Ints) -> Ints:
        """Return the agents with places, those first who share most rows with placements at the posts; a rare row says more."""
        pool, rows = self.table.pool, self.table.pricing.rows
        columns = np.array(list(self.table.start.values()), dtype=np.int64)
        touched = np.zeros(len(rows.lower), dtype=np.bool_)
        there = np.zeros(self.table.arrays.posts, dtype=np.bool_)
        there[posts] = True
        touched[_rows_of(pool.ptr, pool.row, self.table.at(there))] = True
        touched[rows.tiers] = False
        each = [_rows_of(pool.ptr, pool.row, [column]) for column in columns.tolist()]
        often = np.bincount(np.concatenate([*each, NOTHING]), minlength=len(rows.lower))
        weight = np.where(touched, 1.0 / np.maximum(often, 1), 0.0)
        share = np.array([weight[one].sum() for one in each])
        return pool.agent[columns[np.argsort(-share, kind="stable")]].astype(np.int64)


class _Exact(Polish):
    """A search that may begin from placements that break a rule."""

    def take(self, kept: dict[int, int], columns: Ints, start: Iterable[int], allowance: Allowance) -> Choice | None:
        """Return the best found with some of the columns beside those kept; None where nothing lawful was found."""
        rest = self.pool.activity(kept.values())
        begin = np.intersect1d(columns, np.fromiter(start, dtype=np.int64))
        present = self.limits.extras(rest + self.pool.activity(begin.tolist()))
        if not len(columns):
            self.exact = True
            return self.choice(kept)
        taken = self._solve(columns, begin, rest, present, allowance)
        if taken is None:
            return None
        agents = self.pool.agent[columns[taken]].tolist()
        return self.choice(kept | dict(zip(agents, columns[taken].tolist(), strict=True)))


def _rows_of(ptr: Ints, row: Ints, columns: Iterable[int]) -> Ints:
    return np.concatenate([*(row[ptr[column] : ptr[column + 1]] for column in columns), NOTHING]).astype(np.int64)
