"""What is sent of deployments, as far as each role sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy.orm import Session

from app.deployments import months, queries
from app.deployments.models import Deployment
from app.deployments.schemas import CheckInOut, ChecklistItemOut, ChecklistOut, DeploymentOut, written
from app.deployments.vocabulary import CHECKLIST, Item, State
from app.identity.actor import Actor

SEES_PEOPLE = frozenset({"manager", "auditor", "officer", "applicant", "system"})
SEES_CHECK_INS = frozenset({"manager", "auditor", "applicant", "system"})


def deployments_shown(session: Session, actor: Actor, deployments: Sequence[Deployment]) -> list[DeploymentOut]:
    """Return deployments as `actor` may see them, with two queries for all of them."""
    rows = queries.details(session, deployments)
    within = actor.role in SEES_CHECK_INS
    written_down = queries.check_ins(session, [one.id for one in deployments]) if within else {}
    today = months.today()
    found = []
    for one in deployments:
        row = rows[one.id]
        people = actor.role in SEES_PEOPLE
        late = [written(month) for month in months.late(one, written_down[one.id], today)] if within else None
        found.append(
            DeploymentOut(
                id=one.id,
                state=cast(State, one.state),
                applicant=row.applicant if people else None,
                name=row.name if people else None,
                need=row.need,
                school=row.school,
                npsn=row.npsn,
                region=row.region_code,
                region_name=row.region,
                level=row.level,
                subject=row.subject,
                starts_on=one.starts_on,
                ends_on=one.ends_on,
                arrived_on=one.arrived_on,
                host_confirmed=one.host_arrived_at is not None,
                ended_on=one.ended_on,
                end_reason=one.end_reason if within else None,
                late=late,
                version=one.version,
            )
        )
    return found


def deployment_shown(session: Session, actor: Actor, deployment: Deployment) -> DeploymentOut:
    """Return one deployment as `actor` may see it."""
    return deployments_shown(session, actor, [deployment])[0]


def checklist_shown(session: Session, deployment: Deployment) -> ChecklistOut:
    """Return the whole checklist with what is done."""
    done = queries.checklist(session, deployment.id)
    items = [
        ChecklistItemOut(item=cast(Item, item), done_at=done[item].done_at if item in done else None)
        for item in CHECKLIST
    ]
    return ChecklistOut(items=items, open=sum(one.done_at is None for one in items))


def check_ins_shown(session: Session, actor: Actor, deployment: Deployment) -> list[CheckInOut]:
    """Return the months that have begun, with what was written and confirmed; drafts only to the volunteer."""
    rows = queries.check_ins(session, [deployment.id])[deployment.id]
    by_month = {row.month: row for row in rows}
    today = months.today()
    late = months.late(deployment, rows, today)
    return [
        CheckInOut.of(month, by_month.get(month), late=month in late, draft_shown=actor.role == "applicant")
        for month in months.served(deployment, today)
    ]
