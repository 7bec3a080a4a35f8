"""The form of each kind of policy: which fields it has, and where each stands in the policy's parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from app.core.i18n import mark
from app.core.problems import FieldError

Shape = Literal["number", "list", "text", "choice"]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form; `choices` are (value, label), labels and hints catalogue keys."""

    path: Path
    label: str
    shape: Shape = "list"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name in the form: `posts.regions`."""
        return ".".join(self.path)

    @property
    def pointer(self) -> str:
        """Where its value stands in the body of a request."""
        return "/parameters/" + "/".join(self.path)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; `folded` ones are seldom needed and shown closed."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What people fill in for one kind of policy."""

    kind: str
    name: str
    purpose: str
    groups: tuple[Group, ...]

    def fields(self) -> Iterator[Field]:
        """Yield every field, in the order of the form."""
        for group in self.groups:
            yield from group.fields


CODES: Final = mark("Several are separated by commas. Empty: no limit.")
POSTS: Final = (
    Field(("posts", "regions"), mark("In these regions"), hint=mark("Codes such as 53 or 53.01, separated by commas.")),
    Field(("posts", "tags"), mark("Schools or needs with all of these tags"), hint=mark("Such as remote, level:sd.")),
    Field(("posts", "schools"), mark("At these schools"), hint=mark("National numbers, separated by commas.")),
    Field(("posts", "ids"), mark("At these needs"), hint=CODES),
)
VOLUNTEERS: Final = (
    Field(
        ("volunteers", "homes"),
        mark("People from these regions"),
        hint=mark("Codes such as 53 or 53.01, separated by commas."),
    ),
    Field(
        ("volunteers", "tags"),
        mark("People with all of these tags"),
        hint=mark("Such as teach:sd, experience:returning."),
    ),
    Field(("volunteers", "ids"), mark("These people"), hint=mark("Numbers of applicants, separated by commas.")),
    Field(("volunteers", "groups"), mark("These groups"), hint=CODES),
)
AGREEMENTS: Final = (
    Field(("agreements", "sponsors"), mark("Paid by these organisations"), hint=CODES),
    Field(("agreements", "ids"), mark("Under these agreements"), hint=CODES),
)
LOW: Final = Field(("min",), mark("At least"), "number", mark("Empty: none."))
HIGH: Final = Field(("max",), mark("At most"), "number", mark("Empty: no limit."))
CHOSEN: Final = (mark("Which places"), mark("Which people"), mark("Whose money"))
COMPARED: Final = (
    mark("Compared with these places (empty: all)"),
    mark("Compared with these people (empty: all)"),
    mark("Compared with this money (empty: all)"),
)
PLACES: Final = (("post", mark("need")), ("school", mark("school")), ("region", mark("region")))
PAYERS: Final = (("agreement", mark("agreement")), ("sponsor", mark("sponsor")))


def _which(inside: Path = ()) -> tuple[Group, ...]:
    """Return the three filters: where (shown open, unless it is what is compared with), who, and who pays."""
    titles = COMPARED if inside else CHOSEN
    return tuple(
        Group(title, tuple(replace(one, path=(*inside, *one.path)) for one in fields), folded=bool(inside or position))
        for position, (title, fields) in enumerate(zip(titles, (POSTS, VOLUNTEERS, AGREEMENTS), strict=True))
    )


def _of(label: str, choices: Iterable[tuple[str, str]]) -> Field:
    return Field(("of",), label, "choice", choices=tuple(choices))


