"""`share`: 100 × matched ≥ percent × matched by `among`, in placements or in rupiah."""

from __future__ import annotations

from optimizer.formulation.build import Builder, add_terms
from optimizer.made import Made
from optimizer.problem import Share
from optimizer.rules import words


def rows(policy: Share, build: Builder) -> None:
    """Add the row of one policy."""
    weight = build.pair_cost if policy.of == "cost" else None
    terms: dict[int, int] = {}
    add_terms(terms, build.matched(policy.where, weight), 100)
    add_terms(terms, build.matched(policy.among, weight), -policy.percent)
    build.keep(policy, {column: amount for column, amount in terms.items() if amount}, 0, unit=100)


def violation(policy: Share, made: Made) -> int:
    """Return ⌈shortfall ÷ 100⌉."""
    money = policy.of == "cost"
    part = sum(one.cost if money else 1 for one in made.matched(policy.where))
    whole = sum(one.cost if money else 1 for one in made.matched(policy.among))
    return max(0, -(-(policy.percent * whole - 100 * part) // 100))


def sentence(policy: Share, language: str, names: words.Names) -> str:
    """Return the rule in words."""
    part, whole = words.which(policy.where, language, names), words.which(policy.among, language, names)
    phrases = " ".join(words.phrases(policy.where, language, names))
    if language == "id":
        of = "biaya " if policy.of == "cost" else ""
        return f"Paling sedikit {policy.percent} % dari {of}{whole} adalah {'untuk ' if of else ''}{part}."
    if policy.of == "cost":
        return f"At least {policy.percent} % of the cost of {whole} is for {part}."
    return f"At least {policy.percent} % of {whole} are {phrases or 'made'}."
