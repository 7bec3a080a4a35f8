"""The whole formulation of a problem, and the way back from columns to placements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.formulation.build import Builder, add_terms
from optimizer.formulation.model import Expression
from optimizer.index import Index
from optimizer.problem import Tier
from optimizer.rules import add_rows


def assemble(index: Index, copies: Sequence[int] | None = None) -> Builder:
    """Return the builder with every column, row and measure of the problem; `copies`: how many people each volunteer stands for."""
    build = Builder(index, exact=_needs_exact(index.problem.objective), copies=copies)
    build.add_placements()
    build.add_money()
    for policy in index.problem.policies:
        add_rows(policy, build)
    build.add_measures()
    return build


def _needs_exact(tiers: Sequence[Tier]) -> bool:
    """Return whether a tier rewards breaking soft rules, or the least fairness: then one-sided rows would let it cheat."""
    return any(tier.weights.get("penalty", 0) > 0 or tier.weights.get("fairness", 0) < 0 for tier in tiers)


def expression_of(tier: Tier, build: Builder) -> Expression:
    """Return what the tier maximises, over the columns."""
    terms: dict[int, int] = {}
    constant = 0
    for measure, weight in tier.weights.items():
        expression = build.model.measures[measure]
        add_terms(terms, expression.terms, weight)
        constant += weight * expression.constant
    return Expression({column: amount for column, amount in terms.items() if amount}, constant)


def triples_of(build: Builder, values: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the placements (volunteer, post, agreement) by position; a class's people take its agreements in order."""
    for one in build.classes:
        placed = [person for person in one.volunteers if values[build.pairs[person, one.post]]]
        if len(one.options) == 1:
            payers = list(one.options) * len(placed)
        else:
            payers = [
                payer for payer, terms in sorted(one.options.items()) for column in terms for _ in range(values[column])
            ]
        yield from ((person, one.post, payer) for person, payer in zip(placed, payers, strict=True))


def columns_of(build: Builder, triples: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Return the values of the placements' columns (of pairs, and of the ways to pay) for placements by position."""
    values = dict.fromkeys(build.pairs.values(), 0)
    payers = {(person, post): payer for person, post, payer in triples}
    for person, post in payers:
        values[build.pairs[person, post]] = 1
    for one in build.classes:
        if len(one.options) == 1:
            continue
        paid = [payers[person, one.post] for person in one.volunteers if (person, one.post) in payers]
        values.update({column: paid.count(payer) for payer, terms in one.options.items() for column in terms})
    return values
