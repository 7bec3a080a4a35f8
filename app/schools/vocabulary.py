"""The words in which schools ask and applicants offer. Both sides use the same ones, so that they meet.

Subjects are those of the national curriculum that programmes send people for, under a short code that becomes the tag
`subject:math`. A closed list: a need for "maths" and a person for "math" would pass each other by without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.i18n import mark

LEVELS: Final = ("SD", "SMP", "SMA", "SMK")
CLASS_LEVEL: Final = "SD"
"""The level with class teachers, who teach every subject; above it people teach subjects."""

SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agriculture": mark("Agriculture"),
        "arts": mark("Arts"),
        "automotive": mark("Automotive engineering"),
        "biology": mark("Biology"),
        "business": mark("Business"),
        "chemistry": mark("Chemistry"),
        "civics": mark("Civics"),
        "construction": mark("Building construction"),
        "counselling": mark("Counselling"),
        "economics": mark("Economics"),
        "electrical": mark("Electrical engineering"),
        "english": mark("English"),
        "fisheries": mark("Fisheries"),
        "geography": mark("Geography"),
        "health": mark("Health"),
        "history": mark("History"),
        "hospitality": mark("Hospitality"),
        "ict": mark("Information technology"),
        "indonesian": mark("Indonesian"),
        "local": mark("Local language and culture"),
        "math": mark("Mathematics"),
        "pe": mark("Physical education"),
        "physics": mark("Physics"),
        "religion": mark("Religion"),
        "science": mark("Natural sciences"),
        "social": mark("Social sciences"),
        "sociology": mark("Sociology"),
        "special": mark("Special education"),
    }
)
STEM: Final = frozenset({"biology", "chemistry", "ict", "math", "physics", "science"})


def post_tags(level: str, subject: str | None) -> tuple[str, ...]:
    """Return the tags that a need has by itself, sorted: `level:sma`, `subject:physics`, and `field:stem` where it is one."""
    found = {f"level:{level.lower()}"}
    if subject is not None:
        found.add(f"subject:{subject}")
    if subject in STEM:
        found.add("field:stem")
    return tuple(sorted(found))


def required_tags(level: str, subject: str | None) -> tuple[str, ...]:
    """Return what everybody placed at a need must bring, sorted: `teach:sma`, `subject:physics`."""
    found = {f"teach:{level.lower()}"}
    if subject is not None:
        found.add(f"subject:{subject}")
    return tuple(sorted(found))
