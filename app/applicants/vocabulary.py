"""The skills that applicants offer and schools prefer: a closed list, so that both sides meet; see `app.schools.vocabulary`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.i18n import mark

SKILLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "farming": mark("Farming and gardening"),
        "first-aid": mark("First aid"),
        "it-support": mark("Computers and networks"),
        "library": mark("School library"),
        "music": mark("Music"),
        "science-club": mark("Science club"),
        "scouting": mark("Scouting"),
        "sports": mark("Sports"),
    }
)
