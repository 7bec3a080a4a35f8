"""The cheapest changes that make an impossible round possible, each shown by placements that keep all the other rules of the round.

For one parameter at a time the rest of the round is kept as it is and the parameter moved as little as can be: rules that what was found
breaks join the model until nothing is broken. Where no single parameter is enough (rules clash in more than one place), the rules of what
clashes still are tried beside it. Shares and averages are ratios: for these the value is narrowed down by halving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.diagnosing.changes import WHOLE, Change, Document, Handle, changed, handles, read_off, today
from optimizer.diagnosing.clock import Clock
from optimizer.diagnosing.columns import Ints
from optimizer.diagnosing.conflict import irreducible
from optimizer.diagnosing.holding import Known, broken_by, can_hold
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
DEEPEST = 3
"""No more rules than this are changed at once."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes that together make the round possible, and what placements found under them reach."""

    changes: tuple[Change, ...]
    placements: tuple[tuple[int, int, int], ...]
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
        return sorted(found, key=lambda one: one.rank)[:most]

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
        """Return a repair by just these parameters; None where they are not enough, or it was not found in time."""
        goals = [line for handle in chosen for line in handle.lines(self.system)]
        placements = self._placements(chosen, goals)
        if placements is None:
            return None
        if len(chosen) == 1 and chosen[0].part == WHOLE and chosen[0].parameter != "active":
            return self._narrowed(chosen[0], placements)
        return self._repair(chosen, placements)

    def _placements(self, chosen: tuple[Handle, ...], goals: list[Line]) -> Ints | None:
        """Return placements that keep everything but the goals, and these as well as was found."""
        rest = self.system.without(goals)
        aims = [line for line in goals if not self._given_up(line, chosen)]
        tags = (rest.demanding() | self._needed) & frozenset(rest.tags)
        while not self.clock.late():
            held = can_hold(rest, tags, self.clock, aims, self._known)
            if not held.can:
                if held.can is False:
                    self._clash[frozenset(chosen)] = irreducible(rest, self.clock)
                return None
            more = broken_by(rest, held.placements)
            if not more:
                self._needed |= tags
                return held.placements
            tags |= more
        return None

    @staticmethod
    def _given_up(line: Line, chosen: tuple[Handle, ...]) -> bool:
        return any(handle.tag == line.tag and handle.parameter == "active" for handle in chosen)

    def _repair(self, chosen: tuple[Handle, ...], placements: Ints) -> Repair | None:
        """Return the repair that placements show, after checking them against the changed document."""
        problem = self.system.problem
        triples = self.system.columns.triples(placements)
        made = Made(self.system.index, triples)
        changes = tuple(Change(handle, today(problem, handle), read_off(handle, made)) for handle in chosen)
        if any(change.works == change.today for change in changes):
            return None  # one of them need not change: the others are a repair by themselves
        if not keeps(changed(problem.document, changes), made):
            return None
        reaches = {name: value for name, value in made.measures(0).items() if name in {"placed", "need", "cost"}}
        return Repair(changes, tuple(triples), reaches)

    def _narrowed(self, handle: Handle, placements: Ints) -> Repair | None:
        """Return the repair with the largest value that works, between the one found and today's."""
        best = self._repair((handle,), placements)
        if best is None:
            return None
        low, high = int(best.changes[0].works), int(best.changes[0].today) - 1
        while low < high and not self.clock.late():
            middle = -(-(low + high) // 2)
            change = Change(handle, best.changes[0].today, middle)
            system = System(read_problem(changed(self.system.problem.document, (change,))))
            shown = Mender(system, self.clock)._placements((), [])
            better = None if shown is None else self._repair((handle,), shown)
            if better is None:
                high = middle - 1
            else:
                best, low = better, max(middle, int(better.changes[0].works))
        return best


def keeps(document: Mapping[str, Any], made: Made) -> bool:
    """Return whether placements keep every hard rule of a document, by the program that verifies solutions."""
    try:
        read_problem(document)
    except DocumentRefused:
        return False
    problem, facts, findings = made.index.problem, Facts(document), Findings()
    listed = [
        {
            "volunteer": problem.volunteers[one.volunteer].id,
            "post": problem.posts[one.post].id,
            "agreement": problem.agreements[one.agreement].id,
            "cost": one.cost,
            "fit": one.fit,
            "preference": one.preference,
        }
        for one in made.placements
    ]
    placed = read_placements(listed, facts, findings)
    check_capacities(placed, facts, findings)
    hard = (policy for policy in facts.policies.values() if policy.get("penalty") is None)
    return not findings.found and not any(units_broken(policy, placed, facts) for policy in hard)
