"""Who is left over, which seats stay empty, and what is said of an infeasible round."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings, brief, token
from optimizer.verification.placements import Placements

NAMED = ("policies", "funds", "agreements", "resources")
# What a relaxation may change: parameter -> where its value stands today when it is not given.
PARAMETERS: dict[str, dict[str, object]] = {
    "fund": {"budget": 0},
    "agreement": {"min_placements": 0, "max_placements": None},
    "policy": {"min": 0, "max": None, "percent": 0, "active": True},
}


def check_unplaced(listed: object, placements: Placements, facts: Facts, findings: Findings) -> None:
    """Check that exactly the volunteers without a placement are listed, each once."""
    left = facts.volunteers.keys() - placements.of_volunteer.keys()
    told = _told(listed, "/unplaced", ("volunteer", "why"), facts.volunteers, facts, findings)
    for name, (pointer, _) in told.items():
        if name not in left:
            findings.add(pointer, "not-unplaced", f"{name!r} has a placement.")
    for name in sorted(left - told.keys()):
        findings.add("/unplaced", "unplaced-missing", f"{name!r} has no placement and is not listed.")


def check_unfilled(listed: object, placements: Placements, facts: Facts, findings: Findings) -> None:
    """Check that exactly the posts with open seats are listed, each once, with the right number."""
    free = {name: post["seats"] - len(placements.at_post.get(name, ())) for name, post in facts.posts.items()}
    told = _told(listed, "/unfilled", ("post", "seats", "why"), facts.posts, facts, findings)
    for name, (pointer, entry) in told.items():
        seats = entry["seats"]
        if free[name] <= 0:
            findings.add(pointer, "not-unfilled", f"{name!r} has no open seat.")
        elif findings.is_integer(seats, f"{pointer}/seats") and seats != free[name]:
            findings.add(f"{pointer}/seats", "wrong-figure", f"{name!r} has {free[name]} open seat(s), not {seats}.")
    for name in sorted(name for name, seats in free.items() if seats > 0 and name not in told):
        findings.add("/unfilled", "unfilled-missing", f"{name!r} has {free[name]} open seat(s) and is not listed.")


def _told(
    listed: object, place: str, fields: tuple[str, ...], known: Collection[str], facts: Facts, findings: Findings
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the entries of a list by the identifier in their first field, each with its pointer."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    if not findings.is_list(listed, place):
        return found
    for position, entry in enumerate(listed):
        pointer, field = f"{place}/{position}", fields[0]
        if not findings.fields(entry, pointer, fields):
            continue
        if not findings.is_known(entry[field], known, f"{pointer}/{field}", field):
            continue
        if entry[field] in found:
            findings.add(f"{pointer}/{field}", "listed-twice", f"{entry[field]!r} is listed already.")
        _check_why(entry["why"], f"{pointer}/why", facts, findings)
        found[entry[field]] = (pointer, entry)
    return found


def _check_why(reasons: object, pointer: str, facts: Facts, findings: Findings) -> None:
    if not findings.is_list(reasons, pointer):
        return
    if not reasons:
        findings.add(pointer, "reason-missing", "No reason is given.")
    known: dict[str, Mapping[str, Any]] = {name: getattr(facts, name) for name in NAMED}
    for position, reason in enumerate(reasons):
        here = f"{pointer}/{position}"
        if not findings.fields(reason, here, ("code",), NAMED):
            continue
        code = reason["code"]
        if not isinstance(code, str) or not code:
            findings.add(f"{here}/code", "wrong-type", f"{brief(code)} is not the code of a reason.")
        for name in NAMED:
            if name in reason:
                _check_names(reason[name], f"{here}/{name}", known[name], name, findings)


def _check_names(listed: object, pointer: str, known: Collection[str], what: str, findings: Findings) -> None:
    if not findings.is_list(listed, pointer):
        return
    seen: set[str] = set()
    for position, name in enumerate(listed):
        if findings.is_known(name, known, f"{pointer}/{position}", f"one among the {what} called"):
            if name in seen:
                findings.add(f"{pointer}/{position}", "listed-twice", f"{name!r} is listed already.")
            seen.add(name)


# infeasible rounds -----------------------------------------------------------------------------------------------------------


def check_conflict(conflict: object, status: str, facts: Facts, findings: Findings) -> None:
    """Check that only an infeasible round has a conflict, and that it names hard policies, funds and agreements, each once.

    A null of an infeasible round says that the limit came before an irreducible set was found.
    """
    if conflict is None:
        return
    if not findings.is_list(conflict, "/conflict"):
        return
    if status != "infeasible":
        findings.add("/conflict", "conflict-not-allowed", f"The status is {status}, so there is no conflict.")
    if not conflict:
        findings.add("/conflict", "conflict-empty", "An infeasible round has at least one thing that cannot hold.")
    seen: set[tuple[str, str]] = set()
    for position, entry in enumerate(conflict):
        pointer = f"/conflict/{position}"
        if findings.fields(entry, pointer, ("kind", "id")) and _is_tag(entry, pointer, facts, findings):
            tag = (entry["kind"], entry["id"])
            if tag in seen:
                findings.add(pointer, "listed-twice", f"{tag[0]} {tag[1]!r} is listed already.")
            seen.add(tag)


def _is_tag(entry: dict[str, Any], pointer: str, facts: Facts, findings: Findings) -> bool:
    kinds = {"policy": facts.policies, "fund": facts.funds, "agreement": facts.agreements}
    kind, name = entry["kind"], entry["id"]
    if not findings.is_known(kind, kinds, f"{pointer}/kind", "kind"):
        return False
    if not findings.is_known(name, kinds[kind], f"{pointer}/id", kind):
        return False
    if kind == "policy" and facts.policies[name].get("penalty") is not None:
        findings.add(pointer, "not-hard", f"Policy {name!r} is soft and cannot make a round infeasible.")
    return True


def check_relaxations(listed: object, status: str, facts: Facts, findings: Findings) -> None:
    """Check that only an infeasible round has relaxations, and that each names a parameter, its value today and a wider one."""
    if not findings.is_list(listed, "/relaxations"):
        return
    if listed and status != "infeasible":
        findings.add("/relaxations", "relaxation-not-allowed", f"The status is {status}, so nothing needs to change.")
    for position, entry in enumerate(listed):
        pointer = f"/relaxations/{position}"
        fields = ("kind", "id", "parameter", "today", "works", "reaches")
        if findings.fields(entry, pointer, fields, ("also",)):
            _check_change(entry, pointer, facts, findings)
            _check_reaches(entry["reaches"], f"{pointer}/reaches", findings)
            _check_also(entry.get("also"), f"{pointer}/also", facts, findings)


def _check_also(also: object, pointer: str, facts: Facts, findings: Findings) -> None:
    if also is not None and findings.is_list(also, pointer):
        for position, entry in enumerate(also):
            here = f"{pointer}/{position}"
            if findings.fields(entry, here, ("kind", "id", "parameter", "today", "works")):
                _check_change(entry, here, facts, findings)


def _check_change(entry: dict[str, Any], pointer: str, facts: Facts, findings: Findings) -> None:
    if not _is_tag(entry, pointer, facts, findings):
        return
    kind, parameter, works = entry["kind"], entry["parameter"], entry["works"]
    if not findings.is_known(parameter, PARAMETERS[kind], f"{pointer}/parameter", f"parameter of a {kind}"):
        return
    lists: dict[str, Mapping[str, Any]] = {
        "policy": facts.policies,
        "fund": facts.funds,
        "agreement": facts.agreements,
    }
    given = lists[kind][entry["id"]].get(parameter)
    today = PARAMETERS[kind][parameter] if given is None else given
    if entry["today"] != today or type(entry["today"]) is not type(today):
        findings.add(f"{pointer}/today", "wrong-figure", f"Today it is {brief(today)}, not {brief(entry['today'])}.")
    elif not WIDER[parameter](today, works):
        findings.add(f"{pointer}/works", "not-wider", f"{brief(works)} does not widen {brief(today)}.")


def _is_less(today: object, works: object) -> bool:
    return type(today) is int and type(works) is int and works < today


def _is_more(today: object, works: object) -> bool:
    return type(today) is int and (works is None or (type(works) is int and works > today))


WIDER: dict[str, Callable[[object, object], bool]] = {
    "budget": _is_more,
    "max_placements": _is_more,
    "max": _is_more,
    "min_placements": _is_less,
    "min": _is_less,
    "percent": _is_less,
    "active": lambda today, works: today is True and works is False,
}


def _check_reaches(reaches: object, pointer: str, findings: Findings) -> None:
    if not isinstance(reaches, dict):
        findings.add(pointer, "wrong-type", f"{brief(reaches)} is not an object.")
        return
    for name, value in reaches.items():
        if name == "tiers":
            if findings.is_list(value, f"{pointer}/tiers"):
                for position, one in enumerate(value):
                    findings.is_integer(one, f"{pointer}/tiers/{position}")
        else:
            findings.is_integer(value, f"{pointer}/{token(name)}")
