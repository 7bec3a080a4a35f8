"""Reads of cohorts and applications; each starts from what the actor may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from app.applicants.models import Applicant, ApplicantGroup, Cohort
from app.applicants.permissions import FOR_REVIEW, SEES_ALL, SEES_COHORTS
from app.core import clock
from app.core.access import visible_or_404
from app.core.filters import contains
from app.identity.actor import Actor

WIB: Final = dt.timezone(dt.timedelta(hours=7), "WIB")


def today() -> dt.date:
    """Return the day in western Indonesia, where the programme's office is: its day ends last of the three zones."""
    return clock.now().astimezone(WIB).date()


def visible_to(actor: Actor) -> Select[Applicant]:
    """Select the applications that `actor` may see: all, those to be judged, or the own ones."""
    return select(Applicant).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL:
        return true()
    if actor.role == "reviewer":
        return Applicant.state.in_(FOR_REVIEW)
    return Applicant.user_id == actor.id if actor.role == "applicant" else false()


def cohorts_visible_to(actor: Actor) -> Select[Cohort]:
    """Select the cohorts that `actor` may see: all of them, or none for a host school."""
    return select(Cohort).where(true() if actor.role in SEES_COHORTS or actor.role == "system" else false())


def with_parts(statement: Select[Applicant]) -> Select[Applicant]:
    """Load what is shown of an application with it."""
    return statement.options(selectinload(Applicant.preferences), selectinload(Applicant.refusals))


_PARTS_OF_ONE: Final = (
    joinedload(Applicant.cohort, innerjoin=True),
    joinedload(Applicant.preferences),
    joinedload(Applicant.refusals),
)


def applicant(session: Session, actor: Actor, applicant_id: str, *, writing: bool = False) -> Applicant:
    """Return one application with its wishes, refusals and cohort, in one statement; `writing` locks it until the end.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Applicant.id == applicant_id).options(*_PARTS_OF_ONE)
    if writing:
        statement = statement.with_for_update(of=Applicant).execution_options(populate_existing=True)
    return visible_or_404(session.scalars(statement).unique().one_or_none())


def latest_of(session: Session, actor: Actor) -> Applicant | None:
    """Return the newest application of the person who looks, with its wishes and refusals."""
    own = visible_to(actor).where(Applicant.user_id == actor.id)
    return session.scalars(with_parts(own).order_by(Applicant.created_at.desc(), Applicant.id.desc()).limit(1)).first()


def open_to(session: Session, actor: Actor) -> list[Cohort]:
    """Return the cohorts that take applications today and have none of this person's, the one that closes first before."""
    applied = select(Applicant.cohort_id).where(Applicant.user_id == actor.id)
    taken = cohorts_visible_to(actor).where(open_on(today())(True), Cohort.id.not_in(applied))
    return list(session.scalars(taken.order_by(Cohort.intake_closes_on, Cohort.code)))


def cohorts_by_year(session: Session, actor: Actor) -> list[Cohort]:
    """Return the cohorts that `actor` may see, the newest first."""
    return list(session.scalars(cohorts_visible_to(actor).order_by(Cohort.year.desc(), Cohort.code)))


def cohort(session: Session, actor: Actor, cohort_id: str) -> Cohort:
    """Return one cohort.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(cohorts_visible_to(actor).where(Cohort.id == cohort_id)))


def group(session: Session, actor: Actor, group_id: str) -> ApplicantGroup:
    """Return one group of people who go together.

    Raises:
        NotFound: Where there is none, or the actor does not see whose it is.
    """
    seen = true() if actor.role in SEES_ALL else false()
    return visible_or_404(session.scalar(select(ApplicantGroup).where(ApplicantGroup.id == group_id, seen)))


def members(session: Session, group_id: str) -> list[Applicant]:
    """Return the applications of a group by code."""
    statement = select(Applicant).where(Applicant.group_id == group_id).order_by(Applicant.code)
    return list(session.scalars(statement))


def open_on(day: dt.date) -> Callable[[bool], ColumnElement[bool]]:
    """Return the filter for cohorts that take applications on `day`, or (false) for the others."""
    taken = and_(Cohort.intake_opens_on <= day, Cohort.intake_closes_on >= day)
    return lambda wanted: taken if wanted else not_(taken)


def says_one_of(column: InstrumentedAttribute[Any]) -> Callable[[Collection[str]], ColumnElement[bool]]:
    """Match lists with one of the values; these hold no character that JSON writes otherwise, so the list's text tells."""
    written = cast(column, Text)
    return lambda values: or_(*(written.contains(f'"{value}"', autoescape=True) for value in values))


def searched(actor: Actor) -> Callable[[str], ColumnElement[bool]]:
    """Match a part of name, code or receipt; for a reviewer of the code alone, so that the list does not tell who somebody is."""
    code, name = contains(Applicant.code), contains(Applicant.name)
    receipt = contains(Applicant.receipt)
    return code if actor.role == "reviewer" else lambda part: or_(code(part), name(part), receipt(part))
