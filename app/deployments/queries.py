"""Reads of deployments; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import visible_or_404
from app.core.database import for_update
from app.deployments.models import CheckIn, ChecklistItem, Deployment, Handover, HostFeedback, Incident
from app.deployments.permissions import SEES_ALL
from app.funding.models import Fund, LedgerEntry
from app.geography.models import Region
from app.identity.actor import Actor
from app.schools.models import Need, School
from app.schools.queries import needs_within


def visible_to(actor: Actor) -> Select[Deployment]:
    """Select the deployments that `actor` may see.

    The programme sees all; an officer those at schools of the own region; a sponsor those that its money pays, in full or
    in part; an applicant the own ones.
    """
    return select(Deployment).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL or actor.role == "system":
        return true()
    if actor.role == "officer" and actor.region_code is not None:
        return in_region(actor.region_code)
    if actor.role == "sponsor" and actor.organisation_id is not None:
        funds = select(Fund.id).where(Fund.organisation_id == actor.organisation_id)
        return Deployment.placement_id.in_(select(LedgerEntry.placement_id).where(LedgerEntry.fund_id.in_(funds)))
    if actor.role == "applicant":
        return Deployment.applicant_id.in_(select(Applicant.id).where(Applicant.user_id == actor.id))
    return false()


def in_region(code: str) -> ColumnElement[bool]:
    """Match deployments at schools in a region or below it."""
    return Deployment.need_id.in_(needs_within(code))


def at_need(code: str) -> ColumnElement[bool]:
    """Match deployments at the need with this code."""
    return Deployment.need_id.in_(select(Need.id).where(Need.code == code))


def deployment(session: Session, actor: Actor, deployment_id: str, *, writing: bool = False) -> Deployment:
    """Return one deployment; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Deployment.id == deployment_id).execution_options(populate_existing=True)
    found: Deployment | None = session.scalar(for_update(statement) if writing else statement)
    return visible_or_404(found)


def incident(session: Session, actor: Actor, incident_id: str, *, writing: bool = False) -> Incident:
    """Return one incident; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    own = visible_to(actor).with_only_columns(Deployment.id)
    statement = select(Incident).where(Incident.id == incident_id, Incident.deployment_id.in_(own))
    statement = statement.execution_options(populate_existing=True)
    found: Incident | None = session.scalar(for_update(statement) if writing else statement)
    return visible_or_404(found)


def details(session: Session, deployments: Iterable[Deployment]) -> dict[str, Any]:
    """Return for each deployment the row with which it is shown: person, need, school, region."""
    columns = (
        Deployment.id,
        Applicant.code.label("applicant"),
        Applicant.name,
        Need.code.label("need"),
        Need.level,
        Need.subject,
        School.id.label("school_id"),
        School.name.label("school"),
        School.npsn,
        School.region_code,
        Region.name.label("region"),
    )
    rows = session.execute(
        select(*columns)
        .select_from(Deployment)
        .join(Applicant, Applicant.id == Deployment.applicant_id)
        .join(Need, Need.id == Deployment.need_id)
        .join(School, School.id == Need.school_id)
        .join(Region, Region.code == School.region_code)
        .where(Deployment.id.in_([one.id for one in deployments]))
    )
    return {row.id: row for row in rows}


def check_ins(session: Session, deployment_ids: Iterable[str]) -> dict[str, list[CheckIn]]:
    """Return the check-ins of each deployment, drafts too, by month."""
    wanted = list(deployment_ids)
    found: dict[str, list[CheckIn]] = {one: [] for one in wanted}
    for row in session.scalars(
        select(CheckIn).where(CheckIn.deployment_id.in_(wanted)).order_by(CheckIn.deployment_id, CheckIn.month)
    ):
        found[row.deployment_id].append(row)
    return found


def checklist(session: Session, deployment_id: str) -> dict[str, ChecklistItem]:
    """Return what is prepared, by item."""
    rows = session.scalars(select(ChecklistItem).where(ChecklistItem.deployment_id == deployment_id))
    return {row.item: row for row in rows}


def incidents_of(deployment_id: str) -> Select[Incident]:
    """Select the incidents of a deployment, which the actor was found to see."""
    return select(Incident).where(Incident.deployment_id == deployment_id)


def feedback_of(deployment_id: str) -> Select[HostFeedback]:
    """Select what the school wrote about a deployment, which the actor was found to see."""
    return select(HostFeedback).where(HostFeedback.deployment_id == deployment_id)


def handovers_to(session: Session, deployment_id: str) -> list[Handover]:
    """Return what others leave to the person of a deployment, who was named as their successor."""
    left = select(Handover).where(Handover.successor_id == deployment_id).order_by(Handover.written_at)
    return list(session.scalars(left))


def possible_successors(session: Session, deployment: Deployment) -> list[tuple[str, str]]:
    """Return (id, person's name) of the other deployments at the same school that are being prepared or in service."""
    school = select(Need.school_id).where(Need.id == deployment.need_id).scalar_subquery()
    rows = session.execute(
        select(Deployment.id, Applicant.name)
        .join(Applicant, Applicant.id == Deployment.applicant_id)
        .join(Need, Need.id == Deployment.need_id)
        .where(
            Need.school_id == school,
            Deployment.id != deployment.id,
            Deployment.applicant_id != deployment.applicant_id,
            Deployment.state.in_(("preparing", "in_service")),
        )
        .order_by(Applicant.name, Deployment.id)
    )
    return [(key, name) for key, name in rows]


def latest_own(session: Session, actor: Actor) -> Deployment | None:
    """Return the person's own deployment, the latest one where there are several."""
    return session.scalars(
        visible_to(actor).order_by(Deployment.starts_on.desc(), Deployment.id.desc()).limit(1)
    ).first()
