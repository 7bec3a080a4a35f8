"""A problem as arrays of numbers, for engines that look at millions of pairs: people, posts, and the ways a post can be paid.

Nothing here has the size volunteers × posts. What depends on both is stored for each region: who refuses it, who wishes for it, what
the way there costs, and the *class* of every volunteer there (the way's cost together with the filters the volunteer passes). A post's
placements of one class cost alike and count alike in every row, so what is asked of millions of pairs is answered once for
each post and class.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.index import Index
from optimizer.problem import Problem

Ints = npt.NDArray[np.integer[Any]]
Positions = Ints
Bools = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
NO_LIMIT = np.int64(2**62)


@dataclass(frozen=True, slots=True)
class Options:
    """The ways to pay: option o is `agreement[o]` at `post[o]`; those of post p are start[p] … start[p + 1] − 1.

    `line_option`, `line_fund` and `line_amount` say what each fund pays of the post's own lines; `travel_fund` pays the way (−1: nobody
    does, so only people without a cost of travel can be placed so).
    """

    post: Ints
    agreement: Ints
    start: Ints
    travel_fund: Ints
    line_option: Ints
    line_fund: Ints
    line_amount: Ints


class Arrays:
    """The numbers of one problem by position; regions are counted over those in which posts with seats directly lie.

    All money is counted in `unit` rupiah, the greatest common divisor of every amount that a placement can cost.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        problem = self.problem = index.problem
        self.people, self.posts, self.agreements = (
            len(problem.volunteers),
            len(problem.posts),
            len(problem.agreements),
        )
        self.seats = np.array([post.seats for post in problem.posts], dtype=np.int64)
        self.need = np.array([post.need for post in problem.posts], dtype=np.int64)
        self.unit = _money_unit(problem)
        costs = [sum(post.cost.values()) // self.unit for post in problem.posts]
        self.base_cost = np.array(costs, dtype=np.int64)
        self.suitability = np.array([person.suitability for person in problem.volunteers], dtype=np.int64)
        self.weight = np.array([person.weight for person in problem.volunteers], dtype=np.int64)
        names = sorted({index.post_region[p] for p in range(self.posts) if problem.posts[p].seats})
        self.regions = names
        number = {name: position for position, name in enumerate(names)}
        self.region = np.array(
            [number.get(index.post_region[p], -1) if problem.posts[p].seats else -1 for p in range(self.posts)],
            dtype=np.int64,
        )
        self.posts_of = [np.flatnonzero(self.region == r) for r in range(len(names))]
        homes = sorted({person.home for person in problem.volunteers if person.home is not None})
        self.homes = homes
        home = {name: position for position, name in enumerate(homes)}
        # A person without a home travels for nothing: the last row of every table of homes.
        self.home = np.array(
            [len(homes) if v.home is None else home[v.home] for v in problem.volunteers], dtype=np.int64
        )

    @cached_property
    def way(self) -> Ints:
        """Cost (in `unit`) of the way from each home (last row: no home) to each region."""
        table = np.zeros((len(self.homes) + 1, len(self.regions)), dtype=np.int64)
        home = {name: position for position, name in enumerate(self.homes)}
        region = {name: position for position, name in enumerate(self.regions)}
        for (start, end), amount in self.problem.travel.items():
            if start in home and end in region:
                table[home[start], region[end]] = amount // self.unit
        return table

    @cached_property
    def covering(self) -> dict[str, Bools]:
        """For every region named in a wish or a refusal, which of the regions with posts it covers."""
        named = {name for v in self.problem.volunteers for name in (*v.preferences[:10], *v.refuses)}
        return {name: self.covered_by(name) for name in sorted(named)}

    def covered_by(self, above: str) -> Bools:
        """Return which of the regions with posts lie in `above`."""
        covers = self.index.forest.covers
        return np.array([covers(above, name) for name in self.regions], dtype=np.bool_)

    @cached_property
    def refusing(self) -> list[Positions]:
        """The volunteers who refuse each region."""
        return [np.unique(found) for found in self._by_region(v.refuses for v in self.problem.volunteers)[0]]

    @cached_property
    def wishing(self) -> list[tuple[Positions, npt.NDArray[np.int8]]]:
        """For each region the volunteers who wish for it and their preference (10 for the first wish)."""
        people, places = self._by_region(v.preferences[:10] for v in self.problem.volunteers)
        found = []
        for who, place in zip(people, places, strict=True):
            # The first wish that covers the region counts: the entries are in order of the wishes.
            first, where = np.unique(who, return_index=True)
            found.append((first, (10 - place[where]).astype(np.int8)))
        return found

    def _by_region(self, lists: Iterable[tuple[str, ...]]) -> tuple[list[Positions], list[Positions]]:
        at: dict[str, list[tuple[int, int]]] = {}
        for person, names in enumerate(lists):
            for place, name in enumerate(names):
                at.setdefault(name, []).append((person, place))
        rows = {name: np.array(entries, dtype=np.int32) for name, entries in at.items()}
        people: list[Positions] = []
        places: list[Positions] = []
        for region in range(len(self.regions)):
            parts = [entries for name, entries in rows.items() if self.covering[name][region]]
            joined = np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.int32)
            joined = joined[np.lexsort((joined[:, 1], joined[:, 0]))]
            people.append(joined[:, 0])
            places.append(joined[:, 1])
        return people, places

    def preference_in(self, region: int) -> npt.NDArray[np.int8]:
        """Return everyone's preference for a region."""
        values = np.zeros(self.people, dtype=np.int8)
        who, much = self.wishing[region]
        values[who] = much
        return values

    # demands -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def able(self) -> tuple[Ints, list[Positions]]:
        """For each post the number of its demand (tags and hardship), and the volunteers who meet each demand anywhere."""
        having: dict[str, list[int]] = {}
        for position, person in enumerate(self.problem.volunteers):
            for tag in person.tags:
                having.setdefault(tag, []).append(position)
        limit = np.array(
            [NO_LIMIT if v.max_hardship is None else v.max_hardship for v in self.problem.volunteers], dtype=np.int64
        )
        known: dict[tuple[frozenset[str], int], int] = {}
        lists: list[Positions] = []
        of = np.zeros(self.posts, dtype=np.int64)
        for position, post in enumerate(self.problem.posts):
            key = (post.requires, post.hardship)
            if key not in known:
                known[key] = len(lists)
                fits = limit >= post.hardship
                for tag in sorted(post.requires):
                    mine = np.zeros(self.people, dtype=np.bool_)
                    mine[having.get(tag, [])] = True
                    fits &= mine
                lists.append(np.flatnonzero(fits).astype(np.int32))
            of[position] = known[key]
        return of, lists

    @cached_property
    def pairs(self) -> int:
        """How many pairs of a volunteer and a post meet the post's demands (refusals left out of account)."""
        of, lists = self.able
        return int(np.array([len(one) for one in lists], dtype=np.int64)[of].sum()) if self.posts else 0

    @property
    def choices(self) -> int:
        """How many pairs there are to choose from: those listed where only they count, else `pairs`."""
        problem = self.problem
        return len(problem.pairs) if problem.pairs_only else self.pairs

    @cached_property
    def liked(self) -> tuple[Ints, list[Ints], npt.NDArray[np.float32]]:
        """For each post the number of its set of preferred tags, the tags of each set, and who has which preferred tag (tag × person)."""
        tags = sorted({tag for post in self.problem.posts for tag in post.prefers})
        number = {tag: position for position, tag in enumerate(tags)}
        has = np.zeros((len(tags), self.people), dtype=np.float32)
        for position, person in enumerate(self.problem.volunteers):
            for tag in person.tags:
                if tag in number:
                    has[number[tag], position] = 1
        known: dict[frozenset[str], int] = {}
        sets: list[Ints] = []
        of = np.zeros(self.posts, dtype=np.int64)
        for position, post in enumerate(self.problem.posts):
            if post.prefers not in known:
                known[post.prefers] = len(sets)
                sets.append(np.array(sorted(number[tag] for tag in post.prefers), dtype=np.int64))
            of[position] = known[post.prefers]
        return of, sets, has

    def fit_of(self, people: Ints, posts: Ints) -> Ints:
        """Return suitability + 5 × preferred tags of each (person, post), pair by pair."""
        of, sets, has = self.liked
        which = of[posts]
        found = self.suitability[people].copy()
        for one in np.unique(which):
            mine = np.flatnonzero(which == one)
            if len(sets[one]):
                found[mine] += 5 * has[sets[one]][:, people[mine]].sum(axis=0).astype(np.int64)
        return found

    # money -------------------------------------------------------------------------------------------------------------------

    @cached_property
    def usable(self) -> list[list[int]]:
        """The agreements that cover each post (whether they can pay is another question)."""
        areas = [
            None
            if one.regions is None
            else np.logical_or.reduce(
                [self.covered_by(name) for name in one.regions] or [np.zeros(len(self.regions), bool)]
            )
            for one in self.problem.agreements
        ]
        there = [
            [i for i, area in enumerate(areas) if area is None or bool(area[region])]
            for region in range(len(self.regions))
        ]
        tags = [one.tags for one in self.problem.agreements]
        return [
            [i for i in there[self.region[post]] if tags[i] <= self.index.post_tags[post]]
            if self.region[post] >= 0
            else []
            for post in range(self.posts)
        ]

    @cached_property
    def options(self) -> Options:
        """Every way to pay a placement at a post whose pair has no cost of its own."""
        post: list[int] = []
        agreement: list[int] = []
        start, travel = [0], []
        lines: list[tuple[int, int, int]] = []
        for place, record in enumerate(self.problem.posts):
            own = {line: amount for line, amount in record.cost.items() if amount}
            for payer in self.usable[place]:
                one = self.problem.agreements[payer]
                if not self.index.can_pay(one, own):
                    continue
                fund = one.fund_for("travel")
                paid: dict[int, int] = {}
                for line, amount in own.items():
                    source = self.index.fund[str(one.fund_for(line))]
                    paid[source] = paid.get(source, 0) + amount // self.unit
                lines.extend((len(post), source, amount) for source, amount in paid.items())
                post.append(place)
                agreement.append(payer)
                travel.append(-1 if fund is None else self.index.fund[fund])
            start.append(len(post))
        table = np.array(lines, dtype=np.int64).reshape(-1, 3)
        return Options(
            np.array(post, dtype=np.int64),
            np.array(agreement, dtype=np.int64),
            np.array(start, dtype=np.int64),
            np.array(travel, dtype=np.int64),
            *(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()),
        )


def _money_unit(problem: Problem) -> int:
    """Return what divides every cost that a placement can have."""
    amounts = [amount for post in problem.posts for amount in post.cost.values()]
    amounts += problem.travel.values()
    amounts += [pair.cost for pair in problem.pairs.values() if pair.cost is not None]
    return math.gcd(*amounts) or 1
