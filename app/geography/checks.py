"""Whether the regions that a request names exist; all wrong ones at once, each with its place in the body."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.i18n import mark
from app.core.problems import FieldError
from app.geography.models import Region


def region_levels(session: Session) -> dict[str, str]:
    """Return the level of every region by its code, for whoever has many codes to look at."""
    return {row.code: row.level for row in session.execute(select(Region.code, Region.level))}


def known_levels(codes: Iterable[str]) -> dict[str, str]:
    """Return the levels of regions that stored rows refer to: the database lets no other codes in, so nothing is looked up."""
    return {code: "regency" if "." in code else "province" for code in codes}


def region_errors(
    session: Session,
    codes: Mapping[str, str],
    *,
    regencies: Collection[str] = (),
    levels: Mapping[str, str] | None = None,
) -> list[FieldError]:
    """Return an error for every unknown code, and for every province where only a regency or city will do.

    Args:
        session: An open session.
        codes: JSON pointers of the body, each with the code that stands there.
        regencies: The pointers among them that have to name a regency or city.
        levels: What `region_levels` gave, where the caller asks many times; looked up otherwise.
    """
    if not codes:
        return []
    if levels is None:
        rows = session.execute(select(Region.code, Region.level).where(Region.code.in_(set(codes.values()))))
        levels = {row.code: row.level for row in rows}
    errors = []
    for pointer, code in codes.items():
        if code not in levels:
            errors.append(_unknown(pointer, code))
        elif pointer in regencies and levels[code] != "regency":
            errors.append(_too_wide(pointer, code))
    return errors


def _unknown(pointer: str, code: str) -> FieldError:
    return FieldError(
        pointer,
        "unknown_region",
        mark("There is no region {region}."),
        mark("Use the official code of a province (53) or a regency (53.01)."),
        {"region": code},
    )


def _too_wide(pointer: str, code: str) -> FieldError:
    return FieldError(
        pointer,
        "not_a_regency",
        mark("{region} is a province; a regency or city is needed here."),
        mark("Use a code with four digits, such as 53.01."),
        {"region": code},
    )
