"""From a problem to rows over placements, for engines that never list all placements. Says the same as `build` with `rules`, in pieces.

Rules that reward breaking a soft policy, or a smaller `fairness`, would need rows in both directions; `unsupported` names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.formulation.arrays import Arrays, Bools, Ints
from optimizer.formulation.model import STRUCTURE, Tag
from optimizer.formulation.pieces import CHOSEN, COST, FIT, ONE, PAID, PREFERENCE, WEIGHTS, Group, Piece, Rows, one_row
from optimizer.problem import (
    Apart,
    Average,
    Count,
    Each,
    Forbid,
    Home,
    Pin,
    Policy,
    PolicyBase,
    Problem,
    Share,
    Spend,
    Tier,
    Together,
    VolunteerFilter,
    Where,
)
from optimizer.rules.each import own_of_each

KNOWN = frozenset({"placed", "need", "fit", "preference", "cost", "penalty", "kept", "fairness", "chosen"})
"""The measures that the pieces can state."""
SMALL = 4
"""A thing with at most so many seats for each placement of its minimum is opened post by post: the relaxation is tighter."""


def unsupported(problem: Problem) -> list[str]:
    """Return why the rows of a problem cannot be written as pieces; empty if they can."""
    found = [] if problem.objective else ["there is no objective"]
    for tier in problem.objective:
        found.extend(f"a tier counts {measure}" for measure in tier.weights.keys() - KNOWN)
        if tier.weights.get("penalty", 0) > 0:
            found.append("a tier rewards breaking soft policies")
        if tier.weights.get("fairness", 0) < 0:
            found.append("a tier rewards a smaller fairness")
    found.extend(
        f"policy {policy.id}: an average over some agreements only"
        for policy in problem.policies
        if isinstance(policy, Average) and policy.where.agreements is not None
    )
    return found


def linear(arrays: Arrays) -> Rows:
    """Return the rows of a problem."""
    return _Linear(arrays).run()


@dataclass(frozen=True, slots=True)
class _Masks:
    """The posts (positions), people and agreements (masks; None: all) that a filter selects."""

    posts: Ints
    people: Bools | None
    agreements: Bools | None


class _Linear:
    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.index = arrays.index
        self.problem = arrays.problem
        self.rows = Rows()
        self.open_posts = np.flatnonzero(arrays.seats > 0)
        self.total_seats = int(arrays.seats.sum())
        self._known: dict[VolunteerFilter | None, Bools | None] = {}
        self._groups: dict[str, Group] = {}
        self.worst = {
            ONE: 1,
            COST: int(arrays.base_cost.max(initial=0)) + int(arrays.way.max(initial=0)) + self._dearest_pair(),
            FIT: 100 + 5 * max((len(post.prefers) for post in self.problem.posts), default=0) + self._best_pair(),
            PREFERENCE: 10,
            CHOSEN: int(np.abs(arrays.weight).max(initial=0)),
        }
        self.worst[PAID] = self.worst[COST]
        self.worst[WEIGHTS["suitability"]] = 100

    def _dearest_pair(self) -> int:
        return max((abs(pair.cost or 0) // self.arrays.unit for pair in self.problem.pairs.values()), default=0)

    def _best_pair(self) -> int:
        return max((abs(pair.fit or 0) for pair in self.problem.pairs.values()), default=0)

    def run(self) -> Rows:
        self._tiers()
        self._capacities()
        for policy in self.problem.policies:
            self._policy(policy)
        self._fairness()
        self.rows.groups = list(self._groups.values())
        return self.rows

    # structure ---------------------------------------------------------------------------------------------------------------

    def _tiers(self) -> None:
        everywhere, rows = self.open_posts, self.rows
        weight_of = {"fit": FIT, "preference": PREFERENCE, "cost": COST, "placed": ONE, "chosen": CHOSEN}
        for tier in self.problem.objective:
            row = rows.row(STRUCTURE, None, None)
            rows.tiers.append(row)
            rows.constants.append(0)
            for measure, weight in weight_of.items():
                if tier.weights.get(measure):
                    unit = self.arrays.unit if weight == COST else 1
                    rows.pieces.append(Piece(*one_row(everywhere, row, tier.weights[measure] * unit), weight=weight))
            if tier.weights.get("need"):
                needs = self.arrays.need[everywhere] * tier.weights["need"]
                rows.pieces.append(Piece(everywhere, one_row(everywhere, row)[1], needs))
            if tier.weights.get("kept"):
                for person, post in sorted(self.problem.previous):
                    if person in self.index.volunteer and post in self.index.post:
                        self._pair(person, post, None, row, tier.weights["kept"])

    def _pair(self, person: str, post: str, agreement: int | None, row: int, factor: int) -> None:
        key = (self.index.volunteer[person], self.index.post[post], agreement)
        self.rows.pairs.setdefault(key, []).append((row, factor))

    def _capacities(self) -> None:
        rows, problem = self.rows, self.problem
        rows.seat_row = np.array([rows.row(STRUCTURE, None, post.seats) for post in problem.posts], dtype=np.int64)
        every = self.open_posts
        rows.pieces.append(Piece(every, rows.seat_row[every], np.ones(len(every), dtype=np.int64)))
        rows.fund_row = np.array(
            [rows.row(Tag("fund", f.id), None, f.budget // self.arrays.unit) for f in problem.funds], dtype=np.int64
        )
        limited = [i for i, a in enumerate(problem.agreements) if a.min_placements or a.max_placements is not None]
        numbers = [
            rows.row(Tag("agreement", a.id), a.min_placements or None, a.max_placements)
            for a in (problem.agreements[i] for i in limited)
        ]
        if limited:
            ones = np.ones(len(limited), dtype=np.int64)
            rows.pieces.append(Piece(np.array(limited, np.int64), np.array(numbers, np.int64), ones, by_agreement=True))
        for resource in problem.resources:
            used = np.array([post.uses.get(resource.id, 0) for post in problem.posts], dtype=np.int64)
            users = np.flatnonzero((used > 0) & (self.arrays.seats > 0))
            row = rows.row(Tag("resource", resource.id), None, resource.amount)
            rows.pieces.append(Piece(users, one_row(users, row)[1], used[users]))

    def _fairness(self) -> None:
        weights = [(row, t.weights["fairness"]) for row, t in self._tier_rows() if t.weights.get("fairness")]
        if not weights:
            return
        if not self.total_seats:
            for row, weight in weights:
                self.rows.constants[self.rows.tiers.index(row)] += 1000 * weight
            return
        least = self.rows.add_extra(0, 1000, dict(weights))
        at = np.zeros(self.arrays.posts, dtype=np.int64)
        for posts in self.arrays.posts_of:
            row = self.rows.row(STRUCTURE, 0, None)
            self.rows.extras[least].entries[row] = -int(self.arrays.seats[posts].sum())
            at[posts] = row
        every = self.open_posts
        self.rows.pieces.append(Piece(every, at[every], np.full(len(every), 1000, dtype=np.int64)))

    def _tier_rows(self) -> Iterator[tuple[int, Tier]]:
        yield from zip(self.rows.tiers, self.problem.objective, strict=True)

    # what policies select ----------------------------------------------------------------------------------------------------

    def _people(self, chosen: VolunteerFilter | None) -> Bools | None:
        if chosen is None:
            return None
        if chosen not in self._known:
            mask = np.zeros(self.arrays.people, dtype=np.bool_)
            mask[sorted(self.index.volunteers_in(chosen))] = True
            self._known[chosen] = mask
        return self._known[chosen]

    def _masks(self, where: Where, own: Ints | None = None) -> _Masks:
        posts = self.open_posts
        if where.posts is not None:
            posts = np.intersect1d(posts, np.array(sorted(self.index.posts_in(where.posts)), dtype=np.int64))
        if own is not None:
            posts = np.intersect1d(posts, own)
        return _Masks(posts, self._people(where.volunteers), self._agreements(where))

    def _agreements(self, where: Where) -> Bools | None:
        if where.agreements is None:
            return None
        mask = np.zeros(self.arrays.agreements, dtype=np.bool_)
        mask[sorted(self.index.agreements_in(where.agreements))] = True
        return mask

    def _piece(self, masks: _Masks, row: int, factor: int = 1, weight: int = ONE, funds: Bools | None = None) -> Piece:
        thing, rows, factors = one_row(masks.posts, row, factor)
        return Piece(thing, rows, factors, weight=weight, people=masks.people, agreements=masks.agreements, funds=funds)

    # rows of policies --------------------------------------------------------------------------------------------------------

    def _charge_units(self, policy: PolicyBase) -> dict[int, int]:
        """Return what one unit of a broken soft policy adds to each tier's row."""
        price = policy.penalty or 0
        return {row: tier.weights["penalty"] * price for row, tier in self._tier_rows() if tier.weights.get("penalty")}

    def _keep(self, policy: PolicyBase, low: int | None, high: int | None, reach: int, unit: int = 1) -> int:
        """Add a row low ≤ … ≤ high; where the policy is soft, with columns that pay for ⌈distance ÷ unit⌉."""
        row = self.rows.row(Tag("policy", policy.id), low, high)
        if policy.penalty is not None:
            if low is not None:
                self.rows.add_extra(0, -(-(abs(low) + reach) // unit), {row: unit, **self._charge_units(policy)})
            if high is not None:
                self.rows.add_extra(0, -(-(abs(high) + reach) // unit), {row: -unit, **self._charge_units(policy)})
        return row

    def _policy(self, policy: Policy) -> None:
        add = {
            Count: self._count,
            Share: self._share,
            Spend: self._spend,
            Each: self._each,
            Home: self._home,
            Together: self._together,
            Apart: self._apart,
            Pin: self._pin,
            Forbid: self._forbid,
            Average: self._average,
        }[type(policy)]
        add(policy)  # type: ignore[operator]

    def _count(self, policy: Count) -> None:
        masks = self._masks(policy.where)
        row = self._keep(policy, policy.min or None, policy.max, self.total_seats)
        self.rows.pieces.append(self._piece(masks, row))

    def _share(self, policy: Share) -> None:
        weight = COST if policy.of == "cost" else ONE
        # A soft rule counts its shortfall in rupiah; for a hard one the unit of money does not matter.
        unit = self.arrays.unit if policy.penalty is not None and weight == COST else 1
        row = self._keep(policy, 0, None, 200 * unit * self.worst[weight] * self.total_seats, 100)
        self.rows.pieces.append(self._piece(self._masks(policy.where), row, 100 * unit, weight))
        self.rows.pieces.append(self._piece(self._masks(policy.among), row, -policy.percent * unit, weight))

    def _spend(self, policy: Spend) -> None:
        unit = self.arrays.unit
        if policy.penalty is None:
            low, high, factor = -(-policy.min // unit), None if policy.max is None else policy.max // unit, 1
        else:
            low, high, factor = policy.min, policy.max, unit
        row = self._keep(policy, low or None, high, factor * self.worst[COST] * self.total_seats)
        funds = None
        if policy.funds is not None:
            funds = np.array([fund.id in policy.funds for fund in self.problem.funds], dtype=np.bool_)
        weight = COST if funds is None else PAID
        self.rows.pieces.append(self._piece(self._masks(policy.where), row, factor, weight, funds))

    def _average(self, policy: Average) -> None:
        weight = WEIGHTS[policy.of]
        row = self._keep(policy, 0, None, (self.worst[weight] + abs(policy.min)) * self.total_seats, 10)
        masks = self._masks(policy.where)
        self.rows.pieces.append(self._piece(masks, row, 1, weight))
        self.rows.pieces.append(self._piece(masks, row, -policy.min))

    def _home(self, policy: Home) -> None:
        table = np.zeros((len(self.arrays.homes) + 1, len(self.arrays.regions)), dtype=np.bool_)
        for position, home in enumerate(self.arrays.homes):
            table[position] = self.arrays.covered_by(self.index.forest.raised(home, policy.level))
        self._ban(policy, Where(volunteers=policy.volunteers), table)

    def _forbid(self, policy: Forbid) -> None:
        self._ban(policy, policy.where, None)

    def _ban(self, policy: PolicyBase, where: Where, table: Bools | None) -> None:
        masks = self._masks(where)
        prices = {-1: 1} if policy.penalty is None else self._charge_units(policy)
        for row, factor in prices.items():
            piece = Piece(
                *one_row(masks.posts, row, factor), people=masks.people, agreements=masks.agreements, only_home=table
            )
            (self.rows.never if policy.penalty is None else self.rows.pieces).append(piece)

    def _pin(self, policy: Pin) -> None:
        agreement = None if policy.agreement is None else self.index.agreement[policy.agreement]
        if policy.penalty is None:
            row = self.rows.row(Tag("policy", policy.id), 1, None)
            self._pair(policy.volunteer, policy.post, agreement, row, 1)
            return
        for row, price in self._charge_units(policy).items():
            self.rows.constants[self.rows.tiers.index(row)] += price
            self._pair(policy.volunteer, policy.post, agreement, row, -price)

    def _places(self, of: str) -> Ints:
        number: dict[str, int] = {}
        return np.array(
            [number.setdefault(self.index.place_of(p, of), len(number)) for p in range(self.arrays.posts)],
            dtype=np.int64,
        )

    def _together(self, policy: Together) -> None:
        place = self._places(policy.of)
        for name, members in sorted(self.index.groups.items()):
            if len(members) > 1 and (policy.groups is None or name in policy.groups):
                group = self._groups.setdefault(name, Group(tuple(members), []))
                group.rules.append((place, policy.penalty))

    def _apart(self, policy: Apart) -> None:
        place, people = self._places(policy.of), self._people(policy.volunteers)
        number = self.arrays.people if people is None else int(people.sum())
        seats = np.bincount(place, weights=self.arrays.seats, minlength=1).astype(np.int64)
        at = np.full(len(seats), -1, dtype=np.int64)
        for one in np.unique(place[self.open_posts]):
            most = min(int(seats[one]), number)
            if most < 2:
                continue
            at[one] = self.rows.row(Tag("policy", policy.id), None, 1)
            if policy.penalty is not None:
                # k people at one thing make k (k − 1) ÷ 2 pairs: the j-th after the first brings j of them.
                for before in range(1, most):
                    price = {row: before * unit for row, unit in self._charge_units(policy).items()}
                    self.rows.add_extra(0, 1, {int(at[one]): -1, **price})
        posts = self.open_posts[at[place[self.open_posts]] >= 0]
        ones = np.ones(len(posts), dtype=np.int64)
        self.rows.pieces.append(Piece(posts, at[place[posts]], ones, people=people))

    # each --------------------------------------------------------------------------------------------------------------------

    def _each(self, policy: Each) -> None:
        masks = self._masks(policy.where)
        low = policy.min or None
        things = list(own_of_each(policy, self.index))
        counted: list[tuple[Ints, int]] = []
        triggered: list[tuple[Ints, int]] = []
        for posts, agreements in things:
            if posts is None:
                own = np.array(sorted(agreements or ()), dtype=np.int64)
                if masks.agreements is not None:
                    own = own[masks.agreements[own]]
                room = self.total_seats
            else:
                own = np.intersect1d(masks.posts, np.array(posts, dtype=np.int64))
                room = int(self.arrays.seats[posts].sum())
            binds = low is None or policy.when == "always"
            if binds:
                counted.append((own, self._keep(policy, low, policy.max, room)))
            else:
                row = self._keep(policy, 0, None, room + (low or 0))
                counted.append((own, row))
                if policy.max is not None:
                    counted.append((own, self._keep(policy, None, policy.max, room)))
                every = (
                    own
                    if policy.when == "matched"
                    else np.array(sorted(posts if posts is not None else agreements or ()), dtype=np.int64)
                )
                triggered.extend(self._open(every, row, low or 0, room, by_post=posts is not None))
        by_agreement = policy.of in {"agreement", "sponsor"}
        self._spread(counted, masks, by_agreement=by_agreement)
        if policy.when == "matched":
            self._spread(triggered, masks, by_agreement=by_agreement)
        else:
            self._spread(triggered, _Masks(self.open_posts, None, None), by_agreement=by_agreement)

    def _open(self, own: Ints, row: int, low: int, room: int, *, by_post: bool) -> Iterator[tuple[Ints, int]]:
        """Add the 0/1 column that says whether a thing is open, and yield the rows that open it."""
        tag = self.rows.tags[row]
        entries = {row: -low}
        if by_post and room <= SMALL * low:
            for post in own[self.arrays.seats[own] > 0]:
                opener = self.rows.row(tag, None, 0)
                entries[opener] = -int(self.arrays.seats[post])
                yield np.array([post], dtype=np.int64), opener
        else:
            opener = self.rows.row(tag, None, 0)
            entries[opener] = -max(1, room)
            yield own, opener
        self.rows.add_extra(0, 1, entries)

    def _spread(self, parts: list[tuple[Ints, int]], masks: _Masks, *, by_agreement: bool) -> None:
        """Add one piece that counts for each row what lies in its own posts or agreements."""
        if not parts:
            return
        thing = np.concatenate([own for own, _ in parts])
        row = np.concatenate([np.full(len(own), number, dtype=np.int64) for own, number in parts])
        order = np.argsort(thing, kind="stable")
        thing, row = thing[order], row[order]
        ones = np.ones(len(thing), dtype=np.int64)
        if not by_agreement:
            inside = self.arrays.seats[thing] > 0
            thing, row, ones = thing[inside], row[inside], ones[inside]
            piece = Piece(thing, row, ones, people=masks.people, agreements=masks.agreements)
        else:
            posts = None
            if len(masks.posts) < len(self.open_posts):
                posts = np.zeros(self.arrays.posts, dtype=np.bool_)
                posts[masks.posts] = True
            piece = Piece(thing, row, ones, by_agreement=True, people=masks.people, posts=posts)
        self.rows.pieces.append(piece)
