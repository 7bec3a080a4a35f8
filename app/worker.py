"""The worker: takes jobs from the queue, runs each in a child process, and watches it.

    run(Settings.from_environment())                     until SIGTERM or SIGINT
    run(settings, until_idle=True)                       until nothing is left to do: the demo, tests

The worker itself does little, so that its heartbeat never waits for the work: every other word about a job is with
`app.jobs.queue`. On SIGTERM or SIGINT the job is given back unharmed; a second signal does not wait for it to stop nicely.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, Final, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.core.database import Database
from app.core.ids import new_id
from app.jobs import presence, queue
from app.jobs.child import LOG_FORMAT
from app.jobs.failures import Failure, killed
from app.jobs.models import Job
from app.jobs.process import ChildFailed, ChildProcess
from app.jobs.queue import Lease, LeaseLost
from app.settings import Settings

T = TypeVar("T")
log = logging.getLogger("gotong.jobs")

# The database does not answer: wait and try again, the job goes on meanwhile.
OUTAGE: Final = (OperationalError, InterfaceError, PoolTimeout)
RETRY_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.5
LOST_SECONDS: Final = 1.0


class Stopping:
    """Requests to stop, which wake whoever waits; safe to make from a signal handler and from another thread."""

    def __init__(self) -> None:
        self.requests = 0
        self._awake, self._wake = os.pipe()
        os.set_blocking(self._awake, False)
        os.set_blocking(self._wake, False)

    def request(self, *_: object) -> None:
        """Ask to stop; a second time: at once."""
        self.requests += 1
        os.write(self._wake, b"!")

    def wait(self, connection: Connection | None, seconds: float) -> None:
        """Return when `connection` has something to read, when a stop is asked for, or after `seconds`."""
        readable = wait([self._awake] if connection is None else [self._awake, connection], max(seconds, 0.0))
        if self._awake in readable:
            os.read(self._awake, 100)

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._awake)
        os.close(self._wake)


class Watch:
    """Watches one attempt in its child: heartbeats, progress, cancel requests, and the patience with a child that is to stop."""

    def __init__(
        self, settings: Settings, database: Database, stopping: Stopping, child: ChildProcess, lease: Lease
    ) -> None:
        self.reason: str | None = None
        self._settings = settings
        self._database = database
        self._stopping = stopping
        self._child = child
        self._lease = lease
        self._progress: dict[str, Any] | None = None
        self._kill_at = float("inf")
        now = time.monotonic()
        self._beat_at = now + settings.worker_lease_seconds / 3
        self._look_at = now + LOOK_SECONDS

    def until_ended(self) -> tuple[str, Failure | None]:
        """Return how the attempt ended: done, stopped, failed, lost or died, and why where it failed."""
        self._child.run(self._lease)
        while True:
            for message in self._child.messages():
                if "progress" in message:
                    self._progress = json.loads(message["progress"])
                elif "ended" in message:
                    return message["ended"], Failure(**message["failure"]) if message["failure"] else None
                elif "died" in message:
                    return "died", killed(message["died"])
            self._tick()
            next_time = min(self._beat_at, self._look_at, self._kill_at)
            self._stopping.wait(self._child.connection, next_time - time.monotonic())

    def _tick(self) -> None:
        now = time.monotonic()
        if self._stopping.requests and self.reason is None:
            self._stop("shutdown", self._settings.worker_stop_seconds)
        if now >= self._kill_at or (self._stopping.requests > 1 and self.reason is not None):
            self._child.kill()
            self._kill_at = float("inf")
        elif now >= self._beat_at or (now >= self._look_at and self._progress is not None):
            self._asked(self._beat)
        elif now >= self._look_at:
            self._asked(self._look)

    def _asked(self, ask: Callable[[], bool]) -> None:
        """Ask the database, through `ask`, whether the job is to be cancelled; bear with it where it does not answer."""
        try:
            cancel = ask()
        except OUTAGE as error:
            log.warning("job %s database-silent what=%s", self._lease.job_id, type(error).__name__)
            self._look_at = time.monotonic() + RETRY_SECONDS
            self._beat_at = max(self._beat_at, self._look_at)
            return
        except LeaseLost:
            # Or its child has just finished it, and the word of that is on the way.
            self._beat_at = self._look_at = float("inf")
            self._stop("lost", LOST_SECONDS)
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        if cancel and self.reason is None:
            self._stop("cancel", self._settings.worker_stop_seconds)

    def _beat(self) -> bool:
        with self._database.transaction() as session:
            cancel = queue.heartbeat(session, self._lease, self._settings, self._progress)
            presence.seen(session, self._lease.worker_id)
        self._progress = None
        self._beat_at = time.monotonic() + self._settings.worker_lease_seconds / 3
        return cancel

    def _look(self) -> bool:
        with self._database.reading() as session:
            job = session.get(Job, self._lease.job_id)
        return job is not None and job.cancel_requested

    def _stop(self, reason: str, patience: float) -> None:
        self.reason = reason
        self._kill_at = time.monotonic() + patience
        self._child.stop(self._lease, reason)
        log.info("job %s stopping reason=%s", self._lease.job_id, reason)


class Worker:
    """One worker: one job at a time. More work at a time is more workers, on this machine or on others."""

    def __init__(self, settings: Settings, database: Database, stopping: Stopping) -> None:
        self.id = new_id()
        self._settings = settings
        self._database = database
        self._stopping = stopping
        self._child: ChildProcess | None = None
        self._seen_at = float("-inf")

    def work(self, *, once: bool, until_idle: bool) -> int:
        """Take jobs until told to stop, or after one, or until nothing is left; return how many attempts were run.

        Raises:
            ChildFailed: Where no process for jobs can be started.
        """
        with self._database.transaction() as session:
            presence.register(session, self.id)
        log.info("worker %s started lease=%ss", self.id, self._settings.worker_lease_seconds)
        attempts = 0
        try:
            while not self._stopping.requests:
                child = self._ready_child()
                lease = None if child is None else self._answered(self._claimed)
                if child is not None and lease is not None:
                    self._attempt(child, lease)
                    attempts += 1
                if (once and child is not None) or (until_idle and lease is None and self._answered(self._idle)):
                    break
                if lease is None:
                    self._rest()
        finally:
            self._close()
        return attempts

    def _ready_child(self) -> ChildProcess | None:
        """Return a child that waits for a job, started where there is none or a worn one; None when asked to stop."""
        if self._child is not None and (self._child.worn or not self._child.alive):
            self._child.close()
            self._child = None
        if self._child is None:
            self._child = ChildProcess(self._settings)
        while not self._child.ready and not self._stopping.requests:
            self._stopping.wait(self._child.connection, self._settings.worker_poll_seconds)
            for message in self._child.messages():
                if "died" in message:
                    raise ChildFailed(message["died"])
        return self._child if self._child.ready else None

    def _claimed(self) -> Lease | None:
        with self._database.reading() as session:
            if not presence.work_is_due(session):
                return None
        with self._database.transaction() as session:
            queue.rescue(session, self._settings)
        with self._database.transaction() as session:
            return queue.claim(session, self.id, self._settings)

    def _idle(self) -> bool:
        with self._database.reading() as session:
            return presence.idle(session)

    def _attempt(self, child: ChildProcess, lease: Lease) -> None:
        log.info("job %s claimed kind=%s attempt=%d worker=%s", lease.job_id, lease.kind, lease.attempt, self.id)
        started = time.monotonic()
        watch = Watch(self._settings, self._database, self._stopping, child, lease)
        ended, failure = watch.until_ended()
        state = self._settled(lease, ended, watch.reason, failure)
        why = "" if failure is None or state == "done" else f" code={failure.code} {dict(failure.facts)}"
        seconds = time.monotonic() - started
        level = logging.INFO if failure is None or watch.reason else logging.WARNING
        log.log(level, "job %s %s state=%s seconds=%.1f%s", lease.job_id, ended, state, seconds, why)

    def _settled(self, lease: Lease, ended: str, reason: str | None, failure: Failure | None) -> str:
        """Write down how the attempt ended, as long as it takes the database to answer; return the state of the job."""
        if ended == "done":
            return "done"
        if ended == "lost" or reason == "lost":
            return "taken-over"
        until = time.monotonic() + self._settings.worker_lease_seconds
        while True:
            try:
                with self._database.transaction() as session:
                    return self._settle(session, lease, ended, reason, failure)
            except LeaseLost:
                return "ended-already"  # finished by the child before it died, or rescued by another worker
            except OUTAGE as error:
                log.warning("job %s database-silent what=%s", lease.job_id, type(error).__name__)
                if time.monotonic() > until or self._stopping.requests > 1:
                    return "unsettled"  # its lease runs out, and another worker takes it over
                self._stopping.wait(None, RETRY_SECONDS)

    def _settle(self, session: Session, lease: Lease, ended: str, reason: str | None, failure: Failure | None) -> str:
        if ended in {"stopped", "died"} and reason == "cancel":
            return queue.cancelled(session, lease, self._settings)
        if ended in {"stopped", "died"} and reason == "shutdown":
            return queue.give_back(session, lease, self._settings)
        if failure is None:
            raise RuntimeError(f"an attempt ended as {ended} for the reason {reason}, and without a failure")
        return queue.fail(session, lease, failure, self._settings)

    def _rest(self) -> None:
        """Wait for the next look into the queue, and be seen."""
        if time.monotonic() >= self._seen_at + min(self._settings.worker_seen_seconds / 4, 10.0):
            self._answered(self._be_seen)
            self._seen_at = time.monotonic()
        child = self._child
        self._stopping.wait(None if child is None else child.connection, self._settings.worker_poll_seconds)

    def _be_seen(self) -> None:
        with self._database.transaction() as session:
            presence.seen(session, self.id)

    def _answered(self, ask: Callable[[], T]) -> T | None:
        """Return what the database answers, None where it does not."""
        try:
            return ask()
        except OUTAGE as error:
            log.warning("worker %s database-silent what=%s", self.id, type(error).__name__)
            return None

    def _close(self) -> None:
        if self._child is not None:
            self._child.close()
        self._answered(self._leave)
        log.info("worker %s stopped", self.id)

    def _leave(self) -> None:
        with self._database.transaction() as session:
            presence.unregister(session, self.id)


def run(settings: Settings, *, once: bool = False, until_idle: bool = False) -> int:
    """Work off the queue.

    Args:
        settings: The database, the lease, the limits, the task modules.
        once: Stop after one attempt, or at once where no job is due.
        until_idle: Stop when no job is due, none runs, also with other workers, and none waits for its next try.

    Returns:
        How many attempts were run.

    Raises:
        ChildFailed: Where no process for jobs can be started.
        OperationalError: Where the database does not answer at the start; later the worker bears with that.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    stopping = Stopping()
    try:
        with Database(settings.database_url) as database, _signals(stopping):
            return Worker(settings, database, stopping).work(once=once, until_idle=until_idle)
    finally:
        stopping.close()


@contextmanager
def _signals(stopping: Stopping) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into requests to stop; only the main thread may, and elsewhere nobody sends any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stopping.request) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
