"""Passwords, tokens and form keys: how each is made, and what of it is stored (never the thing itself)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

TOKEN_PREFIX = "gtg_"  # noqa: S105 - lets secret scanners find a leaked token


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _decoy() -> str:
    """A hash of nobody's password, so that an unknown e-mail address costs the same time as a known one."""
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`, about 100 ms of work."""
    return _hasher().hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether `password` belongs to the stored hash; takes as long where there is none."""
    matches = _hasher().verify(password, stored or _decoy())
    return matches and stored is not None


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """Return a new API token."""
    return TOKEN_PREFIX + new_secret()


def fingerprint(secret: str) -> str:
    """Return what is stored of a token or session id: with 256 random bits, a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_key(server_secret: str, purpose: str, cookie: str) -> str:
    """Return the CSRF key of forms shown under `cookie`; another site can neither read nor guess it."""
    return hmac.new(server_secret.encode(), f"{purpose}:{cookie}".encode(), hashlib.sha256).hexdigest()


def keys_equal(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
