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
