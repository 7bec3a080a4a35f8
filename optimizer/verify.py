"""Checks a solution document against its problem document: every rule, every rupiah, every figure.

Written from the format alone. It shares no code with what computes solutions, reads the JSON as it stands, never solves anything, and
takes time in proportion to the documents. What it cannot know without solving it does not claim to check: that a bound which leaves a gap
is a true bound, and that a conflict of an infeasible round is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.canonical import digest
from optimizer.verification.facts import Facts
from optimizer.verification.figures import check_policies, check_tiers, measures
from optimizer.verification.findings import Finding, Findings, brief
from optimizer.verification.leftovers import check_conflict, check_relaxations, check_unfilled, check_unplaced
from optimizer.verification.placements import Placements, check_capacities, read_placements
from optimizer.verification.policies import units_broken

__all__ = ["Finding", "Report", "verify", "violations"]

FORMAT = "placement-solution/1"
STATUSES = ("optimal", "feasible", "infeasible", "unknown")
FIELDS = (
    "format",
    "problem",
    "status",
    "tiers",
    "placements",
    "unplaced",
    "unfilled",
    "conflict",
    "relaxations",
    "seed",
    "seconds",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check: `ok` only if there is no finding at all."""

    ok: bool
    findings: tuple[Finding, ...]


def verify(problem: Mapping[str, Any], solution: object) -> Report:
    """Check `solution` against `problem`.

    Args:
        problem: a document of format placement-problem/1 that `read_problem` accepts.
        solution: any JSON value; what is not a right document of format placement-solution/1 gets findings, never an exception.

    Returns:
        Every finding, each with a JSON pointer into the solution document.
    """
    findings = Findings()
    if findings.fields(solution, "", FIELDS) and isinstance(solution, dict):
        _check(problem, solution, findings)
    return Report(not findings.found, tuple(findings.found))


def violations(problem: Mapping[str, Any], solution: Mapping[str, Any]) -> dict[str, int]:
    """Return by how many units a solution without findings breaks each policy, by the policy's id; 0 where it holds."""
    facts = Facts(problem)
    placements = read_placements(solution["placements"], facts, Findings())
    return {name: units_broken(policy, placements, facts) for name, policy in facts.policies.items()}


def _check(problem: Mapping[str, Any], solution: dict[str, Any], findings: Findings) -> None:
    facts = Facts(problem)
    status = _check_head(problem, solution, findings)
    tiers, listed = solution["tiers"], solution["placements"]
    tiers_listed = findings.is_list(tiers, "/tiers")
    placements = Placements()
    if findings.is_list(listed, "/placements"):
        placements = read_placements(listed, facts, findings)
    if status in {"optimal", "feasible"}:
        check_capacities(placements, facts, findings)
        penalty = check_policies(placements, facts, findings)
        if tiers_listed:
            check_tiers(tiers, status, measures(placements, penalty, facts), facts, findings)
    else:
        for name in ("placements", "tiers"):
            if solution[name]:
                findings.add(f"/{name}", "not-empty", f"The status is {brief(status)}, so there are no {name}.")
    check_unplaced(solution["unplaced"], placements, facts, findings)
    check_unfilled(solution["unfilled"], placements, facts, findings)
    check_conflict(solution["conflict"], status, facts, findings)
    check_relaxations(solution["relaxations"], status, facts, findings)


def _check_head(problem: Mapping[str, Any], solution: dict[str, Any], findings: Findings) -> str:
    """Check the single fields, and return the status (empty where it is none)."""
    if solution["format"] != FORMAT:
        findings.add("/format", "unknown-format", f"{brief(solution['format'])} is not {FORMAT!r}.")
    right = digest(problem)
    if solution["problem"] != right:
        message = f"The hash of the problem is {right}, not {brief(solution['problem'])}: this answers another problem."
        findings.add("/problem", "other-problem", message)
    seed, seconds = solution["seed"], solution["seconds"]
    if findings.is_integer(seed, "/seed") and seed < 0:
        findings.add("/seed", "out-of-range", f"{brief(seed)} is negative.")
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or seconds < 0:
        findings.add("/seconds", "wrong-type", f"{brief(seconds)} is not a number of seconds.")
    status = solution["status"]
    if not isinstance(status, str) or status not in STATUSES:
        findings.add("/status", "unknown-value", f"{brief(status)} is not one of {', '.join(STATUSES)}.")
        return ""
    return status
