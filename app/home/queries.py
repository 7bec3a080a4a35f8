"""The figures of the home pages, counted in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import Actor
from app.funding.models import Fund, FundBalance
from app.geography.models import Region
from app.offers import replacing
from app.offers.models import Replacement
from app.privacy.models import Breach, CorrectionRequest
from app.privacy.queries import breaches_visible_to, corrections_visible_to
from app.reviews import queries as reviews
from app.rounds import queries as rounds
from app.rounds.models import Round
from app.schools.models import Need, School

NEWEST = 3
COUNTS_PEOPLE = frozenset({"manager", "auditor"})
SETTLES = frozenset({"manager", "admin"})
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


def waiting(session: Session, actor: Actor) -> list[tuple[str, int, str]]:
    """Return (what, how many, where) of what waits for the person who looks: to be read, put right or told."""
    found = (
        [("to review", _number(session, reviews.waiting_for(actor)), "/reviews")] if actor.role == "reviewer" else []
    )
    if actor.role == "manager":
        found += _of_rounds(session, actor)
    if actor.role in SETTLES:
        asked = (
            CorrectionRequest.applicant_id.is_(None)
            if actor.role == "admin"
            else CorrectionRequest.applicant_id.is_not(None)
        )
        wishes = corrections_visible_to(actor).where(CorrectionRequest.state == "asked", asked)
        found.append(("corrections", _number(session, wishes), "/corrections"))
    if actor.role == "admin":
        unclosed = breaches_visible_to(actor).where(Breach.state == "open")
        found.append(("breaches", _number(session, unclosed), "/breaches"))
    return [(what, number, where) for what, number, where in found if number]


def _of_rounds(session: Session, actor: Actor) -> list[tuple[str, int, str]]:
    """Return what of rounds and offers waits for a manager: results of others to approve, rounds to publish, seats to fill again."""
    real = rounds.visible_to(actor).where(Round.scenario_of.is_(None))
    to_approve = real.where(Round.state == "proposed", Round.proposed_by != actor.id)
    to_publish = real.where(Round.state == "approved")
    to_fill = replacing.visible_to(actor).where(Replacement.state == "proposed")
    return [
        ("to approve", _number(session, to_approve), "/rounds"),
        ("to publish", _number(session, to_publish), "/rounds"),
        ("to fill", _number(session, to_fill), "/replacements"),
    ]


def newest_rounds(session: Session, actor: Actor) -> list[Round]:
    """Return the rounds that were made last, for those who run them; what-if copies are found with their round."""
    if actor.role not in COUNTS_PEOPLE:
        return []
    made = rounds.visible_to(actor).where(Round.scenario_of.is_(None)).order_by(Round.created_at.desc(), Round.id)
    return list(session.scalars(made.limit(NEWEST)))


def _number(session: Session, rows: Select[Any]) -> int:
    return session.scalars(rows.with_only_columns(func.count(), maintain_column_froms=True)).one()


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
