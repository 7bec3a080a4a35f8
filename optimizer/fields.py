"""Reading records field by field, so that every error of a document is found in one pass, each with its JSON pointer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from optimizer.errors import DocumentError

# Sums of 10^5 placements of the largest amount stay far below 2^63.
LARGEST = 10**15
STRING = frozenset({str})


class Errors:
    """Collects errors; a reader goes on after each one."""

    def __init__(self) -> None:
        self.found: list[DocumentError] = []

    def add(self, pointer: str, code: str, message: str, remedy: str, **facts: object) -> None:
        """Note one error; `facts` are what its sentences name."""
        told = {name: str(value) for name, value in facts.items()}
        self.found.append(DocumentError(pointer, code, message, remedy, told))


def escape(part: str) -> str:
    """Return `part` as a reference token of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def shown(value: object) -> str:
    """Return `value` short enough for a sentence; containers by their kind only (they may be huge, and nested deeply)."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    text = repr(value[:61] if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:57]}…"


class Record:
    """One JSON object being read: typed access to its fields, and at the end a complaint about the unknown ones.

    A field that is absent or null takes its default; `required` ones complain. A wrong value is noted and replaced by a
    harmless one, so that reading goes on and finds the other errors.
    """

    __slots__ = ("errors", "fields", "place", "within")

    def __init__(self, value: object, within: str, errors: Errors, place: int | None = None) -> None:
        """Read `value`, which lies at the pointer `within`, or in the list there at `place`."""
        self.within = within
        self.place = place
        self.errors = errors
        self.fields: Mapping[str, Any] = {}
        if isinstance(value, dict):
            self.fields = value
        else:
            self.wrong(
                "", "wrong-type", f"{shown(value)} is not an object.", "Write an object: {…}.", value=shown(value)
            )

    @property
    def pointer(self) -> str:
        """The JSON pointer of the record; made only when an error needs it."""
        return self.within if self.place is None else f"{self.within}/{self.place}"

    def at(self, name: str) -> str:
        """Return the pointer of the field `name`."""
        return f"{self.pointer}/{escape(name)}" if name else self.pointer

    def wrong(self, name: str, code: str, message: str, remedy: str, **facts: object) -> None:
        """Note an error at the field `name`; `facts` are what its sentences name."""
        self.errors.add(self.at(name), code, message, remedy, field=name, **facts)

    def raw(self, name: str, *, required: bool = False) -> Any:
        """Return the field as it stands, or None."""
        value = self.fields.get(name)
        if value is None and required:
            self.wrong(name, "missing-field", f"The field {name!r} is missing.", "Add it.")
        return value

    def integer(self, name: str, default: int = 0, *, low: int = 0, high: int = LARGEST, required: bool = False) -> int:
        """Return an integer in [low, high]."""
        value = self.fields.get(name)
        if type(value) is int and low <= value <= high:  # nearly always
            return value
        value = self.raw(name, required=required)
        return default if value is None else self.check_integer(name, value, low, high, default)

    def optional_integer(self, name: str, *, low: int = 0, high: int = LARGEST) -> int | None:
        """Return an integer in [low, high], or None where it is not given."""
        value = self.raw(name)
        return None if value is None else self.check_integer(name, value, low, high, low)

    def check_integer(self, name: str, value: object, low: int, high: int, default: int) -> int:
        """Return `value` if it is an integer in [low, high]; otherwise note the error at `name` and return `default`."""
        if type(value) is not int:
            self.wrong(
                name,
                "wrong-type",
                f"{shown(value)} is not a whole number.",
                "Write an integer without a point.",
                value=shown(value),
            )
            return default
        if not low <= value <= high:
            code = "negative-money" if value < 0 and name in {"budget", "cost", "amount"} else "out-of-range"
            self.wrong(
                name,
                code,
                f"{shown(value)} is out of range.",
                f"Use a whole number from {low} to {high}.",
                value=shown(value),
                low=low,
                high=high,
            )
            return default
        return value

    def text(self, name: str, *, required: bool = False, empty: bool = False) -> str | None:
        """Return a string (not empty unless `empty`), or None."""
        value = self.fields.get(name)
        if type(value) is str and value:  # nearly always
            return value
        value = self.raw(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(
                name, "wrong-type", f"{shown(value)} is not a string.", "Write it in quotes.", value=shown(value)
            )
            return None
        if not value and not empty:
            self.wrong(name, "empty-identifier", "An identifier may not be empty.", "Give it a name.")
            return None
        return value

    def choice(self, name: str, choices: Iterable[str], default: str | None = None) -> str:
        """Return one of `choices`; without a default the field is required."""
        allowed = tuple(choices)
        value = self.raw(name, required=default is None)
        if value is None:
            return default or allowed[0]
        if not isinstance(value, str) or value not in allowed:
            self.wrong(
                name,
                "unknown-value",
                f"{shown(value)} is not known here.",
                f"Use one of: {', '.join(allowed)}.",
                value=shown(value),
                allowed=", ".join(allowed),
            )
            return default or allowed[0]
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean, false by default."""
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(
                name,
                "wrong-type",
                f"{shown(value)} is not true or false.",
                "Write true or false.",
                value=shown(value),
            )
            return False
        return bool(value)

    def strings(self, name: str) -> tuple[str, ...] | None:
        """Return a list of non-empty strings, or None where it is not given."""
        value = self.fields.get(name)
        if type(value) is list and all(value) and STRING.issuperset(map(type, value)):  # nearly always
            return tuple(value)
        if value is None:
            return None
        if not isinstance(value, list):
            self.wrong(name, "wrong-type", f"{shown(value)} is not a list.", 'Write a list: ["…"].', value=shown(value))
            return ()
        kept = []
        for position, item in enumerate(value):
            if isinstance(item, str) and item:
                kept.append(item)
            else:
                self.wrong(
                    f"{name}",
                    "wrong-type",
                    f"Entry {position}, {shown(item)}, is not a non-empty string.",
                    "Write a name in quotes.",
                    value=shown(item),
                )
        return tuple(kept)

    def references(self, name: str, known: Mapping[str, Any] | set[str], what: str) -> tuple[str, ...] | None:
        """Return a list of identifiers, each of which must be in `known`; None where it is not given."""
        found = self.strings(name)
        if not found:
            return found
        listed = self.fields.get(name)
        for position, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, str) and item and item not in known:
                self.dangling(f"{self.at(name)}/{position}", item, what)
        return tuple(item for item in found if item in known)

    def reference(self, name: str, known: Mapping[str, Any], what: str, *, required: bool = True) -> str | None:
        """Return an identifier that must be in `known`."""
        value = self.text(name, required=required)
        if value is not None and value not in known:
            self.dangling(self.at(name), value, what)
        return value

    def dangling(self, pointer: str, value: str, what: str) -> None:
        """Note that `value` names nothing."""
        self.errors.add(
            pointer,
            "dangling-identifier",
            f"There is no {what} {shown(value)}.",
            f"Add the {what}, or name one that exists.",
            value=shown(value),
            what=what,
        )

    def amounts(self, name: str, shorthand: str | None = None) -> dict[str, int]:
        """Return a map from line to non-negative amount; with `shorthand` an integer stands for that one line."""
        value = self.raw(name)
        if value is None:
            return {}
        if shorthand and type(value) is int:
            return {shorthand: self.check_integer(name, value, 0, LARGEST, 0)}
        if not isinstance(value, dict):
            self.wrong(
                name,
                "wrong-type",
                f"{shown(value)} is not a map of amounts.",
                'Write {"line": amount}.',
                value=shown(value),
            )
            return {}
        if all(value) and all(type(amount) is int and 0 <= amount <= LARGEST for amount in value.values()):
            return dict(value)
        inner = Record(value, self.at(name), self.errors)
        found = {}
        for line in value:
            if not line:
                inner.wrong(line, "empty-identifier", "A line may not have an empty name.", "Give it a name.")
                continue
            amount = inner.raw(line, required=True)
            if type(amount) is int and amount < 0:
                inner.wrong(
                    line, "negative-money", f"{shown(amount)} is negative.", "Use 0 or more.", value=shown(amount)
                )
            elif amount is not None:
                found[line] = inner.check_integer(line, amount, 0, LARGEST, 0)
        return found

    def part(self, name: str) -> Record | None:
        """Return the object in the field `name` as a record, or None."""
        value = self.raw(name)
        return None if value is None else Record(value, self.at(name), self.errors)

    def bounds(self, low: str, high: str, at_low: int = 0) -> tuple[int, int | None]:
        """Return a [min, max] pair; an inverted one is noted."""
        least = self.integer(low, 0, low=at_low)
        most = self.optional_integer(high, low=at_low)
        if most is not None and most < least:
            self.wrong(
                high,
                "inverted-bounds",
                f"{high} {most} is below {low} {least}.",
                f"Raise {high} or lower {low}.",
                low=least,
                high=most,
            )
        return least, most

    def close(self, allowed: frozenset[str]) -> None:
        """Complain about every field that is not in `allowed`."""
        if allowed.issuperset(self.fields):
            return
        known = ", ".join(sorted(allowed))
        for name in self.fields:
            if name not in allowed:
                self.wrong(
                    name,
                    "unknown-field",
                    f"The field {shown(name)} is not known here.",
                    f"Remove it, or use one of: {known}.",
                    allowed=known,
                )
