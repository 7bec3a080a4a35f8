"""Incidents: reported by the volunteer or a programme manager, closed by a manager. Part of the slice's service.

They are confidential. The audit record says that there was one and how serious, never what happened.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.i18n import moment
from app.deployments import months, queries
from app.deployments.errors import DayOutside, IncidentClosed
from app.deployments.models import Incident
from app.deployments.schemas import IncidentIn
from app.identity.actor import Actor
from app.identity.permissions import require


def report(session: Session, actor: Actor, deployment_id: str, body: IncidentIn) -> Incident:
    """Report something that went wrong.

    Raises:
        DayOutside: For a day in the future.
    """
    deployment = queries.deployment(session, actor, deployment_id)
    require(actor, "incidents.report", deployment)
    if body.happened_on > months.today():
        raise DayOutside(
            day=body.happened_on.isoformat(),
            first=deployment.created_at.date().isoformat(),
            last=months.today().isoformat(),
        )
    row = Incident(
        deployment_id=deployment.id, reported_by=actor.id, created_at=clock.now(), version=1, **body.model_dump()
    )
    session.add(row)
    session.flush()
    record(session, actor, "incidents.report", "incident", row.id, after={"severity": row.severity})
    return row


def close(session: Session, actor: Actor, incident_id: str, resolution: str) -> Incident:
    """Close an incident with what was done about it.

    Raises:
        IncidentClosed: For one that was closed before.
    """
    row = queries.incident(session, actor, incident_id, writing=True)
    require(actor, "incidents.close", row)
    if row.closed_at is not None:
        raise IncidentClosed(day=moment(row.closed_at))
    row.resolution, row.closed_at = resolution, clock.now()
    row.version += 1
    session.flush()
    record(session, actor, "incidents.close", "incident", row.id, after={"closed": True})
    return row
