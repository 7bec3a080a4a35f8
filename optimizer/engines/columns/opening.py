"""How the search for a tier begins: first prices and columns, a plan of the seats, people on them, and a first lawful filling."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optimizer.engines.columns.ascent import LOOK, UNIT, Start, seeds
from optimizer.engines.columns.board import FIRM, STRICT, Board
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.ground import COOL, ENTRY, FAR, GOOD, GROWTH, HOT, MOVE, MOVES, REACH, Ground
from optimizer.engines.columns.seats import SeatSide
from optimizer.formulation.arrays import Ints, Reals

if TYPE_CHECKING:
    from optimizer.engines.columns.engine import ColumnEngine

SEEDS = 8
"""Random placements for each seat from which the first prices come."""
NEAR, FIRST_COLUMNS, FIRST_WAYS = 0.05, (8, 6), 8
"""How near to the best the first columns are, how many for each post and person, and ways to pay each."""
URGENT = 10.0
"""What counts in a row that must be filled and that no column fills yet, in usual placements."""
EARLY, EARLY_MOVES, EARLY_HEAT = 5, 10, 0.005
"""How often a first filling that is to break no limit is mended, with how many moves for each placement, and how hot."""
FORCED = 32
"""A row that must be filled and that so few columns can fill is filled before anything else."""
ALIKE = 0.1
"""People are alike where what they are worth beyond their seats is no more than this part of the bound."""
PLANS, PLAYS = 2, 12
"""How often the seats are planned, with what the people on them cost, and how many parts each plan's annealing has."""


