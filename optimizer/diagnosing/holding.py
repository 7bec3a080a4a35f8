"""Whether some rules of a round can hold together, and which rules given placements break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from optimizer.diagnosing.clock import Clock
from optimizer.diagnosing.columns import NONE, Bools, Ints
from optimizer.diagnosing.elastic import Reals, Relaxed, relaxed
from optimizer.diagnosing.merged import Held, Merged, helpful
from optimizer.diagnosing.system import Line, System
from optimizer.formulation.model import Tag

LARGE = 50_000
"""With more placements that can help, linear programming says first which are worth looking at."""
LOCAL = 5_000
SOON = 15.0
NEAR = 1e-9
TOLERANCE = 1e-6


@dataclass(slots=True)
class Known:
    """What earlier searches in the same round found: placements worth looking at (by column), and the last that were made."""

    core: Bools
    placements: Ints = field(default_factory=lambda: NONE)

    @classmethod
    def nothing(cls, system: System) -> Known:
        """Return what is known at first."""
        return cls(np.zeros(len(system.columns), dtype=np.bool_))


def can_hold(
    system: System, tags: Iterable[Tag], clock: Clock, goals: Iterable[Line] = (), known: Known | None = None
) -> Held:
    """Return whether some rules can hold together, with placements that show it and break `goals` as little as was found."""
    chosen, aims = frozenset(tags), list(goals)
    lines = [line for line in system.of(chosen) if not system.is_seats(line)]
    if int(helpful([*lines, *aims], len(system.columns)).sum()) <= LARGE:
        return Merged(system, chosen, aims).solve(clock.run())
    return _Large(system, chosen, aims, clock, known or Known.nothing(system)).held()


class _Large:
    """Rules with very many placements that could help: first those worth looking at, then more."""

    def __init__(self, system: System, tags: frozenset[Tag], goals: list[Line], clock: Clock, known: Known) -> None:
        self.system, self.tags, self.goals, self.clock, self.known = system, tags, goals, clock, known

    def held(self) -> Held:
        if self.known.core.any():
            held = self._within(self.known.core | self._local(), SOON)
            if held.can:
                return held
        near = relaxed(self.system, self.tags, self.clock.late, np.flatnonzero(self.known.core), self.goals)
        if near is None:
            return Held(None)
        if near.clash is not None:
            return Held(False)
        if not near.met:  # the goals aside, the rules themselves may be impossible
            alone = can_hold(self.system, self.tags, self.clock, known=self.known) if self.goals else Held(None)
            return alone if alone.can is False else Held(None)
        self.known.core |= near.values > NEAR
        for core in (self.known.core | self._local(), self.known.core | core_of(near)):
            held = self._within(core, SOON)
            if held.can:
                return held
        return Merged(self.system, self.tags, self.goals).solve(self.clock.run())

    def _within(self, core: Bools, seconds: float) -> Held:
        held = Merged(self.system, self.tags, self.goals, core).solve(self.clock.run(seconds), self.known.placements)
        if held.can:
            self.known.placements = held.placements
            self.known.core[held.placements] = True
        return held

    def _local(self) -> Bools:
        """Return the placements that narrow rules speak of: these are few, and matter for whole numbers."""
        found = np.zeros(len(self.system.columns), dtype=np.bool_)
        for tag in self.tags:
            lines = self.system.lines[tag]
            if sum(len(line.columns) for line in lines) <= LOCAL:
                for line in lines:
                    found[line.columns] = True
        for line in self.goals:
            if len(line.columns) <= LOCAL:
                found[line.columns] = True
        return found


def core_of(near: Relaxed) -> Bools:
    """Return the placements that the linear program uses, and those that would have cost it nothing."""
    found: Bools = near.values > NEAR
    found |= near.inside & (near.reduced < NEAR)
    return found


def broken_by(system: System, placements: Ints) -> frozenset[Tag]:
    """Return the tags of the rows that placements break, in whole numbers."""
    made = np.zeros(len(system.columns), dtype=np.bool_)
    made[placements] = True
    found = set()
    for tag in system.tags:
        lines = system.lines[tag]
        if _is_broken(lines, [int(line.amounts[made[line.columns]].sum()) for line in lines], [0] * len(lines)):
            found.add(tag)
    return frozenset(found)


def broken_by_parts(system: System, values: Reals) -> frozenset[Tag]:
    """Return the tags of the rows that fractions of placements break."""
    found = set()
    for tag in system.tags:
        lines = system.lines[tag]
        rooms = [TOLERANCE * max(1.0, float(np.abs(line.amounts).max(initial=1))) for line in lines]
        if _is_broken(lines, [float(line.amounts @ values[line.columns]) for line in lines], rooms):
            found.add(tag)
    return frozenset(found)


def _is_broken(lines: list[Line], total: list[float] | list[int], rooms: list[float] | list[int]) -> bool:
    # A column of the rule's own is 1 only so far as something asks for it: the rows that it makes room in.
    opened: dict[int, float] = {}
    for line, number in zip(lines, total, strict=True):
        for extra, amount in line.extras.items():
            if line.upper is not None and amount < 0 and number > line.upper:
                opened[extra] = max(opened.get(extra, 0), 1 if type(number) is int else min(1.0, number / -amount))
    for line, number, room in zip(lines, total, rooms, strict=True):
        value = number + sum(amount * opened.get(extra, 0) for extra, amount in line.extras.items())
        if (line.lower is not None and value < line.lower - room) or (
            line.upper is not None and value > line.upper + room
        ):
            return True
    return False
