"""Who steps in where somebody drops out: for each post the people without a place, ranked by what the round then gains.

Everyone else stays where they are. Each stepping in is counted out under every hard rule, with every agreement that could pay for it, for
whoever of the post's people drops out; the gain that ranks it is the least of these, tier by tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.dropouts.accounts import bound_groups
from optimizer.dropouts.ledger import Ledger
from optimizer.eligibility import eligible_volunteers
from optimizer.index import Index
from optimizer.made import Made, Placement
from optimizer.problem import Together


@dataclass(frozen=True, slots=True)
class StepIn:
    """One person on a post's waitlist.

    Attributes:
        placement: the place, and the agreement that would pay for it.
        gains: what each tier gains over the seat left empty, at least.
        mends: whether every hard rule then holds, whoever of the post's people drops out.
    """

    placement: Placement
    gains: tuple[int, ...]
    mends: bool

    @property
    def rank(self) -> tuple[bool, tuple[int, ...], int, int]:
        """What mends comes first, then the largest gain; at last the order of identifiers."""
        return not self.mends, tuple(-gain for gain in self.gains), self.placement.volunteer, self.placement.agreement


class Waitlists:
    """The waitlists of one solution, made post by post."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.index: Index = made.index
        self.ledger = Ledger(self.index, made.placements)
        self.units = units_of(made)
        self._able = eligible_volunteers(self.index)

    def at(self, post: int) -> tuple[StepIn, ...]:
        """Return one post's waitlist."""
        leaving = [unit for unit in self.units if any(one.post == post for one in unit)]
        found: dict[tuple[int, int], StepIn] | None = None
        for unit in leaving:
            fresh = self._instead_of(unit, post, found)
            found = fresh if found is None else _worse_of(found, fresh)
        ranked = sorted((found or {}).values(), key=lambda one: one.rank)
        first: dict[int, StepIn] = {}
        for one in ranked:
            first.setdefault(one.placement.volunteer, one)
        return tuple(first.values())

    def _instead_of(
        self, unit: tuple[Placement, ...], post: int, among: dict[tuple[int, int], StepIn] | None
    ) -> dict[tuple[int, int], StepIn]:
        """Return who may step in at a post when a unit drops out, by (person, agreement)."""
        ledger = self.ledger
        for one in unit:
            ledger.remove(one)
        before, empty = dict(ledger.wrong), ledger.tiers()
        found = {}
        for one in self._options(post):
            if among is not None and (one.volunteer, one.agreement) not in among:
                continue
            ledger.add(one)
            if not ledger.worse_than(before):
                gains = tuple(now - was for now, was in zip(ledger.tiers(), empty, strict=True))
                if gains > (0,) * len(gains) or len(ledger.wrong) < len(before):
                    found[one.volunteer, one.agreement] = StepIn(one, gains, not ledger.wrong)
            ledger.remove(one)
        for one in unit:
            ledger.add(one)
        return found

    def _options(self, post: int) -> Iterator[Placement]:
        """Yield the placements of people without a place at the post, under each agreement that pays every line."""
        index = self.index
        covering = [
            (number, one) for number, one in enumerate(index.problem.agreements) if index.agreement_covers(one, post)
        ]
        for person in self._able[post]:
            if person in self.made.post_of:
                continue
            lines = index.cost_lines(person, post)
            figures = sum(lines.values()), index.fit(person, post), index.preference(person, post)
            for number, agreement in covering:
                if index.can_pay(agreement, lines):
                    yield Placement(person, post, number, *figures)


def _worse_of(
    one: dict[tuple[int, int], StepIn], other: dict[tuple[int, int], StepIn]
) -> dict[tuple[int, int], StepIn]:
    """Return what is in both, with the smaller gains."""
    return {
        key: StepIn(one[key].placement, min(one[key].gains, other[key].gains), one[key].mends and other[key].mends)
        for key in one.keys() & other.keys()
    }


def units_of(made: Made) -> list[tuple[Placement, ...]]:
    """Return who drops out together: one placement, or those of a group that a hard rule keeps together."""
    index = made.index
    group: dict[int, str] = {}
    for policy in index.problem.policies:
        if isinstance(policy, Together) and policy.penalty is None:
            for name, members in bound_groups(policy, index):
                group |= dict.fromkeys(members, name)
    units: dict[object, list[Placement]] = {}
    for one in made.placements:
        units.setdefault(group.get(one.volunteer, one.volunteer), []).append(one)
    return [tuple(unit) for unit in units.values()]
