"""What partners do here: say what they do where and when, take that back, and offer goods."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.constraints import refusing_duplicates
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Forbidden, Invalid
from app.geography.checks import region_errors
from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.identity.models import Organisation
from app.identity.permissions import require
from app.partners import queries
from app.partners.errors import ResourceCodeTaken
from app.partners.models import Activity, Resource
from app.partners.permissions import OWN_ACTIVITIES
from app.partners.schemas import ActivityIn, ActivityPatch, ResourceIn, ResourcePatch, first_day
from app.schools.models import School

ACTIVITY = ("organisation_id", "sector", "what_id", "what_en", "region_code", "school_id", "first_month", "last_month")
RESOURCE = ("code", "organisation_id", "name_id", "name_en", "amount")


def record_activity(session: Session, actor: Actor, body: ActivityIn) -> Activity:
    """Note what the actor's organisation does, where and when.

    Raises:
        Invalid: With every wrong value.
    """
    require(actor, "activities.create")
    if actor.organisation_id is None:
        raise Forbidden(OWN_ACTIVITIES)
    values = _columns(body.model_dump())
    activity = Activity(organisation_id=actor.organisation_id, created_at=clock.now(), version=1, **values)
    _check(session, activity, set(values))
    session.add(activity)
    session.flush()
    record(session, actor, "activities.create", "activity", activity.id, after=_facts(activity, ACTIVITY))
    return queries.activity(session, actor, activity.id)


def edit_activity(session: Session, actor: Actor, activity_id: str, body: ActivityPatch, match: Match) -> Activity:
    """Change what is said of an activity of the own organisation.

    Raises:
        Forbidden: For another organisation's.
        Stale: When somebody changed it meanwhile.
        Invalid: With every wrong value.
    """
    activity = queries.activity(session, actor, activity_id, writing=True)
    require(actor, "activities.edit", activity)
    match.check(activity.version)
    before = _facts(activity, ACTIVITY)
    changes = _columns(body.model_dump(exclude_unset=True))
    with session.no_autoflush:
        for name, value in changes.items():
            setattr(activity, name, value)
        _check(session, activity, set(changes))
    activity.version += 1
    session.flush()
    after = _facts(activity, ACTIVITY)
    record(session, actor, "activities.edit", "activity", activity.id, before=before, after=after)
    return activity


def delete_activity(session: Session, actor: Actor, activity_id: str) -> None:
    """Take back an activity of the own organisation; what it said stays in the audit record.

    Raises:
        Forbidden: For another organisation's.
    """
    activity = queries.activity(session, actor, activity_id, writing=True)
    require(actor, "activities.delete", activity)
    record(session, actor, "activities.delete", "activity", activity.id, before=_facts(activity, ACTIVITY))
    session.delete(activity)
    session.flush()


def offer_resource(session: Session, actor: Actor, body: ResourceIn) -> Resource:
    """Offer goods that placements can use.

    Raises:
        Invalid: For an unknown organisation.
        Forbidden: For an organisation that the actor does not act for.
        ResourceCodeTaken: For a code that another resource has.
    """
    organisation_id = body.organisation_id or actor.organisation_id
    organisation = None if organisation_id is None else session.get(Organisation, organisation_id)
    if organisation is None:
        raise Invalid(
            errors=[
                FieldError(
                    "/organisation_id",
                    "unknown_organisation",
                    mark("There is no such organisation."),
                    mark("Use the id of the organisation that lends it."),
                )
            ]
        )
    require(actor, "resources.create", organisation)
    values = body.model_dump(exclude={"organisation_id"})
    resource = Resource(organisation_id=organisation.id, created_at=clock.now(), version=1, **values)
    session.add(resource)
    with refusing_duplicates(ResourceCodeTaken(taken=body.code)):
        session.flush()
    record(session, actor, "resources.create", "resource", resource.id, after=_facts(resource, RESOURCE))
    return queries.resource(session, actor, resource.id)


def edit_resource(session: Session, actor: Actor, resource_id: str, body: ResourcePatch, match: Match) -> Resource:
    """Change the name or the amount of a resource.

    Raises:
        Forbidden: For another organisation's.
        Stale: When somebody changed it meanwhile.
    """
    resource = queries.resource(session, actor, resource_id, writing=True)
    require(actor, "resources.edit", resource)
    match.check(resource.version)
    before = _facts(resource, RESOURCE)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(resource, name, value)
    resource.version += 1
    session.flush()
    after = _facts(resource, RESOURCE)
    record(session, actor, "resources.edit", "resource", resource.id, before=before, after=after)
    return resource


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a body under the names of the columns, months as their first days."""
    found = {"region_code" if name == "region" else name: value for name, value in given.items()}
    return {name: first_day(value) if name.endswith("_month") else value for name, value in found.items()}


def _check(session: Session, activity: Activity, given: Collection[str]) -> None:
    """Raise Invalid with everything that is wrong; an error points at a field that was sent."""
    errors: list[FieldError] = []
    if "region_code" in given:
        errors += region_errors(session, {"/region": activity.region_code})
    if not errors and {"region_code", "school_id"} & set(given):
        errors += _school_errors(session, activity, "/school_id" if "school_id" in given else "/region")
    if activity.first_month > activity.last_month:
        errors.append(
            FieldError(
                "/last_month" if "last_month" in given else "/first_month",
                "inverted_period",
                mark("The last month is before the first."),
                mark("Let it end in the month in which it starts, or later."),
            )
        )
    if errors:
        raise Invalid(errors=errors)


def _school_errors(session: Session, activity: Activity, place: str) -> list[FieldError]:
    if activity.school_id is None:
        return []
    region = session.scalar(select(School.region_code).where(School.id == activity.school_id))
    if region is None:
        return [FieldError(place, "unknown_school", mark("There is no such school."), mark("Use the id of a school."))]
    if not lies_within(region, activity.region_code):
        return [
            FieldError(
                place,
                "school_elsewhere",
                mark("The school lies in {region}, not in {given}."),
                mark("Name the region in which the school lies, or another school."),
                {"region": region, "given": activity.region_code},
            )
        ]
    return []


def _facts(thing: Activity | Resource, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
