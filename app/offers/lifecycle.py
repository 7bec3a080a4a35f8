"""The life of an offer: it is answered once, or its deadline passes."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

OFFER: Final = Lifecycle(
    "offer",
    initial="sent",
    transitions={
        ("sent", "accept"): "accepted",
        ("sent", "decline"): "declined",
        ("sent", "expire"): "expired",
    },
)

REPLACEMENT: Final = Lifecycle(
    "replacement",
    initial="asked",
    transitions={
        # The worker ends the search in one of three ways; people take or drop what it proposes.
        ("asked", "propose"): "proposed",
        ("asked", "find_nobody"): "nothing",
        ("asked", "fail"): "failed",
        ("proposed", "take"): "taken",
        ("proposed", "drop"): "dropped",
    },
)
