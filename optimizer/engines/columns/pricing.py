"""Prices to bounds, and prices to new columns.

The bound is Lagrange's: whatever the prices, no solution is worth more than the sum of everyone's best placement (at least
nothing), the extra columns' best values, and the rows' limits at their prices. All in integers, over every pair, so it is a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.descent import Sides
from optimizer.engines.columns.places import Pairs, Wanted
from optimizer.engines.columns.prices import HEADROOM, Plan, Tables
from optimizer.engines.columns.scan import Scanner
from optimizer.engines.columns.teams import Teams, Watch
from optimizer.engines.columns.triples import EMPTY, Entries, Triples, banned, entries, explicit, ordinary
from optimizer.formulation.arrays import Arrays, Bools, Ints, Reals
from optimizer.formulation.pieces import CHOSEN, COST, FIT, ONE, PREFERENCE, SUITABILITY, Rows

WAYS = 8
"""So many ways to pay a placement of somebody who could take a seat are looked at."""
LARGEST = {ONE: 1, PREFERENCE: 10, SUITABILITY: 100}


@dataclass(frozen=True, slots=True)
class Prices:
    """Integer prices of all rows; a row's price is value ÷ scale. `tier` is the row whose value is bounded."""

    value: Ints
    scale: int
    tier: int


@dataclass(frozen=True, slots=True)
class Found:
    """What one look at all pairs found: an upper bound on the tier, everyone's best worth (times the prices' scale), and good new pairs."""

    bound: int
    best: Ints
    person: Ints
    option: Ints
    teams: list[list[tuple[int, int]]]
    made: Tables


