"""The lives of a wish for correction and of a breach."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

CORRECTION: Final = Lifecycle(
    "correction",
    initial="asked",
    transitions={
        ("asked", "carry_out"): "done",
        ("asked", "refuse"): "refused",
    },
)
BREACH: Final = Lifecycle(
    "breach",
    initial="open",
    transitions={
        ("open", "edit"): "open",
        ("open", "close"): "closed",
    },
)
