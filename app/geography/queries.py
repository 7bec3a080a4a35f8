"""Reads of places; each starts from what the actor may see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, Select, false, or_, select
from sqlalchemy.orm import Session

from app.core.access import visible_or_404
from app.geography.models import Fare, Region
from app.geography.permissions import SEES_PLACES
from app.identity.actor import Actor


def visible_to(actor: Actor) -> Select[Region]:
    """Select the regions that `actor` may see: all of them, or none for a host school."""
    return _all_or_nothing(actor, select(Region))


def fares_visible_to(actor: Actor) -> Select[Fare]:
    """Select the fares that `actor` may see: all of them, or none for a host school."""
    return _all_or_nothing(actor, select(Fare))


def _all_or_nothing(actor: Actor, statement: Select[Any]) -> Select[Any]:
    return statement if actor.role in SEES_PLACES or actor.role == "system" else statement.where(false())


def region(session: Session, actor: Actor, code: str) -> Region:
    """Return one region.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(visible_to(actor).where(Region.code == code)))


def codes_within(code: str) -> ScalarSelect[str]:
    """Select the codes of a region and of every region below it, for `column.in_(...)`.

    A sub-select rather than a text prefix: both databases can then use the index on the column, whatever their collation.
    """
    return select(Region.code).where(or_(Region.code == code, Region.parent_code == code)).scalar_subquery()


def lies_within(code: str, region_code: str) -> bool:
    """Tell whether the region `code` is `region_code` or lies below it: 53.01 lies within 53."""
    return code == region_code or code.startswith(f"{region_code}.")
