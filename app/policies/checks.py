"""What is wrong with a policy that its form alone does not show; all errors at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.applicants.models import Applicant
from app.applicants.tags import tags_of
from app.core.i18n import mark
from app.core.problems import FieldError
from app.core.validation import pointer
from app.policies.errors import told
from app.policies.naming import GONE_NEEDS, GONE_PEOPLE, known_things
from app.policies.reading import PolicyReader, Reading, Wording
from app.schools.models import Need, School

PROTECTED: Final = (
    "gender:",
    "age:",
    "age-band:",
    "birth:",
    "religion:",
    "ethnicity:",
    "marital:",
    "health:",
    "disability:",
)
"""Beginnings of tags that tell a protected attribute of a person; a policy uses them only on a legal or safety basis."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The legal basis of a policy in both languages; empty where it has none."""

    id: str
    en: str


def errors_of(
    session: Session, cohort_id: str, wording: Wording, basis: Basis, reader: PolicyReader
) -> tuple[Reading, list[FieldError]]:
    """Return what `wording` says, with everything that is wrong with it and its basis."""
    reading = reader.read(wording, known_things(session, cohort_id, [wording.parameters], usable=True))
    return reading, [*map(told, reading.findings), *basis_errors(wording.parameters, basis)]


def basis_errors(parameters: Mapping[str, Any], basis: Basis) -> list[FieldError]:
    """Return an error for each language in which the basis is missing although the policy, or the other one, needs it."""
    used = sorted({tag for _, tag in tags_in(parameters, "volunteers") if tag.startswith(PROTECTED)})
    empty = [name for name in ("id", "en") if not getattr(basis, name).strip()]
    if used:
        message = mark("{tags} is a protected attribute, and the policy names no legal basis for using it.")
        remedy = mark("Name the law or safety rule that asks for it, in both languages; or leave the tag out.")
        return [
            FieldError(f"/basis_{name}", "basis_needed", message, remedy, {"tags": ", ".join(used)}) for name in empty
        ]
    if len(empty) == 1:
        message = mark("The legal basis stands in one language only.")
        return [FieldError(f"/basis_{empty[0]}", "basis_needed", message, mark("Write it in both, or in neither."))]
    return []


def tags_in(parameters: Mapping[str, Any], side: str) -> Iterator[tuple[str, str]]:
    """Yield (pointer, tag) for each tag by which the parameters select `posts` or `volunteers`, in `among` too."""
    for place, holder in (((), parameters), (("among",), parameters.get("among"))):
        chosen = holder.get(side) if isinstance(holder, Mapping) else None
        tags = chosen.get("tags") if isinstance(chosen, Mapping) else None
        for position, tag in enumerate(tags if isinstance(tags, list) else ()):
            if isinstance(tag, str):
                yield pointer(["body", "parameters", *place, side, "tags", str(position)]), tag


def warnings_of(session: Session, cohort_id: str, parameters: Mapping[str, Any]) -> list[FieldError]:
    """Return a warning for each tag that nothing and nobody carries today: most likely a slip, but it may still come."""
    found: list[FieldError] = []
    post_tags, volunteer_tags = list(tags_in(parameters, "posts")), list(tags_in(parameters, "volunteers"))
    if post_tags:
        carried = _tags_of_posts(session)
        message = mark("No school and no need carries the tag {tag} today, so this selects nothing.")
        found += _unused(post_tags, carried, message)
    if volunteer_tags:
        carried = _tags_of_people(session, cohort_id)
        message = mark("Nobody in the cohort carries the tag {tag} today, so this selects nobody.")
        found += _unused(volunteer_tags, carried, message)
    return found


def _unused(tags: Iterable[tuple[str, str]], carried: frozenset[str], message: str) -> list[FieldError]:
    remedy = mark("Check how it is written; tags in use look like {some}.")
    some = ", ".join(sorted(carried)[:8]) or "–"
    return [
        FieldError(place, "unused_tag", message, remedy, {"tag": tag, "some": some})
        for place, tag in tags
        if tag not in carried
    ]


def _tags_of_posts(session: Session) -> frozenset[str]:
    living = select(Need.tags).where(Need.state.not_in(GONE_NEEDS)).distinct()
    lists: list[Sequence[str]] = [*session.scalars(living), *session.scalars(select(School.tags).distinct())]
    return frozenset(tag for tags in lists for tag in tags)


@dataclass(frozen=True, slots=True)
class _Everybody:
    """What the people of a cohort carry, taken together as one person's application."""

    gender: str | None
    levels: Sequence[str]
    subjects: Sequence[str]
    languages: Sequence[str]
    skills: Sequence[str]
    regular_care: bool
    returning: bool


def _tags_of_people(session: Session, cohort_id: str) -> frozenset[str]:
    def distinct(column: InstrumentedAttribute[Any]) -> list[Any]:
        mine = select(column).where(Applicant.cohort_id == cohort_id, Applicant.state.not_in(GONE_PEOPLE))
        return list(session.scalars(mine.distinct()))

    def listed(column: InstrumentedAttribute[Any]) -> list[str]:
        return sorted({item for items in distinct(column) for item in items})

    together = _Everybody(
        gender=None,
        levels=listed(Applicant.levels),
        subjects=listed(Applicant.subjects),
        languages=listed(Applicant.languages),
        skills=listed(Applicant.skills),
        regular_care=any(distinct(Applicant.regular_care)),
        returning=any(distinct(Applicant.returning)),
    )
    each = [together, *(replace(together, gender=gender) for gender in distinct(Applicant.gender))]
    return frozenset(tag for one in each for tag in tags_of(one))
