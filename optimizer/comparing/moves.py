"""Who is placed elsewhere in the other solution, in chains, and which tier each chain is for.

Moves that share a post belong together: one leaves so that another may come. What a chain changes in each tier is the sum over its
people of what their placements are worth there. The measures that are not sums over placements (`penalty`, `fairness`) are accounted for
once, beside the chains, so that chains and remainder add up to exactly what the tiers differ by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.explaining.standing import Standing
from optimizer.made import Placement

SHARED = ("penalty", "fairness")


@dataclass(frozen=True, slots=True)
class Move:
    """One volunteer's post and agreement before and after, by identifier; None where not placed."""

    volunteer: str
    post: str | None
    new_post: str | None
    agreement: str | None
    new_agreement: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """Moves that hang together.

    Attributes:
        moves: by volunteer.
        tiers: what they add to each tier, counting what is a sum over placements.
        funds: by how many rupiah more each fund pays for them; those without change are left out.
        why: `gains` (the first tier that changes rises), `gives-way` (it falls: money, a rule or a better use elsewhere asks for it),
            or `equal`.
        tier: 0-based, the first tier that changes; None where none does.
    """

    moves: tuple[Move, ...]
    tiers: tuple[int, ...]
    funds: dict[str, int]
    why: str
    tier: int | None


@dataclass(frozen=True, slots=True)
class Side:
    """A placement in the problem that it was made for."""

    standing: Standing
    made: Placement

    @property
    def place(self) -> tuple[str, str]:
        """Post and agreement, by identifier."""
        problem = self.standing.problem
        return problem.posts[self.made.post].id, problem.agreements[self.made.agreement].id

    def worth(self) -> dict[str, int]:
        """Return what the placement adds to each measure that is a sum over placements."""
        return worth_of(self.standing, self.made)

    def paid(self) -> Counter[str]:
        """Return what each fund pays of it."""
        return _paid(self.standing, self.made)


Pair = tuple[Side | None, Side | None]


def sides_of(before: Standing, after: Standing) -> dict[str, Pair]:
    """Return everybody who is placed in one of the two, by identifier, with both placements; the problems may differ."""
    old, new = _by_person(before), _by_person(after)
    return {person: (old.get(person), new.get(person)) for person in sorted(old.keys() | new.keys())}


def has_moved(pair: Pair) -> bool:
    """Tell whether somebody has another post or agreement, or none, in the second solution."""
    old, new = pair
    return old is None or new is None or old.place != new.place


def chains_between(before: Standing, after: Standing) -> list[Chain]:
    """Return all chains, those that change the earliest tiers most first; tiers are those of the first problem."""
    moved = {person: pair for person, pair in sides_of(before, after).items() if has_moved(pair)}
    chains = [_chain(before, {person: moved[person] for person in people}) for people in _together(moved)]
    return sorted(chains, key=lambda chain: (tuple(-abs(change) for change in chain.tiers), chain.moves[0].volunteer))


def _by_person(standing: Standing) -> dict[str, Side]:
    people = standing.problem.volunteers
    return {people[one.volunteer].id: Side(standing, one) for one in standing.made.placements}


def _together(moved: Mapping[str, Pair]) -> list[list[str]]:
    """Return the moved volunteers in groups that are connected by the posts they leave and take."""
    leader = {person: person for person in moved}

    def find(person: str) -> str:
        while leader[person] != person:
            leader[person] = leader[leader[person]]
            person = leader[person]
        return person

    first_at: dict[str, str] = {}
    for person, pair in moved.items():
        for side in pair:
            if side is not None:
                leader[find(person)] = find(first_at.setdefault(side.place[0], person))
    groups: dict[str, list[str]] = {}
    for person in moved:
        groups.setdefault(find(person), []).append(person)
    return list(groups.values())


def _chain(standing: Standing, people: Mapping[str, Pair]) -> Chain:
    objective = standing.problem.objective
    tiers = [0] * len(objective)
    funds: Counter[str] = Counter()
    moves = []
    for person, (old, new) in people.items():
        for side, sign in ((old, -1), (new, 1)):
            if side is not None:
                worth = side.worth()
                for position, tier in enumerate(objective):
                    tiers[position] += sign * sum(w * worth.get(m, 0) for m, w in tier.weights.items())
                for fund, amount in side.paid().items():
                    funds[fund] += sign * amount
        moves.append(_move(person, old, new))
    first = next((position for position, change in enumerate(tiers) if change), None)
    why = "equal" if first is None else "gains" if tiers[first] > 0 else "gives-way"
    changed = {fund: amount for fund, amount in sorted(funds.items()) if amount}
    return Chain(tuple(sorted(moves, key=lambda one: one.volunteer)), tuple(tiers), changed, why, first)


def worth_of(standing: Standing, one: Placement) -> dict[str, int]:
    """Return what a placement adds to each measure that is a sum over placements."""
    problem = standing.problem
    pair = (problem.volunteers[one.volunteer].id, problem.posts[one.post].id)
    return {
        "placed": 1,
        "need": problem.posts[one.post].need,
        "fit": one.fit,
        "preference": one.preference,
        "cost": one.cost,
        "kept": int(pair in problem.previous),
        "chosen": problem.volunteers[one.volunteer].weight,
    }


def _paid(standing: Standing, one: Placement) -> Counter[str]:
    agreement = standing.problem.agreements[one.agreement]
    found: Counter[str] = Counter()
    for line, amount in standing.index.cost_lines(one.volunteer, one.post).items():
        fund = agreement.fund_for(line)
        if fund is not None:
            found[fund] += amount
    return found


def _move(person: str, old: Side | None, new: Side | None) -> Move:
    post, agreement = (None, None) if old is None else old.place
    new_post, new_agreement = (None, None) if new is None else new.place
    return Move(person, post, new_post, agreement, new_agreement)
