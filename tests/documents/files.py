"""Small files that are what they say, and some that are not; made here byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib


def png(width: int = 2, height: int = 2, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a grey picture, with further chunks before its end."""
    rows = zlib.compress(b"".join(b"\x00" + b"\x80" * min(width, 4) for _ in range(min(height, 4))))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def jpeg(width: int = 8, height: int = 8, *notes: bytes, coded: bytes = b"") -> bytes:
    """Return the frame of a picture with coded data, stuffed bytes and a restart marker in it."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    segments = [(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), *((0xFE, note) for note in notes)]
    segments += [(0xDB, b"\x00" + b"\x10" * 64), (0xC0, frame), (0xDA, b"\x01\x01\x00\x00\x3f\x00")]
    body = b"".join(b"\xff" + bytes([kind]) + struct.pack(">H", len(data) + 2) + data for kind, data in segments)
    return b"\xff\xd8" + body + b"\x12\x34\xff\x00\x56\xff\xd0\x78" + coded + b"\xff\xd9"


def pdf(*objects: bytes, version: bytes = b"1.7") -> bytes:
    """Return a document of one empty page and further objects."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>", *objects]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%%PDF-%s\n" % version + body + b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def packed(content: bytes, kind: bytes = b"/ObjStm", filters: bytes = b"/FlateDecode") -> bytes:
    """Return an object that holds `content` compressed."""
    squeezed = zlib.compress(content)
    described = b"<< /Type %s /Length %d /Filter %s >>" % (kind, len(squeezed), filters)
    return described + b"\nstream\n%s\nendstream" % squeezed


def archive() -> bytes:
    """Return a ZIP with a web page in it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr("index.html", "<script>alert(1)</script>")
    return memory.getvalue()
