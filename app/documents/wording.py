"""What people call the kinds of documents; every text is a catalogue key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.i18n import mark

KINDS: Final[Mapping[str, str]] = {
    "identity": mark("Identity card (KTP)"),
    "diploma": mark("Diploma and transcript"),
    "health": mark("Health certificate"),
    "resume": mark("Curriculum vitae"),
    "permission": mark("Permission of the family"),
    "other": mark("Something else"),
}
