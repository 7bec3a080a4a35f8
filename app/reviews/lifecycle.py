"""The life of a review: it is assigned, then done, or given back unread."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

REVIEW: Final = Lifecycle(
    "review",
    initial="assigned",
    transitions={
        ("assigned", "score"): "done",
        ("assigned", "release"): "released",
    },
)
