"""`forbid`: no matched placement is made."""

from __future__ import annotations

from optimizer.formulation.build import Builder
from optimizer.made import Made
from optimizer.problem import Forbid
from optimizer.rules import words


def rows(policy: Forbid, build: Builder) -> None:
    """Add the row of one policy."""
    build.charge(policy, build.matched(policy.where))


def violation(policy: Forbid, made: Made) -> int:
    """Return the number of placements that break it."""
    return len(made.matched(policy.where))


def sentence(policy: Forbid, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    what = words.which(policy.where, language, names)
    return f"Tidak ada {what}." if language == "id" else f"There are no {what}."
