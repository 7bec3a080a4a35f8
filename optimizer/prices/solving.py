"""Changes solved again: what each really gains in each tier, beside what solving again without it gains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from optimizer.again.table import Triple
from optimizer.engines.columns.clock import Clock
from optimizer.prices.approach import Approach
from optimizer.prices.changes import Change
from optimizer.prices.confirm import Parts, Reached, whole
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.solve import Limits

CLOSE = 0.01
"""A proven gain confirms the relaxation's where it differs by less than one, or by no more than this part."""
SECONDS = 10.0
"""In large rounds a search of a part takes no longer,"""
FREE = 150
"""and so many of those with a place, and of those without, may change in a search."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What solving again with a change gave in one tier.

    Attributes:
        gain: how much more was found than without it.
        least: proven: at least so much; `most`: at most so much. None where that is not known.
        exact: whether the gain is proven.
    """

    gain: int
    least: int | None
    most: int | None
    exact: bool

    def confirms(self, step: float) -> bool:
        """Return whether a proven gain is what the relaxation says."""
        return self.exact and (abs(self.gain - step) < 1 or abs(self.gain - step) <= CLOSE * abs(step))

    def document(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return asdict(self)


class Confirmer:
    """Solves again with one change after another."""

    def __init__(self, approach: Approach, limits: Limits, cancelled: Callable[[], bool] | None) -> None:
        self.approach, self.limits, self.cancelled = approach, limits, cancelled
        self.problem = approach.standing.problem
        objective, values = self.problem.objective, approach.standing.values
        self.holds = [value - tier.give(value) for tier, value in zip(objective, values, strict=True)]
        self._base: list[Reached] | None = None

    def confirmed(
        self, change: Change, steps: Sequence[float], opened: Sequence[Triple] = ()
    ) -> list[Confirmed | None]:
        """Return what a change gains in each tier; in large rounds only in the first in which the relaxation says that it gains.

        Args:
            change: what is made wider.
            steps: what the relaxation gains by it in each tier.
            opened: placements that it opens.
        """
        changed = read_problem(change.applied(self.problem.document))
        if self.approach.small:
            return self._whole(changed)
        tier = next((number for number, step in enumerate(steps) if step > 0), None)
        return [] if tier is None else [None] * tier + [self._part(change, changed, tier, opened)]

    def _clock(self) -> Clock:
        return Clock(self.limits.seconds, None, self.cancelled, workers=self.limits.workers)

    def _whole(self, changed: Problem) -> list[Confirmed | None]:
        if self._base is None:
            self._base = self._reached(self.problem)
        return [_between(one, base) for one, base in zip(self._reached(changed), self._base, strict=True)]

    def _reached(self, problem: Problem) -> list[Reached]:
        standing = self.approach.standing
        return whole(problem, self.approach.triples, standing.values, self.holds, self._clock(), standing.seed)

    def _part(self, change: Change, changed: Problem, tier: int, opened: Sequence[Triple]) -> Confirmed:
        """Search a part with all others held, without the change and with it; the second begins from what the first found."""
        approach = self.approach
        near = [*approach.near(tier), *opened]
        table = approach.table
        posts = sorted({post for _, post, _ in opened})
        rows = [int(table.pricing.rows.seat_row[post]) for post in posts] or list(change.shift)
        agents = approach.touching(rows, tier, FREE)
        agents[[person for person, _, _ in opened if table.pool.team_of[person] < 0]] = True
        holds: list[int | None] = [*self.holds[:tier], *([None] * (len(self.holds) - tier))]
        seconds = min(self.limits.seconds or np.inf, SECONDS)
        before = Parts(self.problem, approach.triples, near).best(agents, [tier], holds, seconds)
        after = Parts(changed, before.triples, near).best(agents, [tier], holds, seconds)
        return Confirmed(after.values[tier] - before.values[tier], None, None, False)


def _between(one: Reached, base: Reached) -> Confirmed:
    least = None if base.bound is None else one.value - base.bound
    most = None if one.bound is None else one.bound - base.value
    return Confirmed(one.value - base.value, least, most, one.proven and base.proven)
