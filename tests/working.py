"""The queue worked off in the test's own process, for tests of what jobs do; `tests/jobs` is about the worker and its processes."""

from __future__ import annotations

from app.core.database import Database
from app.core.ids import new_id
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import RunningJob, Stop
from app.jobs.registry import load_handlers
from app.settings import Settings


def work_off(database: Database, settings: Settings) -> list[str]:
    """Run every job that is due, one attempt each, settled as the worker settles it; return how they ended."""
    load_handlers(settings.task_modules)
    ended = []
    while True:
        with database.transaction() as session:
            lease = queue.claim(session, new_id(), settings)
        if lease is None:
            return ended
        context = RunningJob(database, lease, lambda _: None, stop := Stop(), settings)
        how, failure = attempt(context, lease, stop)
        context.close()
        if failure is not None:
            with database.transaction() as session:
                queue.fail(session, lease, failure, settings)
            assert failure.final, f"{lease.kind} would be tried again: {failure}"
        ended.append(how if failure is None else f"{failure.code} {dict(failure.facts)}")
