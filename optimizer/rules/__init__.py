"""The kinds of policy: for each its rows, its violation count and its sentence, behind one registry."""

from __future__ import annotations

from types import ModuleType
from typing import Any, cast

from optimizer.formulation.build import Builder
from optimizer.made import Made
from optimizer.problem import Policy
from optimizer.rules import apart, average, count, each, forbid, home, pin, share, spend, together
from optimizer.rules.words import IDENTIFIERS, Names

__all__ = ["IDENTIFIERS", "Names", "add_rows", "penalty_of", "sentence", "violation"]

REGISTRY: dict[str, ModuleType] = {
    "Count": count,
    "Share": share,
    "Spend": spend,
    "Each": each,
    "Home": home,
    "Together": together,
    "Apart": apart,
    "Pin": pin,
    "Forbid": forbid,
    "Average": average,
}


def _rule(policy: Policy) -> Any:
    return REGISTRY[type(policy).__name__]


def add_rows(policy: Policy, build: Builder) -> None:
    """Add the rows of `policy` to the formulation being built."""
    _rule(policy).rows(policy, build)


def violation(policy: Policy, made: Made) -> int:
    """Return by how many units the placements break `policy`; 0 where it holds."""
    return cast("int", _rule(policy).violation(policy, made))


def penalty_of(policies: tuple[Policy, ...], made: Made) -> int:
    """Return what the violations of the soft policies cost in all."""
    return sum(policy.penalty * violation(policy, made) for policy in policies if policy.penalty is not None)


def sentence(policy: Policy, language: str, names: Names = IDENTIFIERS) -> str:
    """Return `policy` as a plain sentence in `id` (Indonesian) or `en` (English).

    Args:
        policy: The rule.
        language: `id` or `en`.
        names: How the things it names are called; by default by their identifiers.
    """
    return cast("str", _rule(policy).sentence(policy, language, names))
