"""The database as the queue: enqueue, claim under a lease, heartbeat, and ends that are fenced.

A worker holds a job for the time of a lease, by the database's clock, and prolongs it with heartbeats. When it is not heard of
any more, another takes the job over: the attempt is used up. Every write that the work makes asks first whether the job is
still held by this worker in this attempt (the fence), in the same transaction, so a worker that was only paused cannot write
what another has done meanwhile. See Gray and Cheriton, Leases (1989), and Kleppmann on fencing tokens (2016).

All functions take the caller's open transaction and never commit.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.database import database_now, for_update
from app.core.ids import new_id
from app.jobs.failures import Failure, lost, place_of
from app.jobs.lifecycle import JOB
from app.jobs.models import UNFINISHED, Job
from app.jobs.registry import ENDINGS, JobEnd, load_handlers
from app.settings import TASK_MODULES, Settings

log = logging.getLogger("gotong.jobs")
RESCUED_AT_ONCE: Final = 20


class LeaseLost(Exception):  # noqa: N818 - what happened, not an error of this process
    """The job is not held by this worker in this attempt any more; nothing may be written for it."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} is not held by this worker any more")


@dataclass(frozen=True)
class Lease:
    """A claimed job; `worker_id` and `attempt` are the fence.

    Attributes:
        job_id: The job.
        worker_id: Who holds it.
        attempt: Which try this is, from 1.
        kind: What to do.
        payload: What to do it with.
        created_by: The user who started the job, or None.
    """

    job_id: str
    worker_id: str
    attempt: int
    kind: str
    payload: Mapping[str, Any]
    created_by: str | None


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    created_by: str | None = None,
    run_after: dt.datetime | None = None,
    max_attempts: int | None = None,
) -> Job:
    """Put a job into the queue, in the caller's transaction: it exists if, and only if, the caller commits.

    Args:
        session: The open transaction.
        kind: Which handler runs it.
        payload: What the handler is given; anything that JSON can hold, better identifiers than data.
        key: While an unfinished job has this key, that job is returned and no other is made, also under concurrency.
        created_by: The user who started it, who may see and stop it.
        run_after: Not before this time (by the database's clock); at once where None.
        max_attempts: How often it is tried; the worker's setting where None.

    Returns:
        The job, new or found by its key.
    """
    inserting: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[session.get_bind().dialect.name]
    now = database_now(session)
    statement = (
        inserting(Job)
        .values(
            id=new_id(),
            kind=kind,
            payload=dict(payload),
            key=key,
            state=JOB.initial,
            run_after=run_after or now,
            max_attempts=max_attempts,
            created_by=created_by,
            created_at=now,
        )
        # Waits where another transaction has inserted the same key and not ended yet.
        .on_conflict_do_nothing(index_elements=[Job.key], index_where=UNFINISHED)
        .returning(Job)
    )
    while True:
        made: Job | None = session.scalar(statement)
        if made is not None:
            log.info("job %s queued kind=%s", made.id, kind)
            return made
        # The holder of the key may end between the two statements: then the insert succeeds in the next turn.
        found = session.scalar(select(Job).where(Job.key == key, UNFINISHED))
        if found is not None:
            return found


def enqueue_all(
    session: Session, kind: str, payloads: Sequence[Mapping[str, Any]], *, max_attempts: int | None = None
) -> list[str]:
    """Put many jobs without keys into the queue with one statement, in the caller's transaction; return their ids in order."""
    now = database_now(session)
    rows = [
        {
            "id": new_id(),
            "kind": kind,
            "payload": dict(payload),
            "state": JOB.initial,
            "run_after": now,
            "max_attempts": max_attempts,
            "created_at": now,
        }
        for payload in payloads
    ]
    if rows:
        session.execute(insert(Job), rows)
    log.info("%d jobs queued kind=%s", len(rows), kind)
    return [str(row["id"]) for row in rows]


def due(now: dt.datetime) -> ColumnElement[bool]:
    """Return the condition of jobs for which a worker has something to do at `now`: waiting ones, and lost ones."""
    return or_(
        and_(Job.state == "queued", Job.run_after <= now),
        and_(Job.state == "running", Job.lease_until < now),
    )


