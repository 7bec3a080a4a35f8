"""How far each policy is kept while placements come and go one at a time: a running account instead of counting everything again.

Each account says by how many units its policy is broken: `short` (a minimum, a share, an average, a pin, a group that is apart) and `over`
(a maximum, or what may not be at all).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from optimizer.index import Index
from optimizer.made import Made, Placement, things_of_post
from optimizer.problem import (
    Apart,
    Average,
    Count,
    Each,
    Forbid,
    Home,
    Pin,
    Policy,
    Share,
    Spend,
    Together,
    Where,
)

Amount = Callable[[Placement], int]


class Account(Protocol):
    """One policy's account."""

    short: int
    over: int

    def change(self, one: Placement, sign: int) -> None:
        """Take note of a placement that comes (1) or goes (−1)."""


class Total:
    """A sum over placements that has a lower and an upper end; broken by ⌈distance ÷ unit⌉."""

    def __init__(self, amount: Amount, low: int | None, high: int | None = None, unit: int = 1) -> None:
        self._amount, self._low, self._high, self._unit = amount, low, high, unit
        self._total = 0
        self.short = self.over = 0
        self._measure()

    def change(self, one: Placement, sign: int) -> None:
        """Take note of a placement."""
        amount = self._amount(one)
        if amount:
            self._total += sign * amount
            self._measure()

    def _measure(self) -> None:
        if self._low is not None:
            self.short = max(0, -((self._total - self._low) // self._unit))
        if self._high is not None:
            self.over = max(0, self._total - self._high)


class Things:
    """`each`: the same ends for each of many things."""

    def __init__(self, policy: Each, index: Index) -> None:
        self._policy, self._index = policy, index
        self._matched = matcher(policy.where, index)
        self._things = frozenset(Made(index, ()).things(policy))
        self._own = dict.fromkeys(self._things, 0)
        self._present = dict.fromkeys(self._things, 0)
        self.over = 0
        self.short = policy.min * len(self._things) if policy.when == "always" else 0

    def change(self, one: Placement, sign: int) -> None:
        """Take note of a placement."""
        matched = self._matched(one)
        if not matched and self._policy.when != "open":
            return
        for thing in things_of_post(self._policy.of, one.post, one.agreement, self._index):
            if thing in self._things:
                self._count(thing, -1)
                self._present[thing] += sign
                self._own[thing] += sign if matched else 0
                self._count(thing, 1)

    def _count(self, thing: str, sign: int) -> None:
        """Add (or take back) what one thing breaks."""
        own, policy = self._own[thing], self._policy
        binds = policy.when == "always" or (self._present if policy.when == "open" else self._own)[thing]
        if binds:
            self.short += sign * max(0, policy.min - own)
        if policy.max is not None:
            self.over += sign * max(0, own - policy.max)


class Groups:
    """`together`: the number of groups that are neither all at one place nor all unplaced."""

    over = 0

    def __init__(self, policy: Together, index: Index) -> None:
        self._of, self._index = policy.of, index
        self._group: dict[int, str] = {}
        self._size: dict[str, int] = {}
        for name, members in bound_groups(policy, index):
            self._group |= dict.fromkeys(members, name)
            self._size[name] = len(members)
        self._places: dict[str, dict[str, int]] = {name: {} for name in self._size}
        self.short = 0

    def change(self, one: Placement, sign: int) -> None:
        """Take note of a placement."""
        name = self._group.get(one.volunteer)
        if name is None:
            return
        places, place = self._places[name], self._index.place_of(one.post, self._of)
        self.short -= self._is_broken(name)
        places[place] = places.get(place, 0) + sign
        if not places[place]:
            del places[place]
        self.short += self._is_broken(name)

    def _is_broken(self, name: str) -> bool:
        places = self._places[name]
        return bool(places) and (len(places) > 1 or self._size[name] not in places.values())


class Pairs:
    """`apart`: the number of pairs at one place."""

    short = 0

    def __init__(self, policy: Apart, index: Index) -> None:
        self._of, self._index = policy.of, index
        self._people = index.volunteers_in(policy.volunteers)
        self._number: dict[str, int] = {}
        self.over = 0

    def change(self, one: Placement, sign: int) -> None:
        """Take note of a placement."""
        if one.volunteer in self._people:
            place = self._index.place_of(one.post, self._of)
            before = self._number.get(place, 0)
            self.over += before if sign > 0 else 1 - before
            self._number[place] = before + sign


def bound_groups(policy: Together, index: Index) -> Iterator[tuple[str, list[int]]]:
    """Yield the groups (name, members) that a `together` binds."""
    for name, members in index.groups.items():
        if len(members) > 1 and (policy.groups is None or name in policy.groups):
            yield name, members


def matcher(where: Where, index: Index) -> Amount:
    """Return the function that says whether (1 or 0) three filters select a placement."""
    posts, people = index.posts_in(where.posts), index.volunteers_in(where.volunteers)
    agreements = index.agreements_in(where.agreements)
    return lambda one: int(one.post in posts and one.volunteer in people and one.agreement in agreements)


def account(policy: Policy, index: Index) -> Account:
    """Return the account of a policy, with no placement made."""
    match policy:
        case Each():
            return Things(policy, index)
        case Together():
            return Groups(policy, index)
        case Apart():
            return Pairs(policy, index)
        case Count():
            return Total(matcher(policy.where, index), policy.min, policy.max)
        case Spend():
            return Total(_spent(policy, index), policy.min, policy.max)
        case Share():
            return Total(_shared(policy, index), 0, unit=100)
        case Average():
            return Total(_above(policy, index), 0, unit=10)
        case Forbid():
            return Total(matcher(policy.where, index), None, 0)
        case Home():
            return Total(_at_home(policy, index), None, 0)
        case Pin():
            return Total(_pinned(policy, index), 1)


def _spent(policy: Spend, index: Index) -> Amount:
    matched, made, funds = matcher(policy.where, index), Made(index, ()), policy.funds
    if funds is None:
        return lambda one: one.cost * matched(one)
    return lambda one: made.paid_by(one, funds) if matched(one) else 0


def _shared(policy: Share, index: Index) -> Amount:
    part, whole, money = matcher(policy.where, index), matcher(policy.among, index), policy.of == "cost"
    return lambda one: (100 * part(one) - policy.percent * whole(one)) * (one.cost if money else 1)


def _above(policy: Average, index: Index) -> Amount:
    matched, people = matcher(policy.where, index), index.problem.volunteers

    def value(one: Placement) -> int:
        if policy.of == "suitability":
            return people[one.volunteer].suitability
        return one.fit if policy.of == "fit" else one.preference

    return lambda one: (value(one) - policy.min) * matched(one)


def _at_home(policy: Home, index: Index) -> Amount:
    bound = index.volunteers_in(policy.volunteers)

    def amount(one: Placement) -> int:
        home = index.problem.volunteers[one.volunteer].home
        if home is None or one.volunteer not in bound:
            return 0
        return int(index.forest.covers(index.forest.raised(home, policy.level), index.post_region[one.post]))

    return amount


def _pinned(policy: Pin, index: Index) -> Amount:
    person, post = index.volunteer[policy.volunteer], index.post[policy.post]
    payer = None if policy.agreement is None else index.agreement[policy.agreement]
    return lambda one: int((one.volunteer, one.post) == (person, post) and payer in {None, one.agreement})
