"""A file as a header and rows, one after the other. A CSV is read as a stream; of a workbook the first sheet that is shown.

The number of a row is the one that a spreadsheet shows beside it: the header is row 1.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

import python_calamine

from app.core.i18n import mark
from app.transfers.cells import Value
from app.transfers.columns import Column
from app.transfers.content import MOST_COLUMNS, Content
from app.transfers.findings import FileFault, Finding

SEPARATORS: Final = (",", ";", "\t")
LONGEST_LINE: Final = 1_000_000
SEPARATOR_LINE: Final = 5
"""The length of `sep=;`, by which Excel is told the separator."""
csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True)
class Header:
    """The first row: where each known column stands, and what stands there besides.

    Attributes:
        places: Position by name of the column.
        ignored: Columns that are told by an export and not read.
        separator: Between the cells of a CSV; empty for a workbook.
    """

    places: dict[str, int]
    ignored: tuple[str, ...]
    separator: str = ""


Numbered = Iterator[tuple[int, Sequence[Value]]]


class Reader:
    """Reads one file.

    Args:
        file: Open at its beginning.
        content: What it is.
        columns: What it may have.
        most_rows: How many rows are read, besides the header.

    Raises:
        FileFault: Where the header cannot be used.
    """

    def __init__(self, file: IO[bytes], content: Content, columns: Sequence[Column], *, most_rows: int) -> None:
        self._file = file
        self._most = most_rows
        self.expected: int | None = None
        """How many rows there are, where that is known before."""
        self._rows: Numbered
        if content.format == "csv":
            separator, first, rest = _csv(file, content.encoding, {column.name for column in columns})
            self._rows = rest
        else:
            separator = ""
            self._rows = self._sheet(file)
            first = next(self._rows, (1, ()))[1]
        self.header = _header(first, columns, separator)

    @property
    def bytes_read(self) -> int:
        """How far a CSV is read, in bytes, for telling progress."""
        return self._file.tell()

    def rows(self) -> Numbered:
        """Yield the number and the cells of every row that is not empty.

        Raises:
            FileFault: Where a row cannot be read, or there are too many.
        """
        count = 0
        width = max(self.header.places.values()) + 1
        for number, cells in self._rows:
            if all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells):
                continue
            count += 1
            if count > self._most:
                facts = {"most": self._most}
                remedy = mark("Send the rest as another file.")
                raise FileFault(
                    number,
                    [Finding("", "too_many_rows", mark("At most {most} rows are read from a file."), remedy, facts)],
                )
            yield number, [*cells, *[None] * (width - len(cells))]

    def _sheet(self, file: IO[bytes]) -> Numbered:
        try:
            book = python_calamine.load_workbook(file)
            shown = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible is python_calamine.SheetVisibleEnum.Visible
            ]
            sheet = book.get_sheet_by_name(shown[0]) if shown else None
        except (python_calamine.CalamineError, ValueError) as error:
            raise FileFault(1, [BROKEN_SHEET]) from error
        if sheet is None or sheet.start is None:
            return
        self.expected = sheet.height - 1
        for position, row in enumerate(sheet.iter_rows()):
            yield sheet.start[0] + 1 + position, [_plain(cell) for cell in row]


BROKEN_SHEET: Final = Finding(
    "",
    "broken_sheet",
    mark("The first sheet of the workbook cannot be read."),
    mark("Copy its rows into a new workbook, or send CSV."),
)


def _plain(cell: Any) -> Value:
    """Return a cell as one of the values that are known; times of day and spans are told as texts, and so refused where read."""
    return str(cell) if isinstance(cell, dt.time | dt.timedelta) else cell


def _csv(file: IO[bytes], encoding: str, known: set[str]) -> tuple[str, Sequence[Value], Numbered]:
    text = io.TextIOWrapper(io.BufferedReader(_Unclosed(file)), encoding=encoding, newline="")
    lines = _lines(text)
    first = next(lines, "")
    if len(first.strip()) == SEPARATOR_LINE and first.lower().startswith("sep="):
        first = next(lines, "")
    tried = {separator: next(csv.reader([first], delimiter=separator), []) for separator in SEPARATORS}
    separator = max(tried, key=lambda one: len({_name(cell) for cell in tried[one]} & known))
    return separator, tried[separator], _records(lines, separator)


def _records(lines: Iterable[str], separator: str) -> Numbered:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 1
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileFault(
                number,
                [
                    Finding(
                        "",
                        "broken_row",
                        mark("From here on the quotation marks do not fit."),
                        mark('Put cells with separators, line breaks or " into "…", and write each " in them twice.'),
                    )
                ],
            ) from error
        yield number, row


def _lines(text: io.TextIOWrapper[Any]) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            message = mark("The line is longer than anything that is read.")
            raise FileFault(
                number, [Finding("", "long_line", message, mark("Check the line breaks and the quotation marks."))]
            )
        yield line


class _Unclosed(io.RawIOBase):
    """Reads from a file and leaves it open when it is closed itself."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _name(cell: Value) -> str:
    return "_".join(str(cell or "").strip().casefold().replace("-", " ").split())


def _header(cells: Sequence[Value], columns: Sequence[Column], separator: str) -> Header:
    known = {column.name: column for column in columns}
    places: dict[str, int] = {}
    findings = []
    for position, cell in enumerate(cells):
        name = _name(cell)
        if not name:
            continue
        if name not in known:
            findings.append(
                Finding(
                    str(cell)[:60],
                    "unknown_column",
                    mark("No column is called so."),
                    mark("Use these, and remove all others: {allowed}."),
                    {"allowed": ", ".join(known)},
                )
            )
        elif name in places:
            findings.append(
                Finding(name, "repeated_column", mark("The column is there twice."), mark("Remove one of them."))
            )
        places[name] = position
    missing = [column.name for column in columns if column.needed and column.name not in places]
    findings += [
        Finding(
            name,
            "missing_column",
            mark("The column is missing."),
            mark("Add it to the first row of the file; an export shows all of them."),
        )
        for name in missing
    ]
    if len(cells) > MOST_COLUMNS:
        findings = [*findings[:MOST_COLUMNS]]
    if findings:
        raise FileFault(1, findings)
    ignored = tuple(name for name in places if known[name].told)
    return Header({name: place for name, place in places.items() if not known[name].told}, ignored, separator)
