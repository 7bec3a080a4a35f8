"""The life of a deployment: a person in service."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

DEPLOYMENT: Final = Lifecycle(
    "deployment",
    initial="preparing",
    transitions={
        ("preparing", "prepare"): "preparing",
        ("preparing", "start"): "in_service",
        # What is still open at the arrival can be ticked off later; months are confirmed while somebody serves.
        ("in_service", "prepare"): "in_service",
        ("in_service", "confirm"): "in_service",
        ("in_service", "complete"): "completed",
        ("in_service", "end_early"): "ended_early",
        # Somebody who accepted can still drop out before the first day.
        ("preparing", "end_early"): "ended_early",
    },
)
