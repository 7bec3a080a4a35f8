"""What is to be shared out fairly: seats among people, and before them, where wanted, places among regions or groups.

A claim is a share: places of its own, divided by its size. For people of one kind it is the chance of each; for a region the part of its
seats that is filled; for a group the part of its people who have a place. Claims come in blocks: a later block is made fair among the
distributions that are fairest for the earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index
from optimizer.lottery.kinds import Kind

REGIONS, TAGS = "regions", "tags:"


@dataclass(frozen=True, slots=True)
class Claim:
    """One share: `holds(kind, post)` says whose places count for it, `block` when its turn is.

    Attributes:
        of: `region`, `tag` or `kind`.
        name: the region or tag; of a kind its number.
        size: seats or people.
    """

    of: str
    name: str
    size: int
    block: int
    holds: Callable[[int, int], bool]


def claims_of(index: Index, kinds: Sequence[Kind], first: Sequence[str]) -> list[Claim]:
    """Return all claims, people last.

    Args:
        index: the problem.
        kinds: of its people; those of a kind have the same tags, as far as `first` names them.
        first: what comes before people: `regions`, or `tags:` and tags with commas between.

    Raises:
        DocumentRefused: something there is not known.
    """
    found: list[Claim] = []
    for block, name in enumerate(first):
        found += _regions(index, block) if name == REGIONS else _groups(index, kinds, block, name)
    people = (_of_kind(number, kind, len(first)) for number, kind in enumerate(kinds))
    return [*found, *people]


def tags_in(first: Sequence[str]) -> frozenset[str]:
    """Return the tags that blocks name."""
    return frozenset(tag for name in first if name.startswith(TAGS) for tag in name.removeprefix(TAGS).split(","))


def _of_kind(number: int, kind: Kind, block: int) -> Claim:
    return Claim("kind", str(number), kind.size, block, lambda mine, _: mine == number)


def _regions(index: Index, block: int) -> list[Claim]:
    seats: dict[str, int] = {}
    for post, region in zip(index.problem.posts, index.post_region, strict=True):
        seats[region] = seats.get(region, 0) + post.seats
    return [_of_region(index, region, number, block) for region, number in sorted(seats.items()) if number]


def _of_region(index: Index, region: str, seats: int, block: int) -> Claim:
    return Claim("region", region, seats, block, lambda _, post: index.post_region[post] == region)


def _groups(index: Index, kinds: Sequence[Kind], block: int, name: str) -> list[Claim]:
    if not name.startswith(TAGS):
        raise _refused(f"{name!r} is nothing that can come first.", "Use regions, or tags:f,m with tags of volunteers.")
    return [_of_tag(index, kinds, tag, block) for tag in name.removeprefix(TAGS).split(",")]


def _of_tag(index: Index, kinds: Sequence[Kind], tag: str, block: int) -> Claim:
    people = index.problem.volunteers
    tagged = {number for number, kind in enumerate(kinds) if tag in people[kind.members[0]].tags}
    size = sum(kinds[number].size for number in tagged)
    if not size:
        raise _refused(f"No volunteer is tagged {tag!r}.", "Use tags that volunteers have.")
    return Claim("tag", tag, size, block, lambda kind, _: kind in tagged)


def _refused(message: str, remedy: str) -> DocumentRefused:
    return DocumentRefused([DocumentError("/volunteers", "unknown-claim", message, remedy)])
