"""The list of workers, and whether one was seen lately."""

from __future__ import annotations

import datetime as dt
import os
import socket
from typing import Final

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from app.core.database import database_now
from app.jobs.models import Job, Worker
from app.jobs.queue import due

FORGOTTEN_AFTER: Final = dt.timedelta(days=7)


def register(session: Session, worker_id: str) -> None:
    """List this process as a worker, and forget those that were not seen for a week."""
    now = database_now(session)
    session.execute(delete(Worker).where(Worker.seen_at < now - FORGOTTEN_AFTER))
    session.execute(
        insert(Worker).values(
            id=worker_id, host=socket.gethostname()[:200], process=os.getpid(), started_at=now, seen_at=now
        )
    )


def seen(session: Session, worker_id: str) -> None:
    """Note that the worker is alive."""
    session.execute(update(Worker).where(Worker.id == worker_id).values(seen_at=database_now(session)))


def unregister(session: Session, worker_id: str) -> None:
    """Note that the worker has stopped by itself."""
    now = database_now(session)
    session.execute(update(Worker).where(Worker.id == worker_id).values(seen_at=now, stopped_at=now))


def worker_seen(session: Session, seconds: float) -> bool:
    """Tell whether a worker that has not stopped was seen within the last `seconds`."""
    since = database_now(session) - dt.timedelta(seconds=seconds)
    return session.execute(select(exists().where(Worker.stopped_at.is_(None), Worker.seen_at >= since))).scalar_one()


def work_is_due(session: Session) -> bool:
    """Tell whether a job waits for a worker, or has lost its worker."""
    return session.execute(select(exists().where(due(database_now(session))))).scalar_one()


def idle(session: Session) -> bool:
    """Tell whether nothing is due, nothing runs, and nothing waits for its next try."""
    unfinished = or_(due(database_now(session)), Job.state == "running", (Job.state == "queued") & (Job.attempt > 0))
    return not session.execute(select(exists().where(unfinished))).scalar_one()
