"""What is wrong with a school or a need that its form alone does not show; all errors at once, each with its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core.i18n import mark
from app.core.problems import FieldError
from app.core.validation import pointer
from app.geography.checks import region_errors
from app.schools.queries import resource_keys
from app.schools.schemas import NeedIn

LONGEST: Final = dt.timedelta(days=5 * 366)
"""A relay is promised for up to five years."""
PROTECTED: Final = ("gender:", "health:")
"""What only a policy may ask for, where its reason and legal basis stand beside it."""
LINE_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def repeated(field: str, values: Sequence[str]) -> list[FieldError]:
    """Return an error for each entry of the list `field` that stands there before."""
    return [
        FieldError(
            f"/{field}/{position}",
            "duplicate",
            mark("{value} stands there twice."),
            mark("Keep one of them."),
            {"value": value},
        )
        for position, value in enumerate(values)
        if value in values[:position]
    ]


def school_errors(
    session: Session, given: Mapping[str, Any], *, levels: Mapping[str, str] | None = None
) -> list[FieldError]:
    """Return what is wrong with the `given` fields of a school; `levels` of the regions where the caller has read them."""
    codes = {"/region": given["region"]} if "region" in given else {}
    errors = region_errors(session, codes, regencies=codes, levels=levels)
    return [*errors, *repeated("tags", given.get("tags", []))]


def need_errors(
    session: Session, need: NeedIn, given: Collection[str], *, resources: Mapping[str, str] | None = None
) -> list[FieldError]:
    """Return everything that is wrong with `need`; only fields that are `given` in the request are looked at.

    `resources` are keys by code, where the caller has read them for many needs.
    """
    errors: list[FieldError] = []
    if {"starts_on", "ends_on"} & set(given):
        errors += _period_errors(need, "/ends_on" if "ends_on" in given else "/starts_on")
    for field in ("tags", "requires", "prefers"):
        if field in given:
            errors += repeated(field, getattr(need, field))
    for field in ("requires", "prefers"):
        if field in given:
            errors += _protected(field, getattr(need, field))
    if "costs" in given:
        errors += _line_errors(need.costs)
    if "uses" in given and need.uses:
        errors += _resource_errors(need.uses, resource_keys(session, need.uses) if resources is None else resources)
    return errors


def _period_errors(need: NeedIn, where: str) -> list[FieldError]:
    if need.starts_on >= need.ends_on:
        return [
            FieldError(
                where,
                "inverted_period",
                mark("The period ends on {ends}, which is not after its start on {starts}."),
                mark("Let it end after it starts."),
                {"starts": need.starts_on.isoformat(), "ends": need.ends_on.isoformat()},
            )
        ]
    if need.ends_on - need.starts_on > LONGEST:
        return [
            FieldError(
                where,
                "long_period",
                mark("The period is longer than five years."),
                mark("Propose a need for each part."),
            )
        ]
    return []


def _protected(field: str, tags: Iterable[str]) -> list[FieldError]:
    return [
        FieldError(
            f"/{field}/{position}",
            "protected_attribute",
            mark("A need cannot ask for {tag}: gender and health are protected."),
            mark("Leave it out; where safety or the law demands it, ask for a policy that names its legal basis."),
            {"tag": tag},
        )
        for position, tag in enumerate(tags)
        if tag.startswith(PROTECTED)
    ]


def _line_errors(costs: Mapping[str, int]) -> list[FieldError]:
    errors = []
    for line in costs:
        if line == "travel":
            message = mark("Travel is worked out from the home of each person.")
            errors.append(FieldError("/costs/travel", "travel_line", message, mark("Leave this line out.")))
        elif not (line[:1].isalpha() and set(line) <= LINE_LETTERS and len(line) <= 40):
            errors.append(
                FieldError(
                    pointer(["body", "costs", line]),
                    "bad_line",
                    mark("This cannot be the name of a cost line."),
                    mark("Begin with a letter; use small letters, digits, - and _, at most 40."),
                )
            )
    return errors


def _resource_errors(uses: Mapping[str, int], known: Mapping[str, str]) -> list[FieldError]:
    return [
        FieldError(
            pointer(["body", "uses", code]),
            "unknown_resource",
            mark("There is no resource {resource}."),
            mark("Use the code of one of the resources."),
            {"resource": code},
        )
        for code in uses
        if code not in known
    ]
