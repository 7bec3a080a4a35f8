"""Which hard policies stand in the way of one more placement, with every other placement where it is.

A *guard* is what is left of a policy once a solution is there: most policies bar nothing more and have none. A guard looks at a *try*,
which is one post, one agreement and many volunteers at once, and says for whom the policy would be broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from optimizer.crowd import Crowd
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
    VolunteerFilter,
    Where,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

Answer: TypeAlias = "bool | Bools"
# Rupiah are compared as 64-bit numbers; what is larger than any placement can cost need not be told apart.
FAR = 2**62


@dataclass(frozen=True, slots=True)
class Try:
    """Volunteers (positions in `people`) at one post under one agreement.

    `fixed` are the rupiah of the lines that cost each of them the same; the line `varying` costs them `amounts`.
    """

    post: int
    agreement: int
    people: Ints
    fixed: Mapping[str, int]
    varying: str
    amounts: Ints


@dataclass(frozen=True, slots=True)
class Guard:
    """`bars` says of a try for whom the policy would be broken; `by_agreement`: whether that depends on who pays."""

    policy: str
    bars: Callable[[Try], Answer]
    by_agreement: bool


class Guards:
    """The guards of one solution, by post."""

    def __init__(self, crowd: Crowd, made: Made, posts: Iterable[int]) -> None:
        """Find the guards at `posts`."""
        self.crowd = crowd
        self.made = made
        self.index = made.index
        self._everywhere: list[Guard] = []
        self._at: dict[int, list[Guard]] = {}
        self._posts = frozenset(posts)
        for policy in self.index.problem.policies:
            if policy.penalty is None:
                for where, guard in self._of(policy):
                    self._put(where, guard)

    def at(self, post: int) -> Iterator[Guard]:
        """Yield the guards that may bar a placement at the post."""
        yield from self._everywhere
        yield from self._at.get(post, ())

    def _put(self, posts: frozenset[int] | None, guard: Guard) -> None:
        if posts is None:
            self._everywhere.append(guard)
            return
        for post in sorted(posts & self._posts):
            self._at.setdefault(post, []).append(guard)

    def _of(self, policy: Policy) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        """Yield (the posts concerned, None for all; the guard) of a policy."""
        match policy:
            case Count():
                if policy.max is not None and len(self.made.matched(policy.where)) >= policy.max:
                    yield self._box(policy.id, policy.where)
            case Forbid():
                yield self._box(policy.id, policy.where)
            case Each():
                yield from self._each(policy)
            case Spend():
                yield from self._spend(policy)
            case Share():
                yield from self._share(policy)
            case Average():
                yield from self._average(policy)
            case Home():
                yield None, Guard(policy.id, self._home(policy), by_agreement=False)
            case Together():
                yield from self._together(policy)
            case Apart():
                yield from self._apart(policy)
            case Pin():
                pass  # a pin that holds goes on holding

    # what a filter selects -------------------------------------------------------------------------------------------------------

    def _selects(self, where: Where, one: Try) -> Answer:
        """Return whose placement the filters would select."""
        if where.posts is not None and one.post not in self.index.posts_in(where.posts):
            return False
        if where.agreements is not None and one.agreement not in self._agreements(where):
            return False
        return self._passing(where.volunteers, one)

    def _agreements(self, where: Where) -> frozenset[int]:
        return self.index.agreements_in(where.agreements)

    def _passing(self, chosen: VolunteerFilter | None, one: Try) -> Answer:
        return True if chosen is None else self.crowd.passing(chosen)[one.people]

    def _posts_of(self, where: Where) -> frozenset[int] | None:
        return None if where.posts is None else self.index.posts_in(where.posts)

    def _box(self, policy: str, where: Where) -> tuple[frozenset[int] | None, Guard]:
        """Return a guard that bars whatever the filters select."""
        guard = Guard(policy, lambda one: self._selects(where, one), by_agreement=where.agreements is not None)
        return self._posts_of(where), guard

    # kinds -----------------------------------------------------------------------------------------------------------------------

    def _each(self, policy: Each) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        """Bar things that are full, and things that one placement alone may not open."""
        own = self.made.own_numbers(policy.of, self.made.matched(policy.where))
        present = own if policy.when != "open" else self.made.own_numbers(policy.of, self.made.placements)
        matching, others = set(), set()
        for thing in self.made.things(policy):
            opens = policy.when != "always" and not present.get(thing)
            number = own.get(thing, 0) + 1
            if (policy.max is not None and number > policy.max) or (opens and number < policy.min):
                matching.add(thing)
            if opens and policy.when == "open" and policy.min > 0:
                others.add(thing)
        if matching or others:
            by_payer = policy.of in {"agreement", "sponsor"}
            guard = Guard(
                policy.id,
                self._in_things(policy, matching, others),
                by_agreement=by_payer or policy.where.agreements is not None,
            )
            yield (None if by_payer else self._posts_with(policy.of, matching | others)), guard

    def _in_things(self, policy: Each, matching: set[str], others: set[str]) -> Callable[[Try], Answer]:
        def bars(one: Try) -> Answer:
            here = set(things_of_post(policy.of, one.post, one.agreement, self.index))
            selected = self._selects(policy.where, one)
            if here.isdisjoint(others):
                return selected if not here.isdisjoint(matching) else False
            return True if not here.isdisjoint(matching) else np.logical_not(selected) & np.ones(len(one.people), bool)

        return bars

    def _posts_with(self, of: str, things: set[str]) -> frozenset[int]:
        return frozenset(post for post in self._posts if not things.isdisjoint(things_of_post(of, post, 0, self.index)))

    def _spend(self, policy: Spend) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        if policy.max is None:
            return
        funds = policy.funds
        spent = sum(
            one.cost if funds is None else self.made.paid_by(one, funds) for one in self.made.matched(policy.where)
        )
        left = policy.max - spent

        def bars(one: Try) -> Answer:
            return self._selects(policy.where, one) & (self._cost(one, funds) > left)

        by_agreement = funds is not None or policy.where.agreements is not None
        yield self._posts_of(policy.where), Guard(policy.id, bars, by_agreement=by_agreement)

    def _cost(self, one: Try, funds: frozenset[str] | None) -> Ints:
        """Return the rupiah of each placement (of what the funds pay of it)."""
        terms = self.index.problem.agreements[one.agreement]
        paid = sum(sum_ for line, sum_ in one.fixed.items() if funds is None or terms.fund_for(line) in funds)
        if funds is None or terms.fund_for(one.varying) in funds:
            return one.amounts + min(paid, FAR)
        return np.full(len(one.people), min(paid, FAR), dtype=np.int64)

    def _share(self, policy: Share) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        money = policy.of == "cost"

        def size(where: Where) -> int:
            chosen = self.made.matched(where)
            return sum(one.cost for one in chosen) if money else len(chosen)

        # What the rest may still grow by, without a matched one beside it.
        left = (
            (100 * size(policy.where) - policy.percent * size(policy.among)) // policy.percent
            if policy.percent
            else FAR
        )
        if left >= (FAR if money else 1):
            return

        def bars(one: Try) -> Answer:
            rest = self._selects(policy.among, one) & np.logical_not(self._selects(policy.where, one))
            return rest & (self._cost(one, None) > left) if money else rest

        by_agreement = policy.where.agreements is not None or policy.among.agreements is not None
        yield self._posts_of(policy.among), Guard(policy.id, bars, by_agreement=by_agreement)

    def _average(self, policy: Average) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        def value(one: Placement) -> int:
            if policy.of == "suitability":
                return self.index.problem.volunteers[one.volunteer].suitability
            return one.fit if policy.of == "fit" else one.preference

        least = policy.min - sum(value(one) - policy.min for one in self.made.matched(policy.where))

        def bars(one: Try) -> Answer:
            selected = self._selects(policy.where, one)
            return False if selected is False else selected & (self._values(policy.of, one) < least)

        if least > 0 or policy.of == "fit":
            guard = Guard(policy.id, bars, by_agreement=policy.where.agreements is not None)
            yield self._posts_of(policy.where), guard

    def _values(self, of: str, one: Try) -> Ints:
        if of == "suitability":
            return self.crowd.suitability[one.people]
        if of == "fit":
            return self.crowd.fits(one.post, one.people)
        return np.array([self.index.preference(person, one.post) for person in one.people.tolist()], dtype=np.int64)

    def _home(self, policy: Home) -> Callable[[Try], Answer]:
        def bars(one: Try) -> Answer:
            at_home = self.crowd.at_home(self.index.post_region[one.post], policy.level)[one.people]
            return at_home & self._passing(policy.volunteers, one)

        return bars

    def _together(self, policy: Together) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        """Bar everyone who would be placed without the others of the group."""
        alone = np.zeros(self.crowd.size, dtype=np.bool_)
        for name, members in self.index.groups.items():
            if len(members) > 1 and (policy.groups is None or name in policy.groups):
                alone[members] = True
        if alone.any():
            yield None, Guard(policy.id, lambda one: alone[one.people], by_agreement=False)

    def _apart(self, policy: Apart) -> Iterator[tuple[frozenset[int] | None, Guard]]:
        where = Where(volunteers=policy.volunteers)
        taken = {self.index.place_of(one.post, policy.of) for one in self.made.matched(where)}
        posts = frozenset(post for post in self._posts if self.index.place_of(post, policy.of) in taken)
        yield posts, Guard(policy.id, lambda one: self._passing(policy.volunteers, one), by_agreement=False)
