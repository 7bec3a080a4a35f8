"""The backend of one worker: this process itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optimizer.parallel.pool import Ended


class Here:
    """Runs each task when it is asked how it ended."""

    tries = 1
    _function: Callable[[Any], Any]

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Any]] = []

    def open(self) -> None:
        """There is nothing to start."""

    def begin(self, function: Callable[[Any], Any]) -> None:
        """Take the function of the tasks that follow."""
        self._function = function

    def room(self) -> int:
        """Return 1 while nothing waits."""
        return 0 if self._waiting else 1

    def start(self, position: int, task: Any) -> None:
        """Keep the task until it is asked about."""
        self._waiting.append((position, task))

    def ended(self, seconds: float) -> list[Ended]:  # noqa: ARG002 - a task of one's own cannot be waited for
        """Run what waits."""
        found = []
        for position, task in self._waiting:
            try:
                found.append(Ended(position, self._function(task)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the caller with its task
                found.append(Ended(position, error=error))
        self._waiting.clear()
        return found

    def abandon(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def close(self) -> None:
        """There is nothing to stop."""
