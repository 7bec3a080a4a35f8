"""The engine for rounds of thousands: prices, then a table of columns near the best, then whole placements, tier after tier.

For each tier: a descent on the smoothed dual finds prices and a proven bound; columns that are nearly worth their prices, all ways to pay
included, go on the table; annealing with ejection chains finds a whole placement among them; exact searches over parts of the round improve
it. A tier reached is held as a row while the next one is maximised.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.ascent import Approach, Ascent, seeds
from optimizer.engines.columns.board import EXACT, FIRM, Board, Goal, Limits
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.polish import Allowance, Choice, Polish
from optimizer.engines.columns.pool import Pool
from optimizer.engines.columns.pricing import Prices, Pricing
from optimizer.formulation.arrays import Arrays, Ints, Reals
from optimizer.formulation.linear import linear, unsupported
from optimizer.problem import Problem, Tier

SEEDS = 12
"""Random placements for each seat from which the first prices come."""
HOT, COLD, ROUNDS, STEPS, STEEPEST = 0.1, 0.0003, 22, 50, 0.5
"""The descent's temperatures in usual placements, how many and how long without a limit, and the steepest fall from one to the next."""
DESCENT, ANNEALING = 0.5, 0.55
"""The descent's part of a tier's time, and the annealing's part of what is then left."""
WARMTH = (0.1, 0.3, 1.0)
"""Factors of the last tier's prices, in usual placements, that a tier may start from."""
SLACK, TABLE = 0.05, 0.4
"""How near to the best a new placement, and one already found, must be to go on the table, in usual placements."""
EACH, MOST = 16, 30
"""So many people for each post, and placements for each person, are looked for around the best."""
TAKERS = 40
"""And so many people for each way in which a seat is filled and paid already."""
FORETASTE = 0.015
"""What a later tier counts while an earlier one is searched, in usual placements: ties are broken its way."""
CREDIT = 0.7
"""The part of its dual price that is given for what is left under a limit."""
WARM, COOL, GROWTH = 0.03, 0.0005, 1.01
"""The annealing's temperatures, in usual placements, and how fast broken limits grow dearer."""
STRICT, EARLY = 1e6, 5
"""How dear broken limits are in the first filling, which never breaks one, and how often it is mended where a minimum is missing."""
MOVES, PLAYS = 40_000, 25
"""Moves between two looks at the clock, and so many times without a limit."""
ENTRY = 6e-9
"""Work of one entry that the annealing looks at."""
VAST, FIRST = 100_000_000, 0.75
"""Where more pairs are eligible a look at all takes long: fewer are taken, and the first tier gets at least this part of the time."""
PARTS = 4_000
"""In rounds of more seats a part is too little of the whole: all the time goes to annealing."""
PART, LARGEST_PART = 250, 900
"""So many placements are set free in the first exact search; later ones grow and shrink with what they take."""
MOVE = 3e-8
"""Work of one move that is drawn."""
NODES = 200
"""The most nodes of one exact search."""


@dataclass(frozen=True, slots=True)
class Result:
    """Placements (volunteer, post, agreement) by position (None: none found) and a bound for each tier (None: not reached)."""

    triples: list[tuple[int, int, int]] | None
    bounds: list[int | None]


Told = Callable[[int, int | None, int | None, int | None], None]


class ColumnEngine:
    """Solves one problem; `told` hears (tier, value, bound, placed) of everything better."""

    def __init__(self, arrays: Arrays, seed: int, clock: Clock, told: Told) -> None:
        self.arrays, self.clock, self.told, self.seed = arrays, clock, told, seed
        self.rows = linear(self.arrays)
        self.pricing = Pricing(self.arrays, self.rows)
        self.limits = Limits(self.pricing)
        self.pool = Pool(self.pricing)
        self.random = np.random.default_rng(seed)
        self.tiers = arrays.problem.objective
        self.choice: Choice | None = None
        self.prices: tuple[Reals, float] | None = None
        self.holds: list[int | None] = [None] * len(self.tiers)

    @staticmethod
    def obstacles(problem: Problem) -> list[str]:
        """Return why this engine cannot take a problem; empty if it can."""
        return unsupported(problem)

    def run(self) -> Result:
        """Return the best placements found before the clock runs out, with a proven bound for each tier reached."""
        self.pool.add_listed()
        self.pool.add(*seeds(self.pricing, SEEDS, self.random))
        bounds: list[int | None] = []
        for position, tier in enumerate(self.tiers):
            if bounds and (self.choice is None or self.clock.over()):
                bounds.append(None)
                continue
            left = len(self.tiers) - position
            part = self.clock.part(1.0 if left == 1 else max(1.5 / left, FIRST if self.pricing.pairs > VAST else 0.0))
            bounds.append(_TierSearch(self, position, part).run())
            self.clock.done += part.done
            if self.choice is not None:
                self._hold(position, tier, self.choice.values[position])
        if self.choice is None:
            return Result(None, bounds)
        return Result(self.pool.triples(self.choice.columns.values()), bounds)

    def _hold(self, position: int, tier: Tier, reached: int) -> None:
        least = reached - tier.give(reached)
        self.holds[position] = least
        self.pricing.hold(self.rows.tiers[position], least - self.rows.constants[position])


