"""The canonical form of a document and its hash, so that two exports of one round hash alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.collection import paused_collection

# Lists whose order means something.
ORDERED = frozenset({"objective", "preferences"})
SCALARS = frozenset({str, int, float, bool, type(None)})
# One encoder for all records: making one costs more than writing a record with it.
_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """Return `document` in canonical form.

    UTF-8, keys sorted, no insignificant space; lists of records sorted by `id`, or without one by their canonical text; `objective`
    and `preferences` keep their order, and so do lists of strings, which are no records.
    """
    with paused_collection():
        return b"".join(_pieces(document))


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    made = hashlib.sha256()
    with paused_collection():
        for piece in _pieces(document):
            made.update(piece)
    return made.hexdigest()


def _pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the canonical form list by list, so that a large document is never there a second time as a whole."""
    before = "{"
    for name in sorted(document):
        yield f"{before}{_text(name)}:{_canonical(document[name], name)}".encode()
        before = ","
    yield b"}" if document else b"{}"


def _canonical(value: Any, key: str) -> str:
    """Return the canonical text of `value`, which stands in the field `key`."""
    if isinstance(value, list | tuple):
        if key not in ORDERED and value and all(isinstance(item, Mapping) for item in value):
            # Each record is written once, and its text decides among those without an identifier.
            made = sorted((str(item.get("id", "")), _record(item)) for item in value)
            return f"[{','.join([text for _, text in made])}]"
        if not SCALARS.issuperset(map(type, value)):
            return f"[{','.join([_canonical(item, '') for item in value])}]"
        return _text(value)
    return _record(value) if isinstance(value, Mapping) else _text(value)


def _record(record: Mapping[str, Any]) -> str:
    if type(record) is dict and all(map(_is_plain, record.values())):
        return _text(record)
    return f"{{{','.join([f'{_text(name)}:{_canonical(record[name], name)}' for name in sorted(record)])}}}"


def _is_plain(value: Any) -> bool:
    """Return whether the encoder writes `value` in canonical form by itself: there is no list of records in it to sort."""
    kind = type(value)
    if kind in SCALARS:
        return True
    if kind is list:
        return SCALARS.issuperset(map(type, value))
    return kind is dict and SCALARS.issuperset(map(type, value.values()))
