"""The life of a deployment: a person in service."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

DEPLOYMENT: Final = Lifecycle(
    "deployment",
    initial="preparing",
    transitions={
        ("preparing", "start"): "in_service",
        ("in_service", "complete"): "completed",
        ("in_service", "end_early"): "ended_early",
        # Somebody who accepted can still drop out before the first day.
        ("preparing", "end_early"): "ended_early",
    },
)
