"""The search for one tier: prices, a table of columns near the best, whole placements by annealing, exact searches over parts."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.ascent import LOOK, UNIT, Approach, Ascent, Start
from optimizer.engines.columns.board import EXACT, FIRM, LAWFUL, Board
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.ground import (
    ANNEALS,
    COLD,
    COOL,
    CREDIT,
    ENTRY,
    FAR,
    GROWTH,
    HOT,
    LARGE_WARM,
    MOVE,
    MOVES,
    REACH,
    ROUNDS,
    SMALL_WARM,
    STEEPEST,
    STEPS,
    WARM,
)
from optimizer.engines.columns.opening import Opening
from optimizer.engines.columns.polish import Allowance, Choice, Polish
from optimizer.formulation.arrays import Ints, Reals

DESCENT, ANNEALING = 0.35, 0.55
"""The descent's part of a tier's time, and the annealing's part of what is then left."""
WARMTH = (0.1, 0.3, 1.0)
"""Factors of the last tier's prices, in usual placements, that a tier may start from."""
SLACK, TABLE = 0.05, 0.4
"""How near to the best a new placement, and one already found, must be to go on the table, in usual placements."""
EACH, MOST = 16, 30
"""So many people for each post, and placements for each person, are looked for around the best."""
TAKERS = 40
"""And so many people for each way in which a seat is filled and paid already."""
STEP = 0.03
"""The part of the way down that the annealing's temperature falls between two looks at the clock."""
EXCHANGES = 3
"""The most passes of single exchanges before a later tier is annealed."""
VAST, FIRST = 100_000_000, 0.6
"""Where more pairs are eligible a look at all takes long: fewer are taken, and the first tier gets at least this part of the time."""
PART, LARGEST_PART = 250, 900
"""So many placements are set free in the first exact search; later ones grow and shrink with what they take."""
NODES = 200
"""The most nodes of one exact search."""