def claim(session: Session, worker_id: str, settings: Settings) -> Lease | None:
    """Take the job that has waited longest, or None where none is due; its attempt counts from here."""
    now = database_now(session)
    waiting = select(Job.id).where(Job.state == "queued", Job.run_after <= now).order_by(Job.run_after, Job.id).limit(1)
    claimed = session.scalar(
        update(Job)
        .where(Job.id == for_update(waiting, skip_locked=True).scalar_subquery())
        .values(
            state=JOB.move("queued", "claim"),
            attempt=Job.attempt + 1,
            number=Job.number + 1,
            worker_id=worker_id,
            lease_until=now + _lease(settings),
            started_at=now,
        )
        .returning(Job),
        execution_options={"populate_existing": True},
    )
    if claimed is None:
        return None
    return Lease(claimed.id, worker_id, claimed.attempt, claimed.kind, claimed.payload, claimed.created_by)


def heartbeat(session: Session, lease: Lease, settings: Settings, progress: Mapping[str, Any] | None = None) -> bool:
    """Prolong the lease and store the latest progress; return whether somebody asked to cancel the job.

    Raises:
        LeaseLost: Where the job is not held any more, or has ended.
    """
    values: dict[str, Any] = {"lease_until": database_now(session) + _lease(settings)}
    if progress is not None:
        values |= {"progress": dict(progress), "number": Job.number + 1}
    wanted: bool | None = session.scalar(
        update(Job).where(_fence(lease)).values(**values).returning(Job.cancel_requested)
    )
    if wanted is None:
        raise LeaseLost(lease.job_id)
    return wanted


def hold(session: Session, lease: Lease) -> None:
    """Lock the job until the transaction ends, so that nobody takes it over meanwhile.

    Raises:
        LeaseLost: Where the job is not held any more; the caller's transaction must not commit.
    """
    _held(session, lease)


def finish(
    session: Session, lease: Lease, result: Mapping[str, Any] | None, progress: Mapping[str, Any] | None = None
) -> None:
    """End the job as done, before its results are stored in the same transaction.

    Raises:
        LeaseLost: Where the job is not held any more; the caller's transaction must not commit.
    """
    job = _held(session, lease)
    last = {} if progress is None else {"progress": dict(progress)}
    _move(session, job, "finish", result=None if result is None else dict(result), error=None, **last)


def fail(session: Session, lease: Lease, failure: Failure, settings: Settings) -> str:
    """Record a failed attempt and return the job's state: queued for the next try, or dead, or cancelled as asked.

    Raises:
        LeaseLost: Where the job is not held any more, or has ended.
    """
    job = _held(session, lease)
    return _after_failure(session, job, failure, settings, wait=backoff(job.attempt, settings))


def give_back(session: Session, lease: Lease, settings: Settings) -> str:
    """Put the job back unharmed, no attempt used up: the worker stops. One that is to be cancelled is cancelled.

    Raises:
        LeaseLost: Where the job is not held any more, or has ended.
    """
    job = _held(session, lease)
    if job.cancel_requested:
        return end_job(session, job, "cancel", task_modules=settings.task_modules).state
    return _move(session, job, "give_back", attempt=job.attempt - 1, run_after=database_now(session)).state


def cancelled(session: Session, lease: Lease, settings: Settings) -> str:
    """End the job as cancelled: its work has stopped.

    Raises:
        LeaseLost: Where the job is not held any more, or has ended.
    """
    return end_job(session, _held(session, lease), "cancel", task_modules=settings.task_modules).state


def request_cancel(session: Session, job_id: str, *, task_modules: Sequence[str] = TASK_MODULES) -> Job:
    """Ask for the end of a job: one that waits is cancelled at once, one that runs is told to stop.

    Raises:
        IllegalMove: For a job that has ended.
        NoResultFound: Where there is no such job.
    """
    job: Job = session.scalars(
        for_update(select(Job).where(Job.id == job_id)), execution_options={"populate_existing": True}
    ).one()
    JOB.move(job.state, "cancel")
    if job.state == "queued":
        return end_job(session, job, "cancel", task_modules=task_modules)
    if job.cancel_requested:
        return job
    return _changed(session, job, cancel_requested=True)