class Pricing:
    """Everything about one problem that does not change from look to look."""

    def __init__(self, arrays: Arrays, rows: Rows, workers: int = 2) -> None:
        self.arrays, self.rows, self.workers = arrays, rows, workers
        self.plan = Plan(arrays, rows)
        listed = explicit(arrays, rows)
        self.explicit = _subset(listed, ~banned(rows, arrays, listed))
        self.explicit_entries: Entries = entries(rows, arrays, self.explicit)
        self.teams = Teams(arrays, rows)
        self.scanner = Scanner(arrays, rows, self.plan, self.teams)
        self.lower = [0 if limit is None else limit for limit in rows.lower]
        self.upper = [0 if limit is None else limit for limit in rows.upper]
        self.no_lower = np.array([limit is None for limit in rows.lower], dtype=np.bool_)
        self.no_upper = np.array([limit is None for limit in rows.upper], dtype=np.bool_)
        self.gain = self._gains()
        self.pairs = arrays.pairs

    def limits(self) -> tuple[Reals, Reals]:
        """Return the least and the largest value of each row as floats; infinite where there is no limit."""
        lower = np.where(self.no_lower, -np.inf, np.array(self.lower, dtype=np.float64))
        upper = np.where(self.no_upper, np.inf, np.array(self.upper, dtype=np.float64))
        return lower, upper

    def sides(self) -> Sides:
        """Return the rows as a dual sees them."""
        return Sides(*self.limits(), self.gain, self.rows.extras, self.rows.tiers)

    def demanded(self) -> Bools:
        """Return the rows in which something must be placed; without those of tiers."""
        found: Bools = self.limits()[0] > 0
        found[self.rows.tiers] = False
        return found

    @cached_property
    def posts_of_row(self) -> dict[int, list[int]]:
        """The posts whose placements count in each row that counts some posts' placements and nothing else."""
        found: dict[int, list[int]] = {}
        for piece in self.rows.pieces:
            if piece.weight == ONE and not piece.by_agreement:
                for post, row in zip(piece.thing.tolist(), piece.row.tolist(), strict=True):
                    found.setdefault(row, []).append(post)
        return found

    def _gains(self) -> npt.NDArray[np.float64]:
        """Return the largest absolute entry that one placement can have in each row (as floats: for head-room only)."""
        most = np.zeros(len(self.rows.lower), dtype=np.float64)
        cost = float(self.arrays.base_cost.max(initial=0) + self.arrays.way.max(initial=0))
        fit = 100.0 + 5 * max((len(post.prefers) for post in self.arrays.problem.posts), default=0)
        weight = float(np.abs(self.arrays.weight).max(initial=0))
        largest = {**LARGEST, FIT: fit, COST: cost, CHOSEN: weight}
        for piece in self.rows.pieces:
            much = np.zeros(len(most), dtype=np.float64)
            np.maximum.at(much, piece.row, np.abs(piece.factor).astype(np.float64))
            most += much * largest.get(piece.weight, cost)
        most[self.rows.fund_row] += cost
        listed = self.explicit_entries
        np.maximum.at(most, listed.row, np.abs(listed.amount).astype(np.float64))
        return most

    def prices(self, value: np.ndarray, tier: int) -> Prices:
        """Return exact prices near real ones: with their signs right, and no extra column that pays without end."""
        value = np.where(self.no_lower & (value > 0) | (self.no_upper & (value < 0)), 0.0, value)
        keep = np.zeros(len(value), dtype=np.bool_)
        keep[self.rows.tiers] = True
        value[keep & self.no_lower] = 0.0
        value[tier] = 1.0
        # A placement touches few rows, but this bound holds for all of them together.
        worst = float(np.abs(value) @ self.gain) if len(self.gain) < 200 else self._worst(value)
        scale = 2 ** max(0, min(40, int(np.floor(np.log2(HEADROOM / max(1.0, worst))))))
        whole = np.rint(value * scale)
        if np.abs(whole).max(initial=0) >= HEADROOM:
            whole = np.clip(whole, -float(HEADROOM), float(HEADROOM))
        prices = whole.astype(np.int64)
        prices[tier] = scale
        self._clip(prices)
        return Prices(prices, scale, tier)

    def _worst(self, value: np.ndarray) -> float:
        """Return a bound on what one placement can be worth: for each piece only one of its rows counts (or few of a chain)."""
        size = np.abs(value) * self.gain
        total = 0.0
        for piece in self.rows.pieces:
            if len(piece.row):
                depth = int(np.unique(piece.thing, return_counts=True)[1].max())
                total += depth * float(size[piece.row].max())
        funds = size[self.rows.fund_row]
        total += 6 * float(funds.max(initial=0))
        return total + float(size[[row for pairs in self.rows.pairs.values() for row, _ in pairs]].sum())

    def _clip(self, prices: Ints) -> None:
        """Lower prices so far that no column of slack is worth anything: its length would multiply the smallest error."""
        tiers = set(self.rows.tiers)
        for extra in self.rows.extras:
            if extra.upper <= 1:
                continue
            own = [(row, much) for row, much in extra.entries.items() if row not in tiers]
            if len(own) == 1:
                row, much = own[0]
                charge = sum(int(prices[t]) * w for t, w in extra.entries.items() if t in tiers)
                if much > 0:
                    prices[row] = min(int(prices[row]), -charge // much)
                else:
                    prices[row] = max(int(prices[row]), -(-charge // -much))

    def hold(self, row: int, low: int) -> None:
        """Keep a row (that of a tier reached) at `low` or more from now on."""
        self.lower[row] = low
        self.no_lower[row] = False

    # one look at everything --------------------------------------------------------------------------------------------------

    def look(self, prices: Prices, worth: np.ndarray | None = None, most: int = 4) -> Found:
        """Return the bound at `prices`; with the agents' prices `worth`, also the placements that beat them most."""
        made, arrays = self.plan.tables(prices.value), self.arrays
        before = self._start(prices)
        price = None if worth is None else np.floor(worth * prices.scale).astype(np.int64) + 1
        wanted = None if price is None else Wanted(price[: arrays.people], 2 * most, 1)
        swept, watch = self.scanner.sweep(made, before, wanted, workers=self.workers)
        bound = self._bound(prices, swept.best, watch)
        if price is None:
            return Found(bound, swept.best, EMPTY, EMPTY, [], made)
        person, option, gain = self.scanner.ways(made, swept.pairs)
        keep = self._of_people(person, gain, most)
        teams = self.teams.offers(watch, price[arrays.people :], swept.best, swept.at)
        return Found(bound, swept.best, person[keep], option[keep], teams, made)

    def _start(self, prices: Prices) -> tuple[Ints, Ints]:
        """Begin a scan: return everyone's best listed placement's worth, and its post (−1: none is worth anything)."""
        best = np.zeros(self.arrays.people, dtype=np.int64)
        at = np.full(self.arrays.people, -1, dtype=np.int64)
        listed = self.explicit_worth(prices)
        if len(listed):
            np.maximum.at(best, self.explicit.person, listed)
            hit = listed == best[self.explicit.person]
            at[self.explicit.person[hit]] = self.explicit.post[hit]
        self.teams.start(prices, self.explicit, listed)
        return best, at

    def explicit_worth(self, prices: Prices) -> Ints:
        """Return what every listed placement is worth at `prices`."""
        listed = self.explicit_entries
        found = np.zeros(len(self.explicit), dtype=np.int64)
        np.add.at(found, listed.of, listed.amount * prices.value[listed.row])
        return found

    def around(self, prices: Prices, worth: np.ndarray, each: int, most: int) -> Found:
        """Return placements near the best at `prices`, with every way to pay them that is as near, and teams.

        Args:
            prices: of the rows.
            worth: what a placement of each agent must be worth at least, in units of the tier.
            each: so many people for each post.
            most: so many placements for each person.

        Returns:
            what was found; the bound is not worked out.
        """
        made, people = self.plan.tables(prices.value), self.arrays.people
        floor = np.floor(worth * prices.scale).astype(np.int64)
        wanted = Wanted(floor[:people], each, most // 2)
        swept, watch = self.scanner.sweep(made, self._start(prices), wanted, workers=self.workers)
        person, option, gain = self.scanner.ways(made, swept.pairs, most=most)
        keep = self._of_people(person, gain, most)
        nobody = np.zeros(people, dtype=np.int64)
        teams = self.teams.offers(watch, floor[people:], nobody, nobody - 1)
        return Found(0, swept.best, person[keep], option[keep], teams, made)

    def paid_well(self, prices: Prices, person: Ints, option: Ints, slack: float, most: int) -> tuple[Ints, Ints]:
        """Return some ordinary placements (person, option) under every option at the same post that is worth nearly as much as the best."""
        made = self.plan.tables(prices.value)
        code = np.unique(person * self.arrays.posts + self.arrays.options.post[option])
        people, post = code // self.arrays.posts, code % self.arrays.posts
        gain = np.full(len(code), round(slack * prices.scale), dtype=np.int64)
        person, option, _ = self.scanner.ways(made, Pairs(people, post, gain), most=most)
        return person, option

    def takers(self, prices: Prices, worth: np.ndarray, options: Ints, each: int) -> tuple[Ints, Ints]:
        """Return for the posts of some options the people who gain most by them: placements (person, option).

        Args:
            prices: of the rows.
            worth: what a placement of each agent must be worth at least, in units of the tier.
            options: the ways to pay that count.
            each: so many people for each post.
        """
        made, people = self.plan.tables(prices.value), self.arrays.people
        usable = np.zeros(len(self.arrays.options.post), dtype=np.bool_)
        usable[options] = True
        wanted = Wanted(np.floor(worth[:people] * prices.scale).astype(np.int64), each, 0, usable)
        swept, _ = self.scanner.sweep(made, self._start(prices), wanted, watching=False, workers=self.workers)
        person, option, _ = self.scanner.ways(made, swept.pairs, usable, most=WAYS)
        return person, option

    def allowed(self, people: Ints, option: Ints) -> Bools:
        """Return which (person, option) may be used: the way is paid, no rule forbids it, the pair is not listed on its own."""
        arrays, options = self.arrays, self.arrays.options
        post = options.post[option]
        way = arrays.way[arrays.home[people], arrays.region[post]]
        fine = (way == 0) | (options.travel_fund[option] >= 0)
        fine &= ~banned(self.rows, arrays, ordinary(arrays, people, option))
        masked = self.scanner.masked
        listed: Bools = np.isin(people * arrays.posts + post, masked[:, 0] * arrays.posts + masked[:, 1])
        allowed: Bools = fine & ~listed
        return allowed

    @staticmethod
    def _of_people(person: Ints, gain: Ints, most: int) -> Ints:
        """Return the positions of everyone's best few."""
        order = np.lexsort((-gain, person))
        rank = np.arange(len(order)) - np.searchsorted(person[order], person[order], side="left")
        return np.sort(order[rank < most])

    def _bound(self, prices: Prices, best: Ints, watch: Watch) -> int:
        """Return ⌊the Lagrangian bound⌋ of the tier."""
        total = _sum(np.where(self.teams.single, best, 0)) + _sum(self.teams.values(watch, best))
        for row in np.flatnonzero(prices.value):
            price = int(prices.value[row])
            if row != prices.tier:
                total -= price * (self.lower[row] if price > 0 else self.upper[row])
        for extra in self.rows.extras:
            value = sum(int(prices.value[row]) * much for row, much in extra.entries.items())
            total += extra.upper * max(0, value)
        return total // prices.scale + self.rows.constants[self.rows.tiers.index(prices.tier)]


def _sum(values: Ints) -> int:
    """Return an exact sum of many 62-bit numbers."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def _subset(triples: Triples, keep: np.ndarray) -> Triples:
    number = np.cumsum(keep) - 1
    of, fund, amount = triples.paid
    mine = keep[of] if len(of) else np.zeros(0, dtype=np.bool_)
    return Triples(
        triples.person[keep],
        triples.post[keep],
        triples.agreement[keep],
        triples.cost[keep],
        triples.fit[keep],
        triples.preference[keep],
        (number[of[mine]], fund[mine], amount[mine]),
    )


__all__ = ["Found", "Prices", "Pricing"]
