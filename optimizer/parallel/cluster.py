"""The backend of several machines: Ray, on one that is running or on one started here. Needs the extra `ray`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from optimizer.parallel.pool import BackendMissing, Ended
from optimizer.parallel.worker import attempt

LOST_BEFORE_BLAMED = 2  # Ray itself runs a task again so often
AHEAD = 2  # tasks handed to Ray for each worker, so that none waits for the next one


class Cluster:
    """Hands tasks to Ray, which says where they run and runs them again when their worker, or its machine, is lost."""

    tries = 1

    def __init__(self, workers: int, address: str | None) -> None:
        self._workers = workers
        self._address = address
        self._ours = False
        self._running: dict[Any, int] = {}
        self._function: Any = None
        self._attempt: Any = None

    def open(self) -> None:
        """Join the running Ray, or start one."""
        self._ours = not ray.is_initialized()
        if self._ours:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            own = {} if self._address else {"num_cpus": self._workers, "include_dashboard": False}
            try:
                ray.init(address=self._address, log_to_driver=False, logging_level=logging.WARNING, **own)
            except ConnectionError as error:
                raise BackendMissing(f"There is no Ray at {self._address}.") from error
        self._attempt = ray.remote(max_retries=LOST_BEFORE_BLAMED)(attempt)
        self._workers = max(1, int(ray.cluster_resources().get("CPU", self._workers)))

    def begin(self, function: Callable[[Any], Any]) -> None:
        """Take the function of the tasks that follow; each machine gets it once."""
        self._function = ray.put(function)

    def room(self) -> int:
        """Return how many tasks can be handed over now."""
        return self._workers * AHEAD - len(self._running)

    def start(self, position: int, task: Any) -> None:
        """Hand a task over."""
        self._running[self._attempt.remote(self._function, task)] = position

    def ended(self, seconds: float) -> list[Ended]:
        """Wait for tasks to end."""
        ready, _ = ray.wait(list(self._running), timeout=seconds)
        return [_heard(one, self._running.pop(one)) for one in ready]

    def abandon(self) -> None:
        """Stop what runs."""
        for one in self._running:
            ray.cancel(one, force=True)
        self._running.clear()

    def close(self) -> None:
        """Leave Ray; end it if it was started here."""
        self.abandon()
        if self._ours:
            ray.shutdown()


def _heard(reference: Any, position: int) -> Ended:
    try:
        return Ended(position, *ray.get(reference))
    except RayTaskError as error:  # of opening the function or the task there, or of sending the answer
        return Ended(position, error=error)
    except RayError:  # the worker, or the machine that held the answer, is lost for good
        return Ended(position, lost=True)
