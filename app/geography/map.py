"""A map of Indonesia drawn on the server: land, and at each region a mark for what is asked and what is filled.

    region_map([Tally("53.05", filled=6, asked=8)])   ->   a `RegionMap` for `geography/map.html`

The marks do not rely on colour: the circle's area is what is asked, the slice of it what is filled, so a full circle is served and an
empty one is not. The table that every map has behind it is the page's matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from typing import Final

from app.geography.outlines import Box, all_of, bounds
from app.geography.reference import provinces, regencies

INDONESIA: Final = Box(94.4, -11.9, 141.6, 6.4)
MARGIN: Final = 0.12
"""Of the width of what is shown, free on each side of a cropped map."""
WORTH_CROPPING: Final = 0.55
"""A crop wider than this part of the country is no gain."""
SHAPES: Final = (1.6, 2.7)
"""Width over height of a cropped map, at least and at most."""
RADIUS: Final = (5.0, 17.0)
"""Of the smallest and the largest mark, in units of the map."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is asked for in a region and what of it is filled; a regency's or a province's code."""

    code: str
    filled: int
    asked: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A tally at its place on the map, in units of the map; `slice` is the SVG path of what is filled, clockwise from the top."""

    tally: Tally
    name: str
    x: int
    y: int
    radius: float
    slice: str


@dataclass(frozen=True, slots=True)
class RegionMap:
    """What the template draws."""

    width: int
    height: int
    land: tuple[str, ...]
    marks: tuple[Mark, ...]
    cropped: bool


def region_map(tallies: Iterable[Tally]) -> RegionMap:
    """Return the map of these tallies, cropped where all of them lie in a few provinces near each other.

    Regions that the reference data do not know, and those where nothing is asked, get no mark.
    """
    shown = [one for one in tallies if one.asked > 0 and _known(one.code)]
    box = _box_for({one.code[:2] for one in shown})
    most = max((one.asked for one in shown), default=1)
    # The largest first, so that none hides a smaller one.
    marks = tuple(_mark(box, one, most) for one in sorted(shown, key=lambda one: (-one.asked, one.code)))
    return RegionMap(round(box.scale * (box.east - box.west)), box.height, tuple(all_of(box)), marks, box != INDONESIA)


def _known(code: str) -> bool:
    return code in regencies() or code in provinces()


def _mark(box: Box, one: Tally, most: int) -> Mark:
    place = regencies().get(one.code) or provinces()[one.code]
    x, y = box.project(place.lon, place.lat)
    radius = round(max(RADIUS[0], RADIUS[1] * sqrt(one.asked / most)), 1)
    return Mark(one, place.name, round(x), round(y), radius, _slice(radius, one.filled / one.asked))


def _slice(radius: float, part: float) -> str:
    if part <= 0:
        return ""
    if part >= 1:
        return f"M0 {-radius}A{radius} {radius} 0 1 1 0 {radius}A{radius} {radius} 0 1 1 0 {-radius}z"
    x, y = radius * sin(2 * pi * part), -radius * cos(2 * pi * part)
    return f"M0 0V{-radius}A{radius} {radius} 0 {int(part > 0.5)} 1 {x:.1f} {y:.1f}z"


def _box_for(shown_provinces: set[str]) -> Box:
    if not shown_provinces:
        return INDONESIA
    tight = bounds(sorted(shown_provinces))
    width, height = tight.east - tight.west, tight.north - tight.south
    width, height = width * (1 + 2 * MARGIN), height + 2 * MARGIN * width
    width = max(width, height * SHAPES[0])
    height = max(height, width / SHAPES[1])
    if width > WORTH_CROPPING * (INDONESIA.east - INDONESIA.west):
        return INDONESIA
    lon, lat = (tight.west + tight.east) / 2, (tight.south + tight.north) / 2
    return Box(*(round(edge, 3) for edge in (lon - width / 2, lat - height / 2, lon + width / 2, lat + height / 2)))
