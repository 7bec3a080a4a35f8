"""The price of fairness (Bertsimas, Farias and Trichakis, *The price of fairness*, 2011), point by point.

A floor says that every region gets at least a part of its seats filled, or every group at least a part of its people placed. Each floor is
a problem of its own, with one hard rule more for each region or group, solved like any other; nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index
from optimizer.lottery.claims import REGIONS, TAGS
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.solve import Limits, solve

Document = dict[str, Any]
WHOLE = 1000
# The highest floor is found to within so many thousandths.
NEAR = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A region or a group.

    Attributes:
        name: the region or tag.
        size: its seats or people.
        where: the filters that select its placements.
        field: `post` or `volunteer`: by what a placement belongs to it.
        members: the posts or volunteers that do.
    """

    name: str
    size: int
    where: Mapping[str, Any]
    field: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Point:
    """One floor and what it costs.

    Attributes:
        floor: in thousandths; 0 where there is none.
        status: of the solve.
        tiers: value and proven bound of each tier; empty where there is no solution.
        least: the least part that any region or group really gets, in thousandths.
    """

    floor: int
    status: str
    tiers: tuple[tuple[int, int | None], ...]
    least: int | None

    def price(self, free: Point, tier: int) -> float | None:
        """Return the part of a tier's value without a floor that is lost; None where that was 0."""
        before = free.tiers[tier][0]
        return None if not before or not self.tiers else (before - self.tiers[tier][0]) / abs(before)


@dataclass(frozen=True, slots=True)
class Curve:
    """The points by rising floor; the first has none. `impossible` is the lowest floor tried in vain, None where all can be met."""

    over: str
    points: tuple[Point, ...]
    impossible: int | None


def price_of_fairness(
    problem: Problem, over: str, *, steps: int = 5, seed: int = 0, limits: Limits | None = None
) -> Curve:
    """Return what floors cost, from none to the highest that can be met.

    Args:
        problem: what to place.
        over: `regions` (in which schools directly lie), or `tags:f,m`.
        steps: how many floors between the least part without any and the highest possible.
        seed: of the solves.
        limits: of each solve.

    Raises:
        DocumentRefused: `over` names nothing known, or the problem has no solution.
    """
    asked = _Asked(problem, over, seed, limits or Limits(seconds=60.0))
    free = asked.at(0)
    if free.least is None:
        raise _refused(
            f"Without any floor the solve ends as {free.status}.", "Ask gotong diagnose, or allow more time."
        )
    low, high = free.least, WHOLE + 1
    while high - low > NEAR:
        middle = (low + high) // 2
        reached = asked.at(middle).least
        if reached is None:
            high = middle
        else:
            low = reached  # the floor tried, or above it
    floors = sorted({free.least + (low - free.least) * step // steps for step in range(1, steps + 1)} - {free.least})
    points = [free, *(point for floor in floors if (point := asked.at(floor)).least is not None)]
    return Curve(over, tuple(_mended(points)), None if high > WHOLE else high)


def _mended(points: Sequence[Point]) -> list[Point]:
    """Return the points, none worse than one with a higher floor: what holds that floor holds the lower ones too."""
    found: list[Point] = []
    for point in reversed(points):
        above = found[-1] if found else point
        if [value for value, _ in above.tiers] > [value for value, _ in point.tiers]:
            bounds = [bound for _, bound in point.tiers]
            values = [value for value, _ in above.tiers]
            point = replace(point, tiers=tuple(zip(values, bounds, strict=True)), least=above.least)  # noqa: PLW2901 - the better one
        found.append(point)
    return found[::-1]


class _Asked:
    """Solves with floors, each only once."""

    def __init__(self, problem: Problem, over: str, seed: int, limits: Limits) -> None:
        self.problem = problem
        self.parts = parts_of(problem, over)
        self.seed = seed
        self.limits = limits
        self._known: dict[int, Point] = {}

    def at(self, floor: int) -> Point:
        """Return the point at a floor in thousandths."""
        if floor not in self._known:
            found = solve(read_problem(with_floor(self.problem, self.parts, floor)), limits=self.limits, seed=self.seed)
            held = found.status in {"optimal", "feasible"}
            tiers = tuple((tier.value, tier.bound) for tier in found.tiers)
            least = least_part(self.parts, found.placements) if held else None
            self._known[floor] = Point(floor, found.status, tiers, least)
        return self._known[floor]


def parts_of(problem: Problem, over: str) -> list[Part]:
    """Return the regions or groups that `over` names."""
    if over == REGIONS:
        posts: dict[str, list[str]] = {}
        seats: dict[str, int] = {}
        for post, region in zip(problem.posts, Index(problem).post_region, strict=True):
            posts.setdefault(region, []).append(post.id)
            seats[region] = seats.get(region, 0) + post.seats
        return [
            Part(region, number, {"posts": {"ids": posts[region]}}, "post", frozenset(posts[region]))
            for region, number in sorted(seats.items())
            if number
        ]
    if not over.startswith(TAGS):
        raise _refused(f"{over!r} is nothing to be fair to.", "Use regions, or tags:f,m with tags of volunteers.")
    parts = []
    for tag in over.removeprefix(TAGS).split(","):
        people = frozenset(one.id for one in problem.volunteers if tag in one.tags)
        if not people:
            raise _refused(f"No volunteer is tagged {tag!r}.", "Use tags that volunteers have.")
        parts.append(Part(tag, len(people), {"volunteers": {"tags": [tag]}}, "volunteer", people))
    return parts


def with_floor(problem: Problem, parts: Sequence[Part], floor: int) -> Document:
    """Return the document with a hard rule more for each part: at least `floor` thousandths of its size, rounded up."""
    taken = {policy.id for policy in problem.policies}
    rules: list[Document] = []
    for part in parts:
        name = f"floor:{part.name}"
        while name in taken:
            name += "'"
        least = -(-floor * part.size // WHOLE)
        if least:
            rules.append({"id": name, "kind": "count", **part.where, "min": least})
    return {**problem.document, "policies": [*(problem.document.get("policies") or ()), *rules]}


def least_part(parts: Sequence[Part], placements: Sequence[Mapping[str, Any]]) -> int:
    """Return the least part that any region or group gets, in thousandths, rounded down."""
    numbers = (WHOLE * sum(one[part.field] in part.members for one in placements) // part.size for part in parts)
    return min(numbers, default=WHOLE)


def _refused(message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("", "unknown-floor", message, remedy)])
