"""`spend`: what the matched placements cost, or what the named funds pay of it, lies in [min, max] rupiah."""

from __future__ import annotations

from optimizer.formulation.build import Builder
from optimizer.made import Made, outside
from optimizer.problem import Spend
from optimizer.rules import words


def rows(policy: Spend, build: Builder) -> None:
    """Add the rows of one policy."""
    if policy.funds is None:
        terms = build.matched(policy.where, build.pair_cost)
    else:
        agreements = build.index.agreements_in(policy.where.agreements)
        terms = build.by_agreement(policy.where, agreements, paid_by=policy.funds)
    build.keep(policy, terms, policy.min or None, policy.max)


def violation(policy: Spend, made: Made) -> int:
    """Return the distance to the nearer end, in rupiah."""
    chosen = made.matched(policy.where)
    spent = sum(one.cost if policy.funds is None else made.paid_by(one, policy.funds) for one in chosen)
    return outside(spent, policy.min, policy.max)


def sentence(policy: Spend, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    limit = words.bounds(policy.min, policy.max, language, "Rp")
    what = words.which(policy.where, language, names)
    funds = "" if policy.funds is None else names.listed("fund", policy.funds, language)
    if language == "id":
        return f"Biaya {what}{f' dari dana {funds}' if funds else ''}: {limit}."
    return f"What {what} cost{f' the funds {funds}' if funds else ''} is {limit}."
