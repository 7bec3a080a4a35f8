"""Who goes together: a manager notes a couple; a round places both or neither. Part of the slice's service."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from app.applicants import queries
from app.applicants.errors import GroupedAlready
from app.applicants.models import Applicant, ApplicantGroup
from app.applicants.schemas import GroupIn
from app.audit.record import record
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require

BEFORE_AN_OFFER: Final = ("draft", "submitted", "in_review", "in_pool")


def form_group(session: Session, actor: Actor, body: GroupIn) -> ApplicantGroup:
    """Note that two people go together.

    Raises:
        Invalid: With everybody who cannot be grouped.
        GroupedAlready: With everybody who belongs to a group.
    """
    require(actor, "applicants.group")
    statement = queries.visible_to(actor).where(Applicant.id.in_(body.members)).order_by(Applicant.id)
    people = {
        one.id: one for one in session.scalars(statement.with_for_update().execution_options(populate_existing=True))
    }
    errors = _member_errors(body.members, people)
    if errors:
        raise Invalid(errors=errors)
    taken = [
        FieldError(
            f"/members/{position}", "grouped_already", mark("{code} belongs to a group."), facts={"code": one.code}
        )
        for position, one in enumerate(people[key] for key in body.members)
        if one.group_id is not None
    ]
    if taken:
        raise GroupedAlready(errors=taken)
    group = ApplicantGroup(cohort_id=people[body.members[0]].cohort_id, kind=body.kind)
    session.add(group)
    session.flush()
    for one in people.values():
        one.group_id = group.id
        one.version += 1
    session.flush()
    after = {"kind": group.kind, "members": sorted(people)}
    record(session, actor, "applicants.group", "applicant_group", group.id, after=after)
    return group


def dissolve_group(session: Session, actor: Actor, group_id: str) -> None:
    """Let the members of a group be placed each for themselves.

    Raises:
        NotFound: Where there is no such group.
    """
    require(actor, "applicants.group")
    _dissolve(session, actor, queries.group(session, actor, group_id))


def leave(session: Session, actor: Actor, applicant: Applicant) -> None:
    """Dissolve the group of somebody who goes nowhere; a couple of one is none."""
    if applicant.group_id is not None:
        _dissolve(session, actor, session.get_one(ApplicantGroup, applicant.group_id))


def _dissolve(session: Session, actor: Actor, group: ApplicantGroup) -> None:
    people = queries.members(session, group.id)
    for one in people:
        one.group_id = None
        one.version += 1
    session.flush()
    session.delete(group)
    session.flush()
    before = {"kind": group.kind, "members": sorted(one.id for one in people)}
    record(session, actor, "applicants.ungroup", "applicant_group", group.id, before=before)


def _member_errors(members: list[str], people: dict[str, Applicant]) -> list[FieldError]:
    errors = []
    cohort = next((people[key].cohort_id for key in members if key in people), None)
    for position, key in enumerate(members):
        place, one = f"/members/{position}", people.get(key)
        if one is None:
            message, remedy = mark("There is no application {id}."), mark("Use the id of one of the applications.")
            errors.append(FieldError(place, "unknown_applicant", message, remedy, {"id": key}))
        elif key in members[:position]:
            message, remedy = mark("{value} stands there twice."), mark("Keep one of them.")
            errors.append(FieldError(place, "duplicate", message, remedy, {"value": key}))
        elif one.cohort_id != cohort:
            message = mark("{code} belongs to another cohort.")
            remedy = mark("Name people of one cohort: they are placed in one round.")
            errors.append(FieldError(place, "another_cohort", message, remedy, {"code": one.code}))
        elif one.state not in BEFORE_AN_OFFER:
            message = mark("{code} cannot be placed any more.")
            remedy = mark("Name people whose application is open or in the pool.")
            errors.append(FieldError(place, "not_placeable", message, remedy, {"code": one.code}))
    return errors