def rescue(session: Session, settings: Settings) -> list[str]:
    """Take jobs from workers that are not heard of any more; return the ids. The lost attempts are used up.

    The lease was the wait, so a rescued job is due at once.
    """
    expired = (
        select(Job)
        .where(Job.state == "running", Job.lease_until < database_now(session))
        .order_by(Job.id)
        .limit(RESCUED_AT_ONCE)
    )
    jobs = session.scalars(for_update(expired, skip_locked=True), execution_options={"populate_existing": True}).all()
    for job in jobs:
        worker, attempt = job.worker_id, job.attempt
        state = _after_failure(session, job, lost(), settings, wait=dt.timedelta())
        log.warning("job %s rescued kind=%s from=%s attempt=%d state=%s", job.id, job.kind, worker, attempt, state)
    return [job.id for job in jobs]


def backoff(attempt: int, settings: Settings) -> dt.timedelta:
    """Return how long to wait after the failure of `attempt` (from 1): doubled each time, up to the limit."""
    # The exponent is bounded first: 2.0 ** 2000 does not exist.
    seconds = settings.job_backoff_seconds * 2.0 ** min(attempt - 1, 60)
    return dt.timedelta(seconds=min(seconds, settings.job_backoff_limit_seconds))


def end_job(
    session: Session,
    job: Job,
    action: str,
    *,
    task_modules: Sequence[str],
    error: Mapping[str, Any] | None = None,
) -> Job:
    """End a locked job as cancelled or dead, and tell its slice in the same transaction.

    What the slice does on it stands in a savepoint: where that fails, the job still ends and the log says so, because a job
    that cannot end would be rescued for ever.
    """
    load_handlers(task_modules)
    ended = _move(session, job, action, **({} if error is None else {"error": dict(error)}))
    told = ENDINGS.get(ended.kind)
    if told is None:
        return ended
    end = JobEnd(ended.id, ended.kind, ended.payload, ended.created_by, ended.state, ended.error)
    try:
        with session.begin_nested():
            told(session, end)
    except Exception as fault:  # noqa: BLE001 - a slice's code, whatever it raises; told in the log
        log.error("job %s ending-failed kind=%s what=%s", ended.id, ended.kind, place_of(fault))  # noqa: TRY400
    return ended


def _after_failure(session: Session, job: Job, failure: Failure, settings: Settings, *, wait: dt.timedelta) -> str:
    if job.cancel_requested:
        return end_job(session, job, "cancel", task_modules=settings.task_modules).state
    if failure.final or job.attempt >= (job.max_attempts or settings.job_attempts):
        document = failure.document()
        return end_job(session, job, "bury", task_modules=settings.task_modules, error=document).state
    return _move(session, job, "retry", run_after=database_now(session) + wait, error=failure.document()).state


def _lease(settings: Settings) -> dt.timedelta:
    return dt.timedelta(seconds=settings.worker_lease_seconds)


def _fence(lease: Lease) -> ColumnElement[bool]:
    return and_(
        Job.id == lease.job_id,
        Job.state == "running",
        Job.worker_id == lease.worker_id,
        Job.attempt == lease.attempt,
    )


def _held(session: Session, lease: Lease) -> Job:
    """Lock the job and return it; raise LeaseLost where the fence does not hold."""
    statement = for_update(select(Job).where(_fence(lease)))
    job: Job | None = session.scalar(statement, execution_options={"populate_existing": True})
    if job is None:
        raise LeaseLost(lease.job_id)
    return job


def _move(session: Session, job: Job, action: str, **values: Any) -> Job:
    """Carry out a move of a locked job; the lease ends with it, the worker's name stays where the job has ended."""
    state = JOB.move(job.state, action)
    if JOB.possible(state):
        values["worker_id"] = None
    else:
        values["finished_at"] = database_now(session)
    return _changed(session, job, state=state, lease_until=None, **values)


def _changed(session: Session, job: Job, **values: Any) -> Job:
    # By statement, not by flush: a flush would need the tables of all slices that `jobs` points to.
    return session.scalars(
        update(Job).where(Job.id == job.id).values(number=Job.number + 1, **values).returning(Job),
        execution_options={"populate_existing": True},
    ).one()