class _TierSearch:
    """The search for one tier."""

    def __init__(self, engine: ColumnEngine, position: int, clock: Clock) -> None:
        self.engine, self.position, self.clock = engine, position, clock
        self.pool, self.pricing, self.rows = engine.pool, engine.pricing, engine.rows
        self.row = self.rows.tiers[position]
        self.typical = self._typical(position)
        self.small = int(engine.arrays.seats.sum()) <= PARTS
        self.bound: int | None = None

    def run(self) -> int | None:
        """Improve the engine's choice for this tier; return the best bound."""
        self._look()
        if self.engine.choice is None:
            self._early()
        approach = self._descend(self.clock.part(DESCENT))
        if not self._closed():
            board = self._table(approach)
            self._anneal(board, self.clock.part(ANNEALING if self.small else 1.0))
            if self.small and self.engine.choice is not None and not self._closed():
                self._polish(board)
        return self._best_bound()

    def _typical(self, position: int) -> float:
        """Return what a placement usually counts in a tier."""
        mine = np.abs(self.pool.amount[self.pool.row == self.rows.tiers[position]])
        extra = [abs(extra.entries.get(self.rows.tiers[position], 0)) for extra in self.rows.extras]
        return float(mine.mean()) if len(mine) else float(max(extra, default=1) or 1)

    def _best_bound(self) -> int | None:
        choice = self.engine.choice
        if self.bound is None or choice is None:
            return self.bound
        return max(self.bound, choice.values[self.position])

    def _closed(self) -> bool:
        choice = self.engine.choice
        return choice is not None and self.bound is not None and self.bound <= choice.values[self.position]

    def _tell(self) -> None:
        choice = self.engine.choice
        value = None if choice is None else choice.values[self.position]
        placed = None if choice is None else len(choice.columns)
        self.engine.told(self.position, value, self.bound, placed)

    def _bounded(self, bound: int) -> None:
        if self.bound is None or bound < self.bound:
            self.bound = bound
            self._tell()

    def _early(self) -> None:
        """Fill seats as they come, before there are any prices: something lawful to show, and to keep if the time is short."""
        rows = self.rows
        weights = [float(position == self.position) for position in range(len(rows.tiers))]
        nothing = np.zeros(len(rows.lower))
        goal = Goal(weights, list(self.engine.holds), [0.0] * len(rows.tiers), nothing, self.typical)
        board = Board(self.engine.limits, self.pool, np.arange(len(self.pool)), goal, self.engine.seed, 0.0, STRICT)
        board.start({})
        board.fill(np.zeros(0))
        board.play(0, COOL, COOL, 1.0)
        tries = 0
        while not board.lawful and tries < EARLY and not self.clock.over(board.work * ENTRY):
            board.play(MOVES, COOL, COOL, 1.0)
            tries += 1
        self.clock.done += board.work * ENTRY + tries * MOVES * MOVE
        self._take(board)

    # prices ------------------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Take everyone's best placements at no prices, before there are any."""
        exact = self.pricing.prices(np.zeros(len(self.rows.lower)), self.row)
        found = self.pricing.look(exact, np.zeros(self.pool.agents), 6)
        self._bounded(found.bound)
        self.pool.add_found(found, exact)

    def _descend(self, clock: Clock) -> Approach:
        ascent = Ascent(self.pricing, self.pool, self.row, self.typical, clock.workers)
        approach = ascent.run(self._warm(), self._heats(ascent, clock), STEPS, self._bounded)
        self.engine.prices = approach.best, self.typical
        self.clock.done += approach.work
        return approach

    def _warm(self) -> Reals:
        """Return prices to start from: the last tier's, at the best of a few factors, with that tier's own row held at it."""
        nothing = np.zeros(len(self.rows.lower))
        if self.engine.prices is None:
            return nothing
        prices, typical = self.engine.prices
        best, found = nothing, self.bound
        for factor in WARMTH if self.pricing.pairs <= VAST else WARMTH[1:2]:
            start = prices * (factor * self.typical / typical)
            start[self.rows.tiers[self.position - 1]] = factor * self.typical / typical
            exact = self.pricing.prices(start.copy(), self.row)
            look = self.pricing.look(exact, np.zeros(self.pool.agents), 2)
            self.clock.done += 3e-9 * self.pricing.pairs
            if found is None or look.bound < found:
                best, found = start, look.bound
        return best

    def _heats(self, ascent: Ascent, clock: Clock) -> Iterator[float]:
        """Yield falling temperatures: with the clock where there is one, else in a fixed number of steps."""
        heat, number = HOT, 0
        while True:
            yield heat * self.typical
            number += 1
            clock.done = ascent.approach.work
            over = clock.fraction() if clock.limited else number / ROUNDS
            if over >= 1 or heat <= COLD or clock.over() or self._closed():
                return
            # Small rounds are cold long before the time is over.
            fall = min(1.0, max(over * 1.1, number / (2 * ROUNDS)))
            heat = max(COLD, HOT * (COLD / HOT) ** fall, heat * STEEPEST)

    # the table ---------------------------------------------------------------------------------------------------------------

    def _goal(self, approach: Approach) -> Goal:
        """Return this tier's goal, with a foretaste of the later ones and the earlier ones held at their dual price."""
        tiers = self.rows.tiers
        weights, held = [0.0] * len(tiers), [0.0] * len(tiers)
        weights[self.position] = 1.0
        for position in range(self.position):
            held[position] = max(float(approach.best[tiers[position]]), 0.1 * self.typical / self._typical(position))
        for position in range(self.position + 1, len(tiers)):
            weights[position] = FORETASTE ** (position - self.position) * self.typical / self._typical(position)
        return Goal(weights, list(self.engine.holds), held, approach.best, self.typical)

    def _blended(self, goal: Goal) -> Prices:
        """Return exact prices in which all tiers of a goal count."""
        exact = self.pricing.prices(goal.prices.copy(), self.row)
        value = exact.value.copy()
        for row, weight, price in zip(self.rows.tiers, goal.weights, goal.hold_prices, strict=True):
            value[row] = round((weight + price) * exact.scale)
        return replace(exact, value=value)

    def _table(self, approach: Approach) -> Board:
        goal = self._goal(approach)
        blended = self._blended(goal)
        best = self.pool.best(self.pool.values(blended.value / blended.scale))
        people, vast = self.engine.arrays.people, self.pricing.pairs > VAST
        if not vast:
            best[:people] = np.maximum(best[:people], self.pricing.look(blended).best / blended.scale)
        each, most = (EACH // 3, MOST // 3) if vast else (EACH, MOST)
        self.pool.add_found(self.pricing.around(blended, best - SLACK * self.typical, each, most), blended)
        self.clock.done += 6e-9 * self.pricing.pairs
        choice = self.engine.choice
        if choice is not None:
            # Who else could take each seat as it is paid now: such an exchange leaves the earlier tiers as they are.
            options = self.pool.options(choice.columns.values())
            self.pool.add(*self.pricing.takers(blended, best, options, TAKERS))
        gain = self.pool.values(blended.value / blended.scale)
        keep = gain >= self.pool.best(gain)[self.pool.agent] - TABLE * self.typical
        keep[self.pool.listed_columns()] = True
        if choice is not None:
            keep[self.pool.with_options_in(options)] = True
            keep[list(choice.columns.values())] = True
        # A first filling is only a stopgap where there is time for better; in large rounds it is worth going on from.
        afresh = self.position == 0 and self.small
        firm = EXACT if afresh else FIRM
        board = Board(self.engine.limits, self.pool, np.flatnonzero(keep), goal, self.engine.seed, CREDIT, firm)
        board.start({} if choice is None or afresh else choice.columns)
        board.fill(approach.shares)
        return board

    # whole placements --------------------------------------------------------------------------------------------------------

    def _anneal(self, board: Board, clock: Clock) -> None:
        """Anneal until the time is over; again and again, with dearer limits, while nothing lawful was found."""
        before, plays = self.clock.done, 0
        while True:
            over = clock.fraction() if clock.limited else plays / PLAYS
            # Without anything lawful there is no later tier: the whole time may go here.
            spent = clock.over() if board.lawful or not self.small else self.engine.clock.over(self.clock.done)
            if spent or (over >= 1 and (board.lawful or (not clock.limited and plays > 4 * PLAYS))):
                break
            fall = min(1.0, over)
            heat = WARM * (COOL / WARM) ** fall
            # Prices that are too high would leave money unspent: in the end what is left is worth nothing.
            board.sums["part"] = CREDIT * (1 - fall**2)
            board.play(MOVES, heat, heat * (COOL / WARM) ** 0.03, GROWTH)
            plays += 1
            clock.done = board.work * ENTRY + plays * MOVES * MOVE
            self.clock.done = before + clock.done
            self._take(board)
            if self._closed():
                break

    def _take(self, board: Board) -> None:
        """Make the board's best the engine's choice, if it is better."""
        if not board.lawful:
            return
        old = self.engine.choice
        values = board.values
        if old is None or values[self.position] > old.values[self.position]:
            columns = board.columns()
            self.engine.choice = Choice(columns, self.pool.activity(columns.values()), values)
            self._tell()

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
