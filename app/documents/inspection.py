"""What a file is, by its content and not by its name: one PDF, JPEG or PNG, whole, and nothing else beside it.

The files are never opened here, only read: no picture is decoded and no PDF is drawn. A file is refused that is broken, that
is a second thing too (a polyglot: a picture that unpacks as an archive, a PDF behind a script), that does something when it is
opened, that is locked, or whose picture would fill the memory of whoever opens it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import Final

from app.core.i18n import mark
from app.core.problems import Invalid
from app.documents.pdf import PDF_START, pdf_end
from app.documents.unfit import Unfit, broken, polyglot

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
ENDINGS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
MOST_PIXELS: Final = 60_000_000
LONGEST_SIDE: Final = 15_000

# Five bytes and more: coded pixels do not hold them by chance.
_LONG: Final = rb"<(?:html|script|svg[\s>]|\?php|!doctype)|%PDF-|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|MZ.{58}PE\x00\x00"
_FOREIGN_IN_PIXELS: Final = re.compile(_LONG, re.IGNORECASE | re.DOTALL)
_FOREIGN: Final = re.compile(_LONG + rb"|PK\x03\x04|PK\x05\x06", re.IGNORECASE | re.DOTALL)
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_WITHIN_SCAN: Final = frozenset({0x00, 0xFF, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def inspect(content: bytes) -> tuple[str, bytes]:
    """Return the media type of `content`, and the content without what a camera has put behind the picture.

    Raises:
        Invalid: For a file that is not one whole PDF, JPEG or PNG, and nothing else.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            kind, end = JPEG, _jpeg_end(content)
        elif content.startswith(_PNG_START):
            kind, end = PNG, _png_end(content)
        elif PDF_START.match(content):
            kind, end = PDF, pdf_end(content)
        else:
            raise _unknown(content)
        # What is kept is looked at by itself too: an archive ends where the file ends, and that is further in without the rest.
        is_archive = any(zipfile.is_zipfile(io.BytesIO(whole)) for whole in (content, content[:end]))
        if is_archive or _FOREIGN.search(content, end) or (kind != PDF and _FOREIGN_IN_PIXELS.search(content)):
            raise polyglot()
    except Unfit as unfit:
        raise Invalid(errors=[unfit.error]) from unfit
    return kind, content[:end]


def _unknown(content: bytes) -> Unfit:
    if not content:
        return Unfit("empty", mark("The file is empty."), mark("Choose the file again."))
    if b"%PDF-" in content[:1024]:
        return polyglot()
    return Unfit(
        "unknown_type",
        mark("The file is neither a PDF nor a JPEG or PNG picture, whatever its name says."),
        mark("Save it as PDF, JPEG or PNG, or take a photo of it."),
    )


def _check_size(width: int, height: int) -> None:
    if not 0 < width <= LONGEST_SIDE or not 0 < height <= LONGEST_SIDE or width * height > MOST_PIXELS:
        raise Unfit(
            "huge_image",
            mark("The picture has too many pixels."),
            mark("Take it with a lower resolution, or make it smaller."),
        )


def _check_notes(notes: bytes) -> None:
    """Refuse a program or an archive in what a picture says besides its pixels."""
    if _FOREIGN.search(notes):
        raise polyglot()


def _jpeg_end(content: bytes) -> int:
    """Return where the picture ends; walks from marker to marker (ITU-T T.81, annex B)."""
    place, is_sized = 2, False
    while True:
        marker, place = _jpeg_marker(content, place)
        if marker == 0xD9:
            if not is_sized:
                raise broken()
            return place
        if marker in _WITHOUT_LENGTH:
            continue
        if place + 2 > len(content):
            raise broken()
        (length,) = struct.unpack_from(">H", content, place)
        segment = content[place + 2 : place + length]
        if length < 2 or place + length > len(content):
            raise broken()
        if marker in _FRAMES:
            if len(segment) < 6:
                raise broken()
            height, width = struct.unpack_from(">HH", segment, 1)
            _check_size(width, height)
            is_sized = True
        elif marker >= 0xE0:
            _check_notes(segment)
        place += length
        if marker == 0xDA:
            place = _after_scan(content, place)


def _jpeg_marker(content: bytes, place: int) -> tuple[int, int]:
    if place >= len(content) or content[place] != 0xFF:
        raise broken()
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place >= len(content) or content[place] == 0x00:
        raise broken()
    return content[place], place + 1


def _after_scan(content: bytes, place: int) -> int:
    """Return where the coded pixels end: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise broken()
        following = content[place + 1]
        if following not in _WITHIN_SCAN:
            return place
        place += 1 if following == 0xFF else 2


def _png_end(content: bytes) -> int:
    """Return where the picture ends; every chunk has its length, name and checksum (W3C PNG, 5.3)."""
    seen: set[bytes] = set()
    place = len(_PNG_START)
    while True:
        if place + 12 > len(content):
            raise broken()
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content) or not name.isalpha():
            raise broken()
        checksum = int.from_bytes(content[end - 4 : end])
        body = content[place + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(name)) != checksum or (not seen) != (name == b"IHDR"):
            raise broken()
        if name == b"IHDR":
            if length != 13:
                raise broken()
            _check_size(*struct.unpack_from(">II", body))
        elif name not in {b"IDAT", b"PLTE"}:
            _check_notes(body)
        seen.add(name)
        if name == b"IEND":
            if b"IDAT" not in seen:
                raise broken()
            return int(end)
        place = end
