"""The process in which jobs run: `python -m app.jobs.child FILE_DESCRIPTOR PARENT`, started by the worker only.

It talks with the worker over a socket, in JSON:

    worker -> child   {"setup": {...settings}, "level": 20}, {"run": {...lease}}, {"stop": reason, "job": id}
    child -> worker   {"ready": true}, {"progress": "{...}"}, {"ended": "done" | "stopped" | "failed" | "lost", "failure": {...}}

It dies with the worker: on Linux the kernel kills it, elsewhere the end of the socket does.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any, Final, NoReturn

from app.core.database import Database
from app.jobs.context import GivenBack, RunningJob, Stop
from app.jobs.failures import Failure, failure_of, unknown_kind
from app.jobs.orphans import ORPHANED, die_with
from app.jobs.queue import Lease, LeaseLost
from app.jobs.registry import HANDLERS, load_handlers
from app.settings import Settings

# Foreign keys name tables of other slices, and a flush has to know them all.
ALL_TABLES: Final = "app.models"
LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s"
log = logging.getLogger("gotong.jobs")


class Child:
    """Runs one job after the other, as the worker says."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._jobs: queue.SimpleQueue[Lease] = queue.SimpleQueue()
        self._current: tuple[str, Stop] | None = None
        self._stops = threading.Lock()

    def serve(self) -> NoReturn:
        """Run jobs until the worker ends this process."""
        first = json.loads(self._connection.recv_bytes())
        settings = _settings(first["setup"])
        logging.basicConfig(level=first["level"], format=LOG_FORMAT)
        # From here on this thread alone reads the socket, so a stop is heard, and the worker's death, while a job runs.
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        load_handlers([ALL_TABLES, *settings.task_modules])
        database = Database(settings.database_url)
        self._send({"ready": True})
        while True:
            self._run(database, settings, self._jobs.get())

    def _listen(self) -> None:
        try:
            while True:
                message = json.loads(self._connection.recv_bytes())
                if "run" in message:
                    lease = Lease(**message["run"])
                    with self._stops:
                        self._current = (lease.job_id, Stop())
                    self._jobs.put(lease)
                else:
                    self._stop(message["job"], message["stop"])
        except (EOFError, OSError):
            os._exit(ORPHANED)  # the worker is gone: whatever runs here is nobody's any more

    def _stop(self, job_id: str, reason: str) -> None:
        with self._stops:
            if self._current is not None and self._current[0] == job_id:
                self._current[1].reason = reason

    def _run(self, database: Database, settings: Settings, lease: Lease) -> None:
        assert self._current is not None  # noqa: S101 - set by `_listen` before the lease was handed over
        stop = self._current[1]
        context = RunningJob(database, lease, lambda state: self._send({"progress": state}), stop, settings)
        try:
            ended, failure = attempt(context, lease, stop)
        finally:
            context.close()
        self._send({"ended": ended, "failure": None if failure is None else asdict(failure)})

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            self._connection.send_bytes(json.dumps(message).encode())


def attempt(context: RunningJob, lease: Lease, stop: Stop) -> tuple[str, Failure | None]:
    """Run the handler of `lease` once; return how it ended, and why it failed."""
    handler = HANDLERS.get(lease.kind)
    if handler is None:
        return "failed", unknown_kind(lease.kind)
    try:
        handler(context)
        if not context.finished and not stop.seen:
            with context.finishing():
                pass
    except LeaseLost:
        return "lost", None
    except GivenBack:
        return "stopped", None
    except Exception as error:  # a slice's code, whatever it raises; told to the worker
        log.debug("job %s raised", lease.job_id, exc_info=True)
        if stop.seen and not context.finished:
            return "stopped", None
        return ("done", None) if context.finished else ("failed", failure_of(error))
    return ("done" if context.finished else "stopped"), None


def _settings(values: dict[str, Any]) -> Settings:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Settings(**fields)


if __name__ == "__main__":
    die_with(int(sys.argv[2]))
    Child(Connection(int(sys.argv[1]))).serve()