RULE: Final = mark("The rule")
WHO: Final = Group(CHOSEN[1], VOLUNTEERS)
_FORMS: Final = (
    Form(
        "count",
        mark("How many in all"),
        mark("The number of placements is at least, or at most, so many."),
        (Group(RULE, (LOW, HIGH)), *_which()),
    ),
    Form(
        "share",
        mark("A share"),
        mark("At least so many per cent of placements, or of what they cost, are of one sort."),
        (
            Group(
                RULE,
                (
                    Field(("percent",), mark("At least, in per cent"), "number"),
                    _of(
                        mark("Counted in"),
                        (("placements", mark("placements")), ("cost", mark("rupiah"))),
                    ),
                ),
            ),
            *_which(),
            *_which(("among",)),
        ),
    ),
    Form(
        "each",
        mark("For each place or payer"),
        mark("Each region, school, need, agreement or sponsor gets at least, or at most, so many."),
        (
            Group(
                RULE,
                (
                    _of(mark("For each"), (*PLACES, *PAYERS)),
                    LOW,
                    HIGH,
                    Field(
                        ("when",),
                        mark("The least number counts"),
                        "choice",
                        choices=(
                            ("always", mark("always")),
                            ("open", mark("only where anybody is placed")),
                            ("matched", mark("only where somebody of the chosen ones is placed")),
                        ),
                    ),
                    Field(("ids",), mark("Only for these"), hint=CODES),
                ),
            ),
            *_which(),
        ),
    ),
    Form(
        "forbid",
        mark("Not at all"),
        mark("No such placement is made."),
        _which(),
    ),
    Form(
        "home",
        mark("Away from home"),
        mark("Nobody is placed in the region of origin."),
        (
            Group(
                RULE,
                (
                    Field(
                        ("level",),
                        mark("How far from home"),
                        "choice",
                        choices=(("0", mark("outside the own regency")), ("1", mark("outside the own province"))),
                    ),
                ),
            ),
            WHO,
        ),
    ),
    Form(
        "together",
        mark("Together"),
        mark("Those who applied as a group are placed at one place, or none of them is."),
        (
            Group(
                RULE,
                (_of(mark("At the same"), reversed(PLACES)), Field(("groups",), mark("Only these groups"), hint=CODES)),
            ),
        ),
    ),
    Form(
        "apart",
        mark("Apart"),
        mark("No two of the chosen people are placed at the same place."),
        (Group(RULE, (_of(mark("Not at the same"), reversed(PLACES)),)), WHO),
    ),
    Form(
        "spend",
        mark("An amount of money"),
        mark("What placements cost is at least, or at most, so many rupiah."),
        (
            Group(
                RULE,
                (
                    replace(LOW, label=mark("At least, in rupiah")),
                    replace(HIGH, label=mark("At most, in rupiah")),
                    Field(("funds",), mark("Only what these funds pay"), hint=CODES),
                ),
            ),
            *_which(),
        ),
    ),
    Form(
        "average",
        mark("An average"),
        mark("The average of a value over placements is at least so high."),
        (
            Group(
                RULE,
                (
                    _of(
                        mark("Which value"),
                        (
                            ("suitability", mark("suitability (0–100)")),
                            ("fit", mark("fit of person and need")),
                            ("preference", mark("wish of the person (0–10)")),
                        ),
                    ),
                    replace(LOW, hint=""),
                ),
            ),
            *_which(),
        ),
    ),
    Form(
        "pin",
        mark("One fixed placement"),
        mark("One person is placed at one need."),
        (
            Group(
                RULE,
                (
                    Field(("volunteer",), mark("Person"), "text", mark("Number of the applicant.")),
                    Field(("post",), mark("Need"), "text", mark("Code of the need.")),
                    Field(("agreement",), mark("Agreement"), "text", mark("Empty: any.")),
                ),
            ),
        ),
    ),
)
FORMS: Final[Mapping[str, Form]] = {form.kind: form for form in _FORMS}


def parameters_of(form: Form, filled: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that a filled-in form says; a number that is none stays a text, which the reader then refuses."""
    found: dict[str, Any] = {}
    for field in form.fields():
        text = filled.get(field.name, "").strip()
        if not text:
            continue
        *outer, last = field.path
        holder = found
        for name in outer:
            holder = holder.setdefault(name, {})
        holder[last] = _value(field, text)
    return found


def _value(field: Field, text: str) -> Any:
    if field.shape == "list":
        return [part for part in re.split(r"[\s,;]+", text) if part]
    if field.shape == "number" or field.path == ("level",):
        return whole_number(text)
    return text


def whole_number(text: str) -> int | str:
    """Return the number that a person wrote, perhaps as `Rp 1.500.000`; or the text where it is none."""
    plain = re.sub(r"^Rp|[.\s]", "", text.strip())
    return int(plain) if re.fullmatch(r"-?[0-9]{1,18}", plain) else text


def filled_with(form: Form, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the form that says `parameters`; the way back of `parameters_of`."""
    found: dict[str, str] = {}
    for field in form.fields():
        value: Any = parameters
        for name in field.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            found[field.name] = ", ".join(value) if isinstance(value, list) else str(value)
    return found


def by_field(form: Form, errors: Iterable[FieldError]) -> dict[str, list[FieldError]]:
    """Return the errors by the name of the field that each is about; those about none under an empty name."""
    names = {field.pointer: field.name for field in form.fields()}
    found: dict[str, list[FieldError]] = {}
    for error in errors:
        owners = [name for place, name in names.items() if f"{error.pointer}/".startswith(f"{place}/")]
        plain = "" if error.pointer.startswith("/parameters") else error.pointer[1:]
        found.setdefault(owners[0] if owners else plain, []).append(error)
    return found
