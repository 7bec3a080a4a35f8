"""The life of a job."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

JOB: Final = Lifecycle(
    "job",
    initial="queued",
    transitions={
        ("queued", "claim"): "running",
        ("running", "finish"): "done",
        # After a failure or a lost lease the attempt is used up; a worker that is told to stop gives it back.
        ("running", "retry"): "queued",
        ("running", "give_back"): "queued",
        ("running", "bury"): "dead",
        ("queued", "cancel"): "cancelled",
        ("running", "cancel"): "cancelled",
    },
)
ENDED: Final = frozenset(state for state in JOB.states if not JOB.possible(state))
