"""Pydantic's findings as `FieldError`s: all at once, each with its place, a sentence and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import Request

from app.core.i18n import mark
from app.core.problems import FieldError

# Pydantic's error type -> (sentence, remedy). Facts come from the error's context.
SENTENCES: dict[str, tuple[str, str]] = {
    "missing": (mark("This value is missing."), mark("Add it.")),
    "extra_forbidden": (mark("This name is not known here."), mark("Remove it, or use one of: {allowed}.")),
    "json_invalid": (mark("The body is not valid JSON: {error}."), mark("Check the brackets, commas and quotes.")),
    "string_type": (mark("A text is expected."), mark("Write it in quotation marks.")),
    "string_too_short": (
        mark("The text is too short."),
        mark("Write at least {min_length} characters."),
    ),
    "string_too_long": (mark("The text is too long."), mark("Write at most {max_length} characters.")),
    "string_pattern_mismatch": (
        mark("The text does not have the expected form."),
        mark("It has to match {pattern}."),
    ),
    "int_type": (mark("A whole number is expected."), mark("Write digits only, without quotation marks.")),
    "int_parsing": (mark("A whole number is expected."), mark("Write digits only.")),
    "int_from_float": (mark("A whole number is expected."), mark("Leave out the fraction.")),
    "float_type": (mark("A number is expected."), mark("Write a number with a point before the fraction.")),
    "float_parsing": (mark("A number is expected."), mark("Write a number with a point before the fraction.")),
    "finite_number": (mark("A finite number is expected."), mark("Leave out NaN and Infinity.")),
    "bool_type": (mark("Yes or no is expected."), mark("Write true or false.")),
    "bool_parsing": (mark("Yes or no is expected."), mark("Write true or false.")),
    "greater_than": (mark("The number is too small."), mark("Use a number above {gt}.")),
    "greater_than_equal": (mark("The number is too small."), mark("Use {ge} or more.")),
    "less_than": (mark("The number is too large."), mark("Use a number below {lt}.")),
    "less_than_equal": (mark("The number is too large."), mark("Use {le} or less.")),
    "enum": (mark("This is not one of the possible values."), mark("Use one of: {expected}.")),
    "literal_error": (mark("This is not one of the possible values."), mark("Use one of: {expected}.")),
    "list_type": (mark("A list is expected."), mark("Write the values in square brackets.")),
    "dict_type": (mark("An object is expected."), mark("Write it in curly brackets.")),
    "model_attributes_type": (
        mark("An object is expected."),
        mark("Write it in curly brackets, with Content-Type: application/json."),
    ),
    "too_short": (mark("The list is too short."), mark("Give at least {min_length} values.")),
    "too_long": (mark("The list is too long."), mark("Give at most {max_length} values.")),
    "date_type": (mark("A date is expected."), mark("Write it as 2027-07-15.")),
    "date_parsing": (mark("A date is expected."), mark("Write it as 2027-07-15.")),
    "date_from_datetime_parsing": (mark("A date is expected."), mark("Write it as 2027-07-15.")),
    "datetime_type": (mark("A time is expected."), mark("Write it as 2027-07-15T09:30:00+07:00.")),
    "datetime_parsing": (mark("A time is expected."), mark("Write it as 2027-07-15T09:30:00+07:00.")),
    "datetime_from_date_parsing": (mark("A time is expected."), mark("Write it as 2027-07-15T09:30:00+07:00.")),
    "timezone_aware": (mark("The time has no zone."), mark("Add the zone, for example +07:00.")),
}
GENERAL = (mark("This value cannot be used: {message}."), mark("See the documentation of this address."))


def field_errors(findings: Iterable[Mapping[str, Any] | Any], request: Request | None = None) -> list[FieldError]:
    """Turn Pydantic's findings into field errors, in their order."""
    return [_field_error(finding, request) for finding in findings]


def _field_error(finding: Mapping[str, Any], request: Request | None) -> FieldError:
    kind = str(finding["type"])
    place = [str(part) for part in finding["loc"]]
    facts = {key: str(value) for key, value in (finding.get("ctx") or {}).items()}
    facts["message"] = str(finding["msg"]).removeprefix("Value error, ").rstrip(".")
    if kind == "extra_forbidden":
        facts["allowed"] = ", ".join(allowed_names(request, place[0])) or "-"
    sentence, remedy = SENTENCES.get(kind, GENERAL)
    return FieldError(pointer(place, kind), kind, sentence, remedy, facts)


def pointer(place: Sequence[str], kind: str = "") -> str:
    """Return where a value is: a JSON pointer for the body, `query:name` and the like for the rest."""
    where, *names = place
    if where == "body":
        if kind == "json_invalid":
            return ""
        return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    return f"{where}:{'/'.join(names)}"


def allowed_names(request: Request | None, where: str) -> list[str]:
    """Return the parameter names that the matched route declares in the query."""
    if request is None or where != "query":
        return []
    dependant = getattr(request.scope.get("route"), "dependant", None)
    names: set[str] = set()
    for field in _query_fields(dependant):
        model = getattr(field.field_info, "annotation", None)
        inner = getattr(model, "model_fields", None)
        names |= set(inner) if inner else {field.alias}
    return sorted(names)


def _query_fields(dependant: Any) -> list[Any]:
    if dependant is None:
        return []
    fields = list(dependant.query_params)
    for child in dependant.dependencies:
        fields += _query_fields(child)
    return fields
