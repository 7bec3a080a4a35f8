"""Files that are not what they claim to be, and files as spreadsheets of many places write them."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from typing import Any

import pytest
import xlsxwriter

from app.transfers.columns import SCHOOLS
from app.transfers.content import Content, FileRefused, content_of
from app.transfers.findings import FileFault
from app.transfers.reading import Reader

HEADER = "npsn,name,level,status,region,lat,lon"
ROW = "50304321,SD Negeri Oelbubuk,SD,negeri,53.02,-9.71,124.27"
MOST = 20_000_000


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def changed(data: bytes, member: str, content: bytes) -> bytes:
    """Return the workbook with another content of one member, or with a member more."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            if one != member:
                new.writestr(one, old.read(one))
        new.writestr(member, content)
    return out.getvalue()


def looked_at(data: bytes, name: str) -> Content:
    return content_of(io.BytesIO(data), name, most_unpacked=MOST)


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(FileRefused) as told:
        looked_at(data, name)
    assert told.value.errors[0].remedy
    return told.value.errors[0].code


def read(data: bytes, name: str = "schools.csv", most: int = 100) -> tuple[Reader, list[tuple[int, list[Any]]]]:
    file = io.BytesIO(data)
    reader = Reader(file, content_of(file, name, most_unpacked=MOST), SCHOOLS, most_rows=most)
    return reader, [(number, list(cells)) for number, cells in reader.rows()]


SHEET = "xl/worksheets/sheet1.xml"
BOOK = workbook([HEADER.split(","), ROW.split(",")])


def sheet_with(cells: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet><sheetData>{cells}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (BOOK, "schools.csv", "other_content"),
        (HEADER.encode(), "schools.xlsx", "other_content"),
        (b"%PDF-1.7", "schools.pdf", "other_content"),
        (b"%PDF-1.7\x00\x01\x02", "schools.csv", "no_text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "schools.csv", "no_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "schools.xlsx", "old_workbook"),
        (b"PK\x03\x04 and no more", "schools.xlsx", "broken_workbook"),
        (BOOK[:-200], "schools.xlsx", "broken_workbook"),
        (b"name\r\n\x81\x8d", "schools.csv", "unknown_encoding"),
        (changed(BOOK, "xl/vbaProject.bin", b"x"), "schools.xlsx", "macros"),
        (changed(BOOK, SHEET, b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"), "schools.xlsx", "odd_xml"),
        (changed(BOOK, SHEET, '<?xml version="1.0"?><worksheet/>'.encode("utf-16")), "schools.xlsx", "odd_xml"),
        (changed(BOOK, SHEET, sheet_with('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "schools.xlsx", "far_cell"),
        (changed(BOOK, SHEET, sheet_with('<row><c r="A1048576"><v>1</v></c></row>')), "schools.xlsx", "far_cell"),
        (changed(BOOK, SHEET, sheet_with("<row><c><v>1</v></c></row>")), "schools.xlsx", "far_cell"),
        (changed(BOOK, SHEET, sheet_with("<row><c r='XFD9'><v>1</v></c></row>")), "schools.xlsx", "far_cell"),
        (changed(BOOK, SHEET, sheet_with('<x:c r="AZ101000"/>')), "schools.xlsx", "far_cell"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused_with_a_remedy(data: bytes, name: str, code: str) -> None:
    assert refusal(data, name) == code


def test_a_far_cell_is_found_wherever_a_block_ends() -> None:
    for padding in range(262_000, 262_200, 7):
        data = changed(BOOK, SHEET, sheet_with(f"<!--{'x' * padding}-->" + '<row><c r="XFD1"><v>1</v></c></row>'))
        assert refusal(data, "schools.xlsx") == "far_cell"


def bomb(declared: int | None = None) -> bytes:
    """Return a workbook of a few kilobytes whose sheet unpacks to 200 MB; `declared` is what its header says instead."""
    data = changed(BOOK, SHEET, b"<worksheet>" + b" " * 200_000_000)
    if declared is None:
        return data
    size = (200_000_011).to_bytes(4, "little")
    assert data.count(size) == 2
    return data.replace(size, declared.to_bytes(4, "little"))


def test_a_zip_bomb_is_refused_before_it_fills_the_memory() -> None:
    for data in (bomb(), bomb(declared=1_000)):
        assert len(data) < 300_000
        tracemalloc.start()
        assert refusal(data, "schools.xlsx") == "unpacks_too_large"
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_and_separators_that_spreadsheets_write(encoding: str, separator: str) -> None:
    text = f"{HEADER}\r\n{ROW.replace('Oelbubuk', 'Oelbubuk – Süd')}\r\n".replace(",", separator)
    reader, rows = read(text.encode(encoding))
    assert rows == [(2, ["50304321", "SD Negeri Oelbubuk – Süd", "SD", "negeri", "53.02", "-9.71", "124.27"])]
    assert reader.header.separator == separator


def test_excels_line_with_the_separator_is_no_header() -> None:
    _, rows = read(f"sep=;\r\n{HEADER};{ROW}".replace(",", ";").replace(f"lon;{ROW[:3]}", f"lon\r\n{ROW[:3]}").encode())
    assert rows[0][1][0] == "50304321"


def test_a_workbook_gives_its_numbers_and_days_as_they_are() -> None:
    cells: list[list[Any]] = [HEADER.split(","), [], ["50304321", "SD", "SD", "negeri", 53.1, -9.71, 124]]
    reader, rows = read(workbook(cells), "schools.xlsx")
    assert rows == [(3, ["50304321", "SD", "SD", "negeri", 53.1, -9.71, 124.0])]
    assert reader.expected == 2


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    _, rows = read(f'{HEADER}\r\n\r\n,,,\r\n"5","two\nlines"\r\n6,x\r\n'.encode())
    assert [(number, cells[0]) for number, cells in rows] == [(4, "5"), (5, "6")]
    assert len(rows[0][1]) == 7


def fault(data: bytes, **more: Any) -> tuple[int, list[tuple[str, str]]]:
    with pytest.raises(FileFault) as told:
        read(data, **more)
    assert all(one.remedy for one in told.value.findings)
    return told.value.row, [(one.column, one.code) for one in told.value.findings]


def test_a_header_is_told_with_everything_that_is_wrong_in_it() -> None:
    assert fault(b"npsn,nama,name,npsn,level,status,region,lat\n") == (
        1,
        [("nama", "unknown_column"), ("npsn", "repeated_column"), ("lon", "missing_column")],
    )
    assert fault(b"")[1][0] == ("npsn", "missing_column")
    assert fault(workbook([]), name="empty.xlsx")[1][0] == ("npsn", "missing_column")


def test_quotes_that_do_not_fit_are_told_with_their_row() -> None:
    assert fault(f'{HEADER}\n{ROW}\n1,"open,SD\n{ROW}\n'.encode()) == (3, [("", "broken_row")])
    assert fault(f"{HEADER}\n{'x' * 1_000_001}".encode()) == (2, [("", "long_line")])


def test_no_more_rows_are_read_than_a_file_may_have() -> None:
    text = "\n".join([HEADER, *[ROW] * 4])
    assert len(read(text.encode(), most=4)[1]) == 4
    assert fault(text.encode(), most=3) == (5, [("", "too_many_rows")])
