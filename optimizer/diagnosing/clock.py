"""How long a diagnosis may take, and how one run within it may go."""

from __future__ import annotations

import time
from collections.abc import Callable

from optimizer.engines.cpsat import Run


class Clock:
    """How long there is, and whether somebody has called it off."""

    def __init__(
        self,
        seconds: float | None = None,
        *,
        work: float | None = None,
        cancelled: Callable[[], bool] | None = None,
        seed: int = 0,
        workers: int = 2,
    ) -> None:
        """Start the clock; `work` is the deterministic limit of each run of the integer engine."""
        self._end = None if seconds is None else time.monotonic() + seconds
        self._work, self._cancelled = work, cancelled
        self._seed, self._workers = seed, workers

    def left(self) -> float | None:
        """Return the seconds left; None without a limit."""
        return None if self._end is None else self._end - time.monotonic()

    def late(self) -> bool:
        """Return whether it is over."""
        left = self.left()
        return (left is not None and left <= 0) or (self._cancelled is not None and self._cancelled())

    def run(self, most: float | None = None) -> Run:
        """Return how one run of the integer engine may go; it takes `most` seconds where the clock counts seconds at all."""
        left = self.left()
        seconds = None if left is None else max(0.05, left if most is None else min(left, most))
        return Run(seconds=seconds, work=self._work, seed=self._seed, workers=self._workers, cancelled=self._cancelled)
