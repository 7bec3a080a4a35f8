"""What stands in a cell: how a value is written, and how a cell is read back. What was written is read back as it was.

A cell that begins like a formula would be run by the next spreadsheet that opens the file (CWE-1236), so an apostrophe is put
before it, and taken away when the file is read. A text that has such an apostrophe of its own gets a second one.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.i18n import mark

Value = str | int | float | bool | dt.date | None

LONGEST_CELL: Final = 10_000
FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
SHIELDED: Final = re.compile(r"'+[=+\-@\t\r\n]")
SPLIT: Final = re.compile(r"[;,\n]")
WHOLE: Final = re.compile(r"-?\d{1,18}(\.0)?", re.ASCII)  # 12.000 is twelve thousand for some, so it is refused
DECIMAL: Final = re.compile(r"-?\d{1,9}([.,]\d{1,15})?", re.ASCII)
ROUNDED_REGENCY: Final = re.compile(r"\d\d\.\d", re.ASCII)
YES: Final = frozenset({"true", "yes", "ya", "1"})
NO: Final = frozenset({"false", "no", "tidak", "0"})
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Wrong(Exception):  # noqa: N818 - what is wrong with a cell, told to whoever wrote it
    """A cell cannot be read: `message` and `remedy` are sentences of the catalogue."""

    code: str
    message: str
    remedy: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def shielded(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def bare(text: str) -> str:
    """Take back what `shielded` did."""
    return text[1:] if SHIELDED.match(text) else text


def listed(values: Iterable[str]) -> str:
    """Write a list into one cell."""
    return "; ".join(values)


def paired(values: Mapping[str, int]) -> str:
    """Write names with their numbers into one cell: `stipend=27960000; training=9000000`."""
    return "; ".join(f"{name}={values[name]}" for name in sorted(values))


def read(form: str, cell: Value) -> Any:
    """Return the value that stands in `cell` of a column of this form; None for an empty one.

    Raises:
        Wrong: For a cell that cannot be read as such.
    """
    if isinstance(cell, str):
        cell = bare(cell).strip() if form == "text" else bare(cell.strip()).strip()
        if len(cell) > LONGEST_CELL:
            raise Wrong(
                "long_cell",
                mark("The cell has more than {longest} characters."),
                mark("Shorten it."),
                {"longest": LONGEST_CELL},
            )
    if cell is None or cell == "":
        return None
    return READERS[form](cell)


def _text(cell: Value) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a spreadsheet knows decimals only: 50304321 comes as 50304321.0
    text = cell.isoformat() if isinstance(cell, dt.date) else str(cell)
    if UNSTORABLE.search(text):
        raise Wrong(
            "unstorable_text",
            mark("The text contains a NUL or half a surrogate pair."),
            mark("Remove that character."),
        )
    return text


def _region(cell: Value) -> str:
    text = _text(cell)
    # 53.10 is a number for a spreadsheet, and comes back as 53.1; no code has one digit there.
    return f"{text}0" if ROUNDED_REGENCY.fullmatch(text) else text


def _list(cell: Value) -> list[str]:
    return [part.strip() for part in SPLIT.split(_text(cell)) if part.strip()]


def _regions(cell: Value) -> list[str]:
    return [_region(code) for code in _list(_region(cell))]


def _whole(cell: Value) -> int:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if isinstance(cell, float) and not (math.isfinite(cell) and cell.is_integer() and abs(cell) < 2**53):
            raise Wrong("int_from_float", mark("A whole number is expected."), mark("Leave out the fraction."))
        return int(cell)
    if isinstance(cell, str) and WHOLE.fullmatch(cell):
        return int(cell.partition(".")[0])
    raise Wrong(
        "int_parsing",
        mark("A whole number is expected."),
        mark("Write digits only, without points, commas or a currency."),
    )


def _decimal(cell: Value) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return float(cell)
    if isinstance(cell, str) and DECIMAL.fullmatch(cell):
        return float(cell.replace(",", "."))
    raise Wrong(
        "float_parsing",
        mark("A number is expected."),
        mark("Write a number with a point before the fraction."),
    )


def _day(cell: Value) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str) and DAY.fullmatch(cell):
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            raise Wrong(
                "date_parsing", mark("There is no such day."), mark("Write a day that exists, as 2027-07-15.")
            ) from None
    # 03/04/2027 is a day in March or in April, as one reads it, so it is not guessed.
    raise Wrong("date_parsing", mark("A date is expected."), mark("Write it as 2027-07-15."))


def _yes_no(cell: Value) -> bool:
    word = _text(cell).casefold()
    if word in YES or word in NO:
        return word in YES
    raise Wrong("bool_parsing", mark("Yes or no is expected."), mark("Write yes or no."))


def _pairs(cell: Value) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _list(cell):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if not (name and equals and WHOLE.fullmatch(number)) or name in found:
            raise Wrong(
                "pairs_parsing",
                mark("{part} is not a name with a whole number, or the name stands there twice."),
                mark("Write name=number, with ; between them: stipend=27960000; training=9000000."),
                {"part": part[:60]},
            )
        found[name] = int(number.partition(".")[0])
    return found


READERS: Final = {
    "text": _text,
    "code": _text,
    "region": _region,
    "regions": _regions,
    "list": _list,
    "whole": _whole,
    "decimal": _decimal,
    "day": _day,
    "yes_no": _yes_no,
    "pairs": _pairs,
}
