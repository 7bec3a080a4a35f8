"""The lives of a mail and of a webhook's event."""

from __future__ import annotations

from typing import Final

from app.core.lifecycle import Lifecycle

MESSAGE: Final = Lifecycle(
    "message",
    initial="waiting",
    transitions={
        ("waiting", "deliver"): "sent",
        # No mail server is known: it waits for one, or for somebody who reads it in the outbox.
        ("waiting", "hold"): "held",
        ("waiting", "fail"): "failed",
        ("waiting", "expire"): "expired",
        ("held", "send"): "waiting",
        ("failed", "send"): "waiting",
    },
)
DELIVERY: Final = Lifecycle(
    "delivery",
    initial="waiting",
    transitions={
        ("waiting", "deliver"): "delivered",
        ("waiting", "fail"): "failed",
        ("failed", "redeliver"): "waiting",
        # The receiver took it and lost it again; it goes out under the same id.
        ("delivered", "redeliver"): "waiting",
    },
)
