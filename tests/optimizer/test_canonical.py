"""The canonical form: what it says, and that the fast way of writing it says the same as the plain one."""

import hashlib
import json
import random
from typing import Any

from optimizer import canonical_bytes, digest
from tests.benchmarks.rounds import named

ORDERED = ("objective", "preferences")


def plainly(value: Any, key: str = "") -> Any:
    """Return `value` with its lists of records in order, word for word as the format says it."""
    if isinstance(value, dict):
        return {name: plainly(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        items = [plainly(item) for item in value]
        if key not in ORDERED and all(isinstance(item, dict) for item in items):
            items.sort(key=lambda item: (str(item.get("id", "")), text(item)))
        return items
    return value


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def anything(rng: random.Random, depth: int) -> Any:
    kind = rng.randrange(8 if depth else 4)
    if kind < 3:
        return rng.choice([None, True, False, -3, 10**20, 1.5, "é", "x\n", "", {}, [], {"id": "1"}, {"id": None}])
    if kind < 6:
        return [anything(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(["id", "a", "é", *ORDERED]): anything(rng, depth - 1) for _ in range(rng.randrange(4))}


def test_any_document_has_the_bytes_that_the_format_describes() -> None:
    rng = random.Random(7)
    for _ in range(5000):
        document = {rng.choice(["id", "a", "é", *ORDERED]): anything(rng, 4) for _ in range(rng.randrange(4))}
        assert canonical_bytes(document) == text(plainly(document)).encode()
        assert digest(document) == hashlib.sha256(canonical_bytes(document)).hexdigest()


def test_the_order_of_records_and_of_fields_does_not_matter_but_that_of_wishes_does() -> None:
    document = named("demo")
    turned = {
        name: value[::-1] if isinstance(value, list) and name != "objective" else value
        for name, value in reversed(document.items())
    }
    assert digest(turned) == digest(document)
    person = next(one for one in document["volunteers"] if len(one["preferences"]) > 1)
    before = digest(document)
    person["preferences"].reverse()
    assert digest(document) != before
