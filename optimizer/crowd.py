"""The volunteers as arrays of bits and numbers: who meets a post's demands, who passes a filter, what the way costs each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from optimizer.problem import Pair, VolunteerFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.index import Index

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]


class Crowd:
    """All volunteers of one problem by position; every answer is one array over them, remembered for the next post that asks."""

    def __init__(self, index: Index) -> None:
        self.index = index
        volunteers = index.problem.volunteers
        self.size = len(volunteers)
        self.suitability = np.array([one.suitability for one in volunteers], dtype=np.int64)
        none = 10**15 + 1
        self._limit = np.array(
            [none if one.max_hardship is None else one.max_hardship for one in volunteers], dtype=np.int64
        )
        self._tags = _positions((tag, place) for place, one in enumerate(volunteers) for tag in one.tags)
        self._refusals = _positions((region, place) for place, one in enumerate(volunteers) for region in one.refuses)
        homes = sorted({one.home for one in volunteers if one.home is not None})
        codes = {home: code for code, home in enumerate(homes)}
        self.homes: list[str | None] = [*homes, None]
        self.home = np.array(
            [len(homes) if one.home is None else codes[one.home] for one in volunteers], dtype=np.int64
        )
        self._ways: dict[str, list[tuple[int, int]]] = {}
        for (start, end), cost in index.problem.travel.items():
            if start in codes:
                self._ways.setdefault(end, []).append((codes[start], cost))
        self._fares: dict[str, Ints] = {}
        self._known: dict[object, Bools] = {}
        self._pairs: dict[int, dict[int, Pair]] | None = None

    def _remembered(self, key: object, make: Callable[[], Bools]) -> Bools:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found

    def tagged(self, tag: str) -> Bools:
        """Return who has the tag."""
        return self._remembered(("tag", tag), lambda: self._mask(self._tags.get(tag, [])))

    def _mask(self, positions: list[int]) -> Bools:
        found = np.zeros(self.size, dtype=np.bool_)
        found[positions] = True
        return found

    def passing(self, chosen: VolunteerFilter) -> Bools:
        """Return who passes a filter."""
        return self._remembered(("filter", chosen), lambda: self._mask(sorted(self.index.volunteers_in(chosen))))

    def able(self, post: int) -> Bools:
        """Return who may hold the post."""
        place = self.index.problem.posts[post]
        region = self.index.post_region[post]
        found = (
            self._remembered(("requires", place.requires), lambda: self._having(place.requires))
            & self._remembered(("hardship", place.hardship), lambda: self._limit >= place.hardship)
            & self._remembered(("region", region), lambda: self._willing(region))
        )
        pairs = self.pairs_at(post)
        if self.index.problem.pairs_only:
            found &= self._mask([person for person, pair in pairs.items() if not pair.forbid])
        elif pairs:
            found[[person for person, pair in pairs.items() if pair.forbid]] = False
        return found

    def _having(self, tags: frozenset[str]) -> Bools:
        found = np.ones(self.size, dtype=np.bool_)
        for tag in tags:
            found &= self.tagged(tag)
        return found

    def _willing(self, region: str) -> Bools:
        found = np.ones(self.size, dtype=np.bool_)
        for refused, people in self._refusals.items():
            if self.index.forest.covers(refused, region):
                found[people] = False
        return found

    def pairs_at(self, post: int) -> dict[int, Pair]:
        """Return what the document says of single volunteers at the post."""
        if self._pairs is None:
            self._pairs = {}
            for (volunteer, name), pair in self.index.problem.pairs.items():
                self._pairs.setdefault(self.index.post[name], {})[self.index.volunteer[volunteer]] = pair
        return self._pairs.get(post, {})

    def fares(self, region: str, people: Ints) -> Ints:
        """Return what the way to the region costs each of `people`."""
        if region not in self._fares:
            by_home = np.zeros(len(self.homes), dtype=np.int64)
            for home, cost in self._ways.get(region, ()):
                by_home[home] = cost
            self._fares[region] = by_home
        found: Ints = self._fares[region][self.home[people]]
        return found

    def at_home(self, region: str, level: int) -> Bools:
        """Return whose home region, taken `level` steps up, covers the region."""
        forest = self.index.forest

        def make() -> Bools:
            covers = [home is not None and forest.covers(forest.raised(home, level), region) for home in self.homes]
            found: Bools = np.array(covers, dtype=np.bool_)[self.home]
            return found

        return self._remembered(("home", region, level), make)

    def fits(self, post: int, people: Ints) -> Ints:
        """Return the fit of each of `people` at the post."""
        found: Ints = self.suitability[people]
        for tag in self.index.problem.posts[post].prefers:
            found = found + 5 * self.tagged(tag)[people]
        pairs = self.pairs_at(post)
        if pairs:
            given = {person: pair.fit for person, pair in pairs.items() if pair.fit is not None}
            found = np.array([given.get(p, f) for p, f in zip(people.tolist(), found.tolist(), strict=True)], np.int64)
        return found


def _positions(items: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name, place in items:
        found.setdefault(name, []).append(place)
    return found
