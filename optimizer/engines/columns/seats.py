"""The side of the seats: every seat takes the way to be filled that is worth most, whoever comes.

People are as good as alike while a first tier counts needs: what matters is the money, the rules, and how many people there are
who can take a post at all. This relaxation has a few columns for each post and no rows of seats, so its dual is flat in seconds where
the dual over people takes minutes, and annealing over it decides which seats are filled from which agreement without ever looking at a
person. Its prices and its plan are a start, never a proof: the bound is always taken from a look at all pairs, and the plan is made
good by the search over people.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from optimizer.engines.columns.board import EXACT, FREE, Board, Goal, Limits
from optimizer.engines.columns.descent import Descent
from optimizer.engines.columns.ground import COOL, CREDIT, GROWTH, WARM
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.records import worths
from optimizer.engines.columns.softmax import PARTS, Smooth
from optimizer.engines.columns.triples import EMPTY, entries, ordinary, ranges
from optimizer.formulation.arrays import Bools, Ints, Reals
from optimizer.formulation.pieces import COST, ONE, PAID

HEATS, STEPS, REACH = (0.1, 0.04, 0.016, 0.007, 0.003), 50, 3.0
"""Temperatures in usual placements, steps of descent at each, and how far a price may move at each, in the same."""
HOPELESS = 30.0
"""A way that is so many temperatures worse than a post's best is not looked at at lower ones."""
MORE, ENOUGH = 4, 0.001
"""So many more descents at the last temperature, until ways not looked at are worth no more than such a part of all."""
WAYS = 20
"""So many ways to pay each post are looked at at each temperature."""
NEAR = 0.5
"""A plan takes none that is so many usual placements worse than the best, and no more than WAYS."""
MOVES = 1
"""Moves for each seat in each part."""


class SeatColumns:
    """The columns of a plan, one for each seat and option, as the annealing reads them; an agent is a seat."""

    def __init__(self, agent: Ints, ptr: Ints, row: Ints, amount: Ints, agents: int) -> None:
        self.agent, self.row = agent.astype(np.int32), row.astype(np.int32)
        self.ptr, self.amount, self.agents = ptr, amount, agents

    def __len__(self) -> int:
        return len(self.agent)

    def values(self, price: Reals) -> Reals:
        """Return what each column is worth at a price for each row."""
        return worths(price, self.ptr, self.row, self.amount)


