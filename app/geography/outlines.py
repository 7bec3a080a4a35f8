"""Outlines of the provinces as SVG paths: projected, and simplified until they are small enough for a slow line.

Indonesia straddles the equator, so degrees serve as plane coordinates: at 11° south a degree of longitude is 2 % too wide, which
nobody sees on a map of this size.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from app.geography.reference import boundaries, regencies

Point = tuple[float, float]
WIDTH: Final = 1000
"""Width of every map in its own units; the height follows from what is shown."""
LARGEST: Final = 30_000
"""Characters that all paths of a map may have together."""
SMALLEST_ISLAND: Final = 2.0
"""Islands below this area, in square units, are left out, unless a province has nothing else."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the globe in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Units of the map for each degree."""
        return WIDTH / (self.east - self.west)

    @property
    def height(self) -> int:
        """Height of the map in its units."""
        return round((self.north - self.south) * self.scale)

    def project(self, lon: float, lat: float) -> Point:
        """Return the place on the map, from its upper left corner."""
        return (lon - self.west) * self.scale, (self.north - lat) * self.scale

    def meets(self, other: Box) -> bool:
        """Tell whether the two have anything in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


@cache
def rings() -> Mapping[str, tuple[tuple[Point, ...], ...]]:
    """Return the rings of each province by its code, as (lon, lat), the last point being the first."""
    found = {}
    for code, geometry in boundaries("province").items():
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        found[code] = tuple(tuple((lon, lat) for lon, lat in ring) for part in parts for ring in part)
    return MappingProxyType(found)


def bounds(codes: Sequence[str]) -> Box:
    """Return the box around these provinces, at least one, with the small islands of theirs that have no outline."""
    points = [point for code in codes for ring in rings()[code] for point in ring]
    return _around(points + [(place.lon, place.lat) for place in regencies().values() if place.province in codes])


def _around(points: Sequence[Point]) -> Box:
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return Box(min(lons), min(lats), max(lons), max(lats))


@lru_cache(maxsize=64)
def outlines(box: Box) -> Mapping[str, str]:
    """Return the SVG path of each province that shows inside `box`, coarser where it would grow beyond `LARGEST`."""
    allowed = 0.6
    while True:
        found = {code: _path(box, code, allowed) for code in rings()}
        shown = {code: path for code, path in found.items() if path}
        if sum(map(len, shown.values())) <= LARGEST:
            return MappingProxyType(shown)
        allowed *= 1.6


def _path(box: Box, code: str, allowed: float) -> str:
    projected = [[box.project(lon, lat) for lon, lat in ring] for ring in rings()[code] if box.meets(_around(ring))]
    projected.sort(key=_area, reverse=True)
    return "".join(
        _commands(simplified(ring, allowed))
        for position, ring in enumerate(projected)
        if position == 0 or _area(ring) >= SMALLEST_ISLAND
    )


def _commands(ring: Sequence[Point]) -> str:
    """Return a closed subpath in whole units, each point relative to the one before it."""
    whole = [(round(x), round(y)) for x, y in ring]
    steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(whole) if (a, b) != (x, y)]
    if len(steps) < 3:
        return ""
    # The last step leads back to the start, which `z` does by itself.
    numbers = [number for step in steps[:-1] for number in step]
    written = "".join(f"{number}" if number < 0 or not place else f" {number}" for place, number in enumerate(numbers))
    return f"M{whole[0][0]} {whole[0][1]}l{written}z"


def _area(ring: Sequence[Point]) -> float:
    return abs(sum(a * y - x * b for (a, b), (x, y) in pairwise(ring))) / 2


def simplified(ring: Sequence[Point], allowed: float) -> list[Point]:
    """Return `ring` without the points whose triangle with their neighbours is smaller than `allowed`.

    Visvalingam and Whyatt (1993): the smallest triangle goes first. Both sides of a border lose the same points, so no gap opens.
    """
    before, after = list(range(-1, len(ring) - 1)), list(range(1, len(ring) + 1))
    gone: set[int] = set()
    heap = [(_triangle(ring, place - 1, place, place + 1), place) for place in range(1, len(ring) - 1)]
    current = {place: size for size, place in heap}
    heapq.heapify(heap)
    while heap and heap[0][0] < allowed:
        size, place = heapq.heappop(heap)
        if place in gone or current[place] != size:
            continue
        gone.add(place)
        left, right = before[place], after[place]
        after[left], before[right] = right, left
        for near in (left, right):
            if 0 < near < len(ring) - 1:
                # Never smaller than what went before, so that points go in the order of their weight.
                current[near] = max(size, _triangle(ring, before[near], near, after[near]))
                heapq.heappush(heap, (current[near], near))
    return [point for place, point in enumerate(ring) if place not in gone]


def _triangle(ring: Sequence[Point], a: int, b: int, c: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = ring[a], ring[b], ring[c]
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2


def all_of(box: Box) -> Iterator[str]:
    """Yield the paths inside `box`, in the order of the provinces' codes."""
    yield from outlines(box).values()
