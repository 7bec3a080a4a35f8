"""Codes of authenticator apps: HOTP (RFC 4226) over the time (RFC 6238), six digits, thirty seconds, SHA-1 as all apps have it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import Final
from urllib.parse import quote, urlencode

SECONDS: Final = 30
DIGITS: Final = 6
# One step to either side: clocks of phones are not ours.
TOLERANCE: Final = 1


def code_at(key: bytes, step: int) -> str:
    """Return the code of the time step `step`."""
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(key: bytes, code: str, seconds: float, after: int) -> int | None:
    """Return the time step whose code was given, None where it is none of those that are good now.

    Args:
        key: The shared key.
        code: As typed.
        seconds: The present time since 1970.
        after: The last step whose code was taken; it and all before it are used up.
    """
    present = int(seconds) // SECONDS
    found = None
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        # Each is compared, so that the time tells nothing.
        if hmac.compare_digest(code_at(key, step).encode(), code.encode()) and step > after:
            found = step
    return found


def written_key(key: bytes) -> str:
    """Return the key as people type it into an app."""
    return base64.b32encode(key).decode().rstrip("=")


def key_address(key: bytes, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that an app on the same phone opens."""
    label = quote(f"{issuer}:{account}", safe=":")
    return f"otpauth://totp/{label}?{urlencode({'secret': written_key(key), 'issuer': issuer})}"
