"""Reads of schools and needs; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, Text, cast, column, false, select, table, true
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.access import visible_or_404
from app.core.database import Base
from app.geography.permissions import SEES_PLACES
from app.geography.queries import codes_within
from app.identity.actor import Actor
from app.schools.models import Need, School
from app.schools.permissions import SEES_ALL_NEEDS, SEES_VERIFIED

Row = TypeVar("Row", School, Need)

VERIFIED_AND_LATER: Final = ("verified", "open", "filled", "closed")
# Resources belong to partners, a slice above this one; of theirs only key and code are read here.
RESOURCES: Final = table("resources", column("id"), column("code"))


def visible_to(actor: Actor) -> Select[Need]:
    """Select the needs that `actor` may see: all; those of the own region, whatever their state; or those verified and later."""
    return select(Need).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL_NEEDS:
        return true()
    if actor.role in SEES_VERIFIED:
        return Need.state.in_(VERIFIED_AND_LATER)
    if actor.role == "officer" and actor.region_code is not None:
        return in_region(actor.region_code)
    return false()


def schools_visible_to(actor: Actor) -> Select[School]:
    """Select the schools that `actor` may see: all of them, or none for a host school."""
    return select(School).where(true() if actor.role in SEES_PLACES or actor.role == "system" else false())


def in_region(code: str) -> ColumnElement[bool]:
    """Match needs of schools in a region or below it."""
    return Need.school_id.in_(select(School.id).where(School.region_code.in_(codes_within(code))))


def has_tag(tag: str) -> ColumnElement[bool]:
    """Match schools with a condition; tags hold no character that JSON writes otherwise, so the list's text tells."""
    return cast(School.tags, Text).contains(f'"{tag}"', autoescape=True)


def needs_within(code: str) -> Select[Any]:
    """Select the ids of needs of schools in a region or below it, for `column.in_(...)` of what belongs to a need."""
    return select(Need.id).where(in_region(code))


def with_parts(statement: Select[Need]) -> Select[Need]:
    """Load what is shown of a need with it."""
    return statement.options(joinedload(Need.school, innerjoin=True), selectinload(Need.costs), selectinload(Need.uses))


def school(session: Session, actor: Actor, school_id: str, *, writing: bool = False) -> School:
    """Return one school; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = schools_visible_to(actor).where(School.id == school_id)
    return visible_or_404(session.scalar(locked(statement, School) if writing else statement))


def need(session: Session, actor: Actor, need_id: str, *, writing: bool = False) -> Need:
    """Return one need with its school, costs and uses; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = with_parts(visible_to(actor).where(Need.id == need_id))
    return visible_or_404(session.scalar(locked(statement, Need) if writing else statement))


def locked(statement: Select[Row], what: type[Base]) -> Select[Row]:
    """Lock the selected rows of one table, and read them anew."""
    return statement.with_for_update(of=what).execution_options(populate_existing=True)


def resource_codes(session: Session, needs: Iterable[Need]) -> dict[str, str]:
    """Return key to code of the resources that `needs` (their uses are loaded) use."""
    wanted = {use.resource_id for need in needs for use in need.uses}
    if not wanted:
        return {}
    rows = session.execute(select(RESOURCES.c.id, RESOURCES.c.code).where(RESOURCES.c.id.in_(wanted)))
    return {row.id: row.code for row in rows}


def resource_keys(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return code to key of those resources of `codes` that exist."""
    rows = session.execute(select(RESOURCES.c.id, RESOURCES.c.code).where(RESOURCES.c.code.in_(set(codes))))
    return {row.code: row.id for row in rows}
