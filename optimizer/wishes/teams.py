"""The ways in which people who go together can be placed, the dearest first by their wishes taken together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice, product

from optimizer.comparing.wishing import wish_rank
from optimizer.index import Index
from optimizer.wishes.deferred import Team, Way
from optimizer.wishes.ties import tie

# Of the ways to share out the posts of one place; the places themselves are all tried.
MOST_WAYS = 200


def teams_of(
    index: Index,
    seed: int,
    joint: Mapping[str, Collection[str]],
    orders: Sequence[Sequence[int]],
    seats: Mapping[int, int],
) -> list[Team]:
    """Return the groups that apply jointly, in the order of the seed, each with its ways."""
    names = sorted(joint, key=lambda name: tie(seed, "group", name))
    return [_team(index, name, sorted(joint[name]), orders, seats) for name in names]


def _team(index: Index, name: str, kinds: list[str], orders: Sequence[Sequence[int]], seats: Mapping[int, int]) -> Team:
    members = index.groups[name]
    at: list[dict[tuple[str, ...], list[int]]] = []
    for person in members:
        mine: dict[tuple[str, ...], list[int]] = {}
        for post in orders[person]:
            mine.setdefault(tuple(index.place_of(post, kind) for kind in kinds), []).append(post)
        at.append(mine)
    ways: list[Way] = []
    for place in sorted(set(at[0]).intersection(*at[1:])):
        listed = islice(product(*(mine[place] for mine in at)), MOST_WAYS)
        ways += [way for way in listed if all(n <= seats[post] for post, n in Counter(way).items())]
    place_in = [{post: position for position, post in enumerate(orders[person])} for person in members]

    def dearness(way: Way) -> tuple[int, ...]:
        ranks = [wish_rank(index, person, post) for person, post in zip(members, way, strict=True)]
        return (sum(ranks), max(ranks), *(mine[post] for mine, post in zip(place_in, way, strict=True)))

    return Team(name, tuple(members), sorted(ways, key=dearness))
