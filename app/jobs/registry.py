"""Which function runs which kind of job, and what that function is given.

    @handler("rounds.solve")
    def solve(context: JobContext) -> None:
        solution = optimizer.solve(..., progress=lambda p: context.progress({...}), cancelled=context.cancelled)
        with context.finishing() as session:      # fenced: refused where another worker has taken over
            store(session, solution)              # stored together with the job's end, so exactly once

Handlers live in a slice's `tasks.py`; its module name stands in `app.settings.TASK_MODULES`, and the worker's child
process imports these modules before it runs anything.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.core.database import Database


class JobContext(Protocol):
    """What a handler is given."""

    database: Database
    job_id: str
    payload: Mapping[str, Any]
    created_by: str | None

    def progress(self, state: Mapping[str, Any], *, always: bool = False) -> None:
        """Store how far the work is; thinned, unless `always`."""

    def cancelled(self) -> bool:
        """Tell whether the job is to stop: a cancel request, or the worker is being shut down."""

    def finishing(self, result: Mapping[str, Any] | None = None) -> AbstractContextManager[Session]:
        """Open the one transaction in which results are stored and the job ends."""


Handler = Callable[[JobContext], None]
HANDLERS: dict[str, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of `kind`.

    Raises:
        ValueError: Where the kind has a handler already.
    """

    def register(function: Handler) -> Handler:
        if kind in HANDLERS and HANDLERS[kind].__module__ != function.__module__:
            raise ValueError(f"jobs of kind {kind} have a handler already")
        HANDLERS[kind] = function
        return function

    return register


def load_handlers(modules: Iterable[str]) -> Mapping[str, Handler]:
    """Import `modules`, whose import registers handlers, and return all handlers."""
    for name in modules:
        importlib.import_module(name)
    return HANDLERS
