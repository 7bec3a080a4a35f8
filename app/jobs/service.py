"""What a person can do with a job: stop it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.audit.record import record
from app.core.access import Actor, require
from app.jobs import queries, queue
from app.jobs.models import Job
from app.settings import TASK_MODULES


def cancel_job(session: Session, actor: Actor, job_id: str, *, task_modules: Sequence[str] = TASK_MODULES) -> Job:
    """Stop a job: one that waits ends at once, one that runs within seconds.

    Raises:
        NotFound: Where the actor sees no such job.
        Forbidden: Where the actor sees it and may not stop it.
        IllegalMove: Where it has ended.
    """
    job = queries.job(session, actor, job_id)
    require(actor, "jobs.cancel", job)
    before = {"state": job.state, "cancel_requested": job.cancel_requested}
    job = queue.request_cancel(session, job_id, task_modules=task_modules)
    after = {"state": job.state, "cancel_requested": job.cancel_requested}
    if after != before:
        record(session, actor, "jobs.cancel", "job", job.id, before=before, after=after)
    return job
