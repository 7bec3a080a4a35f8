"""Tables written as CSV and XLSX, row by row: memory does not grow with the rows."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from app.transfers.cells import Value, shielded

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_XLSX_ROWS: Final = 1_048_576
WORKBOOK: Final = {
    "constant_memory": True,
    # No text ever becomes a formula, a link or a number.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def write_table(
    file: IO[bytes], written_as: str, header: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str, bom: bool
) -> int:
    """Write a table in one of the `FORMATS`; return the number of rows."""
    if written_as == "xlsx":
        return write_xlsx(file, header, rows, title=title)
    return write_csv(file, header, rows, bom=bom)


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Value]], *, bom: bool = False) -> int:
    """Write UTF-8 with commas (RFC 4180) into `file`; return the number of rows.

    Args:
        file: Open for writing; stays open.
        header: Names of the columns.
        rows: Their values.
        bom: Begin with the mark by which Excel knows UTF-8.
    """
    if bom:
        file.write(codecs.BOM_UTF8)
    text = codecs.getwriter("utf-8")(file)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([_written(value) for value in row])
        count += 1
    return count


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str) -> int:
    """Write a workbook with one sheet into `file`; return the number of rows."""
    count = 0
    with xlsxwriter.Workbook(file, WORKBOOK) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for row in rows:
            count += 1
            _write_row(sheet, count, row, day)
    return count


def _write_row(sheet: Worksheet, number: int, row: Sequence[Value], day: Any) -> None:
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(number, column, dt.datetime.combine(value, dt.time.min), day)
        else:
            sheet.write_string(number, column, shielded(value))


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return value.isoformat()
    # Numbers are ours and begin with a digit or their sign.
    return shielded(value) if isinstance(value, str) else str(value)
