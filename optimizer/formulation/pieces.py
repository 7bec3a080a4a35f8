"""Rows over placements without a list of placements: what a row counts is said by pieces, and worked out for the placements at hand.

A piece adds weight × factor to its rows for every placement that passes its masks. The weight is 1, the rupiah (all of them, or what some
funds pay), or a figure of the pair. The row may depend on the post or on the agreement, so that "one row for each school" is one piece.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.formulation.arrays import Bools, Ints
from optimizer.formulation.model import Tag

ONE, COST, PAID, SUITABILITY, FIT, PREFERENCE, CHOSEN = range(7)
WEIGHTS = {"suitability": SUITABILITY, "fit": FIT, "preference": PREFERENCE}


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Adds weight × factor to row[i] for the placements at `thing[i]`: a post, or (`by_agreement`) an agreement.

    `thing` is ascending and may repeat; None in a mask lets everyone pass. `funds` says which funds' money a weight PAID counts.
    `only_home`: counts only where the pair is marked in this table of (home, region).
    """

    thing: Ints
    row: Ints
    factor: Ints
    weight: int = ONE
    by_agreement: bool = False
    people: Bools | None = None
    posts: Bools | None = None
    agreements: Bools | None = None
    funds: Bools | None = None
    only_home: Bools | None = None


@dataclass(slots=True)
class Extra:
    """A column that is not a placement: `entries` are its coefficients by row."""

    lower: int
    upper: int
    entries: dict[int, int]


@dataclass(slots=True)
class Rows:
    """The rows of a problem over placements, extra columns, and explicit pairs.

    Attributes:
        lower: least value of each row (None: no limit); likewise `upper`.
        tags: where each row comes from.
        tiers: the row that holds the value of each tier (it binds nothing), and what to add to it.
        never: pieces of placements that are not to be made at all.
        pairs: entries (row, factor) of single pairs, by (volunteer, post, agreement or None).
        seat_row: the row of each post's seats; `fund_row` the row of each fund's money.
    """

    lower: list[int | None] = field(default_factory=list)
    upper: list[int | None] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    never: list[Piece] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    tiers: list[int] = field(default_factory=list)
    constants: list[int] = field(default_factory=list)
    pairs: dict[tuple[int, int, int | None], list[tuple[int, int]]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    seat_row: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fund_row: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def row(self, tag: Tag, lower: int | None, upper: int | None) -> int:
        """Add a row and return its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.tags.append(tag)
        return len(self.lower) - 1

    def add_extra(self, lower: int, upper: int, entries: dict[int, int]) -> int:
        """Add an extra column and return its number."""
        self.extras.append(Extra(lower, upper, entries))
        return len(self.extras) - 1


@dataclass(slots=True)
class Group:
    """People who are placed together: `rules` are (place of each post, penalty or None) of the policies that bind them."""

    members: tuple[int, ...]
    rules: list[tuple[Ints, int | None]]


def one_row(chosen: Ints, row: int, factor: int = 1) -> tuple[Ints, Ints, Ints]:
    """Return (thing, row, factor) of a piece that has one row for all of `chosen`."""
    size = len(chosen)
    return chosen.astype(np.int64), np.full(size, row, dtype=np.int64), np.full(size, factor, dtype=np.int64)
