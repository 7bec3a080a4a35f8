"""The tags by which posts and policies select people, derived from what an application says; the one place that knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Tagged(Protocol):
    """What tags are derived from: an `Applicant`, or a selected row with these columns."""

    @property
    def gender(self) -> str | None: ...  # noqa: D102 - columns of the table, described there
    @property
    def levels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def subjects(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def languages(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def skills(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def regular_care(self) -> bool: ...  # noqa: D102
    @property
    def returning(self) -> bool: ...  # noqa: D102


def tags_of(applicant: Tagged) -> tuple[str, ...]:
    """Return the tags of one application, sorted and each once.

    `gender:f`, `teach:sd` (a level that the person can teach), `subject:math`, `lang:bhw` (ISO 639-3), `skill:first-aid`,
    `health:regular-care` (needs a clinic within reach) and `experience:returning` (served before).
    """
    found = {
        *(f"teach:{level.lower()}" for level in applicant.levels),
        *(f"subject:{subject}" for subject in applicant.subjects),
        *(f"lang:{code}" for code in applicant.languages),
        *(f"skill:{skill}" for skill in applicant.skills),
    }
    if applicant.gender is not None:
        found.add(f"gender:{applicant.gender}")
    if applicant.regular_care:
        found.add("health:regular-care")
    if applicant.returning:
        found.add("experience:returning")
    return tuple(sorted(found))
