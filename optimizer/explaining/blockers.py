"""What stands in the way of one more placement while everyone else stays where they are, counted on the placements themselves.

Each agreement under which the placement could be made is tried: seats, the money of every fund it draws on, resources, the agreements'
limits, and each hard policy. Nothing here is solved, so it takes milliseconds at any size; what *forcing* the placement costs when others
may move is another question (see `forcing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from optimizer.explaining.standing import Standing
from optimizer.index import Index
from optimizer.made import Made, Placement, outside
from optimizer.rules import violation


@dataclass(frozen=True, slots=True, order=True)
class Blocker:
    """One thing in the way.

    Attributes:
        kind: seats, fund, agreement, resource or policy.
        id: of the post for seats, otherwise of the thing itself.
        short: by how much it falls short: rupiah of a fund, units of a resource, placements, or units of the policy's violation.
        left: what a fund has left for this placement when the volunteer's own present placement is given up.
    """

    kind: str
    id: str
    short: int = field(default=0, compare=False)
    left: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Way:
    """One agreement under which a placement could be made, and what it would run into."""

    agreement: int
    blockers: tuple[Blocker, ...]


class Board:
    """The placements of a solution, with everything that is used up counted once."""

    def __init__(self, standing: Standing) -> None:
        self.index, self.problem = standing.index, standing.problem
        self.placements = standing.made.placements
        self.hard = tuple(policy for policy in self.problem.policies if policy.penalty is None)
        self.spent: Counter[str] = Counter()
        for one in self.placements:
            self.spent.update(self._paid(one.volunteer, one.post, one.agreement))

    def ways(self, volunteer: int, post: int) -> Iterator[Way]:
        """Yield each agreement under which the placement could be made; the volunteer's present place is given up first."""
        others = [one for one in self.placements if one.volunteer != volunteer]
        lines = self.index.cost_lines(volunteer, post)
        for position, agreement in enumerate(self.problem.agreements):
            if self.index.agreement_covers(agreement, post) and self.index.can_pay(agreement, lines):
                yield Way(position, tuple(sorted(self._in_the_way(others, volunteer, post, position))))

    def _paid(self, volunteer: int, post: int, payer: int) -> Counter[str]:
        """Return the rupiah that each fund pays of a placement."""
        agreement = self.problem.agreements[payer]
        found: Counter[str] = Counter()
        for line, amount in self.index.cost_lines(volunteer, post).items():
            fund = agreement.fund_for(line)
            if fund is not None:
                found[fund] += amount
        return found

    def _in_the_way(self, others: list[Placement], volunteer: int, post: int, payer: int) -> Iterator[Blocker]:
        place = self.problem.posts[post]
        if sum(one.post == post for one in others) >= place.seats:
            yield Blocker("seats", place.id)
        yield from self._money(volunteer, post, payer)
        (mine,) = Made(self.index, [(volunteer, post, payer)]).placements
        made = remade(self.index, [*others, mine])
        under = Counter(one.agreement for one in made.placements)
        for position, agreement in enumerate(self.problem.agreements):
            away = outside(under[position], agreement.min_placements, agreement.max_placements)
            if away:
                yield Blocker("agreement", agreement.id, away)
        for resource in self.problem.resources:
            used = sum(self.problem.posts[one.post].uses.get(resource.id, 0) for one in made.placements)
            if used > resource.amount:
                yield Blocker("resource", resource.id, used - resource.amount)
        for policy in self.hard:
            broken = violation(policy, made)
            if broken:
                yield Blocker("policy", policy.id, broken)

    def _money(self, volunteer: int, post: int, payer: int) -> Iterator[Blocker]:
        given_up: Counter[str] = Counter()
        for one in self.placements:
            if one.volunteer == volunteer:
                given_up.update(self._paid(one.volunteer, one.post, one.agreement))
        needed = self._paid(volunteer, post, payer)
        for fund in self.problem.funds:
            left = fund.budget - self.spent[fund.id] + given_up[fund.id]
            if needed[fund.id] > left:
                yield Blocker("fund", fund.id, needed[fund.id] - left, left)


def remade(index: Index, placements: Iterable[Placement]) -> Made:
    """Return placements whose figures are known already as if they had just been made."""
    made = Made(index, ())
    made.placements = tuple(sorted(placements, key=lambda one: (one.volunteer, one.post, one.agreement)))
    made.post_of = {one.volunteer: one.post for one in made.placements}
    return made
