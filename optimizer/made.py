"""Placements that were made, by position, and the figures of each: what violations and measures are counted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.index import Index
from optimizer.problem import Each, Where


@dataclass(frozen=True, slots=True)
class Placement:
    """One placement by positions, with its cost in rupiah, its fit and its preference."""

    volunteer: int
    post: int
    agreement: int
    cost: int
    fit: int
    preference: int


class Made:
    """The placements of one solution."""

    def __init__(self, index: Index, triples: Iterable[tuple[int, int, int]]) -> None:
        self.index = index
        self.placements = tuple(
            Placement(v, p, a, sum(index.cost_lines(v, p).values()), index.fit(v, p), index.preference(v, p))
            for v, p, a in sorted(triples)
        )
        self.post_of = {one.volunteer: one.post for one in self.placements}

    def rows(self) -> list[dict[str, Any]]:
        """Return the placements as a document lists them, by identifier and with their figures."""
        problem = self.index.problem
        return [
            {
                "volunteer": problem.volunteers[one.volunteer].id,
                "post": problem.posts[one.post].id,
                "agreement": problem.agreements[one.agreement].id,
                "cost": one.cost,
                "fit": one.fit,
                "preference": one.preference,
            }
            for one in self.placements
        ]

    def matched(self, where: Where) -> list[Placement]:
        """Return the placements that the three filters select."""
        posts = self.index.posts_in(where.posts)
        people = self.index.volunteers_in(where.volunteers)
        agreements = self.index.agreements_in(where.agreements)
        return [
            one
            for one in self.placements
            if one.post in posts and one.volunteer in people and one.agreement in agreements
        ]

    def own_numbers(self, of: str, placements: Iterable[Placement]) -> dict[str, int]:
        """Return for each region, school, post, agreement or sponsor the number of its own placements among those given; no zeros."""
        number = Counter((one.post, one.agreement) for one in placements)
        found: Counter[str] = Counter()
        if of == "region":
            direct: Counter[str] = Counter()
            for (post, _), times in number.items():
                direct[self.index.post_region[post]] += times
            for region, times in direct.items():
                for above in self.index.forest.upwards(region):
                    found[above] += times
            return found
        for (post, agreement), times in number.items():
            for thing in things_of_post(of, post, agreement, self.index):
                found[thing] += times
        return found

    def things(self, policy: Each) -> Collection[str]:
        """Return the things over which an `each` runs, in order."""
        if policy.ids is not None:
            return policy.ids
        if policy.of == "agreement":
            return [agreement.id for agreement in self.index.problem.agreements]
        if policy.of == "sponsor":
            return sorted({fund.sponsor for fund in self.index.problem.funds if fund.sponsor is not None})
        posts = self.index.posts_in(policy.where.posts)
        if policy.of == "region":
            direct = {self.index.post_region[post] for post in posts}
            return sorted({above for region in direct for above in self.index.forest.upwards(region)})
        return sorted({self.index.place_of(post, policy.of) for post in posts})

    def paid_by(self, one: Placement, funds: frozenset[str]) -> int:
        """Return the rupiah of a placement that the given funds pay."""
        agreement = self.index.problem.agreements[one.agreement]
        lines = self.index.cost_lines(one.volunteer, one.post)
        return sum(amount for line, amount in lines.items() if agreement.fund_for(line) in funds)

    def fairness(self) -> int:
        """Return the smallest ⌊1000 × placements ÷ seats⌋ over the regions in which schools with seats directly lie."""
        seats: dict[str, int] = {}
        filled: dict[str, int] = {}
        for position, post in enumerate(self.index.problem.posts):
            region = self.index.post_region[position]
            seats[region] = seats.get(region, 0) + post.seats
        for one in self.placements:
            region = self.index.post_region[one.post]
            filled[region] = filled.get(region, 0) + 1
        return min((1000 * filled.get(region, 0) // number for region, number in seats.items() if number), default=1000)

    def measures(self, penalty: int) -> dict[str, int]:
        """Return every measure; `penalty` is what the soft policies' violations cost in all."""
        problem = self.index.problem
        return {
            "placed": len(self.placements),
            "need": sum(problem.posts[one.post].need for one in self.placements),
            "fit": sum(one.fit for one in self.placements),
            "preference": sum(one.preference for one in self.placements),
            "cost": sum(one.cost for one in self.placements),
            "penalty": penalty,
            "kept": sum(
                (problem.volunteers[one.volunteer].id, problem.posts[one.post].id) in problem.previous
                for one in self.placements
            ),
            "fairness": self.fairness(),
            "chosen": sum(problem.volunteers[one.volunteer].weight for one in self.placements),
        }


def things_of_post(of: str, post: int, agreement: int, index: Index) -> Iterable[str]:
    """Return the things of one kind whose own a placement at the post under the agreement is."""
    if of == "agreement":
        return (index.problem.agreements[agreement].id,)
    if of == "sponsor":
        return index.agreement_sponsors[agreement]
    if of == "region":
        return index.forest.upwards(index.post_region[post])
    return (index.place_of(post, of),)


def outside(value: int, low: int, high: int | None) -> int:
    """Return the distance from `value` to [low, high], 0 inside."""
    return max(0, low - value, 0 if high is None else value - high)


def tiers_of(measures: Mapping[str, int], weights: Iterable[Mapping[str, int]]) -> list[int]:
    """Return the value of each tier."""
    return [sum(weight * measures[name] for name, weight in tier.items()) for tier in weights]
