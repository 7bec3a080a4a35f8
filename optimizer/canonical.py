"""The canonical form of a document and its hash, so that two exports of one round hash alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Lists whose order means something.
ORDERED = frozenset({"objective", "preferences"})


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """Return `document` in canonical form.

    UTF-8, keys sorted, no insignificant space; lists of records sorted by `id`, or without one by their canonical text; `objective`
    and `preferences` keep their order, and so do lists of strings, which are no records.
    """
    return _text(_canonical(document, "")).encode("utf-8")


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _canonical(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _canonical(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        items = [_canonical(item, "") for item in value]
        if items and key not in ORDERED and all(isinstance(item, dict) for item in items):
            items.sort(key=lambda item: (str(item.get("id", "")), _text(item)))
        return items
    return value
