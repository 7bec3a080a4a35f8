"""Bounds and filters in words, Indonesian (`id`) and English (`en`): what the sentences of all kinds share."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.problem import AgreementFilter, PostFilter, VolunteerFilter, Where


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


def which(where: Where, language: str) -> str:
    """Return "placements …" with everything that the three filters ask."""
    noun = "penempatan" if language == "id" else "placements"
    return " ".join(
        [
            noun,
            *posts(where.posts, language),
            *volunteers(where.volunteers, language),
            *agreements(where.agreements, language),
        ]
    )


def posts(chosen: PostFilter | None, language: str) -> list[str]:
    """Return the phrases of a filter on posts."""
    if chosen is None:
        return []
    indonesian = language == "id"
    return [
        *_listed("pada pos" if indonesian else "at post", chosen.ids),
        *_listed("di sekolah" if indonesian else "at school", chosen.schools),
        *_listed("di wilayah" if indonesian else "in region", chosen.regions),
        *_listed("bertanda" if indonesian else "tagged", chosen.tags, " + "),
    ]


def volunteers(chosen: VolunteerFilter | None, language: str) -> list[str]:
    """Return the phrases of a filter on volunteers."""
    if chosen is None:
        return []
    indonesian = language == "id"
    return [
        *_listed("oleh relawan" if indonesian else "of volunteer", chosen.ids),
        *_listed("oleh relawan asal" if indonesian else "of volunteers from", chosen.homes),
        *_listed("oleh relawan bertanda" if indonesian else "of volunteers tagged", chosen.tags, " + "),
        *_listed("oleh kelompok" if indonesian else "of group", chosen.groups),
    ]


def agreements(chosen: AgreementFilter | None, language: str) -> list[str]:
    """Return the phrases of a filter on agreements."""
    if chosen is None:
        return []
    indonesian = language == "id"
    return [
        *_listed("menurut perjanjian" if indonesian else "under agreement", chosen.ids),
        *_listed("dengan dana dari" if indonesian else "paid with money of", chosen.sponsors),
    ]


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


def _listed(start: str, items: Iterable[str] | None, joint: str = ", ") -> list[str]:
    return [] if items is None else [f"{start} {joint.join(sorted(items)) or '∅'}"]
