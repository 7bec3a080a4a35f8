"""Reads of rounds, results and placements; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Cohort
from app.core.access import visible_or_404
from app.core.database import for_update
from app.funding.models import Agreement, Fund
from app.geography.models import Region
from app.identity.actor import Actor
from app.identity.models import Organisation, User
from app.jobs.models import Job
from app.rounds.models import Approval, Placement, PlacementLine, Result, Round, RoundNeed, Snapshot
from app.rounds.permissions import SEES_RESULTS
from app.schools.models import Need, School
from app.schools.queries import needs_within

# From here on others than the programme see a round.
PROPOSED_AND_LATER: Final = ("proposed", "approved", "published", "closed")
PUBLISHED: Final = ("published", "closed")


def sees_all(actor: Actor) -> bool:
    """Tell whether `actor` sees every round and the whole of its results."""
    return actor.role in SEES_RESULTS or actor.role == "system"


def visible_to(actor: Actor) -> Select[Round]:
    """Select the rounds that `actor` may see.

    The programme sees all; an officer those that are proposed and open a need in the own region; a sponsor those that are
    published and place with its money; an applicant those that are published and place the person.
    """
    return select(Round).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if sees_all(actor):
        return true()
    if actor.role == "officer" and actor.region_code is not None:
        opened = select(RoundNeed.round_id).where(RoundNeed.need_id.in_(needs_within(actor.region_code)))
        return Round.state.in_(PROPOSED_AND_LATER) & Round.id.in_(opened)
    return Round.state.in_(PUBLISHED) & Round.result_id.in_(select(Placement.result_id).where(_own_placement(actor)))


def _own_placement(actor: Actor) -> ColumnElement[bool]:
    """Match the placements that `actor` may see in a round that is far enough."""
    if sees_all(actor):
        return true()
    if actor.role == "officer" and actor.region_code is not None:
        return Placement.need_id.in_(needs_within(actor.region_code))
    if actor.role == "sponsor" and actor.organisation_id is not None:
        funds = select(Fund.id).where(Fund.organisation_id == actor.organisation_id)
        return Placement.id.in_(select(PlacementLine.placement_id).where(PlacementLine.fund_id.in_(funds)))
    if actor.role == "applicant":
        return Placement.applicant_id.in_(select(Applicant.id).where(Applicant.user_id == actor.id))
    return false()


def placements_visible_to(actor: Actor, *, states: tuple[str, ...] | None = None) -> Select[Placement]:
    """Select the placements of the present results of rounds that `actor` may see, and of them those that concern the actor."""
    statement = select(Placement).join(Round, Round.result_id == Placement.result_id).where(_own_placement(actor))
    if not sees_all(actor):
        statement = statement.where(Round.state.in_(PROPOSED_AND_LATER if actor.role == "officer" else PUBLISHED))
    return statement if states is None else statement.where(Round.state.in_(states))


def round_of(session: Session, actor: Actor, round_id: str, *, writing: bool = False) -> Round:
    """Return one round; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Round.id == round_id).execution_options(populate_existing=True)
    found: Round | None = session.scalar(for_update(statement) if writing else statement)
    return visible_or_404(found)


def needs_in(session: Session, round_ids: Iterable[str]) -> dict[str, int]:
    """Return how many needs each of the rounds opens."""
    rows = session.execute(
        select(RoundNeed.round_id, func.count())
        .where(RoundNeed.round_id.in_(list(round_ids)))
        .group_by(RoundNeed.round_id)
    )
    return dict(rows.all())


def digests(session: Session, snapshot_ids: Iterable[str | None]) -> dict[str, str]:
    """Return the digest of each snapshot, without reading the documents."""
    wanted = [one for one in snapshot_ids if one is not None]
    rows = session.execute(select(Snapshot.id, Snapshot.digest).where(Snapshot.id.in_(wanted)))
    return dict(rows.all())


def result(session: Session, round_: Round) -> Result | None:
    """Return the round's present result."""
    return None if round_.result_id is None else session.get(Result, round_.result_id)


def snapshot(session: Session, round_: Round) -> Snapshot | None:
    """Return the round's present snapshot."""
    return None if round_.snapshot_id is None else session.get(Snapshot, round_.snapshot_id)


