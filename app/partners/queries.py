"""Reads of activities and resources; each starts from what the actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from app.core.access import visible_or_404
from app.geography.models import Region
from app.geography.queries import codes_within
from app.identity.actor import Actor
from app.partners.models import Activity, Resource
from app.partners.permissions import SEES_PARTNERS

Row = TypeVar("Row", Activity, Resource)
MOST_OVERLAPS: Final = 50


def visible_to(actor: Actor) -> Select[Activity]:
    """Select the activities that `actor` may see, with their organisations: all of them, or none."""
    return select(Activity).where(_sees(actor)).options(joinedload(Activity.organisation, innerjoin=True))


def resources_visible_to(actor: Actor) -> Select[Resource]:
    """Select the resources that `actor` may see, with their organisations: all of them, or none."""
    return select(Resource).where(_sees(actor)).options(joinedload(Resource.organisation, innerjoin=True))


def _sees(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.role in SEES_PARTNERS or actor.role == "system" else false()


def activity(session: Session, actor: Actor, activity_id: str, *, writing: bool = False) -> Activity:
    """Return one activity with its organisation; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Activity.id == activity_id)
    return visible_or_404(session.scalar(_locked(statement, Activity) if writing else statement))


def resource(session: Session, actor: Actor, resource_id: str, *, writing: bool = False) -> Resource:
    """Return one resource with its organisation; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = resources_visible_to(actor).where(Resource.id == resource_id)
    return visible_or_404(session.scalar(_locked(statement, Resource) if writing else statement))


def _locked(statement: Select[Row], what: type[Row]) -> Select[Row]:
    return statement.with_for_update(of=what).execution_options(populate_existing=True)


def in_region(code: str) -> ColumnElement[bool]:
    """Match activities in a region or below it."""
    return Activity.region_code.in_(codes_within(code))


def touching(code: str) -> ColumnElement[bool]:
    """Match activities in a region, below it, or in the region that it is a part of."""
    above = select(Region.parent_code).where(Region.code == code).scalar_subquery()
    return or_(in_region(code), Activity.region_code == above)


def in_months(first: dt.date, last: dt.date) -> ColumnElement[bool]:
    """Match activities that go on in at least one month of the period."""
    return and_(Activity.first_month <= last, Activity.last_month >= first)


def overlapping(session: Session, actor: Actor, one: Activity) -> Sequence[Activity]:
    """Return what other organisations do in the same sector, at the same time and in the same place; at most fifty rows."""
    statement = visible_to(actor).where(
        Activity.organisation_id != one.organisation_id,
        Activity.sector == one.sector,
        touching(one.region_code),
        in_months(one.first_month, one.last_month),
    )
    return session.scalars(statement.order_by(Activity.first_month, Activity.id).limit(MOST_OVERLAPS)).all()
