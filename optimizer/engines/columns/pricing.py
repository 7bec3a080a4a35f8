"""Prices to bounds, and prices to new columns.

The bound is Lagrange's: whatever the prices, no solution is worth more than the sum of everyone's best placement (at least
nothing), the extra columns' best values, and the rows' limits at their prices. All in integers, over every pair, so it is a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optimizer.engines.columns.prices import HEADROOM, NEVER, Plan, Tables
from optimizer.engines.columns.scan import Scanner, Values
from optimizer.engines.columns.teams import Teams
from optimizer.engines.columns.triples import EMPTY, Entries, Triples, banned, entries, explicit, ordinary, ranges
from optimizer.formulation.arrays import Arrays, Bools, Ints, Positions
from optimizer.formulation.pieces import CHOSEN, COST, FIT, ONE, PREFERENCE, SUITABILITY, Rows

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
    post: Ints
    option: Ints
    teams: list[list[tuple[int, int]]]
    made: Tables


class Pricing:
    """Everything about one problem that does not change from look to look."""

    def __init__(self, arrays: Arrays, rows: Rows) -> None:
        self.arrays, self.rows = arrays, rows
        self.plan = Plan(arrays, rows)
        self.scanner = Scanner(arrays, rows, self.plan)
        listed = explicit(arrays, rows)
        self.explicit = _subset(listed, ~banned(rows, arrays, listed))
        self.explicit_entries: Entries = entries(rows, arrays, self.explicit)
        self.teams = Teams(arrays, rows)
        self.lower = [0 if limit is None else limit for limit in rows.lower]
        self.upper = [0 if limit is None else limit for limit in rows.upper]
        self.no_lower = np.array([limit is None for limit in rows.lower], dtype=np.bool_)
        self.no_upper = np.array([limit is None for limit in rows.upper], dtype=np.bool_)
        self.gain = self._gains()
        self.pairs = arrays.pairs

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
        """Return the bound at `prices`; with the people's prices `worth`, also pairs that beat them."""
        made = self.plan.tables(prices.value)
        arrays = self.arrays
        best = np.zeros(arrays.people, dtype=np.int64)
        at = np.full(arrays.people, -1, dtype=np.int64)
        listed = self.explicit_worth(prices)
        if len(listed):
            np.maximum.at(best, self.explicit.person, listed)
            hit = listed == best[self.explicit.person]
            at[self.explicit.person[hit]] = self.explicit.post[hit]
        self.teams.start(prices, self.explicit, listed)
        chosen: list[tuple[Ints, Ints, Ints, Ints]] = []
        price = None if worth is None else np.floor(worth * prices.scale).astype(np.int64) + 1
        for region, values, rows, people, found in self._walk(made):
            self._improve(best, at, people, self.scanner.places[region].posts[rows], found)
            if price is not None:
                chosen.append(self._pick(region, values, rows, people, found - price[people], most))
        bound = self._bound(prices, best)
        person, post, option, gain = (np.concatenate([part[i] for part in chosen] or [EMPTY]) for i in range(4))
        keep = self._of_people(person, gain, most)
        teams = [] if price is None else self.teams.offers(price[arrays.people :], best, at)
        return Found(bound, best, person[keep], post[keep], option[keep], teams, made)

    def _walk(self, made: Tables) -> Iterator[tuple[int, Values, Ints, Positions, Ints]]:
        """Yield (region, its values, numbers of posts, people, worth of each pair) block by block; the teams watch."""
        for region in range(len(self.arrays.regions)):
            if self.scanner.places:
                values = self.scanner.values(region, made)
                for rows, people, found in self.scanner.blocks(region, values):
                    self.teams.take(self.scanner.places[region].posts[rows], people, found)
                    yield region, values, rows, people, found
            self.teams.finish(region)

    @staticmethod
    def _improve(best: Ints, at: Ints, people: Ints, posts: Ints, found: Ints) -> None:
        top = found.max(axis=0)
        better = np.flatnonzero(top > best[people])
        best[people[better]] = top[better]
        at[people[better]] = posts[found[:, better].argmax(axis=0)]

    def explicit_worth(self, prices: Prices) -> Ints:
        """Return what every listed placement is worth at `prices`."""
        listed = self.explicit_entries
        found = np.zeros(len(self.explicit), dtype=np.int64)
        np.add.at(found, listed.of, listed.amount * prices.value[listed.row])
        return found

    def _pick(
        self, region: int, values: Values, rows: Ints, people: Ints, gain: Ints, most: int
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Return the best new placements of a block: for each post those of most gain, and everyone's best."""
        single = self.teams.single[people]
        gain = np.where(single[None, :], gain, NEVER)
        picks = []
        top = np.argmax(gain, axis=0)
        size = 2 * most
        for number in range(len(rows)):
            row = gain[number]
            good = np.flatnonzero(row > 0)
            if len(good) > size:
                good = good[np.argpartition(row[good], len(good) - size)[-size:]]
            picks.append((np.full(len(good), number, dtype=np.int64), good))
        own = np.flatnonzero(gain[top, np.arange(len(people))] > 0)
        if len(own) > size * len(rows):
            worth = gain[top[own], own]
            own = own[np.argpartition(worth, len(own) - size * len(rows))[-size * len(rows) :]]
        picks.append((top[own], own))
        post, person = (np.concatenate([pick[i] for pick in picks]) for i in range(2))
        code = np.unique(post * len(people) + person)
        post, person = code // max(1, len(people)), code % max(1, len(people))
        return self._with_options(region, values, rows[post], people[person].astype(np.int64), gain[post, person])

    def _with_options(
        self, region: int, values: Values, local: Ints, people: Ints, gain: Ints
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Add the best way to pay each placement."""
        place = self.scanner.places[region]
        option = np.zeros(len(local), dtype=np.int64)
        ends = np.append(place.offsets[1:], len(place.options))
        classes = values.classes[people]
        for one in np.unique(local):
            mine = np.flatnonzero(local == one)
            part = values.options[place.offsets[one] : ends[one]][:, classes[mine]]
            option[mine] = place.options[place.offsets[one] + part.argmax(axis=0)]
        return people, place.posts[local], option, gain

    def around(self, prices: Prices, worth: np.ndarray, each: int, most: int) -> Found:
        """Return placements near the best at `prices`, with every way to pay them that is as near, and teams.

        Args:
            prices: of the rows.
            worth: what a placement of each agent must be worth at least, in units of the tier.
            each: so many people for each post (and posts for each person in a block).
            most: so many placements for each person.

        Returns:
            what was found; the bound and everyone's best are not worked out.
        """
        made, arrays = self.plan.tables(prices.value), self.arrays
        floor = np.floor(worth * prices.scale).astype(np.int64)
        self.teams.start(prices, self.explicit, self.explicit_worth(prices))
        parts: list[tuple[Ints, Ints, Ints, Ints]] = []
        for region, values, rows, people, found in self._walk(made):
            parts.append(self._near(region, values, rows, people, found - floor[people], each))
        person, post, option, gain = (np.concatenate([part[i] for part in parts] or [EMPTY]) for i in range(4))
        keep = self._of_people(person, gain, most)
        nobody = np.zeros(arrays.people, dtype=np.int64)
        teams = self.teams.offers(floor[arrays.people :], nobody, nobody - 1)
        return Found(0, nobody, person[keep], post[keep], option[keep], teams, made)

    def _near(
        self, region: int, values: Values, rows: Ints, people: Ints, gain: Ints, each: int
    ) -> tuple[Ints, Ints, Ints, Ints]:
        gain = np.where(self.teams.single[people][None, :], gain, NEVER)
        picks = []
        for axis in range(2):
            size = min(each if axis else 2, gain.shape[axis])
            top = np.argpartition(gain, gain.shape[axis] - size, axis=axis)
            top = top[-size:] if axis == 0 else top[:, -size:]
            other = np.arange(gain.shape[1 - axis])
            number, person = (top, other[None, :]) if axis == 0 else (other[:, None], top)
            picks.append((number * len(people) + person).ravel())
        code = np.unique(np.concatenate(picks))
        number, person = code // len(people), code % len(people)
        good = np.flatnonzero(gain[number, person] > 0)
        size = each * len(rows)
        if len(good) > 2 * size:
            worth = gain[number[good], person[good]]
            good = good[np.argpartition(worth, len(good) - 2 * size)[-2 * size :]]
        number, person = number[good], person[good]
        local, who, much = rows[number], people[person].astype(np.int64), gain[number, person]
        place = self.scanner.places[region]
        of, where = ranges(place.offsets[local], np.append(place.offsets[1:], len(place.options))[local])
        worth = values.options[where, values.classes[who][of]]
        first = np.searchsorted(of, np.arange(len(local)))
        best = np.maximum.reduceat(worth, first) if len(local) else EMPTY
        left = much[of] - (best[of] - worth)
        keep = left > 0
        of, where = of[keep], where[keep]
        return who[of], place.posts[local[of]], place.options[where], left[keep]

    def takers(self, prices: Prices, worth: np.ndarray, options: Ints, each: int) -> tuple[Ints, Ints]:
        """Return for each of some options the people who gain most by it: placements (person, option).

        Args:
            prices: of the rows.
            worth: what each agent has elsewhere, in units of the tier.
            options: ascending.
            each: so many people for each.
        """
        made = self.plan.tables(prices.value)
        floor = np.floor(worth * prices.scale).astype(np.int64)
        people_of: list[Ints] = [EMPTY]
        option_of: list[Ints] = [EMPTY]
        for region, place in enumerate(self.scanner.places):
            mine = np.flatnonzero(np.isin(place.options, options))
            if not len(mine):
                continue
            local = np.searchsorted(place.offsets, mine, side="right") - 1
            values = self.scanner.values(region, made)
            best = np.maximum.reduceat(values.options, place.offsets, axis=0)
            for rows, people, found in self.scanner.blocks(region, values):
                at = np.searchsorted(rows, local)
                inside = (at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == local)
                if not inside.any():
                    continue
                classes = values.classes[people]
                chosen, of_post = mine[inside], local[inside]
                gain = found[at[inside]] - floor[people]
                gain += values.options[chosen][:, classes] - best[of_post][:, classes]
                gain[:, ~self.teams.single[people]] = NEVER
                size = min(each, gain.shape[1])
                top = np.argpartition(gain, gain.shape[1] - size, axis=1)[:, -size:]
                good = np.take_along_axis(gain, top, axis=1) > NEVER // 2
                people_of.append(people[top[good]].astype(np.int64))
                option_of.append(np.repeat(place.options[chosen], good.sum(axis=1)))
        return np.concatenate(people_of), np.concatenate(option_of)

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

    def _bound(self, prices: Prices, best: Ints) -> int:
        """Return ⌊the Lagrangian bound⌋ of the tier."""
        total = _sum(np.where(self.teams.single, best, 0)) + _sum(self.teams.values(best))
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
