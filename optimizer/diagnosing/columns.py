"""Every placement that may be made and paid, as arrays, in order of posts: what the rules of a round are counted over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optimizer.eligibility import eligible_volunteers
from optimizer.index import Index
from optimizer.problem import Agreement, Where

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Block:
    """Placements at one post under one agreement: what each fund pays of all of them alike, and who pays the way (−1: nobody)."""

    post: int
    agreement: int
    paid: Mapping[int, int]
    travel_fund: int


class Columns:
    """The placements (person, post, agreement) by number; `way` is the rupiah of travel that differs from person to person."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.blocks: list[Block] = []
        self._people: list[Ints] = []
        self._ways: list[Ints] = []
        homes = sorted({one.home for one in index.problem.volunteers if one.home is not None})
        number = {home: position for position, home in enumerate(homes)}
        self._homes = homes
        self._home = np.array(
            [len(homes) if one.home is None else number[one.home] for one in index.problem.volunteers], dtype=np.int64
        )
        self._fixed = self._pairs_with_cost()
        for post, people in enumerate(eligible_volunteers(index)):
            if people:
                self._add_post(post, np.array(people, dtype=np.int64))
        length = [len(people) for people in self._people]
        self.block = np.repeat(np.arange(len(length), dtype=np.int64), length)
        self.person = np.concatenate([*self._people, NONE])
        self.way = np.concatenate([*self._ways, NONE])
        self.post = np.array([block.post for block in self.blocks], dtype=np.int64)[self.block]
        self.agreement = np.array([block.agreement for block in self.blocks], dtype=np.int64)[self.block]
        # Where the columns of each post begin; the last entry is their number.
        self.start = np.searchsorted(self.post, np.arange(len(index.problem.posts) + 1))

    def __len__(self) -> int:
        return len(self.person)

    def _pairs_with_cost(self) -> dict[int, dict[int, int]]:
        found: dict[int, dict[int, int]] = {}
        for (volunteer, post), pair in self.index.problem.pairs.items():
            if pair.cost is not None:
                found.setdefault(self.index.post[post], {})[self.index.volunteer[volunteer]] = pair.cost
        return found

    def _add_post(self, post: int, people: Ints) -> None:
        index = self.index
        fixed = self._fixed.get(post, {})
        usual = people[~np.isin(people, list(fixed))] if fixed else people
        region = index.post_region[post]
        fares = [index.problem.travel.get((home, region), 0) for home in self._homes] + [0]
        way = np.array(fares, dtype=np.int64)[self._home[usual]]
        lines = {line: amount for line, amount in index.problem.posts[post].cost.items() if amount}
        for position, agreement in enumerate(index.problem.agreements):
            if not index.agreement_covers(agreement, post):
                continue
            if index.can_pay(agreement, lines):
                payer = agreement.fund_for("travel")
                near = slice(None) if payer is not None else way == 0
                fund = -1 if payer is None else index.fund[payer]
                self._add(Block(post, position, self._paid(agreement, lines), fund), usual[near], way[near])
            for person, cost in fixed.items():
                own = {"base": cost} if cost else {}
                if person in people and index.can_pay(agreement, own):
                    block = Block(post, position, self._paid(agreement, own), -1)
                    self._add(block, np.array([person], dtype=np.int64), np.zeros(1, dtype=np.int64))

    def _paid(self, agreement: Agreement, lines: Mapping[str, int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for line, amount in lines.items():
            fund = self.index.fund[str(agreement.fund_for(line))]
            found[fund] = found.get(fund, 0) + amount
        return found

    def _add(self, block: Block, people: Ints, way: Ints) -> None:
        if len(people):
            self.blocks.append(block)
            self._people.append(people)
            self._ways.append(way)

    # figures -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def cost(self) -> Ints:
        """Rupiah of all lines of each placement."""
        base = np.array([sum(block.paid.values()) for block in self.blocks], dtype=np.int64)
        return np.asarray(base[self.block] + self.way)

    def paid(self, fund: int) -> Ints:
        """Return the rupiah that a fund pays of each placement."""
        base = np.array([block.paid.get(fund, 0) for block in self.blocks], dtype=np.int64)
        travels = np.array([block.travel_fund == fund for block in self.blocks], dtype=np.bool_)
        found: Ints = base[self.block] + self.way * travels[self.block]
        return found

    @cached_property
    def suitability(self) -> Ints:
        """Suitability of each placement's volunteer."""
        by_person = np.array([one.suitability for one in self.index.problem.volunteers], dtype=np.int64)
        return np.asarray(by_person[self.person])

    @cached_property
    def fit(self) -> Ints:
        """Fit of each placement."""
        found = self.suitability.copy()
        problem = self.index.problem
        having: dict[str, Ints] = {}
        for position, one in enumerate(problem.volunteers):
            for tag in one.tags:
                having.setdefault(tag, np.zeros(len(problem.volunteers), dtype=np.int64))[position] = 5
        for post, record in enumerate(problem.posts):
            mine = slice(self.start[post], self.start[post + 1])
            for tag in record.prefers & having.keys():
                found[mine] += having[tag][self.person[mine]]
        for (volunteer, at), pair in problem.pairs.items():
            if pair.fit is not None:
                found[self.of_pair(self.index.volunteer[volunteer], self.index.post[at])] = pair.fit
        return found

    @cached_property
    def preference(self) -> Ints:
        """Preference of each placement."""
        found = np.zeros(len(self), dtype=np.int64)
        regions: dict[str, Ints] = {}
        people = range(len(self.index.problem.volunteers))
        for post in range(len(self.index.problem.posts)):
            mine = slice(self.start[post], self.start[post + 1])
            region = self.index.post_region[post]
            if self.start[post] < self.start[post + 1]:
                if region not in regions:
                    regions[region] = np.array([self.index.preference(v, post) for v in people], dtype=np.int64)
                found[mine] = regions[region][self.person[mine]]
        return found

    # selections --------------------------------------------------------------------------------------------------------------

    def of_pair(self, person: int, post: int) -> Ints:
        """Return the columns of one volunteer at one post."""
        first, last = int(self.start[post]), int(self.start[post + 1])
        return np.asarray(first + np.flatnonzero(self.person[first:last] == person))

    def number_of(self, person: int, post: int, agreement: int) -> int:
        """Return the column of one placement."""
        mine = self.of_pair(person, post)
        return int(mine[self.agreement[mine] == agreement][0])

    def at(self, posts: list[int]) -> Ints:
        """Return the columns of some posts."""
        parts = [np.arange(self.start[post], self.start[post + 1]) for post in sorted(posts)]
        return np.concatenate([*parts, NONE])

    def selected(self, where: Where) -> Bools:
        """Return which placements the three filters of a policy select."""
        index, problem = self.index, self.index.problem
        found = np.ones(len(self), dtype=np.bool_)
        if where.posts is not None:
            found &= _mask(index.posts_in(where.posts), len(problem.posts))[self.post]
        if where.volunteers is not None:
            found &= _mask(index.volunteers_in(where.volunteers), len(problem.volunteers))[self.person]
        if where.agreements is not None:
            found &= _mask(index.agreements_in(where.agreements), len(problem.agreements))[self.agreement]
        return found

    def triples(self, chosen: Ints) -> list[tuple[int, int, int]]:
        """Return (volunteer, post, agreement) of some placements."""
        return list(
            zip(
                self.person[chosen].tolist(),
                self.post[chosen].tolist(),
                self.agreement[chosen].tolist(),
                strict=True,
            )
        )


def _mask(chosen: frozenset[int], size: int) -> Bools:
    found = np.zeros(size, dtype=np.bool_)
    found[list(chosen)] = True
    return found
