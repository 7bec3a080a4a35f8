"""The round without some people, as a document that anybody could have written: nothing in it names them any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.errors import DocumentError
from optimizer.explaining.questions import QuestionRefused
from optimizer.problem import Problem
from optimizer.reading import read_problem

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """A round after some people dropped out.

    Attributes:
        problem: without them.
        pins: identifiers of the pins that were theirs, which are gone with them.
        narrower: whether every placement of the round is also one of the round before, worth the same in every tier: then its proven
            bounds hold for this one too.
    """

    problem: Problem
    pins: tuple[str, ...]
    narrower: bool


def without_people(problem: Problem, names: Collection[str]) -> Left:
    """Return the round without some volunteers.

    Raises:
        QuestionRefused: the round does not know one of them, or nobody is named.
    """
    known = {person.id: person for person in problem.volunteers}
    _check(names, known)
    document: Document = dict(problem.document)
    document["volunteers"] = [one for one in document["volunteers"] if one["id"] not in names]
    for part in ("pairs", "previous"):
        if document.get(part):
            document[part] = [one for one in document[part] if one["volunteer"] not in names]
    groups = {one.group for one in problem.volunteers if one.id not in names and one.group is not None}
    policies = document.get("policies") or ()
    pins = [one["id"] for one in policies if one["kind"] == "pin" and one["volunteer"] in names]
    document["policies"] = [_unnamed(one, names, groups) for one in policies if one["id"] not in pins]
    grouped = any(known[name].group is not None for name in names)
    return Left(read_problem(document), tuple(sorted(pins)), not pins and not grouped)


def _check(names: Collection[str], known: Mapping[str, object]) -> None:
    wrong = [
        DocumentError(
            "", "unknown-identifier", f"The problem has no volunteer {name!r}.", "Name a volunteer of the problem."
        )
        for name in sorted(names)
        if name not in known
    ]
    if not names:
        wrong = [DocumentError("", "nobody-named", "Nobody drops out.", "Name at least one volunteer.")]
    if wrong:
        raise QuestionRefused(wrong)


def _unnamed(policy: Mapping[str, Any], names: Collection[str], groups: Collection[str]) -> Document:
    """Return a policy whose filters name only who is still there."""
    found = dict(policy)
    if found.get("groups") is not None:
        found["groups"] = [one for one in found["groups"] if one in groups]
    if found.get("among") is not None:
        found["among"] = _unnamed(found["among"], names, groups)
    if found.get("volunteers") is not None:
        chosen = dict(found["volunteers"])
        if chosen.get("ids") is not None:
            chosen["ids"] = [one for one in chosen["ids"] if one not in names]
        if chosen.get("groups") is not None:
            chosen["groups"] = [one for one in chosen["groups"] if one in groups]
        found["volunteers"] = chosen
    return found
