"""Problems with one thing changed: a rule more, a rule less, a fund or an agreement without its limits.

A change is made in the document and read again, so that what is solved is a problem that anybody could have written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.fields import LARGEST
from optimizer.problem import Problem
from optimizer.reading import read_problem

Document = dict[str, Any]
PROBE = "probe"


def with_policy(problem: Problem, policy: Mapping[str, Any]) -> tuple[Problem, str]:
    """Return the problem with one hard policy more, and the identifier that it was given."""
    taken = {one.id for one in problem.policies}
    name = PROBE
    while name in taken:
        name += "'"
    document = dict(problem.document)
    document["policies"] = [*(document.get("policies") or ()), {"id": name, **policy}]
    return read_problem(document), name


def without(problem: Problem, kind: str, name: str) -> Problem:
    """Return the problem without a policy, or with a fund or an agreement that has no limits."""
    document = dict(problem.document)
    if kind == "policy":
        document["policies"] = [one for one in document["policies"] if one["id"] != name]
    elif kind == "fund":
        document["funds"] = [
            {**one, "budget": LARGEST} if one["id"] == name else one for one in document.get("funds") or ()
        ]
    elif document.get("agreements") is not None:  # otherwise each fund is its own agreement, and none has a limit
        document["agreements"] = [_unlimited(one) if one["id"] == name else one for one in document["agreements"]]
    return read_problem(document)


def _unlimited(agreement: Mapping[str, Any]) -> Document:
    return {field: value for field, value in agreement.items() if field not in {"min_placements", "max_placements"}}


def placed_at(volunteer: str, post: str) -> Document:
    """Return the rule that the volunteer is placed at the post."""
    return {"kind": "pin", "volunteer": volunteer, "post": post}


def placed_anywhere(volunteer: str) -> Document:
    """Return the rule that the volunteer is placed at all."""
    return {"kind": "count", "volunteers": {"ids": [volunteer]}, "min": 1}


def not_placed_at(volunteer: str, post: str) -> Document:
    """Return the rule that the volunteer is not placed at the post."""
    return {"kind": "forbid", "volunteers": {"ids": [volunteer]}, "posts": {"ids": [post]}}


def filled(post: str, number: int) -> Document:
    """Return the rule that at least so many are placed at the post."""
    return {"kind": "count", "posts": {"ids": [post]}, "min": number}


def under(agreement: str, number: int) -> Document:
    """Return the rule that at least so many are placed under the agreement."""
    return {"kind": "count", "agreements": {"ids": [agreement]}, "min": number}


def spent(fund: str, amount: int) -> Document:
    """Return the rule that the fund pays at least so many rupiah."""
    return {"kind": "spend", "funds": [fund], "min": amount}
