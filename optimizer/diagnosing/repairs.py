"""The cheapest changes that make an impossible round possible, each shown by placements that keep all the other rules of the round.

For one parameter at a time the rest of the round is kept as it is and the parameter moved as little as can be: rules that what was found
breaks join the model until nothing is broken. Then the next nearer value is tried, and where that works too, the value is narrowed down by
halving. Where no single parameter is enough (rules clash in more than one place), the rules of what clashes still are tried beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.diagnosing.changes import Change, Document, Handle, changed, handles, read_off, today
from optimizer.diagnosing.clock import Clock
from optimizer.diagnosing.columns import Ints
from optimizer.diagnosing.conflict import irreducible
from optimizer.diagnosing.holding import Known, broken_by, can_hold
from optimizer.diagnosing.merged import Merged
from optimizer.diagnosing.system import Line, System
from optimizer.errors import DocumentRefused
from optimizer.formulation.model import Tag
from optimizer.made import Made
from optimizer.reading import read_problem
from optimizer.verification.facts import Facts
from optimizer.verification.findings import Findings
from optimizer.verification.placements import check_capacities, read_placements
from optimizer.verification.policies import units_broken

MOST = 5
SMALL = 50_000
"""With no more placements than this, a short search says how much need a repair lets the round reach; with more, that is what was found."""
SHORT = 1.0
DEEPEST = 3
"""No more rules than this are changed at once."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that together make the round possible, and what placements found under them reach."""

    changes: tuple[Change, ...]
    reaches: Mapping[str, int]

    @property
    def rank(self) -> tuple[int, float, int, tuple[Handle, ...]]:
        """Fewest rules touched, smallest change, least need lost."""
        size = sum(change.size for change in self.changes)
        return len(self.changes), size, -self.reaches["need"], tuple(change.handle for change in self.changes)

    def document(self) -> Document:
        """Return the repair as the contract's relaxation; further changes stand in `also`."""
        first, *others = (change.document() for change in self.changes)
        found = {**first, "reaches": dict(self.reaches)}
        return found | ({"also": others} if others else {})


