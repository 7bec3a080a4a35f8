"""Reasons, conflicts and repairs in words: codes of the solution and the names that the snapshot kept, in the request's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.core.i18n import current_language, gettext, mark, rupiah

Names = Mapping[str, Any]

# Code of a reason -> (the field that lists what stands in the way, the kind of its names, the sentence).
REASONS: Final[dict[str, tuple[str | None, str, str]]] = {
    "no-eligible-post": (None, "", mark("No post of this round fits what the person can teach, or where the person will go.")),
    "no-eligible-volunteer": (None, "", mark("Nobody in the pool has what this post requires and would go there.")),
    "no-agreement": (None, "", mark("No agreement can pay for a placement here.")),
    "policy": ("policies", "policies", mark("It would break: {names}.")),
    "no-money-left": ("funds", "funds", mark("The money is used up: {names}.")),
    "agreement-full": ("agreements", "agreements", mark("The agreement has no placement left: {names}.")),
    "no-resource-left": ("resources", "resources", mark("Nothing is left of: {names}.")),
    "seats-taken": (None, "", mark("Every seat that fits is taken by somebody with whom the round does better.")),
    "volunteers-placed-elsewhere": (None, "", mark("Everybody who fits serves where it counts more.")),
    "not-better": (None, "", mark("A placement would be possible, but what counts in this round does not gain from it.")),
    "round-infeasible": (None, "", mark("The rules of this round cannot all hold, so nobody is placed.")),
    "nothing-found": (None, "", mark("The work limit was reached before a placement was found.")),
}  # fmt: skip
MEASURES: Final = {
    "placed": mark("placements"),
    "need": mark("need served"),
    "fit": mark("fit"),
    "preference": mark("wishes"),
    "cost": mark("cost"),
    "penalty": mark("broken soft rules"),
    "kept": mark("people kept at their school"),
    "fairness": mark("the least served region"),
}
UNKNOWN: Final = mark("The reason {code} is not known here.")

PARAMETERS: Final = {
    "min": mark("{name}: at least {works} instead of {today}."),
    "max": mark("{name}: at most {works} instead of {today}."),
    "percent": mark("{name}: {works} % instead of {today} %."),
    "min_placements": mark("{name}: at least {works} placements instead of {today}."),
    "max_placements": mark("{name}: at most {works} placements instead of {today}."),
    "budget": mark("{name}: a budget of {works} instead of {today}."),
    "active": mark("{name}: leave this rule out."),
}
KINDS: Final = {"policy": "policies", "fund": "funds", "agreement": "agreements", "resource": "resources"}


def name_of(names: Names, kind: str, code: str) -> str:
    """Return how a policy, fund, agreement or resource is called in the request's language; its code where it has no name."""
    found = names.get(kind, {}).get(code, code)
    if kind == "policies" and isinstance(found, Mapping):
        found = found["title"]
    if isinstance(found, Sequence) and not isinstance(found, str):
        found = found[0] if current_language() == "id" else found[1]
    return str(found)


def reason(names: Names, why: Mapping[str, Any]) -> tuple[str, list[str], str]:
    """Return (code, codes of what stands in the way, sentence) of one reason of a solution."""
    code = str(why["code"])
    field, kind, sentence = REASONS.get(code, (None, "", UNKNOWN))
    listed = [str(one) for one in why.get(field, ())] if field else []
    spoken = "; ".join(name_of(names, kind, one) for one in listed)
    return code, listed, gettext(sentence, names=spoken, code=code)


def reasons(names: Names, whys: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str], str]]:
    """Return every reason; see `reason`."""
    return [reason(names, why) for why in whys]


def relaxation(names: Names, repair: Mapping[str, Any]) -> str:
    """Return the changes that together make an impossible round possible, in a sentence each."""
    return " ".join(_change(names, one) for one in (repair, *repair.get("also", ())))


def _change(names: Names, change: Mapping[str, Any]) -> str:
    name = name_of(names, KINDS[change["kind"]], change["id"])
    money = change["parameter"] == "budget"
    today, works = ((rupiah(value) if money else value) for value in (change["today"], change["works"]))
    sentence = PARAMETERS.get(change["parameter"], PARAMETERS["active"])
    return gettext(sentence, name=name, today=today, works=works)


def goal(weights: Mapping[str, int]) -> str:
    """Return what a tier maximises, as a sum: `need served − broken soft rules`; weights of 1 are not written."""
    counted = [(name, weight) for name, weight in weights.items() if name != "tolerance"]
    text = ""
    for name, weight in counted:
        sign = ("− " if weight < 0 else "") if not text else (" − " if weight < 0 else " + ")
        times = "" if abs(weight) == 1 else f"{abs(weight)} × "
        text += f"{sign}{times}{gettext(MEASURES[name])}"
    return text
