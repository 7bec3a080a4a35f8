"""People who are placed together: a team is one agent, and its worth at a place is the sum of its members' best there.

Where a hard rule binds a team its placements are all of one place, so no prices on "both are there" are needed and the bound is tighter.
A team with soft rules only may also be split, at the least of its penalties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.engines.columns.prices import NEVER
from optimizer.formulation.arrays import Arrays, Bools, Ints
from optimizer.formulation.pieces import Group, Rows

if TYPE_CHECKING:
    from optimizer.engines.columns.pricing import Prices
    from optimizer.engines.columns.triples import Triples

FLOOR = NEVER // 2
SLOTS = 3
"""So many best regions are remembered for each team."""


@dataclass(frozen=True, slots=True)
class Family:
    """Teams with the same rules: `members` one after another, `start` of each team, the place of every post, hard or soft."""

    teams: Ints
    members: Ints
    start: Ints
    place: Ints
    hard: bool
    pairs: bool


@dataclass(slots=True)
class Best:
    """The best regions of one family's teams: worth by (slot, team), and by (slot, member) the best and second post there."""

    worth: Ints
    first: Ints
    second: Ints


class Teams:
    """The teams of one problem during a scan."""

    def __init__(self, arrays: Arrays, rows: Rows) -> None:
        self.arrays, self.rows = arrays, rows
        self.groups = rows.groups
        self.single: Bools = np.ones(arrays.people, dtype=np.bool_)
        for group in self.groups:
            self.single[list(group.members)] = False
        self.families = self._families()
        self.members = np.concatenate([f.members for f in self.families] or [np.zeros(0, dtype=np.int64)])
        self.column = np.full(arrays.people, -1, dtype=np.int64)
        self.column[self.members] = np.arange(len(self.members))

    def _families(self) -> list[Family]:
        kinds: dict[tuple[tuple[int, bool], ...], list[int]] = {}
        for number, group in enumerate(self.groups):
            kinds.setdefault(tuple((id(place), price is None) for place, price in group.rules), []).append(number)
        found = []
        for numbers in kinds.values():
            rules = self.groups[numbers[0]].rules
            hard = [place for place, price in rules if price is None]
            _, place = np.unique(np.array(hard or [place for place, _ in rules]), axis=1, return_inverse=True)
            lengths = [len(self.groups[number].members) for number in numbers]
            members = [person for number in numbers for person in self.groups[number].members]
            found.append(
                Family(
                    np.array(numbers, dtype=np.int64),
                    np.array(members, dtype=np.int64),
                    np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
                    place.reshape(-1).astype(np.int64),
                    bool(hard),
                    set(lengths) == {2},
                )
            )
        return found

    # during a scan -----------------------------------------------------------------------------------------------------------

    def start(self, prices: Prices, listed: Triples, worth: Ints) -> None:
        """Begin a scan at `prices`; `worth` is that of the listed placements of pairs with figures of their own."""
        self._prices = prices
        inside = self.column[listed.person] >= 0 if len(worth) else np.zeros(0, dtype=np.bool_)
        self.listed = listed.person[inside], listed.post[inside], worth[inside]
        self.listed_region = self.arrays.region[self.listed[1]]

    def watch(self) -> Watch:
        """Return what watches a part of a scan."""
        return Watch(self)

    def merged(self, watches: list[Watch]) -> Watch:
        """Return what several parts of a scan saw together, the earlier first among equals."""
        found = self.watch()
        for watch in watches:
            for family, best, seen in zip(self.families, found.best, watch.best, strict=True):
                lengths = np.diff(np.append(family.start, len(family.members)))
                team = np.repeat(np.arange(len(lengths)), lengths)
                for slot in range(SLOTS):
                    insert(best, seen.worth[slot], seen.first[slot], seen.second[slot], team)
        return found

    # afterwards --------------------------------------------------------------------------------------------------------------

    def penalties(self, group: Group) -> list[int]:
        """Return what breaking each soft rule of a team costs at the scan's prices."""
        return [-self._charge(price, self._prices.value) for _, price in group.rules if price is not None]

    def _charge(self, price: int, value: Ints) -> int:
        tiers = zip(self.rows.tiers, self.arrays.problem.objective, strict=True)
        return sum(int(value[row]) * tier.weights.get("penalty", 0) * price for row, tier in tiers)

    def values(self, watch: Watch, alone: Ints) -> Ints:
        """Return the most that each team can be worth; `alone` is everyone's best (0 for nothing)."""
        found = np.zeros(len(self.groups), dtype=np.int64)
        for family, best in zip(self.families, watch.best, strict=True):
            worth = np.maximum(best.worth[0], 0)
            if not family.hard:
                apart = np.add.reduceat(alone[family.members], family.start)
                least = [min(self.penalties(self.groups[number])) for number in family.teams]
                worth = np.maximum(worth, apart - np.array(least, dtype=np.int64))
            found[family.teams] = worth
        return found

    def offers(self, watch: Watch, price: Ints, alone: Ints, alone_at: Ints) -> list[list[tuple[int, int]]]:
        """Return teams of (person, post) that may be worth more than the teams' prices."""
        found: list[list[tuple[int, int]]] = []
        for family, best in zip(self.families, watch.best, strict=True):
            ends = np.append(family.start[1:], len(family.members))
            for slot in range(SLOTS):
                for one in np.flatnonzero(best.worth[slot] > price[family.teams]):
                    span = slice(family.start[one], ends[one])
                    seated = self._seated(best.first[slot][span], best.second[slot][span])
                    if seated is not None:
                        found.append(list(zip(family.members[span].tolist(), seated, strict=True)))
            if not family.hard:
                for number in range(len(family.teams)):
                    members = family.members[family.start[number] : ends[number]]
                    good = members[alone[members] > 0]
                    singly = [(int(v), int(alone_at[v])) for v in good]
                    found.extend([pair] for pair in singly)
                    if len(singly) > 1 and self._fits([post for _, post in singly]):
                        found.append(singly)
        return found

    def _seated(self, first: Ints, second: Ints) -> list[int] | None:
        """Return a post for each member, the second best where the best is full; None where that fails too."""
        used: dict[int, int] = {}
        seated = []
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            post = one if used.get(one, 0) < self.arrays.seats[one] else other
            if post < 0 or used.get(post, 0) >= self.arrays.seats[post]:
                return None
            used[post] = used.get(post, 0) + 1
            seated.append(post)
        return seated

    def _fits(self, posts: list[int]) -> bool:
        return all(posts.count(post) <= self.arrays.seats[post] for post in set(posts))

    def broken(self, number: int, placed: dict[int, int]) -> int:
        """Return the penalty (before the tiers' weights) of a team whose members are placed so; −1 if a hard rule is broken."""
        group = self.groups[number]
        total = 0
        for place, price in group.rules:
            places = {int(place[placed[v]]) if v in placed else -1 for v in group.members}
            if len(places) > 1:
                if price is None:
                    return -1
                total += price
        return total


