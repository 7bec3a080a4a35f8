"""Signatures of webhooks after the Standard Webhooks specification 1.0 (standardwebhooks.com).

HMAC-SHA256 over `id.timestamp.body`. The signing secret is derived from the server's own, so a copy of the database forges
nothing; a new `secret_number` gives a new one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from app.core import clock
from app.notifications.models import Webhook

PREFIX: Final = "whsec_"


def signing_secret(server_secret: str, webhook: Webhook) -> str:
    """Return the secret with which events for `webhook` are signed, as its receiver is given it."""
    meant = f"webhook:{webhook.id}:{webhook.secret_number}"
    key = hmac.new(server_secret.encode(), meant.encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(key).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the signature in Base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed_content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed_content, hashlib.sha256).digest()).decode()


def signed(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """Return the three headers of an attempt; the time is the attempt's, so that an old one cannot be played again."""
    timestamp = int(clock.now().timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
