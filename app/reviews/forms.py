"""What the forms of rubrics and scores say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.datastructures import FormData

from app.applicants.forms import checked
from app.reviews.models import Rubric
from app.reviews.schemas import CriterionIn, RubricIn, ScoreIn

ROWS: Final = 8
"""How many criteria the form offers; a program can define more."""
FIELDS: Final = ("name_id", "name_en", "hint_id", "hint_en", "weight", "lowest", "highest")
EMPTY: Final[Mapping[str, str]] = {**dict.fromkeys(FIELDS, ""), "lowest": "1", "highest": "5"}


def number(text: str) -> int | str | None:
    """Return a posted text as a whole number where it is one, None where it is empty, so that a mistake is told as one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text or None


def rows_of(rubric: Rubric | None) -> list[dict[str, str]]:
    """Return the criteria as the form shows them, with empty rows up to its length."""
    filled = [] if rubric is None else [{name: str(one[name]) for name in FIELDS} for one in rubric.criteria]
    return [*filled, *(dict(EMPTY) for _ in range(ROWS - len(filled)))]


def posted_rows(form: FormData) -> list[dict[str, str]]:
    """Return the rows of the form as they were typed."""
    columns = {name: [text for text in form.getlist(name) if isinstance(text, str)] for name in FIELDS}
    longest = min((len(texts) for texts in columns.values()), default=0)
    return [{name: columns[name][place].strip() for name in FIELDS} for place in range(longest)]


def rubric_of(rows: Sequence[Mapping[str, str]], allowed_difference: str) -> RubricIn:
    """Return what the form says; rows without a name are left out.

    Raises:
        Invalid: With every wrong value.
    """
    criteria: list[dict[str, Any]] = []
    for row in rows:
        if row["name_id"] or row["name_en"]:
            numbers = {name: number(row[name]) for name in ("weight", "lowest", "highest")}
            words = {name: row[name] for name in ("name_id", "name_en", "hint_id", "hint_en")}
            code = _code(row["name_en"] or row["name_id"], {one["code"] for one in criteria})
            criteria.append({"code": code, **words, **numbers})
    return checked(RubricIn, {"criteria": criteria, "allowed_difference": number(allowed_difference)})


def scores_of(form: FormData, criteria: Sequence[CriterionIn]) -> ScoreIn:
    """Return what a reviewer has ticked and written.

    Raises:
        Invalid: With every wrong value.
    """
    ticked = {one.code: number(_text(form, f"score-{one.code}")) for one in criteria}
    scores = {code: points for code, points in ticked.items() if points is not None}
    return checked(ScoreIn, {"scores": scores, "comment": _text(form, "comment").replace("\r\n", "\n")})


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _code(name: str, taken: set[str]) -> str:
    """Return a code for a criterion, from its name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24] or "c"
    plain = plain if plain[0].isalpha() else f"c-{plain}"
    code, again = plain, 2
    while code in taken:
        code, again = f"{plain}-{again}", again + 1
    return code
