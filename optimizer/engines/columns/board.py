"""The annealing's board: rows and columns of one tier as flat records, and the state of play on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.annealing import anneal, exchange, fill
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.records import laid_out
from optimizer.engines.columns.state import ROW, SUMS, TIER, begin
from optimizer.formulation.arrays import Ints, Reals

FREE = 2**61
EXACT = 1.5
"""The price of breaking a row, in dual prices: more than one, so that the best state of the priced problem is lawful."""
FIRM = 4.0
"""The same where the search begins from a lawful state, which it should not leave far."""
LAWFUL, STRICT = 100.0, 1e6
"""The same where the search is to stay within them, and where it must not break any."""
LEAST = 0.2
"""And at least so many usual placements for the largest entry of a placement, where the dual price is smaller."""
LITTLE = 0.0005
"""A pass of exchanges that gives less than such a part of the agents another column is the last one."""
UNREACHED = -(2**62)
CUT, DEPTH, WIDTH = 4.0, 4, 3
"""Moves that lose more temperatures than this are not tried; the most mending moves of a chain, and candidates for each."""


class Columns(Protocol):
    """Columns of agents, compressed by column, as the pool has them."""

    agent: npt.NDArray[np.int32]
    agents: int
    ptr: Ints
    row: npt.NDArray[np.int32]
    amount: Ints

    def __len__(self) -> int: ...

    def values(self, price: Reals, /) -> Reals:
        """Return what each column is worth at a price for each row."""
        ...


class Limits:
    """What the rows ask of whole placements, once for all tiers: soft rows, rows that open, and fairness, read off the extra columns.

    Extra columns follow from the placements: slack is what is missing, an opener is 1 where anything is placed.
    """

    def __init__(self, pricing: Pricing) -> None:
        rows, self.pricing = pricing.rows, pricing
        size = len(rows.lower)
        self.record = np.zeros(size, dtype=ROW)
        self.record["unit"], self.record["trigger"], self.record["target"] = 1, -1, -1
        self.record["low_charge"], self.record["high_charge"] = -1, -1
        self.record["low"] = [-FREE if limit is None else limit for limit in rows.lower]
        self.record["high"] = [FREE if limit is None else limit for limit in rows.upper]
        self.merged = np.arange(size)
        """The row as which each row is counted: all rows that open one thing are one."""
        self.regions: list[int] = []
        self.seats: list[int] = []
        objective = pricing.arrays.problem.objective
        self.penalty = [tier.weights.get("penalty", 0) for tier in objective]
        self.fairness = [tier.weights.get("fairness", 0) for tier in objective]
        self._slacks: list[tuple[int, int, int, int]] = []
        """(extra column, row, entry, how many earlier ones the row has on that side)"""
        self._before: Counter[tuple[int, bool]] = Counter()
        self._openers: list[tuple[int, list[int]]] = []
        self._least: list[int] = []
        for number, extra in enumerate(rows.extras):
            self._read(number, extra.upper, extra.entries)
        self.record["low"][rows.tiers], self.record["high"][rows.tiers] = -FREE, FREE
        low, high = self.record["low"] > -FREE, self.record["high"] < FREE
        self.record["limited"] = low | high | (self.record["target"] >= 0)

    def assess(self, activity: Ints, holds: list[int | None]) -> list[int] | None:
        """Return the tiers' values of placements with these activities (in rows as the pool counts); None if they break a limit.

        Args:
            activity: what the placements count in every row.
            holds: what must be kept of each tier.
        """
        record, activity = self.record, self._counted(activity)
        trigger = record["trigger"]
        binds = (trigger < 0) | (activity[np.maximum(trigger, 0)] > 0)
        over = np.maximum(activity - record["high"], 0)
        under = np.where(binds, np.maximum(record["low"] - activity, 0), 0)
        if ((over > 0) & (record["high_charge"] < 0)).any() or ((under > 0) & (record["low_charge"] < 0)).any():
            return None
        units = -(-over // record["unit"])
        charged = np.where(record["pairs"] != 0, units * (units + 1) // 2, units)
        # Charges and distances may be large: the sum is exact in Python's integers.
        penalty = sum(
            int(charge) * int(number)
            for charges, numbers in (
                (record["high_charge"], charged),
                (record["low_charge"], -(-under // record["unit"])),
            )
            for charge, number in zip(charges[numbers > 0].tolist(), numbers[numbers > 0].tolist(), strict=True)
        )
        least, rows = self._fairness(activity), self.pricing.rows
        values = [
            int(activity[row]) + weight * penalty + fair * least + constant
            for row, weight, fair, constant in zip(rows.tiers, self.penalty, self.fairness, rows.constants, strict=True)
        ]
        kept = all(hold is None or value >= hold for value, hold in zip(values, holds, strict=True))
        return values if kept else None

    def extras(self, activity: Ints) -> Ints:
        """Return the extra columns that go with placements of these activities (in rows as the pool counts)."""
        rows = self.pricing.rows
        found = np.zeros(len(rows.extras), dtype=np.int64)
        for number, opening in self._openers:
            found[number] = int((activity[opening] > 0).any())
        merged = self._counted(activity)
        found[self._least] = self._fairness(merged)
        record = self.record
        for number, row, much, before in self._slacks:
            trigger = int(record["trigger"][row])
            if much < 0:
                far = int(merged[row]) - int(record["high"][row])
            elif trigger >= 0 and merged[trigger] <= 0:
                continue
            else:
                far = int(record["low"][row]) - int(merged[row])
            if far > 0:
                found[number] = int(far > before) if record["pairs"][row] else -(-far // abs(much))
        return found

    def openers(self) -> list[int]:
        """Return the rows that open things, which the rows of their seats stand in for."""
        return [row for _, rows in self._openers for row in rows]

    def _counted(self, activity: Ints) -> Ints:
        """Return activities in rows as they are counted here."""
        found = np.zeros(len(activity), dtype=np.int64)
        np.add.at(found, self.merged, activity)
        return found

    def _fairness(self, activity: Ints) -> int:
        """Return the smallest ⌊1000 × placements ÷ seats⌋ of the regions; their rows count thousandths already."""
        return min([1000, *(int(activity[row]) // seats for row, seats in zip(self.regions, self.seats, strict=True))])

    def _read(self, number: int, upper: int, entries: dict[int, int]) -> None:
        tiers = self.pricing.rows.tiers
        own = [(row, much) for row, much in entries.items() if row not in tiers]
        charges = [(tiers.index(row), much) for row, much in entries.items() if row in tiers]
        if any(self.fairness[tier] for tier, _ in charges) and all(much < 0 for _, much in own):
            self._least.append(number)
            self.regions += [row for row, _ in own]
            self.seats += [-much for _, much in own]
            self.record["low"][[row for row, _ in own]] = -FREE
        elif len(own) == 1:
            self._slack(number, upper, *own[0], charges)
        else:
            self._opener(number, own)

    def _slack(self, number: int, upper: int, row: int, much: int, charges: list[tuple[int, int]]) -> None:
        record = self.record[row]
        self._slacks.append((number, row, much, self._before[row, much > 0]))
        self._before[row, much > 0] += 1
        charge = next((amount // self.penalty[tier] for tier, amount in charges if self.penalty[tier]), 0)
        record["unit"] = abs(much)
        if much > 0:
            record["low_charge"] = charge
        elif record["high_charge"] < 0:
            record["high_charge"] = charge
        elif upper == 1:
            # One column for each further person at a thing, each dearer by the first one's charge.
            record["pairs"] = True

    def _opener(self, number: int, own: list[tuple[int, int]]) -> None:
        self._openers.append((number, [row for row, _ in own[1:]]))
        (target, low), (first, _) = own[0], own[1]
        self.record["low"][target] = -low
        self.record["trigger"][target], self.record["target"][first] = first, target
        for row, _ in own[1:]:
            self.merged[row] = first
            self.record["low"][row], self.record["high"][row] = -FREE, FREE


@dataclass(slots=True)
class Goal:
    """What to maximise: a weight for each tier, what to hold of each (None: nothing) at which price, and dual prices of the rows."""

    weights: list[float]
    holds: list[int | None]
    hold_prices: list[float]
    prices: Reals
    typical: float


@dataclass
class Board:
    """Columns `ids` of the pool on the table; `chosen` and `best` are positions in `ids` by agent (−1: none)."""

    limits: Limits
    pool: Columns
    ids: Ints
    goal: Goal
    seed: int
    part: float
    firm: float
    chosen: npt.NDArray[np.int32] = field(init=False)
    best: npt.NDArray[np.int32] = field(init=False)
    lawful: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        pool, rows = self.pool, self.limits.pricing.rows
        self._lay_out()
        weights = np.zeros(len(rows.lower))
        weights[rows.tiers] = self.goal.weights
        prices = self.goal.prices.copy()
        prices[rows.tiers] = 0.0
        for tier, price in zip(rows.tiers, self.goal.hold_prices, strict=True):
            weights[tier] += price
        self.credit = pool.values(prices)[self.ids]
        self.gain = pool.values(weights)[self.ids] + self.credit
        order = np.lexsort((-self.gain, self.agent_of))
        self.choice = order.astype(np.int32)
        self.begins = np.searchsorted(self.agent_of[order], np.arange(pool.agents + 1)).astype(np.int64)
        self._price()
        self.tiers = np.zeros(len(rows.tiers), dtype=TIER)
        self.tiers["row"], self.tiers["weight"] = rows.tiers, self.goal.weights
        self.tiers["penalty"], self.tiers["fairness"] = self.limits.penalty, self.limits.fairness
        constants = np.array(rows.constants, dtype=np.int64)
        self.tiers["hold"] = [
            UNREACHED if hold is None else hold - int(constant)
            for hold, constant in zip(self.goal.holds, constants, strict=True)
        ]
        self.tiers["price"] = [2 * self.firm * price for price in self.goal.hold_prices]
        self.tiers["best"] = UNREACHED
        self.regions = np.array(self.limits.regions, dtype=np.int64)
        self.seats = np.array(self.limits.seats, dtype=np.int64)
        self.broken = np.zeros(len(self.rows) + 1, dtype=np.int64)
        self.sums = np.zeros(1, dtype=SUMS)
        # Any odd multiplier spreads small seeds; the generator must not start at 0.
        self.sums["random"] = np.uint64((self.seed * 2862933555777941757 + 3037000493) % 2**64 | 1)
        self.sums["part"] = self.part
        self.chosen = np.full(pool.agents, -1, dtype=np.int32)
        self.best = self.chosen.copy()

    def _lay_out(self) -> None:
        """Copy the entries of the columns; a column may have several in rows that are counted as one."""
        pool, limits = self.pool, self.limits
        use = limits.record["limited"][limits.merged] != 0
        use[limits.pricing.rows.tiers] = True
        self.ptr, self.entries, self.by_row, starts = laid_out(
            self.ids, pool.ptr, pool.row, pool.amount, limits.merged, use
        )
        self.agent_of = pool.agent[self.ids]
        self.rows = limits.record.copy()
        self.rows["start"], self.rows["entries"] = starts[:-1], np.diff(starts)
        self.used = np.zeros(len(self.entries), dtype=np.int32)

    def _price(self) -> None:
        """Set the price of breaking each row; that of an opener's row goes to the seats of its posts, whose limit stands in for it."""
        pricing = self.limits.pricing
        price = np.abs(self.goal.prices)
        for row in self.limits.openers():
            for post in pricing.posts_of_row.get(row, ()):
                price[pricing.rows.seat_row[post]] += price[row]
        largest = np.ones(len(price))
        np.maximum.at(largest, self.entries["row"], np.abs(self.entries["amount"]).astype(np.float64))
        self.rows["under"] = self.rows["over"] = self.firm * np.maximum(price, LEAST * self.goal.typical / largest)

    def start(self, chosen: dict[int, int]) -> None:
        """Begin from columns of the pool by agent; those that are not on the table are left out."""
        place = np.full(len(self.pool), -1, dtype=np.int64)
        place[self.ids] = np.arange(len(self.ids))
        self.chosen[:] = -1
        for agent, column in chosen.items():
            self.chosen[agent] = place[column]
        begin(self.chosen, self.credit, self.ptr, self.entries, self.rows, self.used, self.broken, self.sums)

    def fill(self, shares: Reals) -> None:
        """Place whoever is not placed where it makes the state better: columns of the largest shares first, then those of most gain."""
        share = np.zeros(len(self.pool))
        share[: len(shares)] = shares
        fill(
            np.lexsort((-self.gain, -np.rint(1000 * share[self.ids]))),
            self.agent_of, self.chosen, self.credit, self.ptr, self.entries, self.rows,
            self.used, self.broken, self.sums, self.tiers, self.regions, self.seats,
        )  # fmt: skip

    def exchange(self, passes: int) -> None:
        """Improve a lawful state by single exchanges, columns of most gain first, until a pass brings little."""
        for _ in range(passes):
            held = self.chosen[self.agent_of]
            # What somebody else has now is worth as much as here to those who would take it.
            gain = self.gain - np.where(held >= 0, self.gain[np.maximum(held, 0)], 0.0)
            order = np.argsort(-gain, kind="stable")
            given = exchange(
                order, self.agent_of, self.chosen, self.credit, self.ptr, self.entries, self.rows,
                self.used, self.broken, self.sums, self.tiers, self.regions, self.seats,
            )  # fmt: skip
            if given < LITTLE * len(self.chosen):
                break
        self.play(0, 1.0, 1.0, 1.0)

    def play(self, moves: int, hot: float, cold: float, growth: float) -> None:
        """Anneal for so many moves, with the temperature from `hot` to `cold` (in usual placements)."""
        anneal(
            self.chosen, self.best, self.agent_of, self.gain, self.credit, self.ptr, self.entries, self.begins, self.choice,
            self.by_row, self.rows, self.used, self.broken, self.sums, self.tiers, self.regions, self.seats,
            moves, hot * self.goal.typical, cold * self.goal.typical, CUT, DEPTH, WIDTH, growth,
        )  # fmt: skip
        self.lawful = bool((self.tiers["best"] > UNREACHED).all())

    def cool(self, moves: int, fall: float, hot: float, cold: float, step: float, growth: float) -> None:
        """Anneal for so many moves; the temperature has come a part `fall` of the way from `hot` to `cold`, and goes `step` further.

        What is left under a limit earns less and less meanwhile: prices that are too high would leave money unspent.
        """
        heat = hot * (cold / hot) ** fall
        self.sums["part"] = self.part * (1 - fall**2)
        self.play(moves, heat, heat * (cold / hot) ** step, growth)

    def mend(self, moves: int, hot: float, cold: float, growth: float, tries: int, stop: Callable[[], bool]) -> int:
        """Anneal for so many moves at a time until it is lawful, so often at the most; return how often."""
        self.play(0, cold, cold, 1.0)
        done = 0
        while not self.lawful and done < tries and not stop():
            self.play(moves, hot, cold, growth)
            done += 1
        return done

    @property
    def work(self) -> int:
        """Entries looked at so far."""
        return int(self.sums["work"][0])

    @property
    def values(self) -> list[int]:
        """The values of all tiers of the best lawful choice."""
        constants = self.limits.pricing.rows.constants
        return [int(best) + constant for best, constant in zip(self.tiers["best"], constants, strict=True)]

    def columns(self) -> dict[int, int]:
        """Return the pool's column of each agent in the best lawful choice."""
        return self._columns(self.best)

    def now(self) -> dict[int, int]:
        """Return the pool's column of each agent as it is now, lawful or not."""
        return self._columns(self.chosen)

    def _columns(self, chosen: npt.NDArray[np.int32]) -> dict[int, int]:
        placed = np.flatnonzero(chosen >= 0)
        return dict(zip(placed.tolist(), self.ids[chosen[placed]].tolist(), strict=True))
