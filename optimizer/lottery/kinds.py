"""People whom nothing tells apart: neither a rule, nor what they cost, nor a tier that counts.

Two people of one kind can change places in any solution, and it stays lawful and exactly as good. A fair lottery therefore gives them the
same chance, and one column of the lottery counts kinds instead of people: that is what makes thousands of people possible.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass

from optimizer.index import Index
from optimizer.problem import Apart, Average, Home, Pin, Tier, Together, Volunteer, VolunteerFilter


@dataclass(frozen=True, slots=True)
class Kind:
    """The positions of the volunteers of one kind, in order."""

    members: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.members)


def kinds_of(index: Index, tiers: Collection[Tier], tags: frozenset[str] = frozenset()) -> list[Kind]:
    """Return the kinds of volunteers as far as rules, costs, the chosen tiers and `tags` tell people apart, by their first member."""
    look = _Looking(index, tiers, tags)
    found: dict[Hashable, list[int]] = {}
    for position, person in enumerate(index.problem.volunteers):
        found.setdefault(look.at(position, person), []).append(position)
    return [Kind(tuple(members)) for members in found.values()]


class _Looking:
    """What can be seen of a person; whatever no rule and no tier looks at is left out."""

    def __init__(self, index: Index, tiers: Collection[Tier], tags: frozenset[str]) -> None:
        self.index = index
        problem = index.problem
        self.regions = sorted({index.post_region[post] for post, place in enumerate(problem.posts) if place.seats})
        self.post_in = {region: post for post, region in enumerate(index.post_region)}
        weighed = {measure for tier in tiers for measure, weight in tier.weights.items() if weight}
        averages = {policy.of for policy in problem.policies if isinstance(policy, Average)}
        self.fit = "fit" in weighed | averages
        self.suitability = self.fit or "suitability" in averages
        self.preference = "preference" in weighed | averages
        self.kept: dict[str, list[str]] = {}
        if "kept" in weighed:
            for volunteer, post in sorted(problem.previous):
                self.kept.setdefault(volunteer, []).append(post)
        self.tags = tags.union(*(post.requires | (post.prefers if self.fit else set()) for post in problem.posts))
        self.hardships = sorted({post.hardship for post in problem.posts})
        self.pairs: dict[str, list[Hashable]] = {}
        for (volunteer, post), pair in sorted(problem.pairs.items()):
            row = (post, pair.fit if self.fit else None, pair.cost, pair.forbid)
            self.pairs.setdefault(volunteer, []).append(row)
        self.filters = [index.volunteers_in(one) for one in _filters(index)]
        self.homes = [policy for policy in problem.policies if isinstance(policy, Home)]
        self.alone = {index.volunteer[policy.volunteer] for policy in problem.policies if isinstance(policy, Pin)}
        for policy in problem.policies:
            if isinstance(policy, Apart) and policy.penalty is not None:  # counts pairs of people, not people
                self.alone |= index.volunteers_in(policy.volunteers)
        self.together = any(isinstance(policy, Together) for policy in problem.policies)
        self._fares: dict[str | None, Hashable] = {}

    def at(self, position: int, person: Volunteer) -> Hashable:
        """Return everything that tells this person from others."""
        index = self.index
        grouped = person.group is not None and len(index.groups[person.group]) > 1
        if position in self.alone or (grouped and self.together):
            return position
        refused = tuple(region for region in self.regions if index.forest.covered(person.refuses, region))
        limit = person.max_hardship
        hardest = len(self.hardships) if limit is None else sum(one <= limit for one in self.hardships)
        return (
            (person.tags & self.tags, hardest, refused, self._fare(person.home), tuple(self.pairs.get(person.id, ()))),
            tuple(position in people for people in self.filters),
            tuple(self._banned(policy, position, person) for policy in self.homes),
            person.suitability if self.suitability else None,
            tuple(index.preference(position, self.post_in[region]) for region in self.regions)
            if self.preference
            else None,
            tuple(self.kept.get(person.id, ())),
        )

    def _fare(self, home: str | None) -> Hashable:
        if home not in self._fares:
            travel = self.index.problem.travel
            self._fares[home] = tuple(0 if home is None else travel.get((home, region), 0) for region in self.regions)
        return self._fares[home]

    def _banned(self, policy: Home, position: int, person: Volunteer) -> str | None:
        if person.home is None or position not in self.index.volunteers_in(policy.volunteers):
            return None
        return self.index.forest.raised(person.home, policy.level)


def _filters(index: Index) -> list[VolunteerFilter]:
    """Return every filter of volunteers that a policy carries."""
    found = []
    for policy in index.problem.policies:
        if isinstance(policy, Home | Apart):
            found.append(policy.volunteers)
        for name in ("where", "among"):
            where = getattr(policy, name, None)
            if where is not None:
                found.append(where.volunteers)
    return [one for one in found if one is not None]
