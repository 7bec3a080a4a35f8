"""The hard rules of a round as integer rows over its placements, by the policy, fund or agreement that each row comes from.

Rows are divided by the greatest common divisor of their amounts, their ends rounded inwards: that keeps exactly the same integer points.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from optimizer.diagnosing.columns import Bools, Columns, Ints
from optimizer.formulation.model import STRUCTURE, Tag
from optimizer.index import Index
from optimizer.problem import (
    Agreement,
    Apart,
    Average,
    Count,
    Each,
    Forbid,
    Fund,
    Home,
    Pin,
    Policy,
    Problem,
    Share,
    Spend,
    Together,
)
from optimizer.rules.each import own_of_each


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """lower ≤ Σ amount × placement + Σ extra ≤ upper; None is no limit. `extras` are 0/1 columns of the rule's own."""

    tag: Tag
    columns: Ints
    amounts: Ints
    lower: int | None
    upper: int | None
    extras: dict[int, int] = field(default_factory=dict)


class System:
    """All rows of one problem.

    Attributes:
        tags: policies (hard ones), funds and agreements that have rows.
        extras: how many 0/1 columns there are beside the placements.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.index = Index(problem)
        self.columns = Columns(self.index)
        self.extras = 0
        self.lines: dict[Tag, list[Line]] = {STRUCTURE: []}
        self._seats()
        for fund in problem.funds:
            self._fund(fund)
        for agreement in problem.agreements:
            self._agreement(agreement)
        for policy in problem.policies:
            self._policy(policy)
        self.tags = [tag for tag in self.lines if tag != STRUCTURE]

    def of(self, tags: Iterator[Tag] | list[Tag] | frozenset[Tag]) -> list[Line]:
        """Return the rows of some tags, after those of seats and resources, which always hold."""
        found = list(self.lines[STRUCTURE])
        for tag in sorted(tags):
            found.extend(self.lines[tag])
        return found

    def ceilings(self) -> Iterator[Line]:
        """Yield the rows that more placements could exceed and fewer never do, other than those of one post's seats."""
        for lines in self.lines.values():
            for line in lines:
                if (
                    line.upper is not None
                    and not line.extras
                    and not self.is_seats(line)
                    and bool((line.amounts >= 0).all())
                ):
                    yield line

    def demanding(self) -> frozenset[Tag]:
        """Return the tags that ask for placements: without these the empty round would do."""
        return frozenset(tag for tag in self.tags if any((line.lower or 0) > 0 for line in self.lines[tag]))

    def without(self, gone: Iterable[Line]) -> System:
        """Return the same system without some rows."""
        names = {id(line) for line in gone}
        found = copy.copy(self)
        kept = {tag: [line for line in lines if id(line) not in names] for tag, lines in self.lines.items()}
        found.lines = {tag: lines for tag, lines in kept.items() if lines or tag == STRUCTURE}
        found.tags = [tag for tag in found.lines if tag != STRUCTURE]
        return found

    def changed(self, problem: Problem, tags: Iterable[Tag]) -> System:
        """Return the rows of a problem that differs from this one in the parameters of some rules only."""
        found = copy.copy(self)
        found.problem = problem
        found.lines = dict(self.lines)
        gone = set(tags)
        for tag in gone:
            found.lines.pop(tag, None)
        for fund in problem.funds:
            if Tag("fund", fund.id) in gone:
                found._fund(fund)
        for agreement in problem.agreements:
            if Tag("agreement", agreement.id) in gone:
                found._agreement(agreement)
        for policy in problem.policies:
            if Tag("policy", policy.id) in gone:
                found._policy(policy)
        found.tags = [tag for tag in found.lines if tag != STRUCTURE]
        return found

    def is_seats(self, line: Line) -> bool:
        """Return whether a row is that of one post's seats."""
        return id(line) in self._seat_lines

    def add(
        self,
        tag: Tag,
        columns: Ints,
        amounts: Ints | int,
        lower: int | None,
        upper: int | None,
        extras: dict[int, int] | None = None,
    ) -> None:
        """Add a row, unless it can never bind."""
        if lower is None and upper is None:
            return
        extras = extras or {}
        if isinstance(amounts, int):
            much: Ints = np.broadcast_to(np.int64(amounts), columns.shape)
        else:
            keep = amounts != 0
            columns, much = columns[keep], amounts[keep]
        if not len(columns) and not extras and (lower or 0) <= 0 <= (0 if upper is None else upper):
            return
        divisor = math.gcd(_divisor(much), *extras.values()) or 1
        low = None if lower is None else -(-lower // divisor)
        high = None if upper is None else upper // divisor
        small = {column: amount // divisor for column, amount in extras.items()}
        self.lines.setdefault(tag, []).append(
            Line(tag, columns, much if divisor == 1 else much // divisor, low, high, small)
        )

    def _within(self, tag: Tag, columns: Ints, amounts: Ints | int, lower: int | None, upper: int | None) -> None:
        """Add a row for each end, since each end is a parameter of its own."""
        self.add(tag, columns, amounts, lower, None)
        self.add(tag, columns, amounts, None, upper)

    def _seats(self) -> None:
        columns, problem = self.columns, self.problem
        for post, record in enumerate(problem.posts):
            mine = np.arange(columns.start[post], columns.start[post + 1])
            if len(mine):
                self.add(STRUCTURE, mine, 1, None, record.seats)
        self._seat_lines = {id(line) for line in self.lines[STRUCTURE]}
        for resource in problem.resources:
            uses = np.array([post.uses.get(resource.id, 0) for post in problem.posts], dtype=np.int64)
            each = uses[columns.post] if len(columns) else columns.post
            mine = np.flatnonzero(each)
            self.add(STRUCTURE, mine, each[mine], None, resource.amount)

    def _fund(self, fund: Fund) -> None:
        paid = self.columns.paid(self.index.fund[fund.id])
        mine = np.flatnonzero(paid)
        if int(paid.sum()) > fund.budget:
            self.add(Tag("fund", fund.id), mine, paid[mine], None, fund.budget)

    def _agreement(self, agreement: Agreement) -> None:
        if agreement.min_placements or agreement.max_placements is not None:
            mine = np.flatnonzero(self.columns.agreement == self.index.agreement[agreement.id])
            low, high = agreement.min_placements or None, agreement.max_placements
            self._within(Tag("agreement", agreement.id), mine, 1, low, high)

    # policies ----------------------------------------------------------------------------------------------------------------

    def _policy(self, policy: Policy) -> None:
        if policy.penalty is not None:
            return
        tag = Tag("policy", policy.id)
        if isinstance(policy, Count):
            mine = np.flatnonzero(self.columns.selected(policy.where))
            self._within(tag, mine, 1, policy.min or None, policy.max)
        elif isinstance(policy, Share):
            self._share(tag, policy)
        elif isinstance(policy, Spend):
            self._spend(tag, policy)
        elif isinstance(policy, Average):
            value = getattr(self.columns, policy.of) - policy.min
            mine = np.flatnonzero(self.columns.selected(policy.where))
            self.add(tag, mine, value[mine], 0, None)
        elif isinstance(policy, Each):
            self._each(tag, policy)
        elif isinstance(policy, Home | Forbid):
            self.add(tag, np.flatnonzero(self._banned(policy)), 1, None, 0)
        elif isinstance(policy, Pin):
            self.add(tag, self._pinned(policy), 1, 1, None)
        elif isinstance(policy, Apart):
            self._apart(tag, policy)
        else:
            self._together(tag, policy)

    def _share(self, tag: Tag, policy: Share) -> None:
        part, whole = (self.columns.selected(where) for where in (policy.where, policy.among))
        each = 100 * part.astype(np.int64) - policy.percent * whole
        if policy.of == "cost":
            each = each * self.columns.cost
        mine = np.flatnonzero(each)
        self.add(tag, mine, each[mine], 0, None)

    def _spend(self, tag: Tag, policy: Spend) -> None:
        if policy.funds is None:
            each = self.columns.cost
        else:
            each = np.zeros(len(self.columns), dtype=np.int64)
            for name in policy.funds:
                each = each + self.columns.paid(self.index.fund[name])
        mine = np.flatnonzero(self.columns.selected(policy.where))
        self._within(tag, mine, each[mine], policy.min or None, policy.max)

    def _banned(self, policy: Home | Forbid) -> Bools:
        if isinstance(policy, Forbid):
            return self.columns.selected(policy.where)
        found = np.zeros(len(self.columns), dtype=np.bool_)
        people, forest = self.problem.volunteers, self.index.forest
        regions = sorted(set(self.index.post_region))
        number = {region: position for position, region in enumerate(regions)}
        at = np.array([number[region] for region in self.index.post_region], dtype=np.int64)
        by_home: dict[str, list[int]] = {}
        for person in sorted(self.index.volunteers_in(policy.volunteers)):
            home = people[person].home
            if home is not None:
                by_home.setdefault(home, []).append(person)
        table = np.zeros((len(people), len(regions)), dtype=np.bool_)
        for home, members in by_home.items():
            above = forest.raised(home, policy.level)
            table[members] = [forest.covers(above, region) for region in regions]
        if len(self.columns):
            found = table[self.columns.person, at[self.columns.post]]
        return found

    def _pinned(self, policy: Pin) -> Ints:
        found = self.columns.of_pair(self.index.volunteer[policy.volunteer], self.index.post[policy.post])
        if policy.agreement is None:
            return found
        return np.asarray(found[self.columns.agreement[found] == self.index.agreement[policy.agreement]])

    def _each(self, tag: Tag, policy: Each) -> None:
        matched = self.columns.selected(policy.where)
        for posts, agreements in own_of_each(policy, self.index):
            own = self._own(posts, agreements)
            mine = own[matched[own]]
            low = policy.min or None
            if low is None or policy.when == "always":
                self._within(tag, mine, 1, low, policy.max)
                continue
            self.add(tag, mine, 1, None, policy.max)
            opened = self.extras
            self.extras += 1
            self.add(tag, mine, 1, 0, None, {opened: -low})
            trigger = mine if policy.when == "matched" else own
            for part, room in self._rooms(trigger, by_post=posts is not None):
                self.add(tag, part, 1, None, 0, {opened: -room})

    def _own(self, posts: list[int] | None, agreements: frozenset[int] | None) -> Ints:
        if posts is not None:
            return self.columns.at(posts)
        return np.flatnonzero(np.isin(self.columns.agreement, sorted(agreements or ())))

    def _rooms(self, trigger: Ints, *, by_post: bool) -> Iterator[tuple[Ints, int]]:
        """Yield what opens a thing, with the most that can be there; post by post, since that makes the relaxation tighter."""
        if not by_post:
            yield trigger, max(1, sum(post.seats for post in self.problem.posts))
            return
        posts = self.columns.post[trigger]
        for post in np.unique(posts):
            yield trigger[posts == post], self.problem.posts[int(post)].seats

    def _places(self, of: str) -> Ints:
        number: dict[str, int] = {}
        places = [number.setdefault(self.index.place_of(p, of), len(number)) for p in range(len(self.problem.posts))]
        return np.array(places, dtype=np.int64)[self.columns.post]

    def _apart(self, tag: Tag, policy: Apart) -> None:
        people = np.zeros(len(self.problem.volunteers), dtype=np.bool_)
        people[list(self.index.volunteers_in(policy.volunteers))] = True
        for mine in _by_key(self._places(policy.of), np.flatnonzero(people[self.columns.person])):
            if len(np.unique(self.columns.person[mine])) > 1:
                self.add(tag, mine, 1, None, 1)

    def _together(self, tag: Tag, policy: Together) -> None:
        place = self._places(policy.of)
        order = np.argsort(self.columns.person, kind="stable")
        ends = np.searchsorted(self.columns.person[order], np.arange(len(self.problem.volunteers) + 1))
        for name, members in sorted(self.index.groups.items()):
            if len(members) < 2 or (policy.groups is not None and name not in policy.groups):
                continue
            for one, other in pairwise(members):
                both = np.concatenate([order[ends[v] : ends[v + 1]] for v in (one, other)])
                for mine in _by_key(place, np.sort(both)):
                    sign = np.where(self.columns.person[mine] == one, 1, -1)
                    self.add(tag, mine, sign, 0, 0)


def _by_key(key: Ints, chosen: Ints) -> Iterator[Ints]:
    """Yield the chosen columns, those of the same key together."""
    order = chosen[np.argsort(key[chosen], kind="stable")]
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _divisor(amounts: Ints) -> int:
    if amounts.strides == (0,):  # one number for all
        return int(abs(amounts[0])) if len(amounts) else 0
    return int(np.gcd.reduce(amounts)) if len(amounts) else 0
