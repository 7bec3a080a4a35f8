"""What a sweep over all pairs knows of a region, is asked for, and finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.formulation.arrays import Bools, Ints


@dataclass(frozen=True, slots=True)
class Place:
    """One region as the scan sees it, at no prices yet; the options of post p (by place) are offsets[p] … offsets[p + 1] − 1."""

    posts: Ints
    options: Ints
    offsets: Ints
    no_option: Bools
    no_post: Bools
    block_start: Ints
    block_rows: Ints
    block_demand: Ints
    masked_person: Ints
    masked_row: Ints

    def blocks(self) -> Iterator[tuple[int, Ints]]:
        """Yield (demand, its posts by place)."""
        for block, demand in enumerate(self.block_demand.tolist()):
            yield demand, self.block_rows[self.block_start[block] : self.block_start[block + 1]]


@dataclass(frozen=True, slots=True)
class Values:
    """One region at some prices: what each (class, post) and each (option, class) is worth, the people's classes, and what they add.

    `figures` × `much` (figure × class × post) is what persons' figures add where that differs from post to post; preferred tags add to
    the figure `fit` (−1: none).
    """

    table: Ints
    options: Ints
    classes: Ints
    base: Ints
    likes: int
    figures: Ints
    much: Ints
    fit: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs to list: worth more than their person's `floor`, the best few of each post and of each person.

    `usable` leaves only some options (None: all).
    """

    floor: Ints
    each_post: int
    each_person: int
    usable: Bools | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some pairs of a person and a post, each once, with their gain over the person's floor."""

    person: Ints
    post: Ints
    gain: Ints


@dataclass(frozen=True, slots=True)
class Swept:
    """Everyone's best worth and its post (−1: nothing), and the pairs that were wanted."""

    best: Ints
    at: Ints
    pairs: Pairs