class Opening(Ground):
    """The first prices, columns and placements of a tier."""

    def __init__(self, engine: ColumnEngine, position: int, clock: Clock) -> None:
        super().__init__(engine, position, clock)
        self.planned: dict[int, int] = {}

    def _look(self) -> None:
        """Take everyone's best placements before there are prices, and whatever counts where something must be and nothing is yet."""
        nothing, pool = np.zeros(len(self.rows.lower)), self.pool
        exact = self.pricing.prices(nothing, self.row)
        found = self.pricing.look(exact, np.zeros(pool.agents), 6)
        self._bounded(found.bound)
        pool.add_found(found, exact)
        counted = np.zeros(len(nothing), dtype=np.bool_)
        counted[pool.row[pool.amount > 0]] = True
        wanting = ~counted & self.pricing.demanded()
        if wanting.any():
            # A pin of somebody who is placed together with others, for example: only a look at prices finds the team's columns.
            exact = self.pricing.prices(np.where(wanting, URGENT * self.typical, 0.0), self.row)
            pool.add_found(self.pricing.look(exact, np.full(pool.agents, self.typical), 2), exact)

    def _first(self) -> Start:
        """Return the first prices: those of the seats' side, if they bound better than none.

        On the way columns are laid out, and people are put on the seats that the seats' side would fill.
        """
        pool, pricing = self.pool, self.pricing
        fair = seeds(pricing, SEEDS if self.small else SEEDS // 2, self.engine.random)
        start = self._plan()
        if start is None:
            pool.add(*fair)
            return Start(np.zeros(len(self.rows.lower)), HOT, REACH, FAR)
        exact = self._blended(self._goal(start))
        best = self._best_at(exact)
        pool.add(fair[0][::2], fair[1][::2])
        pool.add(
            *pricing.paid_well(
                exact, fair[0][1::2], fair[1][1::2], NEAR * self.typical, FIRST_WAYS if self.small else FIRST_WAYS // 2
            )
        )
        pool.add_found(pricing.around(exact, best - NEAR * self.typical, *FIRST_COLUMNS), exact)
        self.clock.done += 3 * LOOK * pricing.pairs * UNIT
        return Start(start, *GOOD, bound=self.bound)

    def _plan(self) -> Reals | None:
        """Return the seats' prices that bound best, and plan who sits where.

        None if no prices at all bound as well, or if people are not alike in this tier: then it matters who comes.
        """
        engine, pricing, arrays = self.engine, self.pricing, self.engine.arrays
        start: Reals | None = None
        way: Reals | None = None
        near: Ints | None = None
        seats = arrays.seats
        for number in range(PLANS):
            side = SeatSide(pricing, self.row, self.typical, way, seats, near)
            prices = side.descend(self.engine.clock.over, start)
            exact = pricing.prices(prices, self.row)
            found = pricing.look(exact)
            alike = float(found.best.sum()) / exact.scale <= ALIKE * abs(found.bound)
            if (start is not None or alike) and (self.bound is None or found.bound < self.bound):
                start = prices
                self._bounded(found.bound)
            if start is None:
                return None
            near = side.option[side.near]
            options = side.plan(engine.limits, prices, engine.seed, PLAYS // (PLANS - number), engine.clock.over)
            exact = self._blended(self._goal(prices))
            person = pricing.scanner.seat(pricing.plan.tables(exact.value), options, ~pricing.teams.single)
            self.clock.done += side.work * UNIT + 2 * LOOK * pricing.pairs * UNIT
            # What their ways cost, and where nobody was left, is known now: the next plan reckons with it.
            post = arrays.options.post[options]
            seats = seats - np.bincount(post[person < 0], minlength=arrays.posts)
            person, options = person[person >= 0], options[person >= 0]
            region = arrays.region[arrays.options.post[options]]
            there = np.bincount(region, minlength=len(arrays.regions))
            paid = np.bincount(region, weights=arrays.way[arrays.home[person], region], minlength=len(arrays.regions))
            way = np.where(there > 0, paid / np.maximum(there, 1), paid.sum() / max(1, len(person)))
            allowed = pricing.allowed(person, options)
            self.planned = self.pool.placed(person[allowed], options[allowed])
            if self.clock.over():
                break
        return start

    def _early(self, prices: Reals) -> None:
        """Place people on the planned seats, and make it lawful: something to show, to go on from, and to keep if the time is short."""
        exact = self.pricing.prices(prices, self.row)
        worth = 1.0 + np.clip(self.pool.values(exact.value / exact.scale) / self.typical, -1.0, 1.0)
        # At prices the plan is hardly left; where that is not lawful soon, a limit is dearer than anything.
        planned = self.planned | self._forced(worth)
        for goal, firm, most in (
            (self._goal(prices), FIRM, 3 if self.small else 1),
            (self._goal(prices, priced=False), STRICT, EARLY),
        ):
            board = Board(self.engine.limits, self.pool, np.arange(len(self.pool)), goal, self.engine.seed, 0.0, firm)
            board.start(planned)
            board.fill(worth)
            moves = MOVES + EARLY_MOVES * len(planned)
            tries = board.mend(moves, EARLY_HEAT, COOL, GROWTH, most, partial(self._late, board))
            self.clock.done += board.work * ENTRY + tries * moves * MOVE
            self._take(board)
            if board.lawful:
                return
            planned = board.now()

    def _late(self, board: Board) -> bool:
        return self.engine.clock.over(self.clock.done + board.work * ENTRY)

    def _forced(self, worth: Reals) -> dict[int, int]:
        """Return columns, by agent, of rows that must be filled and that hardly any column fills: those of pins."""
        pool, pricing = self.pool, self.pricing
        entry = np.flatnonzero(pool.amount > 0)
        number = np.bincount(pool.row[entry], minlength=len(pricing.lower))
        asked = pricing.demanded() & (number > 0) & (number <= FORCED)
        entry = entry[asked[pool.row[entry]]]
        column = np.searchsorted(pool.ptr, entry, side="right") - 1
        best: dict[int, int] = {}
        for row, one in zip(pool.row[entry].tolist(), column.tolist(), strict=True):
            if row not in best or worth[one] > worth[best[row]]:
                best[row] = one
        return {int(pool.agent[one]): one for one in best.values()}
