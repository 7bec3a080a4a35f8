"""The figures of the home pages, counted in the database."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import Actor
from app.funding.models import Fund, FundBalance
from app.geography.models import Region
from app.schools.models import Need, School

COUNTS_PEOPLE = frozenset({"manager", "auditor"})
SEES_NEEDS = frozenset({"manager", "auditor", "officer", "sponsor", "partner"})


def applicants_by_state(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Return (state, number) of the applications; nothing for roles that do not see them."""
    if actor.role not in COUNTS_PEOPLE:
        return []
    rows = session.execute(select(Applicant.state, func.count()).group_by(Applicant.state).order_by(Applicant.state))
    return [(state, number) for state, number in rows]


def own_application(session: Session, actor: Actor) -> Applicant | None:
    """Return the latest application of the person who looks."""
    own = select(Applicant).where(Applicant.user_id == actor.id).order_by(Applicant.created_at.desc()).limit(1)
    return session.scalars(own).first()


def needs_by_province(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """Return (province, needs, seats) of verified and open needs; an officer's own region only."""
    if actor.role not in SEES_NEEDS:
        return []
    statement = (
        select(Region.name, func.count(), func.sum(Need.headcount))
        .select_from(Need)
        .join(School, School.id == Need.school_id)
        .join(Region, Region.code == func.substr(School.region_code, 1, 2))
        .where(Need.state.in_(("verified", "open")))
        .group_by(Region.code, Region.name)
        .order_by(Region.code)
    )
    if actor.role == "officer":
        statement = statement.where(School.region_code.startswith(actor.region_code or "-", autoescape=True))
    return [(name, needs, int(seats)) for name, needs, seats in session.execute(statement)]


def own_funds(session: Session, actor: Actor) -> list[tuple[str, int, int]]:
    """Return (name, pledged, available) in rupiah: a sponsor's own funds, all of them for manager and auditor."""
    statement = (
        select(Fund.name, Fund.amount, FundBalance.amount)
        .join(FundBalance, (FundBalance.fund_id == Fund.id) & (FundBalance.account == "available"))
        .order_by(Fund.code)
    )
    if actor.role == "sponsor":
        statement = statement.where(Fund.organisation_id == actor.organisation_id)
    elif actor.role not in COUNTS_PEOPLE:
        return []
    return [(name, pledged, available) for name, pledged, available in session.execute(statement)]
