"""An irreducible set of policies, funds and agreements that cannot hold together.

Candidates come from a proof by linear programming over everything, which names few rules; where fractions of placements can meet all
rules, they are collected one solution after another: rules that a solution of the rules so far breaks join them, until there is none. Then
each candidate is left out in turn (deletion filter; Chinneck, *Feasibility and Infeasibility in Optimization*, 2008): if the others can
hold, which a solution shows, it stays. "Cannot" is always a proof in integers.
"""

from __future__ import annotations

import numpy as np

from optimizer.diagnosing.clock import Clock
from optimizer.diagnosing.columns import Ints
from optimizer.diagnosing.elastic import relaxed
from optimizer.diagnosing.holding import NEAR, broken_by, broken_by_parts, can_hold
from optimizer.diagnosing.system import System
from optimizer.formulation.model import Tag

NARROW = 4


def irreducible(system: System, clock: Clock) -> tuple[Tag, ...] | None:
    """Return an irreducible conflict of an impossible round, or None where it was not found in time (or there is none)."""
    candidates = _candidates(system, clock)
    if candidates is None:
        return None
    # Funds and agreements are tried first, so that a conflict that policies alone explain speaks of policies alone.
    waiting = sorted(candidates, key=lambda tag: (tag.kind == "policy", tag))
    needed: list[Tag] = []
    while waiting:
        tag, *waiting = waiting
        held = can_hold(system, [*needed, *waiting], clock)
        if held.can is None:
            return None
        if held.can:
            needed.append(tag)
    return tuple(sorted(needed))


def _candidates(system: System, clock: Clock) -> frozenset[Tag] | None:
    """Return rules that cannot hold together: those that ask for placements, and then those that what is placed for them would break."""
    tags = system.demanding()
    start: Ints | None = None
    while not clock.late():
        found = relaxed(system, tags, clock.late, start)
        if found is None:
            break
        if found.clash is not None:
            return _narrowed(system, found.clash, clock)
        more = broken_by_parts(system, found.values)
        if not found.met or not more:
            break
        tags |= more
        start = np.flatnonzero(found.values > NEAR)
    return _collected(system, clock)


def _narrowed(system: System, clash: frozenset[Tag], clock: Clock) -> frozenset[Tag]:
    """Prove again with the rules of a proof alone, as long as that takes fewer of them."""
    tags = clash
    while len(tags) > 1 and not clock.late():
        found = relaxed(system, tags, clock.late)
        if found is None or found.clash is None or len(found.clash) >= len(tags):
            break
        tags = found.clash
    return tags


def _collected(system: System, clock: Clock) -> frozenset[Tag] | None:
    """Collect rules that a solution of the rules so far breaks, the narrowest first, until no solution is left."""
    size = {tag: sum(len(line.columns) for line in system.lines[tag]) for tag in system.tags}
    tags: frozenset[Tag] = frozenset()
    while not clock.late():
        held = can_hold(system, tags, clock)
        if held.can is None:
            return None
        if not held.can:
            return tags
        more = broken_by(system, held.placements)
        if not more:
            return None
        # What clashes in whole numbers only is narrow as a rule; wide rules would make each step dear.
        narrow = NARROW * (1 + min(size[tag] for tag in more))
        tags |= {tag for tag in more if size[tag] <= narrow}
    return None