class Mender:
    """Looks for repairs of one round."""

    def __init__(self, system: System, clock: Clock) -> None:
        self.system, self.clock = system, clock
        # Rules and placements that mattered for one repair matter for the next: the rest of the round is the same.
        self._known = Known.nothing(system)
        self._needed: frozenset[Tag] = frozenset()
        self._clash: dict[frozenset[Handle], tuple[Tag, ...] | None] = {}

    def possible(self) -> bool:
        """Return whether placements were found that keep every rule as it is."""
        placements = self._placements(self.system)
        return placements is not None and self._checked((), placements) is not None

    def repairs(self, conflict: Sequence[Tag], most: int = MOST) -> list[Repair]:
        """Return up to `most` repairs, the best first."""
        found: list[Repair] = []
        level: list[tuple[Handle, ...]] = [(handle,) for handle in self._handles(conflict)]
        for _ in range(DEEPEST):
            stuck: list[tuple[Handle, ...]] = []
            for chosen in level:
                if self.clock.late():
                    break
                repair = self._mend(chosen)
                if repair is None:
                    stuck.append(chosen)
                else:
                    found.append(repair)
            if found or self.clock.late():
                break
            level = list(self._wider(stuck))
        return sorted(map(self._fuller, found), key=lambda one: one.rank)[:most]

    def _handles(self, tags: Sequence[Tag]) -> Iterator[Handle]:
        for tag in tags:
            yield from handles(self.system.problem, tag)

    def _wider(self, stuck: Sequence[tuple[Handle, ...]]) -> Iterator[tuple[Handle, ...]]:
        """Yield each set that was not enough together with each rule of what clashes without it."""
        seen = set()
        for chosen in stuck:
            rest = self._clash.get(frozenset(chosen)) or ()
            for handle in self._handles(rest):
                wider = tuple(sorted((*chosen, handle)))
                if handle.tag not in {one.tag for one in chosen} and wider not in seen:
                    seen.add(wider)
                    yield wider

    def _mend(self, chosen: tuple[Handle, ...]) -> Repair | None:
        """Return the least repair by just these parameters; None where they are not enough, or it was not found in time."""
        goals = [line for handle in chosen for line in handle.lines(self.system)]
        rest = self.system.without(goals)
        aims = [line for line in goals if not _given_up(line, chosen)]
        placements = self._placements(rest, aims)
        if placements is None:
            self._clash[frozenset(chosen)] = irreducible(rest, self.clock)
            return None
        repair = self._repair(chosen, placements)
        if repair is None:
            return None
        for position in range(len(chosen)):
            repair = self._nearest(repair, position)
        return repair

    def _placements(self, rest: System, aims: Sequence[Line] = ()) -> Ints | None:
        """Return placements that keep all rows, and the aims as well as was found."""
        tags = (rest.demanding() | self._needed) & frozenset(rest.tags)
        while not self.clock.late():
            held = can_hold(rest, tags, self.clock, aims, self._known)
            if not held.can:
                return None
            more = broken_by(rest, held.placements)
            if not more:
                self._needed |= tags
                return held.placements
            tags |= more
        return None

    def _repair(self, chosen: tuple[Handle, ...], placements: Ints) -> Repair | None:
        """Return the repair that placements show, after checking them against the changed document."""
        problem = self.system.problem
        made = self._made(placements)
        changes = tuple(Change(handle, today(problem, handle), read_off(handle, made)) for handle in chosen)
        if any(change.works == change.today for change in changes):
            return None  # one of them need not change: the others are a repair by themselves
        return self._checked(changes, placements)

    def _checked(self, changes: tuple[Change, ...], placements: Ints) -> Repair | None:
        """Return the changes as a repair if the placements keep every rule of the changed document."""
        made = self._made(placements)
        if not keeps(changed(self.system.problem.document, changes), made):
            return None
        reaches = {name: value for name, value in made.measures(0).items() if name in {"placed", "need", "cost"}}
        return Repair(changes, reaches)

    def _made(self, placements: Ints) -> Made:
        return Made(self.system.index, self.system.columns.triples(placements))

    def _nearest(self, repair: Repair, position: int) -> Repair:
        """Return the repair with one of its values as near to today's as works: the next nearer one does not, or time is over."""
        change = repair.changes[position]
        if isinstance(change.today, bool):
            return repair
        near, works = int(change.today), int(change.works)
        trial = works + (1 if near > works else -1)
        while trial != near and not self.clock.late():
            changes = _with(repair.changes, position, trial)
            shown = self._placements(self._changed(changes))
            better = None if shown is None else self._checked(changes, shown)
            if better is None:
                near = trial
            else:
                repair, works = better, trial
            half = abs(near - works) // 2
            trial = works + (half if near > works else -half)
            if not half:
                break
        return repair

    def _changed(self, changes: Sequence[Change]) -> System:
        problem = read_problem(changed(self.system.problem.document, changes))
        return self.system.changed(problem, [change.handle.tag for change in changes])

    def _fuller(self, repair: Repair) -> Repair:
        """Return the repair with as much need reached as a short search finds, where the round is small enough for one."""
        columns, problem = self.system.columns, self.system.problem
        need = np.array([post.need for post in problem.posts], dtype=np.int64)[columns.post]
        if len(columns) > SMALL or not need.any() or self.clock.late():
            return repair
        mine = np.flatnonzero(need)
        goal = Line(Tag("goal", "need"), mine, need[mine], sum(post.need * post.seats for post in problem.posts), None)
        rest = self._changed(repair.changes)
        held = Merged(rest, rest.tags, [goal]).solve(self.clock.run(SHORT))
        fuller = self._checked(repair.changes, held.placements) if held.can else None
        return repair if fuller is None or fuller.reaches["need"] < repair.reaches["need"] else fuller


def _given_up(line: Line, chosen: tuple[Handle, ...]) -> bool:
    return any(handle.tag == line.tag and handle.parameter == "active" for handle in chosen)


def _with(changes: tuple[Change, ...], position: int, works: int) -> tuple[Change, ...]:
    """Return the changes with another value at one position."""
    return tuple(replace(one, works=works) if place == position else one for place, one in enumerate(changes))


def keeps(document: Mapping[str, Any], made: Made) -> bool:
    """Return whether placements keep every hard rule of a document, by the program that verifies solutions."""
    try:
        read_problem(document)
    except DocumentRefused:
        return False
    facts, findings = Facts(document), Findings()
    placed = read_placements(made.rows(), facts, findings)
    check_capacities(placed, facts, findings)
    hard = (policy for policy in facts.policies.values() if policy.get("penalty") is None)
    return not findings.found and not any(units_broken(policy, placed, facts) for policy in hard)
