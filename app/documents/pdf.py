"""What a PDF may hold: pages. Not a program, a form that is sent, another file, a lock, or objects where nobody looks.

No reader is written here, and readers differ in what they forgive. So names that make a PDF act are looked for in every byte, in
streams too, and again in whatever a stream unfolds to; only a name so short that compressed pixels hold it by chance is looked
for where objects stand. Streams of objects (since version 1.5) must be packed once and plainly, so that what is looked at is
what a reader sees.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.core.i18n import mark
from app.documents.unfit import Unfit, broken, polyglot

PDF_START: Final = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n]")
MOST_INFLATED: Final = 50_000_000
"""Bytes that all streams of one file together, pictures apart, may unfold to; some 0.3 seconds of work."""
AT_ONCE: Final = 1_000_000
OVERLAP: Final = 64

_STREAM: Final = re.compile(rb"(?<!end)stream[ \t]*(\r\n|\n|\r)")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTS: Final = re.compile(
    rb"/(JavaScript|Launch|Rendition|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])"
)
_SCRIPT: Final = re.compile(rb"/JS(?![A-Za-z0-9])")
_LOCKED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_OBJECTS: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_FIRST: Final = re.compile(rb"/First(?![A-Za-z0-9])")
_PICTURE: Final = re.compile(rb"/Subtype\s*/Image(?![A-Za-z0-9])")
_PACKED_ONCE: Final = re.compile(rb"/Filter\s*(/FlateDecode(?![A-Za-z0-9])|\[\s*/FlateDecode\s*\])")
_ENDED: Final = re.compile(rb"end(obj|stream)")
# An object that begins within a stream: `7 0 obj` is found by readers that follow the table of places, not the streams.
_OBJECT: Final = re.compile(rb"[\s\x000-9]obj(?=[\s\x00<>\[\](){}/%])")


@dataclass(frozen=True)
class _Stream:
    """What stands in front of a stream since the one before, names unescaped; and what it holds."""

    before: bytes
    packed: bytes

    @property
    def described(self) -> bytes:
        """The object that describes it."""
        return self.before[max(0, self.before.rfind(b" obj")) :]

    @property
    def holds_objects(self) -> bool:
        """Whether a reader may look for objects in it."""
        return bool(_OBJECTS.search(self.before) or _FIRST.search(self.described))

    @property
    def is_picture(self) -> bool:
        """Whether it says that it is pixels; one that may hold objects as well is no picture."""
        return bool(_PICTURE.search(self.described)) and not self.holds_objects


def pdf_end(content: bytes) -> int:
    """Return where the document ends; nothing but blanks may follow.

    Raises:
        Unfit: For a document that is not whole, or more than pages.
    """
    last = content.rfind(b"%%EOF")
    if last < 0 or b"startxref" not in content[max(0, last - 1024) : last]:
        raise broken()
    if content[last + 5 :].strip(b"\r\n\t \x00"):
        raise polyglot()
    if _LOCKED.search(_unescaped(content)):
        raise Unfit(
            "locked",
            mark("The PDF is locked, so that nobody can say what is in it."),
            mark("Save it without a password."),
        )
    outside, streams = _parts(content)
    _check(_unescaped(content))
    for part in outside:
        _check(part, _SCRIPT)
    left = MOST_INFLATED
    for stream in streams:
        if _OBJECT.search(stream.packed):
            raise polyglot()
        if not stream.is_picture:
            left = _check_stream(stream, left)
    return len(content)


def _parts(content: bytes) -> tuple[list[bytes], list[_Stream]]:
    """Return what stands outside the streams, names unescaped, and the streams."""
    outside, streams, place = [], [], 0
    while begin := _STREAM.search(content, place):
        end = content.find(b"endstream", begin.end())
        if end < 0:
            raise broken()
        stream = _Stream(_unescaped(content[place : begin.start()]), content[begin.end() : end])
        outside.append(stream.before)
        streams.append(stream)
        place = end + len(b"endstream")
    rest = _unescaped(content[place:])
    # A stream of objects that we do not see, but a more forgiving reader might.
    if _OBJECTS.search(rest):
        raise broken()
    return [*outside, rest], streams


def _unescaped(part: bytes) -> bytes:
    """Return names as they are meant: `/J#53` is `/JS`."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part)


def _check(part: bytes, *more: re.Pattern[bytes]) -> None:
    if any(pattern.search(part) for pattern in (_ACTS, *more)):
        raise Unfit(
            "active",
            mark("The PDF runs a program, sends a form or carries other files when it is opened."),
            mark("Print it as PDF, and send that."),
        )


def _check_stream(stream: _Stream, left: int) -> int:
    """Look at what a stream unfolds to; return how much more may be unfolded."""
    if stream.holds_objects:
        told = [found.end() for found in _OBJECTS.finditer(stream.before)]
        is_plain = _PACKED_ONCE.search(stream.described) and b"/Predictor" not in stream.described
        if not is_plain or (told and _ENDED.search(stream.before, told[-1])):
            raise broken()
    tail = b""
    try:
        for opened in _inflated(stream.packed, whole=stream.holds_objects):
            left -= len(opened)
            if left <= 0:
                raise Unfit(
                    "too_dense",
                    mark("The PDF unfolds to more than can be looked at."),
                    mark("Print it as PDF, and send that."),
                )
            _check(_unescaped(tail + opened), *([_SCRIPT] if stream.holds_objects else []))
            tail = opened[-OVERLAP:]
    except zlib.error:
        # Packed in another way, or not at all: then its bytes were looked at as they are.
        if stream.holds_objects:
            raise broken() from None
    return left


def _inflated(packed: bytes, *, whole: bool) -> Iterator[bytes]:
    """Yield what `packed` unfolds to, a part at a time; `whole`: it must end where it says."""
    opener, rest = zlib.decompressobj(), packed
    while rest and not opener.eof:
        yield opener.decompress(rest, AT_ONCE)
        rest = opener.unconsumed_tail
    if whole and not opener.eof:
        raise broken()