class TierSearch(Opening):
    """The search for one tier."""

    def run(self) -> int | None:
        """Improve the engine's choice for this tier; return the best bound."""
        self._look()
        start = self._warm() if self.engine.prices is not None else self._first()
        if self.engine.choice is None:
            self._early(start.prices)
        approach = self._descend(start, self.clock.part(DESCENT))
        # A table that takes all that is left of the time is of no use.
        if not self._closed() and (self.engine.choice is None or self.clock.left() > 2 * self.engine.tabling):
            started = time.monotonic()
            board = self._table(approach)
            self.engine.tabling = time.monotonic() - started if self.clock.seconds is not None else 0.0
            self._anneal(board, self.clock.part(ANNEALING if self.small else 1.0))
            if self.small and self.engine.choice is not None and not self._closed():
                self._polish(board)
        return self._best_bound()

    # prices ------------------------------------------------------------------------------------------------------------------

    def _descend(self, start: Start, clock: Clock) -> Approach:
        ascent = Ascent(self.pricing, self.pool, self.row, self.typical)
        approach = ascent.run(start, self._heats(ascent, clock, start.heat), STEPS, self._bounded)
        self.engine.prices = approach.best, self.typical
        self.clock.done += approach.work
        return approach

    def _warm(self) -> Start:
        """Return prices to start from: the last tier's, at the best of a few factors, with that tier's own row held at it."""
        if self.engine.prices is None:
            raise ValueError("there was no tier before this one")
        prices, typical = self.engine.prices
        best, found = np.zeros(len(prices)), self.bound
        for factor in WARMTH if self.pricing.pairs <= VAST else WARMTH[1:2]:
            start = prices * (factor * self.typical / typical)
            start[self.rows.tiers[self.position - 1]] = factor * self.typical / typical
            exact = self.pricing.prices(start, self.row)
            look = self.pricing.look(exact, np.zeros(self.pool.agents), 2)
            self.clock.done += LOOK * self.pricing.pairs * UNIT
            if found is None or look.bound < found:
                best, found = start, look.bound
        return Start(best, HOT, REACH, FAR)

    def _heats(self, ascent: Ascent, clock: Clock, first: float) -> Iterator[float]:
        """Yield falling temperatures: with the clock where there is one, else in a fixed number of steps."""
        heat, number, before = first, 0, 0.0
        while True:
            yield heat * self.typical
            number += 1
            clock.done = ascent.approach.work
            over = clock.fraction() if clock.limited else number / ROUNDS
            # Another one that would take longer than there is time for is not begun.
            before, last = over, over - before
            if over + last / 2 >= 1 or heat <= COLD or clock.over() or self._closed():
                return
            # Small rounds are cold long before the time is over.
            fall = min(1.0, max(over * 1.1, number / (2 * ROUNDS)))
            heat = max(COLD, first * (COLD / first) ** fall, heat * STEEPEST)

    # the table ---------------------------------------------------------------------------------------------------------------

    def _table(self, approach: Approach) -> Board:
        goal = self._goal(approach.best)
        blended = self._blended(goal)
        best = self._best_at(blended, looking=self.pricing.pairs <= VAST)
        each, most = (EACH, MOST) if self.small else (EACH // 4, MOST // 4)
        self.pool.add_found(self.pricing.around(blended, best - SLACK * self.typical, each, most), blended)
        self.clock.done += 6e-9 * self.pricing.pairs
        choice = self.engine.choice
        if choice is not None:
            # Who else could take each seat as it is paid now: such an exchange leaves the earlier tiers as they are.
            options = self.pool.options(choice.columns.values())
            self.pool.add(
                *self.pricing.takers(
                    blended, best - TABLE * self.typical, options, TAKERS if self.small else TAKERS // 4
                )
            )
        gain = self.pool.values(blended.value / blended.scale)
        keep = gain >= self.pool.best(gain)[self.pool.agent] - TABLE * self.typical
        keep[self.pool.listed_columns()] = True
        if choice is not None:
            keep[self.pool.with_options_in(options)] = True
            keep[list(choice.columns.values())] = True
        # Later tiers of large rounds are searched without leaving what is lawful: there is no time to come back to it.
        strict = self.position > 0 and not self.small
        firm = EXACT if choice is None else LAWFUL if strict else FIRM
        credit = 0.0 if strict else CREDIT
        board = Board(self.engine.limits, self.pool, np.flatnonzero(keep), goal, self.engine.seed, credit, firm)
        board.start({} if choice is None else choice.columns)
        if strict:
            board.exchange(EXCHANGES)
            self._take(board)
        else:
            board.fill(approach.shares)
        return board

    # whole placements --------------------------------------------------------------------------------------------------------

    def _anneal(self, board: Board, clock: Clock) -> None:
        """Anneal until the time is over; again and again, with dearer limits, while nothing lawful was found."""
        before, plays = self.clock.done, 0
        warm = WARM if not board.lawful else SMALL_WARM if self.small else LARGE_WARM
        while True:
            over = clock.fraction() if clock.limited else plays / ANNEALS
            # Without anything lawful there is no later tier: the whole time may go here.
            spent = clock.over() if board.lawful else self.engine.clock.over(self.clock.done)
            if spent or (over >= 1 and (board.lawful or (not clock.limited and plays > 4 * ANNEALS))):
                break
            board.cool(MOVES, min(1.0, over), warm, COOL, STEP, GROWTH)
            plays += 1
            clock.done = board.work * ENTRY + plays * MOVES * MOVE
            self.clock.done = before + clock.done
            self._take(board)
            if self._closed():
                break

    def _polish(self, board: Board) -> None:
        """Search parts of the round exactly, larger ones as long as they are quickly proven, until the time is over."""
        engine = self.engine
        polish = Polish(self.pool, engine.limits, self.position, board.goal.holds)
        size, idle = PART, 0
        loss = self.pool.best(board.gain, board.ids)[board.agent_of] - board.gain
        clock = self.clock.part(1.0)
        while engine.choice is not None and not clock.over() and not self._closed() and idle < 40:
            before = polish.work
            free, columns = self._part(engine.choice, board, loss, min(size, LARGEST_PART))
            left = clock.left()
            seconds = None if clock.seconds is None else max(0.2, min(left, 0.3 * clock.seconds))
            found = polish.improve(engine.choice, free, columns, Allowance(seconds, NODES, clock.cancelled))
            clock.done += polish.work - before
            self.clock.done += polish.work - before
            idle = 0 if found is not engine.choice else idle + 1
            engine.choice = found
            size = math.ceil(size * (1.15 if polish.exact else 0.7))
            if idle == 0:
                self._tell()

    def _part(self, choice: Choice, board: Board, loss: Reals, size: int) -> tuple[npt.NDArray[np.bool_], Ints]:
        """Return agents to set free (placements of some funds or regions, and some who are not placed) and columns near their best."""
        agents = np.array(list(choice.columns), dtype=np.int64)
        columns = np.array(list(choice.columns.values()), dtype=np.int64)
        free = np.zeros(self.pool.agents, dtype=np.bool_)
        random = self.engine.random
        if random.random() < 0.6 and len(self.rows.fund_row):
            group = self._fund_of(columns)
        else:
            group = np.array([int(self._region_of(int(column))) for column in columns], dtype=np.int64)
        for one in random.permutation(np.unique(group)).tolist():
            free[agents[group == one]] = True
            if int(free.sum()) >= size:
                break
        if int(free.sum()) > 2 * size:
            mine = np.flatnonzero(free)
            free[:] = False
            free[random.choice(mine, size, replace=False)] = True
        if self.position:
            # Whoever could take one of these seats as it is paid now may; so the earlier tiers stay what they are.
            options = self.pool.options(choice.columns[int(agent)] for agent in np.flatnonzero(free))
            inside = np.zeros(len(self.pool), dtype=np.bool_)
            inside[self.pool.with_options_in(options)] = True
            taking = inside[board.ids] & (loss < 0.3 * self.typical)
            others = np.setdiff1d(np.unique(board.agent_of[taking]), agents)
            free[others] = True
            near_best = board.ids[taking & free[board.agent_of]]
        else:
            idle = np.setdiff1d(np.unique(board.agent_of[loss < 0.1 * self.typical]), agents)
            if len(idle):
                free[random.choice(idle, min(len(idle), size), replace=False)] = True
            near_best = board.ids[(loss < 0.03 * self.typical) & free[board.agent_of]]
        most = 25 * size
        if len(near_best) > most:
            near_best = random.choice(near_best, most, replace=False)
        return free, near_best

    def _fund_of(self, columns: Ints) -> Ints:
        """Return a fund that pays for each column."""
        number = np.full(len(self.rows.lower), -1, dtype=np.int64)
        number[self.rows.fund_row] = np.arange(len(self.rows.fund_row))
        found = np.zeros(len(columns), dtype=np.int64)
        for place, column in enumerate(columns.tolist()):
            funds = number[self.pool.row[self.pool.ptr[column] : self.pool.ptr[column + 1]]]
            found[place] = max(funds.max(initial=0), 0)
        return found

    def _region_of(self, column: int) -> int:
        """Return the region of a column's first placement."""
        _, option = self.pool.keys(column)[0]
        return int(self.engine.arrays.region[self.pool.post_of(option)])
