"""The worker's side of the process in which jobs run (its own side is `app.jobs.child`).

A process of its own, started afresh and not forked: its work may hold Python's lock for minutes without starving the worker's
heartbeat, it can be killed, and a crash takes nothing else with it.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any, Final

from app.jobs.queue import Lease
from app.settings import Settings

CLOSE_SECONDS: Final = 2.0
# A process serves short jobs one after the other; after a long one, or many, a new one starts with clean memory, at a start-up
# that is small beside the work done.
WORN_AFTER_SECONDS: Final = 10.0
WORN_AFTER_JOBS: Final = 100


class ChildFailed(Exception):  # noqa: N818
    """The process for jobs does not even start: a task module that cannot be imported, a database URL that is wrong."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(
            f"the process that runs jobs ended before it was ready (exit code {exit_code}); see its words above"
        )


class ChildProcess:
    """One process for jobs.

    Attributes:
        connection: Readable when the process has said something, or has ended.
        ready: Whether it has imported everything and waits for a job.
    """

    def __init__(self, settings: Settings) -> None:
        self.connection, theirs = Pipe()
        self.ready = False
        self._jobs = 0
        self._worked = 0.0
        self._since: float | None = None
        # The kernel kills the child with the *thread* that starts it: start it where the worker itself runs.
        command = [sys.executable, "-P", "-m", "app.jobs.child", str(theirs.fileno()), str(os.getpid())]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
                process_group=0,  # Ctrl-C at the terminal reaches the worker alone, which decides
            )
        self._send({"setup": asdict(settings), "level": logging.getLogger("gotong.jobs").getEffectiveLevel()})

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def worn(self) -> bool:
        """Whether the next job deserves a new process."""
        return self._worked >= WORN_AFTER_SECONDS or self._jobs >= WORN_AFTER_JOBS

    def run(self, lease: Lease) -> None:
        """Hand over a job; only when the one before has ended."""
        self._jobs += 1
        self._since = time.monotonic()
        self._send({"run": asdict(lease)})

    def stop(self, lease: Lease, reason: str) -> None:
        """Ask the process to stop the job."""
        self._send({"stop": reason, "job": lease.job_id})

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what the process has said since; `{"died": exit code}` as the last where it has ended."""
        try:
            while self.connection.poll():
                message = json.loads(self.connection.recv_bytes())
                if "ready" in message:
                    self.ready = True
                if "ended" in message and self._since is not None:
                    self._worked += time.monotonic() - self._since
                yield message
        except (EOFError, OSError):
            # Its end of the socket is closed, so it is dead or about to be.
            yield {"died": self._wait()}

    def kill(self) -> int:
        """End the process, and what it has started, at once; return its exit code."""
        # A process that is not reaped yet keeps its number, so the group is still its own.
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def close(self) -> None:
        """Let the process end, and wait for it."""
        self.connection.close()  # by which it ends itself
        self._wait()

    def _wait(self) -> int:
        try:
            return self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def _send(self, message: dict[str, Any]) -> None:
        # Where the process has died, `messages` tells so; there is nobody to send to.
        with suppress(OSError):
            self.connection.send_bytes(json.dumps(message).encode())
