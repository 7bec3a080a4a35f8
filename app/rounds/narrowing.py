"""Policies speak of a whole cohort, a round of a part of it: what they name that has no place in the round is left out and told.

Leaving an identifier out of a filter's list changes nothing of its meaning, since nothing in the round could match it; a list
that becomes empty matches nothing. A pin is different: whoever pins somebody to a need that the round does not open is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Document = dict[str, Any]
FILTERS: Final = {
    "posts": {"ids": "posts", "schools": "schools"},
    "volunteers": {"ids": "volunteers", "groups": "groups"},
    "agreements": {"ids": "agreements", "sponsors": "sponsors"},
}
THINGS: Final = {
    "region": "regions", "school": "schools", "post": "posts", "agreement": "agreements", "sponsor": "sponsors",
}  # fmt: skip
Known = Mapping[str, frozenset[str]]


def known_in(document: Document) -> Known:
    """Return every identifier of a problem document, by kind."""
    kinds = ("posts", "schools", "volunteers", "agreements", "regions", "funds")
    known = {kind: frozenset(row["id"] for row in document[kind]) for kind in kinds}
    known["groups"] = frozenset(row["group"] for row in document["volunteers"] if row["group"] is not None)
    known["sponsors"] = frozenset(row["sponsor"] for row in document["funds"])
    return known


def narrowed(policy: Document, known: Known) -> tuple[Document, list[str]]:
    """Return a policy of the document without the identifiers that the round does not have, and these."""
    gone: list[str] = []
    body = _filters(policy, known, gone)
    if "among" in body:
        body["among"] = _filters(body["among"], known, gone)
    if isinstance(body.get("ids"), list):
        body["ids"] = _kept(body["ids"], known[THINGS[body.get("of", "region")]], gone)
    for field in ("funds", "groups"):
        if isinstance(body.get(field), list):
            body[field] = _kept(body[field], known[field], gone)
    return body, sorted(set(gone))


def _filters(where: Document, known: Known, gone: list[str]) -> Document:
    body = dict(where)
    for name, fields in FILTERS.items():
        if not isinstance(body.get(name), dict):
            continue
        body[name] = {
            field: _kept(value, known[fields[field]], gone) if field in fields and isinstance(value, list) else value
            for field, value in body[name].items()
        }
    return body


def _kept(values: list[str], known: frozenset[str], gone: list[str]) -> list[str]:
    gone += [value for value in values if value not in known]
    return [value for value in values if value in known]
