"""The short steps in which a profile is filled in on a phone, and what a posted step says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from app.applicants.places import Places, find_language
from app.applicants.schemas import ApplicantPatch
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.core.validation import field_errors

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Step:
    """One screen of the profile; `title` and `hint` are catalogue keys, `optional` steps may stay empty."""

    slug: str
    title: str
    hint: str
    fields: tuple[str, ...]
    optional: bool = False


STEPS: Final = (
    Step(
        "about",
        mark("About you"),
        mark("As it stands in your identity card."),
        ("name", "gender", "birth_year", "home"),
    ),
    Step(
        "teaching",
        mark("What you can teach"),
        mark("For SD you teach a class; above it you teach subjects."),
        ("levels", "subjects", "languages", "skills", "returning"),
    ),
    Step(
        "wishes",
        mark("Where you wish to go"),
        mark("We try to fulfil wishes, the first one first. Nobody is sent to a place that they refuse."),
        ("preferences", "refuses"),
        optional=True,
    ),
    Step(
        "limits",
        mark("Your limits"),
        mark("Be honest: it is no disadvantage, and it keeps you well."),
        ("max_hardship", "regular_care"),
        optional=True,
    ),
    Step("motivation", mark("Why you want to go"), mark("Reviewers read this without your name."), ("motivation",)),
)
BY_SLUG: Final[Mapping[str, Step]] = {step.slug: step for step in STEPS}
LISTS: Final = frozenset({"levels", "subjects", "skills"})
SWITCHES: Final = frozenset({"returning", "regular_care"})
NUMBERS: Final = frozenset({"birth_year", "max_hardship"})


def step_after(step: Step) -> Step | None:
    """Return the step that follows, or None after the last one."""
    return next((STEPS[place + 1] for place, one in enumerate(STEPS[:-1]) if one is step), None)


def step_of(pointer: str) -> Step | None:
    """Return the step in which the field of a pointer is filled in."""
    return next((step for step in STEPS if field_of(pointer) in step.fields), None)


def field_of(pointer: str) -> str:
    """Return the field of a JSON pointer: `preferences` for `/preferences/1`."""
    return pointer.removeprefix("/").split("/")[0]


def posted_values(step: Step, form: FormData, places: Places) -> dict[str, Any]:
    """Return what the posted `step` says, under the names of the API; empty fields are null, empty lines left out."""
    finders: dict[str, Callable[[str], str]] = {
        "languages": find_language,
        "preferences": places.find,
        "refuses": places.find,
    }
    values: dict[str, Any] = {}
    for field in step.fields:
        if field in finders:
            values[field] = [finders[field](text) for text in _texts(form, field)]
        elif field in LISTS:
            values[field] = _texts(form, field)
        elif field in SWITCHES:
            values[field] = bool(_texts(form, field))
        else:
            values[field] = _single(field, _texts(form, field))
    return values


def _texts(form: FormData, field: str) -> list[str]:
    return [text.strip() for text in form.getlist(field) if isinstance(text, str) and text.strip()]


def _single(field: str, texts: Sequence[str]) -> str | int | None:
    if not texts:
        return "" if field == "name" else None
    text = texts[0].replace("\r\n", "\n")
    return int(text) if field in NUMBERS and text.isascii() and text.isdigit() and len(text) < 10 else text


def patch_of(values: Mapping[str, Any]) -> ApplicantPatch:
    """Return `values` as a change of an application.

    Raises:
        Invalid: With every value that cannot be one.
    """
    return checked(ApplicantPatch, values)


def checked(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return `values` as a `model`; what Pydantic finds becomes the same problem that a program gets.

    Raises:
        Invalid: With every value that cannot be one.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Invalid(errors=field_errors(_as_posted(finding) for finding in error.errors())) from error


def _as_posted(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Place a finding in the body; nobody puts quotation marks around the numbers of a form."""
    kind = "int_parsing" if finding["type"] == "int_type" else finding["type"]
    return {**finding, "type": kind, "loc": ("body", *finding["loc"])}


def errors_by_field(errors: Iterable[FieldError]) -> dict[str, list[dict[str, str]]]:
    """Return the errors in words under the field that they stand beside."""
    found: dict[str, list[dict[str, str]]] = {}
    for error in errors:
        found.setdefault(field_of(error.pointer), []).append(error.document())
    return found