class SeatSide:
    """The relaxation for one tier.

    Attributes:
        option: the options that somebody can take, ascending.
        work: entries looked at so far.
    """

    def __init__(
        self,
        pricing: Pricing,
        tier: int,
        typical: float,
        way: Reals | None = None,
        seats: Ints | None = None,
        options: Ints | None = None,
    ) -> None:
        """Lay out the relaxation.

        Args:
            pricing: the problem.
            tier: the row of the tier.
            typical: what a placement usually counts in it.
            way: what whoever comes to each region costs at least for the way, where anybody does (None: nothing).
            seats: how many seats of each post there are people for (None: all).
            options: the only ways to pay that count (None: all).
        """
        self.pricing, self.tier, self.typical, self.work = pricing, tier, typical, 0
        arrays = pricing.arrays
        self.way = np.zeros(len(arrays.regions)) if way is None else way
        self.seats = arrays.seats if seats is None else seats
        self.option, self.person = self._ways()
        if options is not None:
            keep = np.isin(self.option, options)
            self.option, self.person = self.option[keep], self.person[keep]
        made = entries(pricing.rows, arrays, ordinary(arrays, self.person, self.option))
        post = arrays.options.post[self.option]
        self.skills, skill_of, skill_post = self._skills()
        size = len(pricing.rows.lower)
        # Each column counts in its own rows, without those of seats and those that ask who comes, and in the rows of skills.
        left_out = self._left_out()
        keep = ~left_out[made.row]
        first, last = (np.searchsorted(skill_post, post, side=side) for side in ("left", "right"))
        of, where = ranges(first, last)
        column = np.concatenate([made.of[keep], of])
        row = np.concatenate([made.row[keep], size + skill_of[where]])
        amount = np.concatenate([made.amount[keep], np.ones(len(of), dtype=np.int64)])
        order = np.argsort(column, kind="stable")
        self.row, self.amount = row[order].astype(np.int32), amount[order]
        self.ptr = np.searchsorted(column[order], np.arange(len(self.option) + 1)).astype(np.int64)
        self.posts, start, self.post_of = np.unique(post, return_index=True, return_inverse=True)
        self.start = np.append(start, len(post)).astype(np.int64)
        self.left_out = left_out
        self.rank = np.arange(len(self.option)) - np.repeat(self.start[:-1], np.diff(self.start))
        self.near: Ints = np.arange(len(self.option))

    def _ways(self) -> tuple[Ints, Ints]:
        """Return (option, person) of every option that somebody can take, with whoever comes cheapest but not below `way`."""
        pricing, scanner = self.pricing, self.pricing.scanner
        options: list[Ints] = [EMPTY]
        people: list[Ints] = [EMPTY]
        for region, place in enumerate(scanner.places):
            refusing, classes = scanner.refusing(region), pricing.plan.classes[region]
            of = classes.of[pricing.plan.combination]
            local = np.repeat(np.arange(len(place.posts)), np.diff(place.offsets))
            for demand, posts in place.blocks():
                able = scanner.people(demand, refusing)
                kinds, first = np.unique(of[able], return_index=True)
                cheap = np.argsort(classes.travel[kinds], kind="stable")
                kinds, first = kinds[cheap], first[cheap]
                _, mine = ranges(place.offsets[posts], place.offsets[posts + 1])
                may = ~(place.no_option[mine][:, kinds] | place.no_post[local[mine]][:, kinds])
                mine, may = mine[may.any(axis=1)], may[may.any(axis=1)]
                dear = may & (classes.travel[kinds] >= self.way[region])[None, :]
                may = np.where(dear.any(axis=1)[:, None], dear, may)
                options.append(place.options[mine])
                people.append(able[first[may.argmax(axis=1)]].astype(np.int64) if len(mine) else EMPTY)
        option, person = np.concatenate(options), np.concatenate(people)
        order = np.argsort(option, kind="stable")
        return option[order], person[order]

    def _skills(self) -> tuple[Ints, Ints, Ints]:
        """Return how many people meet each scarce demand, and (number, post) of the posts that ask for as much or more, by post."""
        arrays = self.pricing.arrays
        of, lists = arrays.able
        problem = arrays.problem
        _, first = np.unique(of, return_index=True)
        demands = [(problem.posts[post].requires, problem.posts[post].hardship) for post in first.tolist()]
        seats = np.bincount(of, weights=arrays.seats, minlength=len(demands))
        limits: list[int] = []
        number: list[Ints] = [EMPTY]
        posts: list[Ints] = [EMPTY]
        for demand, (requires, hardship) in enumerate(demands):
            above = np.array([r >= requires and h >= hardship for r, h in demands], dtype=np.bool_)
            if seats[above].sum() > len(lists[demand]):
                mine = np.flatnonzero(above[of])
                number.append(np.full(len(mine), len(limits), dtype=np.int64))
                posts.append(mine)
                limits.append(len(lists[demand]))
        joined, post = np.concatenate(number), np.concatenate(posts)
        order = np.argsort(post, kind="stable")
        return np.array(limits, dtype=np.int64), joined[order], post[order]

    def _left_out(self) -> Bools:
        """Return the rows that this relaxation cannot state: of seats, of single pairs, and what depends on who comes."""
        rows = self.pricing.rows
        found = np.zeros(len(rows.lower), dtype=np.bool_)
        found[rows.seat_row] = True
        for piece in rows.pieces:
            by_person = piece.people is not None or piece.only_home is not None or piece.weight not in {ONE, COST, PAID}
            dear = piece.weight in {COST, PAID} and not bool(self.pricing.no_lower[piece.row].all())
            if by_person or dear:
                found[piece.row] = True
        found[[row for pairs in rows.pairs.values() for row, _ in pairs]] = True
        found[rows.tiers] = False
        return found

    def descend(self, stop: Callable[[], bool], start: Reals | None = None) -> Reals:
        """Return prices for all rows; a seat's is what filling it is worth.

        Args:
            stop: asked between two temperatures whether to leave it at that.
            start: prices to begin from, already near the best (None: from none).
        """
        pricing, size = self.pricing, len(self.pricing.rows.lower)
        sides, skills = pricing.sides(), len(self.skills)
        nothing = np.zeros(skills)
        sides = replace(
            sides,
            lower=np.append(np.where(self.left_out, -np.inf, sides.lower), np.full(skills, -np.inf)),
            upper=np.append(np.where(self.left_out, np.inf, sides.upper), self.skills),
            gain=np.append(sides.gain, nothing + 1),
        )
        descent = Descent(sides, self.tier, self.typical)
        now = np.zeros(len(descent.rows))
        if start is not None:
            known = np.append(start, nothing)
            now = np.clip(known[descent.rows] * descent.size, descent.least, descent.most)
        # A few ways for each post do at first, whichever; then those that are worth most at the prices found.
        live: Ints = np.flatnonzero(self.rank % np.repeat(1 + np.diff(self.start) // WAYS, np.diff(self.start)) == 0)
        weight = self.seats[self.posts].astype(np.float64)
        with ThreadPoolExecutor(min(PARTS, pricing.workers)) as threads:
            heats = list(HEATS if start is None else HEATS[-2:])
            heats += [heats[-1]] * MORE
            for number, heat in enumerate(heats):
                if stop():
                    break
                first = np.searchsorted(live, self.start).astype(np.int64)
                descent.smooth = Smooth(live, first, self.ptr, self.row, self.amount, weight)
                now, passes = descent.descend(now, heat * self.typical, STEPS, REACH * self.typical, threads)
                self.work += passes * (len(live) * len(self.row) // max(1, len(self.option)))
                worth = worths(descent.price(now), self.ptr, self.row, self.amount)
                best, looked_at = self._best(worth), np.zeros(len(worth), dtype=np.bool_)
                looked_at[live] = True
                seen = self._best(np.where(looked_at, worth, 0.0))
                if number >= len(heats) - MORE - 1 and float(weight @ (best - seen)) <= ENOUGH * float(weight @ best):
                    break
                # What is far from a post's best at this heat will not be taken at a lower one; what is better than those seen is.
                live = self._near(worth, HOPELESS * heat, looked_at)
        price = descent.price(now)
        worth = worths(price, self.ptr, self.row, self.amount)
        found = price[:size].copy()
        found[self.tier] = 0.0
        if len(worth):
            found[pricing.rows.seat_row[self.posts]] = -self._best(worth)
            self.near = self._near(worth, NEAR, np.zeros(len(worth), dtype=np.bool_))
        return found

    def _near(self, worth: Reals, reach: float, known: Bools) -> Ints:
        """Return the columns within a reach (in usual placements) of their post's best: the first WAYS of each, and known ones."""
        near: Bools = worth >= np.repeat(self._best(worth), np.diff(self.start)) - reach * self.typical
        behind = np.lexsort((-worth, self.post_of))[self.rank >= WAYS]
        near[behind] = near[behind] & known[behind]
        return np.flatnonzero(near)

    def _best(self, worth: Reals) -> Reals:
        """Return the most that a seat of each post is worth filled, at least 0."""
        if not len(worth):
            return np.zeros(0)
        found: Reals = np.maximum(np.maximum.reduceat(worth, self.start[:-1]), 0.0)
        return found

    def plan(self, limits: Limits, prices: Reals, seed: int, plays: int, stop: Callable[[], bool]) -> Ints:
        """Return options for the seats to fill, ascending, one for each seat: lawful as far as this relaxation can say.

        Args:
            limits: what rows ask of whole placements.
            prices: from `descend`.
            seed: decides among equals.
            plays: so many parts of the annealing.
            stop: asked between two parts whether to leave it at that.
        """
        size = len(prices)
        post = self.pricing.arrays.options.post[self.option[self.near]]
        which, number = ranges(np.zeros(len(post), dtype=np.int64), self.seats[post])
        of = self.near[which]
        agent = (np.cumsum(self.seats) - self.seats)[post[which]] + number
        column, entry = ranges(self.ptr[of], self.ptr[of + 1])
        keep = self.row[entry] < size
        column, entry = column[keep], entry[keep]
        ptr = np.searchsorted(column, np.arange(len(of) + 1)).astype(np.int64)
        table = SeatColumns(agent, ptr, self.row[entry], self.amount[entry], max(1, int(self.seats.sum())))
        tiers, known = self.pricing.rows.tiers, np.where(self.left_out, 0.0, prices)
        weights = [float(row == self.tier) for row in tiers]
        goal = Goal(weights, [None] * len(tiers), [0.0] * len(tiers), known, self.typical)
        board = Board(self._free(limits), table, np.arange(len(table)), goal, seed, CREDIT, EXACT)
        board.start({})
        board.fill(np.zeros(0))
        moves = MOVES * int(self.seats.sum()) + 1
        for play in range(plays):
            if stop():
                break
            board.cool(moves, min(1.0, 1.1 * play / plays), WARM, COOL, 1 / plays, GROWTH)
        self.work += board.work
        chosen = board.best if board.lawful else board.chosen
        return np.sort(self.option[of[chosen[chosen >= 0]]])

    def _free(self, limits: Limits) -> Limits:
        """Return the limits without those that this relaxation cannot state."""
        found = copy.copy(limits)
        record = found.record = limits.record.copy()
        record["low"][self.left_out], record["high"][self.left_out] = -FREE, FREE
        record["limited"][self.left_out], record["target"][self.left_out] = 0, -1
        return found
