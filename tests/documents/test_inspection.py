"""A file is what its content says; what is broken, two things at once, active, locked or huge is refused with a reason."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.problems import Invalid
from app.documents.inspection import inspect
from tests.documents.files import archive, jpeg, packed, pdf, png

# What stands behind `stream` is part of the object for every reader that knows a comment.
HIDDEN_BY_A_COMMENT = b"<< /A 1 % >>\nstream\n/S /JavaScript /JS (app.alert(1)) >> %\nendstream"
# The end of a stream is where a reader that counts bytes does not see it.
CUT_OFF = b"<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + zlib.compress(b"<< /A 1 >>")[:-6] + b"\nendstream"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (png(2, 2, (b"tEXt", b"Comment\x00kartu")), "image/png"),
        (jpeg(), "image/jpeg"),
        (jpeg(8, 8, b"from my phone"), "image/jpeg"),
        (pdf(), "application/pdf"),
        (pdf(version=b"2.0"), "application/pdf"),
        (pdf(packed(b"<< /Type /Font >>")), "application/pdf"),
        (pdf(packed(b"<< /Type /Font >>", filters=b"[ /FlateDecode ]")), "application/pdf"),
        # Coded pixels in which a short name stands by chance are no program.
        (pdf(b"<< /Length 4 >>\nstream\n/JS \nendstream"), "application/pdf"),
        (pdf(packed(b"BT (Data stream) Tj ET", b"/XObject")), "application/pdf"),
    ],
)
def test_what_is_taken(content: bytes, kind: str) -> None:
    assert inspect(content) == (kind, content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00" + b"\x00" * 200, "unknown_type"),
        (b"<html><script>alert(1)</script>", "unknown_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "unknown_type"),
        (b"GIF89a" + b"\x00" * 30, "unknown_type"),
        (archive(), "unknown_type"),
        (png()[:-4], "broken"),
        (png()[:-14] + b"\x00" + png()[-13:], "broken"),
        (jpeg()[:-2], "broken"),
        (b"\xff\xd8\xff\xd9", "broken"),
        (pdf()[:-8], "broken"),
        (pdf(b"<< /Length 5 >>\nstream\nno end"), "broken"),
        (pdf(b"<< /Type /ObjStm >>\nstream\nnot packed\nendstream"), "broken"),
        (b"#!/bin/sh\nrm -rf /\n" + pdf(), "polyglot"),
        (pdf() + archive(), "polyglot"),
        (pdf() + b"<?php system($_GET[0]);", "polyglot"),
        (png() + archive(), "polyglot"),
        (png(2, 2, (b"tEXt", b"Comment\x00<script>alert(1)</script>")), "polyglot"),
        (jpeg() + archive(), "polyglot"),
        (jpeg() + pdf(), "polyglot"),
        (jpeg(8, 8, b"<?php system($_GET[0]); ?>"), "polyglot"),
        (jpeg(8, 8, archive()), "polyglot"),
        (pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), "active"),
        (pdf(b"<< /S /Java#53cript >>"), "active"),
        (pdf(b"<< /S /Launch /F (cmd.exe) >>"), "active"),
        (pdf(packed(b"<< /S /JavaScript /JS (app.alert(1)) >>")), "active"),
        (pdf(packed(b"<< /Names /EmbeddedFiles >>", b"/Obj#53tm")), "active"),
        (pdf(HIDDEN_BY_A_COMMENT), "active"),
        (pdf(b"<< /A 1 >>\nstream\n4 0 obj << /S /X >> endobj\nendstream"), "polyglot"),
        (pdf(packed(zlib.compress(b"<< /S /Launch >>"), filters=b"[/FlateDecode /FlateDecode]")), "broken"),
        (pdf(packed(b"<< /S /X >>").replace(b"/Filter", b"/DecodeParms << /Predictor 12 >> /Filter")), "broken"),
        (pdf(packed(b"<< /S /X >>").replace(b">>\nstream", b">> % 4 0 obj << >>\nstream")), "broken"),
        (pdf(packed(b"<< /S /Launch >>", b"/X /First 9 /N 1")), "active"),
        (pdf(packed(b"<< /S /Launch >>", b"/X")), "active"),
        (pdf(packed(b"<< /S /X >>").replace(b"\nstream\n", b"\nstream!\n")), "broken"),
        (pdf(packed(b"<< /S /X >>").replace(b"\nstream\n", b"\nstream!\n"), packed(b"q", b"/X")), "broken"),
        (pdf(CUT_OFF), "broken"),
        (pdf(b"<< /Filter /Standard >>").replace(b"/Root", b"/Encrypt 3 0 R /Root"), "locked"),
        (pdf(packed(b"\x00" * 60_000_000)), "too_dense"),
        (jpeg(coded=archive()), "polyglot"),
        (jpeg(coded=archive()) + b"\x00" * 70_000, "polyglot"),
        (jpeg(coded=b"%PDF-1.7"), "polyglot"),
        (png(20_000, 20_000), "huge_image"),
        (png(0, 5), "huge_image"),
        (jpeg(65_000, 65_000), "huge_image"),
    ],
)
def test_what_is_refused_and_why(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        inspect(content)
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/file", code)
    assert error.message
    assert error.remedy


def test_what_a_camera_puts_behind_the_picture_is_not_stored() -> None:
    assert inspect(jpeg() + b"SEFH" + b"\x00" * 40) == ("image/jpeg", jpeg())
    assert inspect(png() + b"\r\n") == ("image/png", png())


@given(st.sampled_from([png(), jpeg(), pdf(packed(b"<< /Type /Font >>"))]), st.data())
def test_no_damage_makes_it_fall_over(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        kind, kept = inspect(bytes(damaged[: data.draw(st.integers(1, len(damaged)))]))
    except Invalid:
        return
    assert kind in {"image/png", "image/jpeg", "application/pdf"}
    assert damaged.startswith(kept)
