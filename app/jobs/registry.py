"""Which function runs which kind of job, and what that function is given.

    @handler("rounds.solve", ended=solve_ended)
    def solve(context: JobContext) -> None:
        solution = optimizer.solve(..., progress=lambda p: context.progress({...}), cancelled=context.cancelled)
        with context.finishing() as session:      # fenced: refused where another worker has taken over
            store(session, solution)              # stored together with the job's end, so exactly once

    def solve_ended(session: Session, end: JobEnd) -> None:
        ...                                       # cancelled or dead: put the round back, in the same transaction

A handler may run more than once (its worker may die at any moment), but only one run can finish. It returns without
`finishing()` where it stores nothing, or where `cancelled()` told it to stop. A `Problem` below 500 that it raises is final;
any other exception is tried again. Handlers live in a slice's `tasks.py`; its module name stands in
`app.settings.TASK_MODULES`, and the worker's child process imports these modules before it runs anything.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.core.database import Database
from app.settings import Settings


class JobContext(Protocol):
    """What a handler is given."""

    database: Database
    settings: Settings
    job_id: str
    payload: Mapping[str, Any]
    created_by: str | None

    def progress(self, state: Mapping[str, Any], *, always: bool = False) -> None:
        """Store how far the work is; thinned, unless `always`."""

    def cancelled(self) -> bool:
        """Tell whether the job is to stop: a cancel request, or the worker is being shut down."""

    def holding(self) -> AbstractContextManager[Session]:
        """Open a fenced transaction in the midst of the work, before something that cannot be undone."""

    def finishing(self, result: Mapping[str, Any] | None = None) -> AbstractContextManager[Session]:
        """Open the one transaction in which results are stored and the job ends."""


@dataclass(frozen=True)
class JobEnd:
    """How a job ended that its handler did not finish.

    Attributes:
        job_id: The job.
        kind: Its kind.
        payload: What it was given.
        created_by: The user who started it, or None.
        state: `cancelled` or `dead`.
        error: The last failure as stored (`code`, `message`, `facts`), or None.
    """

    job_id: str
    kind: str
    payload: Mapping[str, Any]
    created_by: str | None
    state: str
    error: Mapping[str, Any] | None


Handler = Callable[[JobContext], None]
Ending = Callable[[Session, JobEnd], None]
HANDLERS: dict[str, Handler] = {}
ENDINGS: dict[str, Ending] = {}


def handler(kind: str, *, ended: Ending | None = None) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`.

    Args:
        kind: `slice.verb`, unique in the service.
        ended: Called in the transaction in which such a job becomes cancelled or dead, so that what waited for it can
            move on. It runs in the worker or in the web server, and has to be short.

    Raises:
        ValueError: Where the kind has a handler already.
    """

    def register(function: Handler) -> Handler:
        if kind in HANDLERS and HANDLERS[kind].__module__ != function.__module__:
            raise ValueError(f"jobs of kind {kind} have a handler already")
        HANDLERS[kind] = function
        if ended is not None:
            ENDINGS[kind] = ended
        return function

    return register


def load_handlers(modules: Iterable[str]) -> Mapping[str, Handler]:
    """Import `modules`, whose import registers handlers, and return all handlers."""
    for name in modules:
        importlib.import_module(name)
    return HANDLERS
