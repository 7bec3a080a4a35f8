"""Identifiers: UUID version 7 (RFC 9562), which sort by the time they were made, so that indexes grow at one end."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from typing import Final

_lock: Final = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a new UUIDv7 as text; later ones of one process compare greater, also within a millisecond."""
    global _last  # noqa: PLW0603 - the one state: the last 60 bits of time that were handed out
    with _lock:
        # 48 bits of milliseconds and 12 bits of sub-milliseconds (RFC 9562, method 3), never twice the same.
        nanoseconds = time.time_ns()
        stamp = (nanoseconds // 1_000_000 << 12) | (nanoseconds % 1_000_000 * 4096 // 1_000_000)
        _last = stamp = max(stamp, _last + 1)
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
