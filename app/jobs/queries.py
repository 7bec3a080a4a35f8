"""Reads of jobs; each starts from what the actor may see."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.access import Actor, visible_or_404
from app.jobs.models import Job
from app.jobs.permissions import SEES_ALL


def visible_to(actor: Actor) -> Select[Job]:
    """Select the jobs that `actor` may see: all for those who run the service, the own ones for everybody else."""
    if actor.role in SEES_ALL or actor.role == "system":
        return select(Job)
    return select(Job).where(Job.created_by == actor.id)


def job(session: Session, actor: Actor, job_id: str) -> Job:
    """Return one job.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(visible_to(actor).where(Job.id == job_id)))
