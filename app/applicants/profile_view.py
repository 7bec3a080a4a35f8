"""A profile in words, for pages that show it, and as texts in the fields of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.places import Places, language_label, language_names
from app.applicants.vocabulary import SKILLS
from app.applicants.wording import GENDERS, HARDSHIPS, LABELS
from app.core.i18n import gettext, mark
from app.geography.models import Region
from app.geography.reference import languages
from app.schools.vocabulary import LEVELS, SUBJECTS

EMPTY_LINES: Final = 3
"""How many lines a form offers beyond those that are filled in."""
ORDER: Final = (
    "name", "email", "gender", "birth_year", "home", "levels", "subjects", "languages", "skills", "returning",
    "preferences", "refuses", "max_hardship", "regular_care", "motivation",
)  # fmt: skip


def shown_profile(session: Session, profile: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (field, label, text) of everything that is filled in, in the language of the request.

    Hidden fields are null in `profile` and so left out.
    """
    places = _places_of(session, profile)
    shown = []
    for field in ORDER:
        text = _in_words(field, profile[field], places)
        if text:
            shown.append((field, gettext(LABELS[field]), text))
    return shown


def _places_of(session: Session, profile: Mapping[str, Any]) -> Places:
    """Return the names of the places that one profile needs."""
    codes = {*(profile["preferences"] or ()), *(profile["refuses"] or ()), *filter(None, (profile["home"],))}
    codes |= {code[:2] for code in codes}
    rows = session.scalars(select(Region).where(Region.code.in_(codes))) if codes else ()
    return Places({region.code: region.name for region in rows})


def _in_words(field: str, value: Any, places: Places) -> str:
    if value is None or value == [] or value is False:
        return gettext(mark("No limit")) if field == "max_hardship" and value is None else ""
    if value is True:
        return gettext(mark("yes"))
    if field in {"preferences", "refuses"}:
        return "; ".join(places.full_name(code) for code in value)
    words: dict[str, Callable[[Any], str]] = {
        "home": places.full_name,
        "gender": lambda code: gettext(GENDERS[code]),
        "subjects": lambda codes: ", ".join(gettext(SUBJECTS.get(code, code)) for code in codes),
        "skills": lambda codes: ", ".join(gettext(SKILLS.get(code, code)) for code in codes),
        "languages": lambda codes: ", ".join(language_names(codes)),
        "levels": ", ".join,
        "max_hardship": lambda step: gettext(HARDSHIPS[step]),
    }
    return words.get(field, str)(value)


def form_values(profile: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """Return `profile` as the fields of a form show it; lists of places and languages have empty lines at their end."""
    lines = {
        "languages": [language_label(code) for code in profile["languages"]],
        "preferences": [places.label(code) for code in profile["preferences"]],
        "refuses": [places.label(code) for code in profile["refuses"]],
    }
    return {**profile, **{field: [*texts, *[""] * EMPTY_LINES] for field, texts in lines.items()}}


def choices() -> dict[str, Any]:
    """Return what a form offers to choose from, for templates."""
    return {
        "genders": GENDERS,
        "levels": LEVELS,
        "subjects": SUBJECTS,
        "skills": SKILLS,
        "hardships": HARDSHIPS,
        "language_names": [language_label(code) for code in languages()],
    }
