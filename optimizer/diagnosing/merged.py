"""A few rules of a round as a small integer model that has a solution exactly if they can hold together.

Three steps make it small, none of which changes the answer. Placements that help no rule are left out: a solution without them is one too.
Placements of one person at one post that count alike in every row are one. People who may do exactly the same are one class, and so are
posts; any sharing of a class's placements among its people and seats is as good as any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from optimizer.diagnosing.columns import NONE, Bools, Ints
from optimizer.diagnosing.system import Line, System
from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.model import STRUCTURE, Expression, Formulation, Tag

PRICE = 10**6


@dataclass(frozen=True, slots=True)
class Held:
    """Whether rules can hold together: True with placements (columns) that show it, False (proven), None (not known in time)."""

    can: bool | None
    placements: Ints = field(default_factory=lambda: NONE)


class Merged:
    """The rules of some tags, with the seats, on classes of placements.

    Attributes:
        person, post, kind: the class of each variable; `most` its upper bound.
        exact: whether nothing was left out that could matter, so that "impossible" is a proof.
    """

    def __init__(
        self, system: System, tags: Iterable[Tag], goals: Iterable[Line] = (), within: Bools | None = None
    ) -> None:
        """Build the classes.

        Args:
            system: all rows.
            tags: those that are to be met.
            goals: rows that are to be met as well as the others allow.
            within: restricts the placements (then an impossible model proves nothing).
        """
        self.system = system
        self.exact = within is None
        aims = list(goals)
        self._goals = {id(line) for line in aims}
        self.lines: list[Line] = [*(line for line in system.of(frozenset(tags)) if not system.is_seats(line)), *aims]
        kept = helpful(self.lines, len(system.columns))
        self.columns = np.flatnonzero(kept if within is None else kept & within)
        self._classify()

    def _classify(self) -> None:
        columns, system = self.columns, self.system
        kind = _refined(columns, self.lines, len(system.columns))
        person, post = system.columns.person[columns], system.columns.post[columns]
        first, _ = _first_of(person, post, kind)
        self.class_of = _classes(person[first], post[first], kind[first], len(system.problem.volunteers))
        people = self.class_of[person]
        one, _ = _first_of(people, post, kind)
        self.place_of = _classes(post[one], people[one], kind[one], len(system.problem.posts))
        place = self.place_of[post]
        chosen, self.variable = _first_of(people, place, kind)
        self.person, self.post, self.kind = people[chosen], place[chosen], kind[chosen]
        self.sample = columns[chosen]
        self.size = np.bincount(self.class_of[np.unique(person)]) if len(person) else NONE
        used = np.unique(post)
        seats = np.array([record.seats for record in system.problem.posts], dtype=np.int64)
        self.seats = np.bincount(self.place_of[used], weights=seats[used]).astype(np.int64) if len(used) else NONE
        self._members = person, post, kind

    def __len__(self) -> int:
        return len(self.person)

    def solve(self, run: Run, near: Ints = NONE) -> Held:
        """Look for placements that keep all the rules, and the goals as well as they can, beginning `near` some placements."""
        model = Formulation()
        most = np.minimum(self.size[self.person], self.seats[self.post]) if len(self) else NONE
        for limit in most.tolist():
            model.column(0, limit)
        for key, limits in ((self.person, self.size), (self.post, self.seats)):
            order = np.argsort(key, kind="stable")
            for part in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(order) else ():
                model.row(STRUCTURE, dict.fromkeys(part.tolist(), 1), None, int(limits[key[part[0]]]))
        goal = Expression(self._rules(model))
        engine = CpSat(model)
        if len(near):
            for column, number in zip(engine.columns, self._numbers(near), strict=False):
                engine.model.add_hint(column, number)
        outcome = engine.maximise(goal, run)
        if outcome.values is None:
            return Held(False if outcome.status == "infeasible" and self.exact else None)
        return Held(True, self._spread(np.array(outcome.values[: len(self)], dtype=np.int64)))

    def _rules(self, model: Formulation) -> dict[int, int]:
        """Add the rows, and return what is to be maximised: goals give way at a price, by so much for all of one tag alike."""
        short: dict[tuple[Tag, int], int] = {}
        prices: dict[int, int] = {}
        number = np.full(len(self.system.columns), -1, dtype=np.int64)
        number[self.sample] = np.arange(len(self))
        extras: dict[int, int] = {}
        for line in self.lines:
            at = number[line.columns]
            mine = np.flatnonzero(at >= 0)
            terms = dict(zip(at[mine].tolist(), line.amounts[mine].tolist(), strict=True))
            for extra, amount in line.extras.items():
                if extra not in extras:
                    extras[extra] = model.column(0, 1)
                terms[extras[extra]] = amount
            if id(line) not in self._goals:
                model.row(line.tag, terms, line.lower, line.upper)
                continue
            for limit, sign in ((line.lower, 1), (line.upper, -1)):
                if limit is not None:
                    low, high = model.range_of(terms)
                    need = max(0, limit - low if sign > 0 else high - limit)
                    column = short.setdefault((line.tag, sign), len(model.lower))
                    if column == len(model.lower):
                        model.column(0, need)
                    model.upper[column] = max(model.upper[column], need)
                    prices[column] = -max(
                        1, PRICE // max(1, abs(limit))
                    )  # what counts is by which part of itself it changes
                    ends = (limit, None) if sign > 0 else (None, limit)
                    model.row(line.tag, {**terms, column: sign}, *ends)
        return prices

    def _numbers(self, near: Ints) -> list[int]:
        """Return how many of some placements each variable stands for."""
        at = np.searchsorted(self.columns, near)
        at = at[at < len(self.columns)]
        mine = at[np.isin(self.columns[at], near)]
        return [int(number) for number in np.bincount(self.variable[mine], minlength=len(self))]

    def _spread(self, values: Ints) -> Ints:
        """Return placements of actual people at actual posts that count as the classes' numbers say."""
        person, post, kind = self._members
        keys = zip(person.tolist(), post.tolist(), kind.tolist(), strict=True)
        lookup = dict(zip(keys, self.columns.tolist(), strict=True))
        people = _members(self.class_of, np.unique(person))
        places: dict[int, list[int]] = {one: [] for one in range(len(self.seats))}
        for number in np.unique(post).tolist():
            places[int(self.place_of[number])].extend([number] * self.system.problem.posts[number].seats)
        found = []
        for variable in np.flatnonzero(values).tolist():
            for _ in range(int(values[variable])):
                who = people[int(self.person[variable])].pop()
                where = places[int(self.post[variable])].pop()
                found.append(lookup[who, where, int(self.kind[variable])])
        return np.array(sorted(found), dtype=np.int64)


