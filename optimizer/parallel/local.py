"""The backend of this machine: worker processes, each with a pipe of its own, so that a lost one costs its own task only."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from optimizer.parallel.pool import Ended
from optimizer.parallel.worker import FUNCTION, TASK, serve

TRIES = 3


@dataclass(eq=False)
class _Worker:
    """One process; `knows` says which function it was given last, `position` which task it is at."""

    process: SpawnProcess
    pipe: Connection
    knows: int = 0
    position: int | None = None


@dataclass
class Processes:
    """Starts workers when there are tasks for them, and keeps them until the pool is closed."""

    workers: int
    tries: int = TRIES
    _all: list[_Worker] = field(default_factory=list)
    _lost: list[Ended] = field(default_factory=list)
    _function: bytes = b""
    _number: int = 0

    def open(self) -> None:
        """Nothing yet: the first tasks start the workers."""

    def begin(self, function: Callable[[Any], Any]) -> None:
        """Take the function of the tasks that follow; each worker gets it once."""
        self._function = pickle.dumps(function)
        self._number += 1

    def room(self) -> int:
        """Return how many workers are idle or could be started."""
        return self.workers - len(self._busy())

    def start(self, position: int, task: Any) -> None:
        """Give the task to an idle worker, or to a new one."""
        content = pickle.dumps(task)
        worker = next((one for one in self._all if one.position is None), None) or self._new()
        worker.position = position
        try:
            if worker.knows != self._number:
                worker.pipe.send((FUNCTION, self._function))
                worker.knows = self._number
            worker.pipe.send((TASK, content))
        except OSError:  # it died while it was idle
            self._lost.append(self._drop(worker))

    def ended(self, seconds: float) -> list[Ended]:
        """Wait for answers, and for the ends of workers."""
        found, self._lost = self._lost, []
        busy = self._busy()
        heard = connection.wait([one.pipe for one in busy], 0 if found else seconds)
        return found + [self._hear(one) for one in busy if one.pipe in heard]

    def abandon(self) -> None:
        """End the workers that are at a task; idle ones stay."""
        for worker in self._busy():
            self._drop(worker)
        self._lost.clear()

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._all):
            self._drop(worker)

    def _busy(self) -> list[_Worker]:
        return [one for one in self._all if one.position is not None]

    def _new(self) -> _Worker:
        # Spawned, not forked: the parent may have threads (CP-SAT, a web server), and a fork would inherit their locks.
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), daemon=True, name="gotong-worker")
        process.start()
        theirs.close()  # only the worker holds it now, so that its end is heard
        worker = _Worker(process, ours)
        self._all.append(worker)
        return worker

    def _hear(self, worker: _Worker) -> Ended:
        try:
            content = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            return self._drop(worker)
        position, worker.position = worker.position, None
        answer, error = pickle.loads(content)  # noqa: S301 - from our own child
        return Ended(position or 0, answer, error)

    def _drop(self, worker: _Worker) -> Ended:
        """End a worker, if it has not ended by itself, and return that its task is lost."""
        self._all.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.process.close()
        worker.pipe.close()
        return Ended(worker.position or 0, lost=True)
