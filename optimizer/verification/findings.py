"""What a check has found: each thing that is wrong, with its place in the solution document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeGuard


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a solution.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the solution document; empty for the whole.
        code: stable code for programs, for example `budget-exceeded`.
        message: what is wrong, with what was found and what is right.
    """

    pointer: str
    code: str
    message: str


class Findings:
    """Collects findings, and checks the shape of JSON values on the way."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, pointer: str, code: str, message: str) -> None:
        """Note one finding."""
        self.found.append(Finding(pointer, code, message))

    def fields(self, value: object, pointer: str, required: Collection[str], optional: Collection[str] = ()) -> bool:
        """Return whether `value` is an object with the required fields; missing and unknown ones are noted."""
        if not isinstance(value, dict):
            self.add(pointer, "wrong-type", f"{brief(value)} is not an object.")
            return False
        missing = [name for name in required if name not in value]
        for name in missing:
            self.add(pointer, "missing-field", f"The field {name!r} is missing.")
        for name in value:
            if name not in required and name not in optional:
                self.add(f"{pointer}/{token(name)}", "unknown-field", f"The field {brief(name)} is not known here.")
        return not missing

    def is_list(self, value: object, pointer: str) -> TypeGuard[list[Any]]:
        """Return whether `value` is a list; otherwise note it."""
        if isinstance(value, list):
            return True
        self.add(pointer, "wrong-type", f"{brief(value)} is not a list.")
        return False

    def is_integer(self, value: object, pointer: str) -> TypeGuard[int]:
        """Return whether `value` is a whole number (true and false are none); otherwise note it."""
        if type(value) is int:
            return True
        self.add(pointer, "wrong-type", f"{brief(value)} is not a whole number.")
        return False

    def is_known(self, value: object, known: Collection[str], pointer: str, what: str) -> TypeGuard[str]:
        """Return whether `value` is an identifier in `known`; otherwise note it."""
        if not isinstance(value, str):
            self.add(pointer, "wrong-type", f"{brief(value)} is not a string.")
            return False
        if value not in known:
            self.add(pointer, "dangling-identifier", f"The problem has no {what} {brief(value)}.")
            return False
        return True


def brief(value: object) -> str:
    """Return `value` short enough for a sentence; containers by their kind only."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    if isinstance(value, str):
        return repr(value) if len(value) <= 60 else f"{value[:59]!r}…"
    if type(value) is int and value.bit_length() > 200:
        return "a number of more than 60 digits"
    return repr(value)


def token(name: str) -> str:
    """Return `name` as a reference token of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