def helpful(lines: list[Line], size: int) -> Bools:
    """Return which placements can help any row: without the others a solution is still one.

    A row needs help if doing nothing breaks it, or if something already kept can break it; what helps it is kept then.
    """
    kept = np.zeros(size, dtype=np.bool_)
    extras: set[int] = set()
    waiting = [
        (line, sign) for line in lines for sign in (1, -1) if (line.lower if sign > 0 else line.upper) is not None
    ]
    while True:
        idle = []
        for line, sign in waiting:
            limit = line.lower if sign > 0 else line.upper
            against = sign * line.amounts < 0
            if (
                sign * (limit or 0) > 0
                or bool((kept[line.columns] & against).any())
                or any(extra in extras and sign * amount < 0 for extra, amount in line.extras.items())
            ):
                kept[line.columns[sign * line.amounts > 0]] = True
                extras |= {extra for extra, amount in line.extras.items() if sign * amount > 0}
            else:
                idle.append((line, sign))
        if len(idle) == len(waiting):
            return kept
        waiting = idle


def _refined(columns: Ints, lines: list[Line], size: int) -> Ints:
    """Return the kind of each column: of one kind are those that have the same amount in every row."""
    number = np.full(size, -1, dtype=np.int64)
    number[columns] = np.arange(len(columns))
    kind = np.zeros(len(columns), dtype=np.int64)
    fresh = 1
    for line in lines:
        at = number[line.columns]
        inside = at >= 0
        mine, amount = at[inside], line.amounts[inside]
        if len(mine):
            _, new = np.unique(np.stack([kind[mine], amount]), axis=1, return_inverse=True)
            kind[mine] = fresh + new.reshape(-1)
            fresh += int(new.max()) + 1
    return kind


def _first_of(*keys: Ints) -> tuple[Ints, Ints]:
    """Return the position of one column for each combination of keys, and the number of the combination of every column."""
    joined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:  # three keys of classes: their product is far below 2^63
        joined = joined * (int(key.max(initial=0)) + 1) + key
    _, first, number = np.unique(joined, return_index=True, return_inverse=True)
    return first, number.reshape(-1)


def _classes(member: Ints, other: Ints, kind: Ints, size: int) -> Ints:
    """Return the class of each member: in one class are those with the same set of (other, kind). −1 where it has none."""
    found = np.full(size, -1, dtype=np.int64)
    order = np.lexsort((kind, other, member))
    member, pairs = member[order], np.stack([other[order], kind[order]], axis=1)
    known: dict[bytes, int] = {}
    for part in np.split(np.arange(len(member)), np.flatnonzero(np.diff(member)) + 1) if len(member) else ():
        found[member[part[0]]] = known.setdefault(pairs[part[0] : part[-1] + 1].tobytes(), len(known))
    return found


def _members(class_of: Ints, chosen: Ints) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one in chosen.tolist():
        found.setdefault(int(class_of[one]), []).append(one)
    return found
