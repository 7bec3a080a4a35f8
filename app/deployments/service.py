"""What people do with deployments: prepare, start, confirm months, complete, end early, check in, hand over.

`arrive` and `confirm_month` are also what a school does through its signed link, see `app.deployments.host`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.i18n import day as in_words
from app.deployments import money, months, queries
from app.deployments.errors import CheckInSent, DayOutside, NoSuchMonth, NotServed, NotSuccessor
from app.deployments.lifecycle import DEPLOYMENT
from app.deployments.models import CheckIn, ChecklistItem, Deployment, Handover
from app.deployments.schemas import CheckInIn, ChecklistIn, CompleteIn, EndIn, HandoverIn, first_day, written
from app.identity.actor import Actor
from app.identity.permissions import require
from app.schools.lifecycle import NEED
from app.schools.models import Need

EARLIEST = dt.timedelta(days=60)
"""How long before its planned start a service can begin at the earliest."""


def tick(session: Session, actor: Actor, deployment_id: str, body: ChecklistIn) -> Deployment:
    """Tick a thing of the checklist off, or open it again; twice the same changes nothing."""
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.prepare", deployment)
    DEPLOYMENT.move(deployment.state, "prepare")
    there = session.get(ChecklistItem, (deployment.id, body.item))
    if (there is not None) == body.done:
        return deployment
    if there is None:
        done = {"item": body.item, "done_by": actor.id, "done_at": clock.now()}
        session.add(ChecklistItem(deployment_id=deployment.id, **done))
    else:
        session.delete(there)
    session.flush()
    facts = {"item": body.item, "done": body.done}
    record(session, actor, "deployments.prepare", "deployment", deployment.id, after=facts)
    return deployment


def start(session: Session, actor: Actor, deployment_id: str, arrived_on: dt.date | None) -> Deployment:
    """Note the arrival: the service begins, and what is paid in one sum is spent.

    Raises:
        IllegalMove: For somebody who is in service already, or whose deployment has ended.
        DayOutside: For a day in the future, or far from the planned start.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.start", deployment)
    return arrive(session, actor, deployment, arrived_on or months.today())


def arrive(session: Session, actor: Actor, deployment: Deployment, arrived_on: dt.date) -> Deployment:
    """Begin the service of a locked deployment; who may do it was asked by the caller."""
    before = deployment.state
    after = DEPLOYMENT.move(before, "start")
    _refuse_outside(arrived_on, deployment.starts_on - EARLIEST, min(months.today(), deployment.ends_on))
    deployment.state, deployment.arrived_on = after, arrived_on
    deployment.version += 1
    spent = money.spend_due(
        session, actor, deployment.placement_id, 0, len(months.planned(deployment)), reason="arrival"
    )
    _record(session, actor, "start", deployment, before, arrived_on=arrived_on, spent=spent)
    return deployment


def confirm(session: Session, actor: Actor, deployment_id: str, month: str) -> Deployment:
    """Confirm a month's attendance in the school's place.

    Raises:
        IllegalMove: For somebody who is not in service.
        NoSuchMonth: For a month in which nobody served, or that has not begun.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.confirm", deployment)
    confirm_month(session, actor, deployment, first_day(month))
    return deployment


def confirm_month(session: Session, actor: Actor, deployment: Deployment, month: dt.date) -> bool:
    """Confirm one month of a locked deployment and spend its part; False where it was confirmed before."""
    DEPLOYMENT.move(deployment.state, "confirm")
    _refuse_month(deployment, month)
    row = _month(session, deployment, month)
    if row.host_confirmed_at is not None:
        return False
    row.host_confirmed_at = clock.now()
    deployment.version += 1
    session.flush()
    confirmed = select(func.count()).where(
        CheckIn.deployment_id == deployment.id, CheckIn.host_confirmed_at.is_not(None)
    )
    spent = money.spend_due(
        session,
        actor,
        deployment.placement_id,
        session.scalar(confirmed) or 0,
        len(months.planned(deployment)),
        reason="attendance",
    )
    facts = {"month": written(month), "spent": spent}
    record(session, actor, "deployments.confirm", "deployment", deployment.id, after=facts)
    return True


def complete(session: Session, actor: Actor, deployment_id: str, body: CompleteIn) -> Deployment:
    """End a service as it was agreed: the rest of its money is spent, and the person is an alumnus.

    Raises:
        IllegalMove: For somebody who is not in service.
        DayOutside: For a last day before the arrival or in the future.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.complete", deployment)
    before = deployment.state
    after = DEPLOYMENT.move(before, "complete")
    ended_on = body.ended_on or months.today()
    _refuse_outside(ended_on, deployment.arrived_on or deployment.starts_on, months.today())
    deployment.state, deployment.ended_on = after, ended_on
    deployment.version += 1
    whole = len(months.planned(deployment))
    spent = money.spend_due(session, actor, deployment.placement_id, whole, whole, reason="complete")
    _let_go(session, deployment, "finish")
    _record(session, actor, "complete", deployment, before, ended_on=ended_on, spent=spent)
    return deployment


