"""Reads a policy with the optimizer's own eyes, so that what a manager is told is what a round will obey."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from app.policies.reading import Called, Finding, Known, Reading, Wording
from optimizer import DocumentError, Names, Policy, read_policy, sentence
from optimizer import Known as Nameable

# Where the optimizer's document says `id`, a person's form says `code`.
OUTSIDE: Final[Mapping[str, str]] = {"/id": "/code", "/kind": "/kind", "/penalty": "/penalty"}
# How the remedy of a wrong type begins, and what it asks for.
EXPECTED: Final[Mapping[str, str]] = {
    "Write an integer": "integer",
    "Write it in quotes": "text",
    "Write a name in quotes": "text",
    "Write a list": "list",
    "Write an object": "object",
}


class PolicyDocumentReader:
    """The reader of `app.policies` on top of the optimizer."""

    def read(self, wording: Wording, known: Known) -> Reading:
        """Return the sentences of `wording`, or everything that is wrong with it."""
        stray = [
            Finding(f"/parameters{name}", "unknown-field", facts={"field": name[1:], "allowed": "-"})
            for name in OUTSIDE
            if name[1:] in wording.parameters
        ]
        policy, errors = read_policy(_body(wording), _nameable(known))
        if policy is None or stray:
            return Reading(None, (*stray, *map(_finding, errors)))
        names = ReadableNames(known)
        return Reading((sentence(policy, "id", names), sentence(policy, "en", names)))


def with_sentences(names: Mapping[str, Any], policies: Iterable[Policy]) -> dict[str, Any]:
    """Return the names of a snapshot with the sentence of each policy, Indonesian and English, beside its title and reason."""
    readable = readable_names(names)
    spoken = {one.id: [sentence(one, "id", readable), sentence(one, "en", readable)] for one in policies}
    called = {code: {**words, "sentence": spoken[code]} for code, words in names["policies"].items()}
    return {**names, "policies": called}


def readable_names(names: Mapping[str, Any]) -> ReadableNames:
    """Return how a snapshot calls things, for sentences of the optimizer; people keep their codes."""
    return ReadableNames(_known_of(names))


def _known_of(names: Mapping[str, Any]) -> Known:
    """Return what a snapshot's names call by one text, or by an Indonesian and an English one."""
    places = names["posts"].values()
    one = {
        "region": names["regions"],
        "post": {code: f"{place['school']} ({code})" for code, place in names["posts"].items()},
        "school": {place["npsn"]: place["school"] for place in places},
        "fund": names["funds"],
        "sponsor": names["sponsors"],
    }
    known = {kind: {code: (name, name) for code, name in called.items()} for kind, called in one.items()}
    return {**known, "agreement": {code: (pair[0], pair[1]) for code, pair in names["agreements"].items()}}


class ReadableNames(Names):
    """Calls things by their names where they have one, by their identifiers where not (people have none here)."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def listed(self, kind: str, ids: Collection[str], language: str) -> str:
        """Return the names of some things of one kind."""
        called = self.known.get(kind, {})
        names = {key: _in(language, called[key]) if key in called else key for key in ids}
        return super().listed(kind, [names[key] for key in sorted(ids)], language)


def _in(language: str, called: Called) -> str:
    return called[0] if language == "id" else called[1]


def _body(wording: Wording) -> dict[str, Any]:
    body = {**wording.parameters, "id": wording.code, "kind": wording.kind}
    body.pop("penalty", None)
    return body if wording.penalty is None else {**body, "penalty": wording.penalty}


def _nameable(known: Known) -> Nameable:
    def of(kind: str) -> Mapping[str, Called]:
        return known.get(kind, {})

    return Nameable(
        regions=of("region"),
        schools=of("school"),
        posts=of("post"),
        volunteers=of("volunteer"),
        funds=of("fund"),
        agreements=of("agreement"),
        sponsors=set(of("sponsor")),
        groups=set(of("group")),
    )


def _finding(error: DocumentError) -> Finding:
    pointer = OUTSIDE.get(error.pointer, f"/parameters{error.pointer}")
    expects = ""
    if error.code == "wrong-type":
        expects = next((kind for start, kind in EXPECTED.items() if error.remedy.startswith(start)), "")
    return Finding(pointer, error.code, expects, {"field": "", "value": "", **error.facts})
