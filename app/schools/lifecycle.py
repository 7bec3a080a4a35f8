"""The life of a need."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

NEED: Final = Lifecycle(
    "need",
    initial="proposed",
    transitions={
        ("proposed", "edit"): "proposed",
        ("proposed", "verify"): "verified",
        ("proposed", "reject"): "rejected",
        # Whoever may edit a verified need may also verify it: the score is worked out again in the same breath.
        ("verified", "edit"): "verified",
        # A round's freezing does this for all of its needs.
        ("verified", "open"): "open",
        ("verified", "close"): "closed",
        # Taken when the last seat is accepted.
        ("open", "fill"): "filled",
        # Somebody who had accepted drops out, so a seat is free again.
        ("filled", "free"): "open",
        ("open", "close"): "closed",
        ("filled", "close"): "closed",
    },
)
