"""What is written into a cell is read back as it was, and never runs as a formula."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import python_calamine
from hypothesis import example, given
from hypothesis import strategies as st

from app.transfers.cells import Wrong, bare, read, shielded
from app.transfers.writing import write_csv, write_xlsx

FORMULAS = ["=1+1", "+62 812", "-2", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=HYPERLINK(1)"]


@given(st.text())
@example("'")
def test_a_shield_is_taken_back(text: str) -> None:
    assert bare(shielded(text)) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_is_left_in_a_file(text: str) -> None:
    file = io.BytesIO()
    write_csv(file, ["name"], [[text]])
    written = file.getvalue().decode().partition("\r\n")[2].lstrip('"')
    assert written.startswith("'")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_workbook_holds_texts_and_no_formulas(text: str) -> None:
    file = io.BytesIO()
    write_xlsx(file, ["name"], [[text]], title="schools")
    file.seek(0)
    rows = python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()
    assert bare(str(rows[1][0])) == text


def test_numbers_keep_their_sign() -> None:
    file = io.BytesIO()
    write_csv(file, ["lat", "day", "yes"], [[-9.71, dt.date(2027, 7, 1), True]])
    assert file.getvalue() == b"lat,day,yes\r\n-9.71,2027-07-01,yes\r\n"


@pytest.mark.parametrize(
    ("form", "cell", "value"),
    [
        ("whole", "12", 12),
        ("whole", 12.0, 12),
        ("decimal", "-9,71", -9.71),
        ("decimal", "124.27", 124.27),
        ("day", "2027-07-15", dt.date(2027, 7, 15)),
        ("day", dt.datetime(2027, 7, 15, 0, 0), dt.date(2027, 7, 15)),  # noqa: DTZ001 - as a workbook gives it
        ("yes_no", "Ya", True),
        ("yes_no", "tidak", False),
        ("list", "remote; no-signal,far", ["remote", "no-signal", "far"]),
        ("pairs", "stipend=27960000; training=0", {"stipend": 27_960_000, "training": 0}),
        ("code", 50304321.0, "50304321"),
        # A spreadsheet takes 53.10 for a number and drops its last digit.
        ("region", 53.1, "53.10"),
        ("region", "53.01", "53.01"),
        ("regions", "53.1; 53", ["53.10", "53"]),
        ("text", "'=1+1", "=1+1"),
        ("text", "   ", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(form: str, cell: Any, value: Any) -> None:
    assert read(form, cell) == value


@pytest.mark.parametrize(
    ("form", "cell", "code"),
    [
        ("whole", "12.000.000", "int_parsing"),
        ("whole", "12.000", "int_parsing"),
        ("whole", "Rp 12", "int_parsing"),
        ("whole", 1.5, "int_from_float"),
        ("whole", "٣", "int_parsing"),
        ("decimal", "NaN", "float_parsing"),
        ("day", "15/07/2027", "date_parsing"),
        ("day", "2027-02-30", "date_parsing"),
        ("yes_no", "maybe", "bool_parsing"),
        ("pairs", "stipend", "pairs_parsing"),
        ("pairs", "stipend=1; stipend=2", "pairs_parsing"),
        ("text", "a" * 10_001, "long_cell"),
        ("text", "a\x00b", "unstorable_text"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_remedy(form: str, cell: Any, code: str) -> None:
    with pytest.raises(Wrong) as told:
        read(form, cell)
    assert told.value.code == code
    assert told.value.remedy
