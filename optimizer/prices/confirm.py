"""What a change really brings: the problem is solved again with it, tier by tier, with the earlier tiers held at what the solution reached.

In small rounds CP-SAT proves both sides. In larger ones the same exact search (people who wait, and those whose placements the change
touches, with all others held) is made without and with the change: the gain is what it adds there, and no more is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.again.search import Search
from optimizer.again.table import Table, Triple
from optimizer.engines.columns.clock import Clock
from optimizer.engines.cpsat import CpSat, Run
from optimizer.formulation.arrays import Bools
from optimizer.formulation.assemble import assemble, columns_of, expression_of
from optimizer.index import Index
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Reached:
    """What one tier reaches with the earlier ones held: the best found, and a proven bound (None: none)."""

    value: int
    bound: int | None

    @property
    def proven(self) -> bool:
        """Whether it is the best there is."""
        return self.bound == self.value


@dataclass(frozen=True, slots=True)
class Part:
    """What a search over a part found: placements, values of the tiers, and whether nothing in that part is better."""

    triples: list[Triple]
    values: list[int]
    exact: bool


def whole(
    problem: Problem, begin: Sequence[Triple], values: Sequence[int], holds: Sequence[int], clock: Clock, seed: int
) -> list[Reached]:
    """Return what each tier reaches with those before it held at `holds`, over the whole formulation.

    Args:
        problem: what is solved.
        begin: lawful placements.
        values: what they reach in each tier, at least.
        holds: what is kept of each tier in the later ones.
        clock: how long.
        seed: decides ties.
    """
    build = assemble(Index(problem))
    engine = CpSat(build.model)
    engine.hint(columns_of(build, begin))
    found = []
    for place, (tier, now, least) in enumerate(zip(problem.objective, values, holds, strict=True)):
        expression = expression_of(tier, build)
        left = clock.left() / (len(holds) - place)
        run = Run(
            max(left, 0.05) if clock.limited else None, seed=seed, workers=clock.workers, cancelled=clock.cancelled
        )
        outcome = engine.maximise(expression, run)
        value = now if outcome.value is None else max(now, outcome.value)
        found.append(Reached(value, outcome.bound))
        engine.at_least(expression, least)
    return found


class Parts:
    """Exact searches over a part of a large round; all others stay where they are."""

    def __init__(self, problem: Problem, standing: Sequence[Triple], near: Sequence[Triple]) -> None:
        """Lay out the placements near the best beside those that stand; those of groups are left out."""
        self.table = Table(problem, standing)
        self.columns = self.table.add_triples(near)

    def best(self, agents: Bools, order: Sequence[int], holds: Sequence[int | None], seconds: float) -> Part:
        """Return the best found with some agents free.

        Args:
            agents: who may change.
            order: the tiers that are maximised, most important first.
            holds: what is kept of each tier (None: nothing).
            seconds: how long at most.
        """
        table = self.table
        search = Search(table, Clock(seconds))
        search.keep(holds)
        own = [column for agent, column in table.start.items() if agents[agent]]
        columns = np.union1d(self.columns[agents[table.pool.agent[self.columns]]], np.array(own, dtype=np.int64))
        found = search.best(columns, order, table.start)
        search.keep(())
        chosen = table.start if found is None else found.columns
        values = table.limits.assess(table.pool.activity(chosen.values()), search.holds)
        if values is None:
            raise AssertionError("what stands is lawful, and stays so when a limit is wider")
        return Part(sorted(table.pool.triples(chosen.values())), values[: len(holds)], search.exact)
