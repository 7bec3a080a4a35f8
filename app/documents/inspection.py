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
from collections.abc import Iterator
from typing import Final

from app.core.i18n import mark
from app.core.problems import FieldError, Invalid

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
ENDINGS: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
MOST_PIXELS: Final = 60_000_000
LONGEST_SIDE: Final = 15_000
MOST_INFLATED: Final = 10_000_000

_PDF_START: Final = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n]")
_PDF_STREAM: Final = re.compile(rb"(?<!end)stream(\r\n|\n)")
_PDF_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_ACTIVE: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)(?![A-Za-z0-9])"
)
_PDF_LOCKED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_OBJECTS: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_FOREIGN: Final = re.compile(
    rb"<(?:html|script|svg[\s>]|\?php|!doctype)|%PDF-|PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|MZ.{58}PE\x00\x00",
    re.IGNORECASE | re.DOTALL,
)
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_WITHIN_SCAN: Final = frozenset({0x00, 0xFF, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Unfit(Exception):  # noqa: N818 - what was found, not an error of the program
    """Why a file is not taken: a stable code, a sentence and how to mend it."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.error = FieldError("/file", code, message, remedy)
        super().__init__(code)


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
        elif _PDF_START.match(content):
            kind, end = PDF, _pdf_end(content)
        else:
            raise _unknown(content)
        if _FOREIGN.search(content[end:]) or zipfile.is_zipfile(io.BytesIO(content)):
            raise _polyglot()
    except Unfit as unfit:
        raise Invalid(errors=[unfit.error]) from unfit
    return kind, content[:end]


def _unknown(content: bytes) -> Unfit:
    if not content:
        return Unfit("empty", mark("The file is empty."), mark("Choose the file again."))
    if b"%PDF-" in content[:1024]:
        return _polyglot()
    return Unfit(
        "unknown_type",
        mark("The file is neither a PDF nor a JPEG or PNG picture, whatever its name says."),
        mark("Save it as PDF, JPEG or PNG, or take a photo of it."),
    )


def _polyglot() -> Unfit:
    return Unfit(
        "polyglot",
        mark("The file is two things at once: there is something else in front of it, in it or behind it."),
        mark("Save or scan it anew, and send that."),
    )


def _broken() -> Unfit:
    return Unfit("broken", mark("The file is damaged or cut off."), mark("Choose the file again, or save it anew."))


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
        raise _polyglot()


def _jpeg_end(content: bytes) -> int:
    """Return where the picture ends; walks from marker to marker (ITU-T T.81, annex B)."""
    place, is_sized = 2, False
    while True:
        marker, place = _jpeg_marker(content, place)
        if marker == 0xD9:
            if not is_sized:
                raise _broken()
            return place
        if marker in _WITHOUT_LENGTH:
            continue
        if place + 2 > len(content):
            raise _broken()
        (length,) = struct.unpack_from(">H", content, place)
        segment = content[place + 2 : place + length]
        if length < 2 or place + length > len(content):
            raise _broken()
        if marker in _FRAMES:
            if len(segment) < 6:
                raise _broken()
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
        raise _broken()
    while place < len(content) and content[place] == 0xFF:
        place += 1
    if place >= len(content) or content[place] == 0x00:
        raise _broken()
    return content[place], place + 1


def _after_scan(content: bytes, place: int) -> int:
    """Return where the coded pixels end: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise _broken()
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
            raise _broken()
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content) or not name.isalpha():
            raise _broken()
        checksum = int.from_bytes(content[end - 4 : end])
        body = content[place + 8 : end - 4]
        if zlib.crc32(body, zlib.crc32(name)) != checksum or (not seen) != (name == b"IHDR"):
            raise _broken()
        if name == b"IHDR":
            if length != 13:
                raise _broken()
            _check_size(*struct.unpack_from(">II", body))
        elif name not in {b"IDAT", b"PLTE"}:
            _check_notes(body)
        seen.add(name)
        if name == b"IEND":
            if b"IDAT" not in seen:
                raise _broken()
            return int(end)
        place = end


def _pdf_end(content: bytes) -> int:
    """Return where the document ends; nothing but blanks may follow."""
    last = content.rfind(b"%%EOF")
    if last < 0 or b"startxref" not in content[max(0, last - 1024) : last]:
        raise _broken()
    if content[last + 5 :].strip(b"\r\n\t \x00"):
        raise _polyglot()
    # What streams hold is compressed bytes, in which anything may stand by chance; objects in them are looked at opened.
    outside, streams = _pdf_parts(content)
    for part in (outside, *_opened_objects(streams)):
        plain = _unescaped(part)
        if _PDF_LOCKED.search(plain):
            raise Unfit(
                "locked",
                mark("The PDF is locked, so that nobody can say what is in it."),
                mark("Save it without a password."),
            )
        if _PDF_ACTIVE.search(plain):
            raise Unfit(
                "active",
                mark("The PDF runs a program, sends a form or carries other files when it is opened."),
                mark("Print it as PDF, and send that."),
            )
    return len(content)


def _pdf_parts(content: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return what stands outside the streams of a PDF, and each stream behind the object that describes it."""
    outside, streams, place = [], [], 0
    while begin := _PDF_STREAM.search(content, place):
        end = content.find(b"endstream", begin.end())
        if end < 0:
            raise _broken()
        described = content[place : begin.start()]
        outside.append(described)
        streams.append((described[max(0, described.rfind(b" obj")) :], content[begin.end() : end]))
        place = end + len(b"endstream")
    return b" ".join([*outside, content[place:]]), streams


def _unescaped(part: bytes) -> bytes:
    """Return names as they are meant: `/J#53` is `/JS`."""
    return _PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part)


def _opened_objects(streams: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield the opened object streams of a PDF, in which parts of it are packed since version 1.5."""
    left = MOST_INFLATED
    for described, packed in streams:
        if not _OBJECTS.search(_unescaped(described)):
            continue
        opener = zlib.decompressobj()
        try:
            opened = opener.decompress(packed, left)
        except zlib.error:
            raise _broken() from None
        left -= len(opened)
        if opener.unconsumed_tail or left <= 0:
            raise Unfit(
                "too_dense",
                mark("The PDF unfolds to more than can be looked at."),
                mark("Print it as PDF, and send that."),
            )
        yield opened
