"""The model that an ordinary engineer writes: one 0/1 column for each volunteer, post and agreement, and one row for each rule.

Both peers solve this same model. They are given two things that one would not have at once: eligible pairs come from the index, and money
is counted in the greatest common divisor of all amounts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.crowd import Crowd
from optimizer.index import Index
from optimizer.problem import Problem, Where

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """low ≤ Σ amounts × columns ≤ high; None is no limit."""

    columns: Array
    amounts: Array
    low: int | None
    high: int | None


class Plain:
    """Columns (the triples first, then what rules need) and rows.

    Attributes:
        person, post, agreement: of each triple, by position.
        cost: rupiah of each triple in `unit`.
        paid: for each fund what it pays of which triples.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.index = Index(problem)
        self.crowd = Crowd(self.index)
        self.unit = _unit(problem)
        self.rows: list[Row] = []
        self.upper: list[int] = []  # of the columns behind the triples; every lower bound is 0
        self.penalty: list[tuple[Array, Array]] = []
        self.paid: dict[str, list[tuple[Array, Array]]] = {fund.id: [] for fund in problem.funds}
        parts: list[tuple[Array, ...]] = []
        self.triples = 0
        for post, place in enumerate(problem.posts):
            if place.seats:
                parts += self._post(post)
        blank = np.zeros(0, dtype=np.int64)
        columns: list[Array] = [np.concatenate(one) for one in zip(*parts, strict=True)] if parts else [blank] * 4
        self.person, self.post, self.agreement, self.cost = columns
        self._capacities()

    def _post(self, post: int) -> list[tuple[Array, ...]]:
        people = np.flatnonzero(self.crowd.able(post))
        place = self.problem.posts[post]
        fixed = {line: amount // self.unit for line, amount in place.cost.items() if line != "travel" and amount}
        way = self.crowd.fares(self.index.post_region[post], people) + place.cost.get("travel", 0)
        whole = {p: pair.cost for p, pair in self.crowd.pairs_at(post).items() if pair.cost is not None}
        given = np.array([p in whole for p in people.tolist()], dtype=bool)
        costs = np.array([whole[p] for p in people[given].tolist()], dtype=np.int64)
        return [
            *self._block(post, people[~given], fixed, "travel", way[~given] // self.unit),
            *self._block(post, people[given], {}, "base", costs // self.unit),
        ]

    def _block(
        self, post: int, people: Array, fixed: dict[str, int], varying: str, amounts: Array
    ) -> list[tuple[Array, ...]]:
        made: list[tuple[Array, ...]] = []
        for number, terms in enumerate(self.problem.agreements):
            if not len(people) or not self.index.agreement_covers(terms, post) or not self.index.can_pay(terms, fixed):
                continue
            fund = terms.fund_for(varying)
            chosen = np.ones(len(people), dtype=bool) if fund is not None else amounts == 0
            size = int(chosen.sum())
            columns = np.arange(self.triples, self.triples + size)
            self.triples += size
            for line, amount in fixed.items():
                self.paid[str(terms.fund_for(line))].append((columns, np.full(size, amount)))
            if fund is not None:
                self.paid[fund].append((columns, amounts[chosen]))
            total = amounts[chosen] + sum(fixed.values())
            made.append((people[chosen], np.full(size, post), np.full(size, number), total))
        return made

    def _capacities(self) -> None:
        """Add the rows of people, seats, agreements, funds and resources."""
        problem = self.problem
        for columns in grouped(self.person):
            self.add(columns, 1, None, 1)
        for columns in grouped(self.post):
            self.add(columns, 1, None, problem.posts[int(self.post[columns[0]])].seats)
        for number, one in enumerate(problem.agreements):
            self.add(np.flatnonzero(self.agreement == number), 1, one.min_placements or None, one.max_placements)
        for fund in problem.funds:
            self.add(*self.paid_by([fund.id]), None, fund.budget // self.unit)
        for resource in problem.resources:
            units = np.array([post.uses.get(resource.id, 0) for post in problem.posts])[self.post]
            self.add(np.flatnonzero(units), units[units > 0], None, resource.amount)

    def paid_by(self, funds: Iterable[str]) -> tuple[Array, Array]:
        """Return which columns cost the funds something, and what, in `unit`."""
        total = np.zeros(self.triples, dtype=np.int64)
        for fund in funds:
            for columns, amounts in self.paid[fund]:
                total[columns] += amounts
        found = np.flatnonzero(total)
        return found, total[found]

    def column(self, upper: int) -> int:
        """Add an integer column in [0, upper]."""
        self.upper.append(upper)
        return self.triples + len(self.upper) - 1

    def add(self, columns: Array, amounts: Array | int, low: int | None, high: int | None) -> None:
        """Add a row, unless it says nothing."""
        if low is not None or high is not None:
            values = np.broadcast_to(np.asarray(amounts, dtype=np.int64), np.shape(columns))
            self.rows.append(Row(np.asarray(columns, dtype=np.int64), values, low, high))

    def charge(self, columns: Array, units: Array | int) -> None:
        """Add so many units of penalty for each of the columns."""
        self.penalty.append((columns, np.broadcast_to(np.asarray(units, dtype=np.int64), np.shape(columns))))

    def matched(self, where: Where) -> Array:
        """Return for each triple whether the three filters select it."""
        found = np.ones(self.triples, dtype=bool)
        if where.posts is not None:
            found &= _mask(self.index.posts_in(where.posts), len(self.problem.posts))[self.post]
        if where.volunteers is not None:
            found &= self.crowd.passing(where.volunteers)[self.person]
        if where.agreements is not None:
            chosen = self.index.agreements_in(where.agreements)
            found &= _mask(chosen, len(self.problem.agreements))[self.agreement]
        return found

    def fit(self) -> Array:
        """Return the fit of each triple."""
        found = np.zeros(self.triples, dtype=np.int64)
        for columns in grouped(self.post):
            found[columns] = self.crowd.fits(int(self.post[columns[0]]), self.person[columns])
        return found

    def preference(self) -> Array:
        """Return the preference of each triple."""
        known: dict[tuple[int, int], int] = {}
        found = []
        for person, post in zip(self.person.tolist(), self.post.tolist(), strict=True):
            if (person, post) not in known:
                known[person, post] = self.index.preference(person, post)
            found.append(known[person, post])
        return np.array(found, dtype=np.int64)

    def suitability(self) -> Array:
        """Return the suitability of each triple's volunteer."""
        found: Array = self.crowd.suitability[self.person]
        return found


def grouped(codes: Array) -> list[Array]:
    """Return the positions of each code, by code."""
    order = np.argsort(codes, kind="stable")
    return [part for part in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(part)]


def _mask(chosen: frozenset[int], size: int) -> Array:
    found = np.zeros(size, dtype=bool)
    found[sorted(chosen)] = True
    return found


def _unit(problem: Problem) -> int:
    amounts = {amount for post in problem.posts for amount in post.cost.values()} | set(problem.travel.values())
    amounts |= {pair.cost for pair in problem.pairs.values() if pair.cost is not None}
    return math.gcd(*amounts) or 1
