"""What a running job is given: its payload, a place for its progress, a sign to stop, and the fenced end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core.database import Database
from app.jobs.queue import Lease, finish, hold
from app.settings import Settings

PROGRESS_SECONDS: Final = 0.2


class GivenBack(Exception):  # noqa: N818 - control flow, not an error
    """The work was cut short because the worker stops, so it may not be stored as if it were whole."""


class Stop:
    """The sign to stop, set from another thread; it remembers whether the work has looked at it.

    Attributes:
        reason: `cancel`, `shutdown`, or None while nobody wants the work to stop.
        seen: Whether the work was told, so that what it returns may be cut short.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.seen = False

    def look(self) -> bool:
        """Return whether to stop, and remember that the work knows."""
        if self.reason is None:
            return False
        self.seen = True
        return True


class Telling:
    """Hands progress on, the latest at most every `seconds`, from a thread of its own, so that it costs the work nothing."""

    def __init__(self, send: Callable[[str], None], seconds: float = PROGRESS_SECONDS) -> None:
        self.latest: str | None = None
        self._send = send
        self._seconds = seconds
        self._unsent = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)
        self._thread.start()

    def tell(self, state: str, *, at_once: bool) -> None:
        """Take `state` (JSON) as the latest; send it from here where `at_once`."""
        with self._changed:
            self.latest = state
            self._unsent = not at_once
            if at_once:
                self._send(state)
            else:
                self._changed.notify()

    def close(self) -> None:
        """Stop telling; what is unsent stays in `latest`."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _tell(self) -> None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or self._unsent)
                if self._closed:
                    return
                self._send(self.latest or "{}")
                self._unsent = False
                # Thinning: what comes meanwhile waits for the next turn, and only the last of it is sent.
                self._changed.wait_for(lambda: self._closed, timeout=self._seconds)


class RunningJob:
    """The context of one attempt (see `app.jobs.registry.JobContext`).

    Args:
        database: Where results are stored.
        lease: The claimed job.
        tell: Receives progress as JSON text.
        stop: Set by whoever wants the work to stop.
        settings: What the operator set, as the worker has it.
    """

    def __init__(
        self,
        database: Database,
        lease: Lease,
        tell: Callable[[str], None],
        stop: Stop,
        settings: Settings | None = None,
    ) -> None:
        self.database = database
        self.settings = settings or Settings()
        self.job_id = lease.job_id
        self.payload = lease.payload
        self.created_by = lease.created_by
        self.finished = False
        self._lease = lease
        self._stop = stop
        self._telling = Telling(tell)

    def progress(self, state: Mapping[str, Any], *, always: bool = False) -> None:
        """Store how far the work is; thinned, unless `always`.

        Raises:
            TypeError, ValueError: For what JSON cannot hold.
        """
        self._telling.tell(json.dumps(dict(state), allow_nan=False), at_once=always)

    def cancelled(self) -> bool:
        """Tell whether the job is to stop: a cancel request, or the worker is being shut down."""
        return self._stop.look()

    @contextmanager
    def holding(self) -> Iterator[Session]:
        """Open a transaction in the midst of the work, before something that cannot be undone; the job goes on after it.

        Raises:
            LeaseLost: Where another worker has taken over, or the job was ended; nothing is stored.
        """
        with self.database.transaction() as session:
            hold(session, self._lease)
            yield session

    @contextmanager
    def finishing(self, result: Mapping[str, Any] | None = None) -> Iterator[Session]:
        """Open the one transaction in which results are stored and the job ends.

        After a cancel request it may be used to keep what was reached so far; the job is then done.

        Raises:
            LeaseLost: Where another worker has taken over, or the job was ended; nothing is stored.
            GivenBack: Where the work was told to stop because the worker stops; let it pass.
            RuntimeError: Where the job is finished already.
        """
        if self.finished:
            raise RuntimeError("a job is finished once")
        if self._stop.seen and self._stop.reason == "shutdown":
            raise GivenBack
        latest = self._telling.latest
        with self.database.transaction() as session:
            finish(session, self._lease, result, progress=None if latest is None else json.loads(latest))
            yield session
        self.finished = True

    def close(self) -> None:
        """End the thread that hands progress on."""
        self._telling.close()