class Watch:
    """What the members of teams find together in a part of a scan: the best places of every team."""

    def __init__(self, teams: Teams) -> None:
        self.teams = teams
        self.best = [
            Best(
                np.full((SLOTS, len(f.teams)), NEVER, dtype=np.int64),
                np.full((SLOTS, len(f.members)), -1, dtype=np.int64),
                np.full((SLOTS, len(f.members)), -1, dtype=np.int64),
            )
            for f in teams.families
        ]
        self._parts: list[tuple[Ints, Ints, Ints]] = []

    def take(self, posts: Ints, people: Ints, found: Ints) -> None:
        """Remember what a block says of members."""
        self._parts.append((posts, self.teams.column[people], found))

    def finish(self, region: int) -> None:
        """End a region: keep it for every team for which it is among the best."""
        mine = np.flatnonzero(self.teams.listed_region == region)
        posts = np.unique(np.concatenate([*(part[0] for part in self._parts), self.teams.listed[1][mine]]))
        if len(posts):
            table = np.full((len(posts), len(self.teams.members)), NEVER, dtype=np.int64)
            for own, column, found in self._parts:
                table[np.searchsorted(posts, own)[:, None], column[None, :]] = found
            row, column = (
                np.searchsorted(posts, self.teams.listed[1][mine]),
                self.teams.column[self.teams.listed[0][mine]],
            )
            np.maximum.at(table, (row, column), self.teams.listed[2][mine])
            begin = 0
            for family, best in zip(self.teams.families, self.best, strict=True):
                self._keep(family, best, posts, table[:, begin : begin + len(family.members)])
                begin += len(family.members)
        self._parts = []

    def _keep(self, family: Family, best: Best, posts: Ints, table: Ints) -> None:
        place = family.place[posts]
        lengths = np.diff(np.append(family.start, len(family.members)))
        for one in np.unique(place):
            here = np.flatnonzero(place == one)
            part = table[here]
            top = part.argmax(axis=0)
            across = np.arange(part.shape[1])
            worth = part[top, across]
            can = np.minimum.reduceat(worth, family.start) > FLOOR
            joint = np.where(can, np.add.reduceat(np.where(worth > FLOOR, worth, 0), family.start), NEVER)
            better = joint > best.worth[-1]
            if not better.any():
                continue
            first = posts[here[top]]
            part = part.copy()
            part[top, across] = NEVER
            again = part.argmax(axis=0)
            next_best = part[again, across]
            second = np.where(next_best > FLOOR, posts[here[again]], -1)
            if family.pairs:
                joint = self._two_seats(joint, worth, next_best, first, second)
            insert(best, joint, first, second, np.repeat(np.arange(len(lengths)), lengths))

    def _two_seats(self, joint: Ints, worth: Ints, next_best: Ints, first: Ints, second: Ints) -> Ints:
        """Return the worth of teams of two, of whom one takes the second best where the best post has one seat for both."""
        clash = np.flatnonzero(
            (first[0::2] == first[1::2]) & (self.teams.arrays.seats[first[0::2]] < 2) & (joint > FLOOR)
        )
        one, other = 2 * clash, 2 * clash + 1
        moved = np.where(next_best[one] > FLOOR, next_best[one] + worth[other], NEVER)
        stayed = np.where(next_best[other] > FLOOR, worth[one] + next_best[other], NEVER)
        first[one], first[other] = (
            np.where(moved > stayed, second[one], first[one]),
            np.where(moved > stayed, first[other], second[other]),
        )
        joint = joint.copy()
        joint[clash] = np.maximum(moved, stayed)
        return joint


def insert(best: Best, joint: Ints, first: Ints, second: Ints, team: Ints) -> None:
    """Put the new place where it belongs among each team's best."""
    for slot in range(SLOTS):
        swap = joint > best.worth[slot]
        best.worth[slot], joint = np.where(swap, joint, best.worth[slot]), np.where(swap, best.worth[slot], joint)
        wide = swap[team]
        best.first[slot], first = np.where(wide, first, best.first[slot]), np.where(wide, best.first[slot], first)
        best.second[slot], second = (
            np.where(wide, second, best.second[slot]),
            np.where(wide, best.second[slot], second),
        )
