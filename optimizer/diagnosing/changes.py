"""What may be changed in a rule so that a round becomes possible: one parameter of one policy, fund or agreement.

A *handle* is such a parameter, with the rows that stand on it. How far it must move is read off placements that keep everything else, and
the change is made in the document, so that anybody can make it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.diagnosing.system import Line, System
from optimizer.formulation.model import Tag
from optimizer.made import Made
from optimizer.problem import Average, Count, Each, Policy, Problem, Share, Spend
from optimizer.rules import each

Document = dict[str, Any]
LOWER, UPPER, WHOLE = "lower", "upper", "whole"


@dataclass(frozen=True, slots=True, order=True)
class Handle:
    """One parameter of one rule; `part` says which of its rows stand on it: those with a lower or an upper end, or the whole rule."""

    tag: Tag
    parameter: str
    part: str

    def lines(self, system: System) -> list[Line]:
        """Return the rows that stand on the parameter."""
        lines = system.lines.get(self.tag, [])
        if self.part == LOWER:
            return [line for line in lines if line.lower is not None]
        if self.part == UPPER:
            return [line for line in lines if line.upper is not None and not line.extras]
        return lines


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter's value today and a value that works."""

    handle: Handle
    today: int | bool
    works: int | bool

    @property
    def size(self) -> float:
        """By which part of itself the parameter changes; a rule that is given up changes wholly."""
        if isinstance(self.today, bool) or isinstance(self.works, bool):
            return 1.0
        return abs(self.works - self.today) / max(1, abs(self.today))

    def document(self) -> Document:
        """Return the change as JSON-ready data."""
        tag = self.handle.tag
        return {
            "kind": tag.kind,
            "id": tag.id,
            "parameter": self.handle.parameter,
            "today": self.today,
            "works": self.works,
        }


def handles(problem: Problem, tag: Tag) -> Iterator[Handle]:
    """Yield what may be changed in a rule."""
    if tag.kind == "fund":
        yield Handle(tag, "budget", UPPER)
        return
    if tag.kind == "agreement":
        agreement = next(one for one in problem.agreements if one.id == tag.id)
        if agreement.min_placements:
            yield Handle(tag, "min_placements", LOWER)
        if agreement.max_placements is not None:
            yield Handle(tag, "max_placements", UPPER)
        return
    policy = _policy(problem, tag)
    if isinstance(policy, Count | Spend | Each):
        if policy.min:
            yield Handle(tag, "min", LOWER)
        if policy.max is not None:
            yield Handle(tag, "max", UPPER)
    elif isinstance(policy, Share):
        yield Handle(tag, "percent", WHOLE)
    elif isinstance(policy, Average):
        yield Handle(tag, "min", WHOLE)
    else:
        yield Handle(tag, "active", WHOLE)


def _policy(problem: Problem, tag: Tag) -> Policy:
    return next(one for one in problem.policies if one.id == tag.id)


def today(problem: Problem, handle: Handle) -> int | bool:
    """Return the parameter's value."""
    if handle.parameter == "active":
        return True
    if handle.tag.kind == "policy":
        owner: Any = _policy(problem, handle.tag)
    else:
        owner = next(one for one in getattr(problem, f"{handle.tag.kind}s") if one.id == handle.tag.id)
    return int(getattr(owner, handle.parameter))


def read_off(handle: Handle, made: Made) -> int | bool:
    """Return the value nearest to today's that the placements keep."""
    problem = made.index.problem
    now = today(problem, handle)
    if isinstance(now, bool):
        return False
    reached = _reached(handle, made)
    return max(now, *reached) if handle.part == UPPER else min(now, *reached)


def _reached(handle: Handle, made: Made) -> list[int]:
    """Return what the parameter bounds, once for each thing that it bounds."""
    problem, tag = made.index.problem, handle.tag
    if tag.kind == "fund":
        return [sum(made.paid_by(one, frozenset([tag.id])) for one in made.placements)]
    if tag.kind == "agreement":
        position = made.index.agreement[tag.id]
        return [sum(one.agreement == position for one in made.placements)]
    policy = _policy(problem, tag)
    if isinstance(policy, Share):
        money = policy.of == "cost"
        part, whole = (
            sum(one.cost if money else 1 for one in made.matched(where)) for where in (policy.where, policy.among)
        )
        return [100 * part // whole if whole else 100]
    if isinstance(policy, Average):
        chosen = made.matched(policy.where)
        people = problem.volunteers
        value = {
            "fit": [one.fit for one in chosen],
            "preference": [one.preference for one in chosen],
            "suitability": [people[one.volunteer].suitability for one in chosen],
        }[policy.of]
        return [sum(value) // len(value) if value else policy.min]
    if isinstance(policy, Each):
        return _each(policy, made, binding=handle.part == LOWER)
    if isinstance(policy, Spend):
        funds = policy.funds
        return [sum(one.cost if funds is None else made.paid_by(one, funds) for one in made.matched(policy.where))]
    return [len(made.matched(policy.where))] if isinstance(policy, Count) else []


def _each(policy: Each, made: Made, *, binding: bool) -> list[int]:
    if binding:
        return list(each.binding_numbers(policy, made)) or [policy.min]
    own = made.own_numbers(policy.of, made.matched(policy.where))
    return [own.get(thing, 0) for thing in made.things(policy)] or [0]


def changed(document: Mapping[str, Any], changes: Iterable[Change]) -> Document:
    """Return the problem document with changes made."""
    found = dict(document)
    for change in changes:
        tag, parameter = change.handle.tag, change.handle.parameter
        name = {"policy": "policies", "fund": "funds", "agreement": "agreements"}[tag.kind]
        if parameter == "active":
            found[name] = [one for one in found[name] if one["id"] != tag.id]
        else:
            found[name] = [{**one, parameter: change.works} if one["id"] == tag.id else one for one in found[name]]
    return found