def end_early(session: Session, actor: Actor, deployment_id: str, body: EndIn) -> Deployment:
    """End a service before its time, or before it began: what is not spent goes back to its funds, and the seat is free.

    Raises:
        IllegalMove: For a deployment that has ended.
        DayOutside: For a last day before the arrival or in the future.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.end_early", deployment)
    before = deployment.state
    after = DEPLOYMENT.move(before, "end_early")
    ended_on = body.ended_on or months.today()
    began = deployment.arrived_on
    if began is not None:
        _refuse_outside(ended_on, began, months.today())
    deployment.state, deployment.ended_on, deployment.end_reason = after, ended_on, body.reason
    deployment.version += 1
    need = session.get_one(Need, deployment.need_id, with_for_update=True)
    _let_go(session, deployment, "leave" if began is None else "finish")
    spent = 0
    if began is not None:
        done, whole = len(months.served(deployment, ended_on)), len(months.planned(deployment))
        spent = money.spend_due(session, actor, deployment.placement_id, done, whole, reason="end early")
    released = money.release_rest(session, actor, deployment.placement_id, reason="end early")
    if need.state == "filled":
        need.state = NEED.move(need.state, "free")
        need.version += 1
    facts = {"ended_on": ended_on, "spent": spent, "released": released}
    _record(session, actor, "end_early", deployment, before, reason=body.reason, **facts)
    return deployment


def check_in(session: Session, actor: Actor, deployment_id: str, body: CheckInIn) -> CheckIn:
    """Keep a month's check-in as a draft, or send it for good.

    Raises:
        NoSuchMonth: For a month in which the person did not serve, or that has not begun.
        CheckInSent: For one that was sent.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.check_in", deployment)
    month = first_day(body.month)
    _refuse_month(deployment, month)
    row = _month(session, deployment, month)
    if row.written_at is not None:
        raise CheckInSent(month=body.month)
    row.note = body.note
    # An empty text is nothing to send; it stays a draft.
    if body.send and body.note.strip():
        row.written_at = clock.now()
        record(session, actor, "deployments.check_in", "deployment", deployment.id, after={"month": body.month})
    session.flush()
    return row


def hand_over(session: Session, actor: Actor, deployment_id: str, body: HandoverIn) -> Handover:
    """Write, or write anew, what is left to the successor.

    Raises:
        NotServed: Before the arrival.
        NotSuccessor: For a deployment that is not another one at the same school.
    """
    deployment = queries.deployment(session, actor, deployment_id, writing=True)
    require(actor, "deployments.hand_over", deployment)
    if deployment.arrived_on is None:
        raise NotServed
    possible = {key for key, _ in queries.possible_successors(session, deployment)}
    if body.successor_id is not None and body.successor_id not in possible:
        raise NotSuccessor
    row = session.get(Handover, deployment.id)
    before = None if row is None else {"successor_id": row.successor_id}
    if row is None:
        row = Handover(deployment_id=deployment.id)
        session.add(row)
    row.successor_id, row.text, row.written_at = body.successor_id, body.text, clock.now()
    session.flush()
    facts = {"successor_id": body.successor_id}
    record(session, actor, "deployments.hand_over", "deployment", deployment.id, before=before, after=facts)
    return row


def _month(session: Session, deployment: Deployment, month: dt.date) -> CheckIn:
    row = session.get(CheckIn, (deployment.id, month))
    if row is None:
        row = CheckIn(deployment_id=deployment.id, month=month, note="")
        session.add(row)
    return row


def _refuse_month(deployment: Deployment, month: dt.date) -> None:
    possible = months.served(deployment, months.today())
    if month not in possible:
        raise NoSuchMonth(month=written(month), possible=", ".join(written(one) for one in possible) or "–")


def _refuse_outside(day: dt.date, first: dt.date, last: dt.date) -> None:
    if not first <= day <= last:
        raise DayOutside(day=in_words(day), first=in_words(first), last=in_words(last))


def _let_go(session: Session, deployment: Deployment, action: str) -> None:
    person = session.get_one(Applicant, deployment.applicant_id, with_for_update=True)
    person.state = APPLICANT.move(person.state, action)
    person.version += 1


def _record(
    session: Session,
    actor: Actor,
    action: str,
    deployment: Deployment,
    before: str,
    *,
    reason: str | None = None,
    **facts: Any,
) -> None:
    session.flush()
    record(
        session,
        actor,
        f"deployments.{action}",
        "deployment",
        deployment.id,
        reason=reason,
        before={"state": before},
        after={"state": deployment.state, **facts},
    )
