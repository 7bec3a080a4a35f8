"""Ties that depend on the seed and on identifiers alone, never on the order of a file."""

from __future__ import annotations

import hashlib
import json


def tie(seed: int, what: str, name: str) -> bytes:
    """Return the place of `name` among its equals: a hash, so that nobody can know it before the seed is known."""
    text = json.dumps(["gotong/wishes/1", what, seed, name], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).digest()
