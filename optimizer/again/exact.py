"""Small rounds: the fewest changes of all, proven by CP-SAT on the whole formulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.again.table import Triple
from optimizer.engines.columns.clock import Clock
from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.assemble import assemble, columns_of, expression_of, triples_of
from optimizer.formulation.build import Builder
from optimizer.formulation.model import Expression
from optimizer.index import Index
from optimizer.problem import Tier

SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Fewest:
    """What a whole search found.

    Attributes:
        triples: the placements; None where none were found.
        bounds: proven bounds of the goals that come before keeping people where they are.
        kept: proven bound on how many can stay at their post; None where a goal before was not proven.
        proven: how many of the goals and, after them, of the other steps are proven.
        impossible: whether it is proven that no placement is lawful.
    """

    triples: list[Triple] | None
    bounds: list[int | None]
    kept: int | None
    proven: int = 0
    impossible: bool = False


def fewest_changes(
    index: Index, standing: Sequence[Triple], begin: Sequence[Triple] | None, goals: int, clock: Clock, seed: int
) -> Fewest:
    """Return the best placements on the first `goals` tiers, among those the ones that keep most people, then the best on the rest."""
    build = assemble(index)
    engine = CpSat(build.model)
    tiers = index.problem.objective
    at_post = {build.pairs[v, p]: 1 for v, p, _ in standing if (v, p) in build.pairs}
    steps: list[Tier | None] = [*tiers[:goals], None, *tiers[goals:]]
    triples = None if begin is None else list(begin)
    bounds: list[int | None] = []
    kept, proven, number = None, True, 0
    if triples is not None:
        engine.hint(columns_of(build, triples))
    for place, tier in enumerate(steps):
        expression = Expression(at_post) if tier is None else expression_of(tier, build)
        left = clock.left() * (1.0 if place == len(steps) - 1 else SHARE)
        if left <= 0:
            break
        run = Run(seconds=left if clock.limited else None, seed=seed, workers=clock.workers, cancelled=clock.cancelled)
        outcome = engine.maximise(expression, run)
        if outcome.values is None or outcome.value is None:
            return Fewest(triples, bounds, kept, number, outcome.status == "infeasible" and not place)
        triples = list(triples_of(build, outcome.values))
        engine.hint(outcome.values)
        if tier is None:
            kept = outcome.bound if proven else None
        elif place < goals:
            bounds.append(outcome.bound)
        give = 0 if tier is None else tier.give(outcome.value)
        proven = proven and outcome.bound is not None and outcome.bound - outcome.value <= give
        number += proven
        engine.at_least(expression, outcome.value - give)
    return Fewest(None if triples is None else _paid_as_before(build, triples, standing), bounds, kept, number)


def _paid_as_before(build: Builder, triples: Sequence[Triple], standing: Sequence[Triple]) -> list[Triple]:
    """Return the placements with whoever keeps a post paid as before, where somebody alike can take the other way to pay."""
    payer = {(person, post): agreement for person, post, agreement in triples}
    before = {(person, post): agreement for person, post, agreement in standing}
    for one in build.classes:
        mine = [(person, one.post) for person in one.volunteers if (person, one.post) in payer]
        left = Counter(payer[pair] for pair in mine)
        same = [pair for pair in mine if before.get(pair) in left]
        for pair in same:
            if left[before[pair]]:
                left[before[pair]] -= 1
                payer[pair] = before[pair]
                mine.remove(pair)
        payer.update(zip(mine, sorted(left.elements()), strict=True))
    return sorted((person, post, agreement) for (person, post), agreement in payer.items())
