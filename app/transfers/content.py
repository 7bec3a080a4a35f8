"""What an uploaded file really is, whatever it is called: told before anything is read from it.

A workbook is a ZIP archive of XML, and both can be built to fill the memory of whoever opens them: archives whose few bytes unpack
to gigabytes, a sheet with one cell in its last corner, entities that multiply. So every member is unpacked once, a block at a time
and counted, not trusting what the archive says of itself, and every cell of a sheet has to lie within the rows and columns that
are read. Memory stays at a few blocks.
"""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Final

from app.core.i18n import mark
from app.core.problems import FieldError, Invalid

BLOCK: Final = 256 * 1024
OVERLAP: Final = 256
MOST_MEMBERS: Final = 2_000
MOST_COLUMNS: Final = 52
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
CSV_NAMES: Final = (".csv", ".tsv", ".txt")
NEEDED_MEMBERS: Final = frozenset({"[Content_Types].xml", "xl/workbook.xml"})
DOCTYPE: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# A cell without a plain reference to the columns A to AZ and the rows up to 100,999; spreadsheets write the reference first.
FAR_CELL: Final = re.compile(rb'<(?:\w+:)?c(?=[\s/>])(?! r="A?[A-Z](?:\d{1,5}|100\d{3})")[^>]{0,80}')
NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
ENCRYPTED: Final = 0x1


@dataclass(frozen=True)
class Content:
    """What a file is.

    Attributes:
        format: `csv` or `xlsx`.
        encoding: How the text of a CSV is encoded; empty for a workbook.
    """

    format: str
    encoding: str = ""


class FileRefused(Invalid):
    """422: the file is not what it claims to be, or more than is read."""

    code = "transfers.file_refused"
    title = mark("The file cannot be read")
    message = mark("The file was not taken. See what is wrong with it, then send another one.")


def content_of(file: IO[bytes], name: str, *, most_unpacked: int) -> Content:
    """Return what `file` is, after looking at all of it; it stays open, at its beginning.

    Args:
        file: Open for reading, seekable.
        name: What it is called; its ending has to fit what it is.
        most_unpacked: How many bytes a workbook may unpack to.

    Raises:
        FileRefused: Saying what is wrong and how to mend it.
    """
    file.seek(0)
    start = file.read(len(ZIP))
    called_workbook = name.lower().endswith(".xlsx")
    if start == OLD_EXCEL:
        raise _refused("old_workbook", mark("This is an old Excel file or a protected one."), SAVE_AS_XLSX)
    if start == ZIP:
        if not called_workbook:
            raise _refused(
                "other_content",
                mark("The file is called {name}, but it is a workbook or an archive."),
                RENAME,
                name=name,
            )
        _check_workbook(file, most_unpacked)
        found = Content("xlsx")
    elif called_workbook or not name.lower().endswith(CSV_NAMES):
        raise _refused("other_content", mark("{name} is neither a CSV file nor an XLSX workbook."), RENAME, name=name)
    else:
        found = Content("csv", _encoding(file))
    file.seek(0)
    return found


def _check_workbook(file: IO[bytes], most_unpacked: int) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            if len(names) > MOST_MEMBERS or len(set(names)) < len(names) or not set(names) >= NEEDED_MEMBERS:
                raise _refused("no_workbook", mark("The archive is not a workbook."), SAVE_AS_XLSX)
            if any(name.casefold().endswith("vbaproject.bin") for name in names):
                raise _refused("macros", mark("The workbook holds macros."), SAVE_AS_XLSX)
            unpacked = 0
            for member in members:
                unpacked += _check_member(file, archive, member, most_unpacked - unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, OSError) as error:
        raise _refused("broken_workbook", mark("The workbook is damaged."), SAVE_AS_XLSX) from error


def _check_member(file: IO[bytes], archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    if member.flag_bits & ENCRYPTED or member.compress_type not in {STORED, DEFLATED}:
        raise _refused("old_workbook", mark("This is an old Excel file or a protected one."), SAVE_AS_XLSX)
    size, tail, is_sheet = 0, b"", False
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    for block in _unpacked(file, archive, member):
        size += len(block)
        if size > most or size > member.file_size:
            raise _refused(
                "unpacks_too_large",
                mark("The workbook unpacks to more than is read."),
                mark("Send fewer rows and no pictures, or send CSV."),
            )
        seen = tail + block
        is_sheet = is_sheet or b"worksheet" in seen
        if is_xml and (b"\x00" in block or DOCTYPE.search(seen)):
            raise _refused("odd_xml", mark("The workbook holds XML that no spreadsheet writes."), SAVE_AS_XLSX)
        far = FAR_CELL.search(seen) if is_sheet else None
        # A tag that the end of the block cuts is looked at again with the next one.
        if far and b">" in seen[far.start() :]:
            raise _far(far.group())
        tail = seen[-OVERLAP:]
    return size


def _unpacked(file: IO[bytes], archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a member unpacks to, however much its header says that is: readers of ZIP differ in whether they believe it."""
    with archive.open(member):  # checks the local header
        pass
    file.seek(member.header_offset + 26)
    lengths = file.read(4)
    file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    left = member.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == DEFLATED else None
    while left > 0:
        packed = file.read(min(BLOCK, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        if inflater is None:
            yield packed
            continue
        while packed:
            yield inflater.decompress(packed, BLOCK)
            packed = inflater.unconsumed_tail


def _far(tag: bytes) -> FileRefused:
    place = re.search(rb'r\s*=\s*["\']([^"\']{1,12})', tag)
    return _refused(
        "far_cell",
        mark("A sheet has a cell outside of the first 100,000 rows and 52 columns: {cell}."),
        mark("Copy the rows with data, and only them, into a new workbook."),
        cell=place[1].decode("ascii", "replace") if place else "?",
    )


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding of a text: by its mark, as UTF-8, as UTF-16 without a mark, or Windows-1252."""
    file.seek(0)
    start = file.read(4096)
    known = next((name for mark_, name in BOMS if start.startswith(mark_)), None)
    if known is None and b"\x00" in start:
        # Latin letters have a zero byte each in UTF-16: the first or the second of the two.
        even, odd = start[::2].count(0), start[1::2].count(0)
        if max(even, odd) < len(start) // 4:
            raise _refused("no_text", mark("The file is not a text."), SAVE_AS_UTF8)
        known = "utf-16-be" if even > odd else "utf-16-le"
    for encoding in (known,) if known else ("utf-8", "cp1252"):
        if _decodes(file, encoding):
            return encoding
    raise _refused(
        "unknown_encoding", mark("The text of the file is not in an encoding that is known here."), SAVE_AS_UTF8
    )


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    is_bytewise = not encoding.startswith("utf-16")
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            text = decoder.decode(block)
            if (is_bytewise and NO_TEXT.search(block)) or "\x00" in text:
                raise _refused("no_text", mark("The file is not a text."), SAVE_AS_UTF8)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


SAVE_AS_XLSX: Final = mark("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx).")
SAVE_AS_UTF8: Final = mark("Save it as CSV in UTF-8.")
RENAME: Final = mark("Send a .csv file, or a workbook as .xlsx.")


def _refused(code: str, message: str, remedy: str, **facts: Any) -> FileRefused:
    return FileRefused(errors=[FieldError("/file", code, message, remedy, facts)])
