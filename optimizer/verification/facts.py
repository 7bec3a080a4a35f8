"""What the problem document says about regions, people, posts and money, looked up straight in its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

Json = Mapping[str, Any]


def records(problem: Json, name: str) -> list[Any]:
    """Return the list `name` of the document, empty where it is left out."""
    return problem.get(name) or []


def by_id(problem: Json, name: str) -> dict[str, Json]:
    """Return the records of the list `name` by identifier."""
    return {record["id"]: record for record in records(problem, name)}


class Regions:
    """The forest of regions: each has a number, and those below it the numbers up to its last one."""

    def __init__(self, listed: Iterable[Json]) -> None:
        self.parent: dict[str, str | None] = {record["id"]: record.get("parent") for record in listed}
        below: dict[str | None, list[str]] = {}
        for region, parent in self.parent.items():
            below.setdefault(parent, []).append(region)
        self.downwards: list[str] = []
        waiting = list(below.get(None, ()))
        while waiting:  # a stack in place of recursion: chains may be long
            region = waiting.pop()
            self.downwards.append(region)
            waiting.extend(below.get(region, ()))
        self.first = {region: number for number, region in enumerate(self.downwards)}
        self.last = dict(self.first)
        for region in reversed(self.downwards):
            parent = self.parent[region]
            if parent is not None:
                self.last[parent] = max(self.last[parent], self.last[region])
        self._depth: dict[str, int] = {}
        self._shortcut: dict[str, str] = {}
        for region in self.downwards:
            self._find_shortcut(region, self.parent[region])

    def _find_shortcut(self, region: str, parent: str | None) -> None:
        """Note how deep the region lies, and an ancestor far above it, so that climbing takes few steps in a long chain too."""
        if parent is None:
            self._depth[region], self._shortcut[region] = 0, region
            return
        one = self._shortcut[parent]
        two = self._shortcut[one]
        alike = self._depth[parent] + self._depth[two] == 2 * self._depth[one]
        self._depth[region], self._shortcut[region] = self._depth[parent] + 1, two if alike else parent

    def covers(self, above: str, below: str) -> bool:
        """Return whether `below` is `above` itself or lies below it."""
        return self.first[above] <= self.first[below] <= self.last[above]

    def any_covers(self, listed: Iterable[str], below: str) -> bool:
        """Return whether one of the listed regions covers `below`."""
        return any(self.covers(above, below) for above in listed)

    def upwards(self, region: str, levels: int) -> str:
        """Return the region that many levels above, or the top where the levels end before."""
        goal = max(0, self._depth[region] - levels)
        while self._depth[region] > goal:
            parent, far = self.parent[region], self._shortcut[region]
            region = far if parent is None or self._depth[far] >= goal else parent
        return region

    def rolled_up(self, direct: Mapping[str, int]) -> dict[str, int]:
        """Return for each region the sum of `direct` over it and everything below it."""
        total = {region: direct.get(region, 0) for region in self.downwards}
        for region in reversed(self.downwards):
            parent = self.parent[region]
            if parent is not None:
                total[parent] += total[region]
        return total


class Facts:
    """Look-ups over one problem document, which `read_problem` has accepted."""

    def __init__(self, problem: Json) -> None:
        self.problem = problem
        self.regions = Regions(records(problem, "regions"))
        self.schools = by_id(problem, "schools")
        self.posts = by_id(problem, "posts")
        self.volunteers = by_id(problem, "volunteers")
        self.funds = by_id(problem, "funds")
        self.resources = by_id(problem, "resources")
        self.policies = by_id(problem, "policies")
        if problem.get("agreements") is None:
            self.agreements: dict[str, Json] = {fund: {"id": fund, "pays": {"*": fund}} for fund in self.funds}
        else:
            self.agreements = by_id(problem, "agreements")
        self.pairs = {(row["volunteer"], row["post"]): row for row in records(problem, "pairs")}
        self.travel = {(row["from"], row["to"]): row["cost"] for row in records(problem, "travel")}
        self.previous = {(row["volunteer"], row["post"]) for row in records(problem, "previous")}
        self.objective: list[Json] = records(problem, "objective")
        self.tags_of_volunteer = {name: frozenset(one.get("tags") or ()) for name, one in self.volunteers.items()}

    @cached_property
    def tags_of_post(self) -> dict[str, frozenset[str]]:
        """The tags on each post or its school."""
        return {
            name: frozenset(post.get("tags") or ()) | frozenset(self.schools[post["school"]].get("tags") or ())
            for name, post in self.posts.items()
        }

    @cached_property
    def region_of_post(self) -> dict[str, str]:
        """The region in which each post's school directly lies."""
        return {name: self.schools[post["school"]]["region"] for name, post in self.posts.items()}

    @cached_property
    def sponsors_of_agreement(self) -> dict[str, frozenset[str]]:
        """The sponsors of each agreement's funds."""
        return {
            name: frozenset(
                sponsor
                for fund in agreement["pays"].values()
                if (sponsor := self.funds[fund].get("sponsor")) is not None
            )
            for name, agreement in self.agreements.items()
        }

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The volunteers of each group."""
        found: dict[str, list[str]] = {}
        for name, person in self.volunteers.items():
            if person.get("group") is not None:
                found.setdefault(person["group"], []).append(name)
        return found

    def lines(self, volunteer: str, post: str) -> dict[str, int]:
        """Return the rupiah of each cost line of a placement that is not zero."""
        cost = self.pairs.get((volunteer, post), {}).get("cost")
        if cost is not None:
            return {"base": cost} if cost else {}
        listed = self.posts[post].get("cost") or {}
        lines = {"base": listed} if isinstance(listed, int) else dict(listed)
        home = self.volunteers[volunteer].get("home")
        lines["travel"] = lines.get("travel", 0) + self.travel.get((home, self.region_of_post[post]), 0)
        return {line: rupiah for line, rupiah in lines.items() if rupiah}

    def payer(self, agreement: str, line: str) -> str | None:
        """Return the fund that pays `line` under the agreement, or None."""
        pays: Mapping[str, str] = self.agreements[agreement]["pays"]
        return pays[line] if line in pays else pays.get("*")

    def fit(self, volunteer: str, post: str) -> int:
        """Return the fit of the pair in points."""
        given: int | None = self.pairs.get((volunteer, post), {}).get("fit")
        if given is not None:
            return given
        liked = set(self.posts[post].get("prefers") or ()) & self.tags_of_volunteer[volunteer]
        return int(self.volunteers[volunteer].get("suitability") or 0) + 5 * len(liked)

    def preference(self, volunteer: str, post: str) -> int:
        """Return 10 less the place of the first wish that covers the post's region, at least 0."""
        for place, wish in enumerate(self.volunteers[volunteer].get("preferences") or ()):
            if self.regions.covers(wish, self.region_of_post[post]):
                return max(0, 10 - place)
        return 0

    def hindrances(self, volunteer: str, post: str) -> list[str]:
        """Return in words everything that keeps the volunteer from holding the post."""
        person, place, pair = self.volunteers[volunteer], self.posts[post], self.pairs.get((volunteer, post))
        found = []
        missing = set(place.get("requires") or ()) - self.tags_of_volunteer[volunteer]
        if missing:
            found.append(f"the post requires {', '.join(sorted(missing))}")
        limit = person.get("max_hardship")
        if limit is not None and (place.get("hardship") or 0) > limit:
            found.append("the hardship is above the volunteer's limit")
        if self.regions.any_covers(person.get("refuses") or (), self.region_of_post[post]):
            found.append("the volunteer refuses the region")
        if pair is not None and pair.get("forbid"):
            found.append("the pair is forbidden")
        if pair is None and self.problem.get("pairs_only"):
            found.append("the pair is not listed and only listed pairs may be used")
        return found

    def unusable(self, agreement: str, post: str, lines: Mapping[str, int]) -> list[str]:
        """Return in words everything that keeps the agreement from being used for a placement with these lines."""
        terms = self.agreements[agreement]
        found = []
        regions = terms.get("regions")
        if regions is not None and not self.regions.any_covers(regions, self.region_of_post[post]):
            found.append("it does not cover the post's region")
        missing = set(terms.get("tags") or ()) - self.tags_of_post[post]
        if missing:
            found.append(f"neither the post nor its school is tagged {', '.join(sorted(missing))}")
        unpaid = sorted(line for line in lines if self.payer(agreement, line) is None)
        if unpaid:
            found.append(f"nobody pays the line {', '.join(unpaid)}")
        return found
