"""Look-ups over a problem: positions, the forest of regions, and which things a filter selects.

Positions are 0-based places in the problem's (sorted) tuples; every later module speaks of volunteers, posts and agreements by position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from optimizer.problem import Agreement, AgreementFilter, Post, PostFilter, Problem, Volunteer, VolunteerFilter


class RegionForest:
    """Answers "does this region cover that one" in constant time by nested intervals (depth-first numbering)."""

    def __init__(self, parents: dict[str, str | None]) -> None:
        self.parents = parents
        children: dict[str | None, list[str]] = {}
        for region, parent in parents.items():
            children.setdefault(parent, []).append(region)
        self._enter: dict[str, int] = {}
        self._leave: dict[str, int] = {}
        self._depth: dict[str, int] = {}
        # A region on the way up from each, so far that any level is found in logarithmic time (Myers, *An applicative random-access
        # stack*, 1983).
        self._jump: dict[str, str] = {}
        stack: list[tuple[str, bool]] = [(root, False) for root in reversed(children.get(None, []))]
        while stack:  # not recursive: a chain of a million regions is legal
            region, done = stack.pop()
            if done:
                self._leave[region] = len(self._enter)
                continue
            self._enter[region] = len(self._enter)
            self._measure(region, parents[region])
            stack.append((region, True))
            stack.extend((child, False) for child in reversed(children.get(region, [])))

    def _measure(self, region: str, parent: str | None) -> None:
        if parent is None:
            self._depth[region], self._jump[region] = 0, region
            return
        far = self._jump[parent]
        self._depth[region] = self._depth[parent] + 1
        even = self._depth[parent] - self._depth[far] == self._depth[far] - self._depth[self._jump[far]]
        self._jump[region] = self._jump[far] if even else parent

    def covers(self, above: str, below: str) -> bool:
        """Return whether `below` is `above` or lies below it."""
        return self._enter[above] <= self._enter[below] < self._leave[above]

    def covered(self, regions: Iterable[str], below: str) -> bool:
        """Return whether any of `regions` covers `below`."""
        return any(self.covers(region, below) for region in regions)

    def upwards(self, region: str) -> Iterator[str]:
        """Yield the region and everything above it."""
        here: str | None = region
        while here is not None:
            yield here
            here = self.parents[here]

    def raised(self, region: str, level: int) -> str:
        """Return the region `level` steps above `region`; above the top it stays at the top."""
        target = max(0, self._depth[region] - level)
        while self._depth[region] > target:
            jump = self._jump[region]
            region = jump if self._depth[jump] >= target else self.parents[region] or region
        return region


class Index:
    """Positions and derived facts of one problem, computed when first asked for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.forest = RegionForest({region.id: region.parent for region in problem.regions})
        self.volunteer = {person.id: position for position, person in enumerate(problem.volunteers)}
        self.post = {post.id: position for position, post in enumerate(problem.posts)}
        self.agreement = {agreement.id: position for position, agreement in enumerate(problem.agreements)}
        self.fund = {fund.id: position for position, fund in enumerate(problem.funds)}
        self._schools = {school.id: school for school in problem.schools}
        self._selected: dict[object, frozenset[int]] = {}

    @cached_property
    def post_region(self) -> list[str]:
        """The region in which each post's school directly lies."""
        return [self._schools[post.school].region for post in self.problem.posts]

    @cached_property
    def post_tags(self) -> list[frozenset[str]]:
        """The tags of each post together with its school's."""
        return [post.tags | self._schools[post.school].tags for post in self.problem.posts]

    @cached_property
    def agreement_sponsors(self) -> list[frozenset[str]]:
        """The sponsors of each agreement's funds."""
        sponsors = {fund.id: fund.sponsor for fund in self.problem.funds}
        return [
            frozenset(sponsor for fund in agreement.pays.values() if (sponsor := sponsors[fund]) is not None)
            for agreement in self.problem.agreements
        ]

    def travel(self, volunteer: int, post: int) -> int:
        """Return the rupiah of the way from the volunteer's home to the post's region (0 where no row says)."""
        home = self.problem.volunteers[volunteer].home
        return 0 if home is None else self.problem.travel.get((home, self.post_region[post]), 0)

    def cost_lines(self, volunteer: int, post: int) -> dict[str, int]:
        """Return the rupiah of each non-zero cost line of a placement."""
        record = self.problem.pairs.get((self.problem.volunteers[volunteer].id, self.problem.posts[post].id))
        if record is not None and record.cost is not None:
            lines = {"base": record.cost}
        else:
            lines = dict(self.problem.posts[post].cost)
            # A line of the post that is itself called travel and the way there are one line, paid by one fund.
            lines["travel"] = lines.get("travel", 0) + self.travel(volunteer, post)
        return {line: amount for line, amount in lines.items() if amount}

    def fit(self, volunteer: int, post: int) -> int:
        """Return the fit of a pair in points."""
        person, place = self.problem.volunteers[volunteer], self.problem.posts[post]
        record = self.problem.pairs.get((person.id, place.id))
        if record is not None and record.fit is not None:
            return record.fit
        return person.suitability + 5 * len(place.prefers & person.tags)

    def preference(self, volunteer: int, post: int) -> int:
        """Return 10 − the position of the first wish that covers the post's region, not below 0; 0 where none does."""
        region = self.post_region[post]
        for position, wish in enumerate(self.problem.volunteers[volunteer].preferences[:10]):
            if self.forest.covers(wish, region):
                return 10 - position
        return 0

    def agreement_covers(self, agreement: Agreement, post: int) -> bool:
        """Return whether the agreement's regions and tags allow the post (its money is another question)."""
        if not agreement.tags <= self.post_tags[post]:
            return False
        return agreement.regions is None or self.forest.covered(agreement.regions, self.post_region[post])

    def can_pay(self, agreement: Agreement, lines: Iterable[str]) -> bool:
        """Return whether every one of the (non-zero) lines has a fund."""
        return all(agreement.fund_for(line) is not None for line in lines)

    def posts_in(self, chosen: PostFilter | None) -> frozenset[int]:
        """Return the positions of the posts that a filter selects."""
        found = self._selected.get(("posts", chosen))
        if found is None:
            posts = enumerate(self.problem.posts)
            found = frozenset(i for i, post in posts if chosen is None or self._post_in(chosen, i, post))
            self._selected["posts", chosen] = found
        return found

    def _post_in(self, chosen: PostFilter, position: int, post: Post) -> bool:
        return (
            (chosen.ids is None or post.id in chosen.ids)
            and (chosen.schools is None or post.school in chosen.schools)
            and (chosen.tags is None or chosen.tags <= self.post_tags[position])
            and (chosen.regions is None or self.forest.covered(chosen.regions, self.post_region[position]))
        )

    def volunteers_in(self, chosen: VolunteerFilter | None) -> frozenset[int]:
        """Return the positions of the volunteers that a filter selects."""
        found = self._selected.get(("volunteers", chosen))
        if found is None:
            people = enumerate(self.problem.volunteers)
            found = frozenset(i for i, one in people if chosen is None or self._volunteer_in(chosen, one))
            self._selected["volunteers", chosen] = found
        return found

    def _volunteer_in(self, chosen: VolunteerFilter, person: Volunteer) -> bool:
        return (
            (chosen.ids is None or person.id in chosen.ids)
            and (chosen.groups is None or person.group in chosen.groups)
            and (chosen.tags is None or chosen.tags <= person.tags)
            and (chosen.homes is None or (person.home is not None and self.forest.covered(chosen.homes, person.home)))
        )

    def agreements_in(self, chosen: AgreementFilter | None) -> frozenset[int]:
        """Return the positions of the agreements that a filter selects."""
        return frozenset(
            i
            for i, agreement in enumerate(self.problem.agreements)
            if chosen is None
            or (
                (chosen.ids is None or agreement.id in chosen.ids)
                and (chosen.sponsors is None or not chosen.sponsors.isdisjoint(self.agreement_sponsors[i]))
            )
        )

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """The positions of the volunteers of each group, in order."""
        found: dict[str, list[int]] = {}
        for position, person in enumerate(self.problem.volunteers):
            if person.group is not None:
                found.setdefault(person.group, []).append(position)
        return found

    def triples(self, placements: Iterable[Mapping[str, Any]]) -> list[tuple[int, int, int]]:
        """Return the placements of a document as (volunteer, post, agreement) by position."""
        return [
            (self.volunteer[one["volunteer"]], self.post[one["post"]], self.agreement[one["agreement"]])
            for one in placements
        ]

    def place_of(self, post: int, of: str) -> str:
        """Return the id of the post, school or (direct) region that `together` and `apart` compare."""
        record = self.problem.posts[post]
        return {"post": record.id, "school": record.school, "region": self.post_region[post]}[of]
