"""`count`: the number of matched placements lies in [min, max]."""

from __future__ import annotations

from optimizer.formulation.build import Builder
from optimizer.made import Made, outside
from optimizer.problem import Count
from optimizer.rules import words


def rows(policy: Count, build: Builder) -> None:
    """Add the rows of one policy."""
    build.keep(policy, build.matched(policy.where), policy.min or None, policy.max)


def violation(policy: Count, made: Made) -> int:
    """Return the distance to the nearer end."""
    return outside(len(made.matched(policy.where)), policy.min, policy.max)


def sentence(policy: Count, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    limit = words.bounds(policy.min, policy.max, language)
    what = words.which(policy.where, language, names)
    return f"Jumlah {what}: {limit}." if language == "id" else f"The number of {what} is {limit}."
