"""The figures of a solution: measures, the value of every tier, bounds, and whether the status says what they prove."""

from __future__ import annotations

from collections import Counter
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings
from optimizer.verification.placements import Placements
from optimizer.verification.policies import units_broken


def check_policies(placements: Placements, facts: Facts, findings: Findings) -> int:
    """Note every broken hard policy, and return what the broken soft ones cost in all."""
    penalty = 0
    for name, policy in facts.policies.items():
        units = units_broken(policy, placements, facts)
        price = policy.get("penalty")
        if price is not None:
            penalty += price * units
        elif units:
            message = f"Policy {name!r} ({policy['kind']}) is broken by {units}."
            findings.add("/placements", "policy-broken", message)
    return penalty


def measures(placements: Placements, penalty: int, facts: Facts) -> dict[str, int]:
    """Return every measure of the placements."""
    made = placements.all
    return {
        "placed": len(made),
        "need": sum(_one_by_default(facts.posts[one.post].get("need")) for one in made),
        "fit": sum(one.fit for one in made),
        "preference": sum(one.preference for one in made),
        "cost": sum(one.cost for one in made),
        "penalty": penalty,
        "kept": sum((one.volunteer, one.post) in facts.previous for one in made),
        "fairness": _fairness(placements, facts),
        "chosen": sum(_one_by_default(facts.volunteers[one.volunteer].get("weight")) for one in made),
    }


def _one_by_default(given: int | None) -> int:
    return 1 if given is None else given


def _fairness(placements: Placements, facts: Facts) -> int:
    seats: Counter[str] = Counter()
    for name, post in facts.posts.items():
        seats[facts.region_of_post[name]] += post["seats"]
    filled = Counter(facts.region_of_post[one.post] for one in placements.all)
    return min((1000 * filled[region] // number for region, number in seats.items() if number > 0), default=1000)


def check_tiers(tiers: list[Any], status: str, reached: dict[str, int], facts: Facts, findings: Findings) -> None:
    """Check each tier's value against `reached`, its bound against its value, and the status against both.

    A tier is proven when its bound leaves no more than the tolerance allows to be given up of it; the last one when both are equal.
    """
    if len(tiers) != len(facts.objective):
        message = f"The objective has {len(facts.objective)} tier(s) and the solution {len(tiers)}."
        findings.add("/tiers", "wrong-tiers", message)
        return
    proven = [_check_tier(position, tiers, reached, facts, findings) for position in range(len(tiers))]
    if None in proven:
        return
    if status == "optimal" and not all(proven):
        place = proven.index(False)
        findings.add("/status", "not-proven", f"Tier {place} is not proven, so the solution is not optimal.")
    if status == "feasible" and all(proven):
        findings.add("/status", "is-proven", "Every tier is proven, so the status is optimal.")


def _check_tier(
    position: int, tiers: list[Any], reached: dict[str, int], facts: Facts, findings: Findings
) -> bool | None:
    """Return whether the tier is proven; None where its figures are of the wrong type."""
    tier, pointer, goal = tiers[position], f"/tiers/{position}", facts.objective[position]
    if not findings.fields(tier, pointer, ("value", "bound")):
        return None
    value, bound = tier["value"], tier["bound"]
    if not findings.is_integer(value, f"{pointer}/value"):
        return None
    right = sum(weight * reached[name] for name, weight in goal.items() if name in reached and weight is not None)
    if value != right:
        findings.add(f"{pointer}/value", "wrong-figure", f"The value of the placements is {right}, not {value}.")
    if bound is None:
        return _without_bound(position, tiers, findings)
    if not findings.is_integer(bound, f"{pointer}/bound"):
        return None
    if bound < value:
        findings.add(f"{pointer}/bound", "bound-below-value", f"The bound {bound} is below the value {value}.")
    given_up = 0 if position == len(tiers) - 1 else abs(bound) * (goal.get("tolerance") or 0) // 1000
    return bool(bound - value <= given_up)


def _without_bound(position: int, tiers: list[Any], findings: Findings) -> bool:
    """Note a tier without a bound before one that has one: tiers are reached in order."""
    later = [tier for tier in tiers[position + 1 :] if isinstance(tier, dict)]
    if any(tier.get("bound") is not None for tier in later):
        message = "This tier was not reached, but a later one was."
        findings.add(f"/tiers/{position}/bound", "bound-missing", message)
    return False
