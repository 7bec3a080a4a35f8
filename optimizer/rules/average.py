"""`average`: the sum over matched placements of (value − min) is not negative."""

from __future__ import annotations

from optimizer.formulation.build import Builder, value_of
from optimizer.made import Made
from optimizer.problem import Average
from optimizer.rules import words


def rows(policy: Average, build: Builder) -> None:
    """Add the row of one policy."""
    value = value_of(build.index, policy.of)
    terms = build.matched(policy.where, lambda v, p: value(v, p) - policy.min)
    build.keep(policy, terms, 0, unit=10)


def violation(policy: Average, made: Made) -> int:
    """Return ⌈shortfall ÷ 10⌉."""
    value = value_of(made.index, policy.of)
    total = sum(value(one.volunteer, one.post) - policy.min for one in made.matched(policy.where))
    return max(0, -(total // 10))


def sentence(policy: Average, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    what = words.which(policy.where, language, names)
    if language == "id":
        of = {"suitability": "kelayakan", "fit": "kecocokan", "preference": "keinginan"}[policy.of]
        return f"Rata-rata {of} {what} paling sedikit {policy.min}."
    return f"The average {policy.of} of {what} is at least {policy.min}."
