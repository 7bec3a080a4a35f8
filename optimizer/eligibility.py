"""Which (volunteer, post) pairs exist at all, and why the others do not.

Pairs are found from bit sets: one bit for each volunteer, one set for each tag, hardship limit and refused region. Posts with the same
demands share their answer, so the work grows with the number of different demands and of pairs found, not with volunteers × posts.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.index import Index


def eligible_volunteers(index: Index) -> list[list[int]]:
    """Return for each post the positions of the volunteers who may hold it, in order."""
    if index.problem.pairs_only:
        return _from_pairs(index)
    finder = _Finder(index)
    known: dict[tuple[frozenset[str], int, str], int] = {}
    found: list[list[int]] = []
    forbidden = _forbidden(index)
    for position, post in enumerate(index.problem.posts):
        key = (post.requires, post.hardship, index.post_region[position])
        if key not in known:
            known[key] = finder.able(*key)
        bits = known[key] & ~forbidden.get(position, 0)
        found.append(list(_positions(bits)) if post.seats else [])
    return found


def _forbidden(index: Index) -> dict[int, int]:
    found: dict[int, int] = {}
    for (volunteer, post), pair in index.problem.pairs.items():
        if pair.forbid:
            place = index.post[post]
            found[place] = found.get(place, 0) | 1 << index.volunteer[volunteer]
    return found


def _from_pairs(index: Index) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in index.problem.posts]
    for volunteer, post in index.problem.pairs:
        person, place = index.volunteer[volunteer], index.post[post]
        if index.problem.posts[place].seats and not obstacles(index, person, place):
            found[place].append(person)
    return [sorted(people) for people in found]


def obstacles(index: Index, volunteer: int, post: int) -> list[str]:
    """Return the codes of everything that keeps the volunteer from holding the post; empty if nothing does."""
    person, place = index.problem.volunteers[volunteer], index.problem.posts[post]
    found = []
    if not place.requires <= person.tags:
        found.append("missing-requirement")
    if person.max_hardship is not None and place.hardship > person.max_hardship:
        found.append("hardship-above-limit")
    if index.forest.covered(person.refuses, index.post_region[post]):
        found.append("region-refused")
    record = index.problem.pairs.get((person.id, place.id))
    if record is not None and record.forbid:
        found.append("pair-forbidden")
    if record is None and index.problem.pairs_only:
        found.append("pair-not-listed")
    return found


class _Finder:
    """Bit sets over the volunteers."""

    def __init__(self, index: Index) -> None:
        self.forest = index.forest
        self.everyone = (1 << len(index.problem.volunteers)) - 1
        tags: dict[str, list[int]] = {}
        limits: dict[int, list[int]] = {}
        refusals: dict[str, list[int]] = {}
        for position, person in enumerate(index.problem.volunteers):
            for tag in person.tags:
                tags.setdefault(tag, []).append(position)
            if person.max_hardship is not None:
                limits.setdefault(person.max_hardship, []).append(position)
            for region in person.refuses:
                refusals.setdefault(region, []).append(position)
        size = len(index.problem.volunteers)
        self.tags = {tag: _bits(people, size) for tag, people in tags.items()}
        self.limits = {limit: _bits(people, size) for limit, people in limits.items()}
        self.refusals = {region: _bits(people, size) for region, people in refusals.items()}

    def able(self, requires: frozenset[str], hardship: int, region: str) -> int:
        """Return the bit set of the volunteers who meet the three demands."""
        bits = self.everyone
        for tag in requires:
            bits &= self.tags.get(tag, 0)
        for limit, people in self.limits.items():
            if limit < hardship:
                bits &= ~people
        for refused, people in self.refusals.items():
            if self.forest.covers(refused, region):
                bits &= ~people
        return bits


def _bits(positions: list[int], size: int) -> int:
    octets = bytearray((size + 7) // 8)
    for position in positions:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


def _positions(bits: int) -> Iterator[int]:
    octets = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for place, octet in enumerate(octets):
        left = octet
        while left:
            low = left & -left
            yield (place << 3) + low.bit_length() - 1
            left ^= low
