"""How long an engine may go on: by the wall, by work done, and until someone cancels."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from highspy._core import _Highs
from highspy._core.cb import HighsCallbackType as cb  # noqa: N813 - as HiGHS's own interface calls it


@dataclass(slots=True)
class Clock:
    """Counts wall seconds from `started` and work in units of about a second; `work` never looks at the wall."""

    seconds: float | None = None
    work: float | None = None
    cancelled: Callable[[], bool] | None = None
    started: float = field(default_factory=time.monotonic)
    done: float = 0.0
    workers: int = 2

    def over(self, more: float = 0.0) -> bool:
        """Return whether it is time to stop, with `more` work than is counted yet."""
        if self.work is not None and self.done + more >= self.work:
            return True
        return self.left() <= 0 or (self.cancelled is not None and self.cancelled())

    def left(self) -> float:
        """Return the seconds or work that are left, whichever is less; infinite without limits."""
        left = float("inf")
        if self.seconds is not None:
            left = self.seconds - (time.monotonic() - self.started)
        if self.work is not None:
            left = min(left, self.work - self.done)
        return left

    def fraction(self) -> float:
        """Return which part of the time or work is over, whichever is more; 0 without limits."""
        found = 0.0
        if self.seconds is not None:
            found = (time.monotonic() - self.started) / max(self.seconds, 1e-9)
        if self.work is not None:
            found = max(found, self.done / max(self.work, 1e-9))
        return found

    @property
    def limited(self) -> bool:
        """Whether there is a limit of time or work at all."""
        return self.seconds is not None or self.work is not None

    def part(self, share: float) -> Clock:
        """Return a clock for a share of what is left; its work must be added to this one's."""
        now = time.monotonic()
        seconds = None if self.seconds is None else max(0.0, share * (self.seconds - (now - self.started)))
        work = None if self.work is None else max(0.0, share * (self.work - self.done))
        return Clock(seconds, work, self.cancelled, now, workers=self.workers)


def stop_when(engine: _Highs, cancelled: Callable[[], bool] | None) -> None:
    """Let HiGHS ask now and then whether somebody has called it off."""
    if cancelled is None:
        return

    def asked(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:  # noqa: ARG001 - the engine's own signature
        into.user_interrupt = cancelled()

    engine.setCallback(asked, None)
    for kind in (cb.kCallbackMipInterrupt, cb.kCallbackSimplexInterrupt, cb.kCallbackIpmInterrupt):
        engine.startCallback(kind)
