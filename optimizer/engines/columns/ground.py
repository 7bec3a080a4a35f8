"""What the search for one tier stands on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from optimizer.engines.columns.board import Board, Goal
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.polish import Choice
from optimizer.engines.columns.pricing import Prices
from optimizer.formulation.arrays import Reals

if TYPE_CHECKING:
    from optimizer.engines.columns.engine import ColumnEngine

FORETASTE = 0.015
"""What a later tier counts while an earlier one is searched, in usual placements: ties are broken its way."""
PARTS = 4_000
"""In rounds of more seats a part is too little of the whole: all the time goes to annealing."""
HOT, COLD, ROUNDS, STEPS, STEEPEST = 0.1, 0.0001, 22, 50, 0.5
"""The descent's temperatures in usual placements, how many and how long without a limit, and the steepest fall from one to the next."""
REACH, FAR, GOOD = 1.0, 0.05, (0.001, 0.005, 0.01)
"""The reach of a descent and how far is too far; and the first temperature, reach and too far from prices that are good already."""
WARM, SMALL_WARM, LARGE_WARM, COOL, GROWTH = 0.03, 0.008, 0.005, 0.0005, 1.01
"""The annealing's temperatures, in usual placements (lower where it goes on from placements), and how fast broken limits grow dearer."""
CREDIT = 0.7
"""The part of its dual price that is given for what is left under a limit."""
MOVES, ANNEALS = 40_000, 25
"""Moves between two looks at the clock, and so many times without a limit."""
ENTRY = 6e-9
"""Work of one entry that the annealing looks at."""
MOVE = 3e-8
"""Work of one move that is drawn."""


class Ground:
    """What the search for one tier stands on: the engine's columns, prices and best choice, and the tier's own bound.

    Attributes:
        row: the row that holds the tier's value.
        typical: what a placement usually counts in the tier.
        small: whether the round is small enough for exact searches over parts of it.
        bound: the best bound proven so far.
    """

    def __init__(self, engine: ColumnEngine, position: int, clock: Clock) -> None:
        self.engine, self.position, self.clock = engine, position, clock
        self.pool, self.pricing, self.rows = engine.pool, engine.pricing, engine.rows
        self.row = self.rows.tiers[position]
        self.typical = self._typical(position)
        self.small = engine.seats <= PARTS
        self.bound: int | None = None

    def _typical(self, position: int) -> float:
        """Return what a placement usually counts in a tier."""
        row = self.rows.tiers[position]
        extra = max((abs(extra.entries.get(row, 0)) for extra in self.rows.extras), default=1)
        return self.pool.usual(row) or float(extra or 1)

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

    def _goal(self, prices: Reals, *, priced: bool = True) -> Goal:
        """Return this tier's goal, with a foretaste of the later ones and the earlier ones held at their dual price."""
        tiers = self.rows.tiers
        weights, held = [0.0] * len(tiers), [0.0] * len(tiers)
        weights[self.position] = 1.0
        for position in range(self.position):
            held[position] = max(float(prices[tiers[position]]), 0.1 * self.typical / self._typical(position))
        for position in range(self.position + 1, len(tiers)):
            weights[position] = FORETASTE ** (position - self.position) * self.typical / self._typical(position)
        shown = prices if priced else np.zeros(len(prices))
        return Goal(weights, list(self.engine.holds), held, shown, self.typical)

    def _best_at(self, exact: Prices, *, looking: bool = True) -> Reals:
        """Return the most that each agent is worth at some prices: by the pool's columns and, `looking`, people by all pairs."""
        best = self.pool.best(self.pool.values(exact.value / exact.scale))
        if looking:
            people = self.engine.arrays.people
            best[:people] = np.maximum(best[:people], self.pricing.look(exact).best / exact.scale)
        return best

    def _blended(self, goal: Goal) -> Prices:
        """Return exact prices in which all tiers of a goal count."""
        exact = self.pricing.prices(goal.prices, self.row)
        value = exact.value.copy()
        for row, weight, price in zip(self.rows.tiers, goal.weights, goal.hold_prices, strict=True):
            value[row] = round((weight + price) * exact.scale)
        return replace(exact, value=value)
