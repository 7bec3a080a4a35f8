"""Bounds and filters in words, Indonesian (`id`) and English (`en`): what the sentences of all kinds share."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from optimizer.problem import VolunteerFilter, Where

# A part of a filter -> (what its identifiers name, how the phrase begins in Indonesian and in English).
PARTS: Final = {
    "post": ("post", "pada pos", "at post"),
    "school": ("school", "di sekolah", "at school"),
    "region": ("region", "di wilayah", "in region"),
    "post_tag": ("tag", "bertanda", "tagged"),
    "volunteer": ("volunteer", "oleh relawan", "of volunteer"),
    "home": ("region", "oleh relawan asal", "of volunteers from"),
    "volunteer_tag": ("tag", "oleh relawan bertanda", "of volunteers tagged"),
    "group": ("group", "oleh kelompok", "of group"),
    "agreement": ("agreement", "menurut perjanjian", "under agreement"),
    "sponsor": ("sponsor", "dengan dana dari", "paid with money of"),
}
POSTS: Final = ("post", "school", "region", "post_tag")
VOLUNTEERS: Final = ("volunteer", "home", "volunteer_tag", "group")
AGREEMENTS: Final = ("agreement", "sponsor")


class Names:
    """How the things that a policy names are called; this one knows their identifiers only.

    A document has no other names. Who knows better (a service with its database) overrides either method.
    """

    def listed(self, kind: str, ids: Collection[str], language: str) -> str:  # noqa: ARG002 - for those who know better
        """Return the names of some things of one kind (`post`, `school`, `region`, `fund`, `tag`, …)."""
        return (" + " if kind == "tag" else ", ").join(sorted(ids)) or "∅"

    def phrase(self, part: str, ids: Collection[str], language: str) -> str:
        """Return one part of a filter as a phrase behind "placements", such as "in region 94"."""
        kind, indonesian, english = PARTS[part]
        return f"{indonesian if language == 'id' else english} {self.listed(kind, ids, language)}"


IDENTIFIERS: Final = Names()


def rupiah(amount: int) -> str:
    """Return `amount` as money is written in Indonesia: Rp 1.500.000."""
    return "Rp " + f"{amount:,}".replace(",", ".")


def bounds(low: int, high: int | None, language: str, unit: str = "") -> str:
    """Return [low, high] in words, with a unit behind the number; money where `unit` is `Rp`."""
    money = unit == "Rp"
    after = f" {unit}" if unit and not money else ""

    def number(value: int) -> str:
        return rupiah(value) if money else str(value)

    if high is None:
        start = "paling sedikit" if language == "id" else "at least"
        return f"{start} {number(low)}{after}"
    if low == high:
        return f"{'tepat' if language == 'id' else 'exactly'} {number(low)}{after}"
    if low == 0:
        return f"{'paling banyak' if language == 'id' else 'at most'} {number(high)}{after}"
    joint = "sampai" if language == "id" else "to"
    return f"{number(low)} {joint} {number(high)}{after}"


def which(where: Where, language: str, names: Names) -> str:
    """Return "placements …" with everything that the three filters ask."""
    return " ".join(["penempatan" if language == "id" else "placements", *phrases(where, language, names)])


def phrases(where: Where, language: str, names: Names) -> Iterator[str]:
    """Yield a phrase for each part of the three filters that is given."""
    if where.posts is not None:
        yield from _given(where.posts, ("ids", "schools", "regions", "tags"), POSTS, language, names)
    yield from volunteers(where.volunteers, language, names)
    if where.agreements is not None:
        yield from _given(where.agreements, ("ids", "sponsors"), AGREEMENTS, language, names)


def volunteers(chosen: VolunteerFilter | None, language: str, names: Names) -> Iterator[str]:
    """Yield the phrases of a filter on volunteers."""
    if chosen is not None:
        yield from _given(chosen, ("ids", "homes", "tags", "groups"), VOLUNTEERS, language, names)


def _given(
    chosen: object, fields: tuple[str, ...], parts: tuple[str, ...], language: str, names: Names
) -> Iterator[str]:
    for field, part in zip(fields, parts, strict=True):
        ids = getattr(chosen, field)
        if ids is not None:
            yield names.phrase(part, ids, language)


def thing(of: str, language: str) -> str:
    """Return the noun for a post, school, region, agreement or sponsor."""
    indonesian = {
        "post": "pos",
        "school": "sekolah",
        "region": "wilayah",
        "agreement": "perjanjian",
        "sponsor": "mitra",
    }
    return indonesian[of] if language == "id" else of