def results_of(round_: Round) -> Select[Result]:
    """Select every result that the round ever had."""
    return select(Result).where(Result.round_id == round_.id)


def job(session: Session, round_: Round) -> Job | None:
    """Return the job that solves the round, or solved it last."""
    return None if round_.job_id is None else session.get(Job, round_.job_id)


def approvals(session: Session, round_: Round) -> list[Approval]:
    """Return the decisions on the round's present result, the oldest first."""
    mine = select(Approval).where(Approval.round_id == round_.id, Approval.result_id == round_.result_id)
    return list(session.scalars(mine.order_by(Approval.at, Approval.id)))


def regions_placed(session: Session, result_id: str) -> set[str]:
    """Return the codes of the regencies in which a result places somebody."""
    codes = (
        select(School.region_code)
        .join(Need, Need.school_id == School.id)
        .join(Placement, Placement.need_id == Need.id)
        .where(Placement.result_id == result_id)
        .distinct()
    )
    return set(session.scalars(codes))


def in_region(code: str) -> ColumnElement[bool]:
    """Match placements at schools in a region or below it."""
    return Placement.need_id.in_(needs_within(code))


def at_need(code: str) -> ColumnElement[bool]:
    """Match placements at the need with this code."""
    return Placement.need_id.in_(select(Need.id).where(Need.code == code))


def details(session: Session, placement_ids: Iterable[str]) -> dict[str, Any]:
    """Return for each placement the row with which it is shown: person, need, school, region, agreement."""
    wanted = list(placement_ids)
    columns = (
        Placement.id,
        Applicant.code.label("applicant"),
        Applicant.name,
        Need.code.label("need"),
        Need.level,
        Need.subject,
        Need.hardship,
        School.name.label("school"),
        School.npsn,
        School.region_code,
        Region.name.label("region"),
        Agreement.code.label("agreement"),
    )
    rows = session.execute(
        select(*columns)
        .select_from(Placement)
        .join(Applicant, Applicant.id == Placement.applicant_id)
        .join(Need, Need.id == Placement.need_id)
        .join(School, School.id == Need.school_id)
        .join(Region, Region.code == School.region_code)
        .join(Agreement, Agreement.id == Placement.agreement_id)
        .where(Placement.id.in_(wanted))
    )
    return {row.id: row for row in rows}


def lines_of(session: Session, actor: Actor, placement_ids: Iterable[str]) -> dict[str, list[Any]]:
    """Return (line, amount, fund code, sponsor name) of each placement; for a sponsor, the lines that its own funds pay."""
    statement = (
        select(
            PlacementLine.placement_id,
            PlacementLine.line,
            PlacementLine.amount,
            Fund.code.label("fund"),
            Organisation.name.label("sponsor"),
        )
        .join(Fund, Fund.id == PlacementLine.fund_id)
        .join(Organisation, Organisation.id == Fund.organisation_id)
        .where(PlacementLine.placement_id.in_(list(placement_ids)))
        .order_by(PlacementLine.placement_id, PlacementLine.line)
    )
    if actor.role == "sponsor":
        statement = statement.where(Fund.organisation_id == actor.organisation_id)
    found: dict[str, list[Any]] = {}
    for row in session.execute(statement):
        found.setdefault(row.placement_id, []).append(row)
    return found


def names_of_people(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of applicants by their codes, as they are today; somebody who was erased has none."""
    rows = session.execute(select(Applicant.code, Applicant.name).where(Applicant.code.in_(list(codes))))
    return dict(rows.all())


def organisation_code(session: Session, actor: Actor) -> str | None:
    """Return the code of the organisation that the actor belongs to."""
    if actor.organisation_id is None:
        return None
    return session.scalar(select(Organisation.code).where(Organisation.id == actor.organisation_id))


def names_of_users(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of accounts by their ids."""
    wanted = [one for one in ids if one is not None]
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())


def cohorts(session: Session) -> list[Cohort]:
    """Return every cohort, the newest first."""
    return list(session.scalars(select(Cohort).order_by(Cohort.year.desc(), Cohort.code)))
