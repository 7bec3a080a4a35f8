"""Who is placed elsewhere in the other solution, in chains, and which tier each chain is for.

Moves that share a post belong together: one leaves so that another may come. What a chain changes in each tier is the sum over its
people of what their placements are worth there. The measures that are not sums over placements (`penalty`, `fairness`) are accounted for
once, beside the chains, so that chains and remainder add up to exactly what the tiers differ by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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


def chains_between(before: Standing, after: Standing) -> list[Chain]:
    """Return all chains, those that change the earliest tiers most first."""
    old = {one.volunteer: one for one in before.made.placements}
    new = {one.volunteer: one for one in after.made.placements}
    moved = sorted(v for v in old.keys() | new.keys() if _place(old.get(v)) != _place(new.get(v)))
    chains = [_chain(before, [(old.get(v), new.get(v)) for v in people]) for people in _together(moved, old, new)]
    return sorted(chains, key=lambda chain: (tuple(-abs(change) for change in chain.tiers), chain.moves[0].volunteer))


def _place(one: Placement | None) -> tuple[int, int] | None:
    return None if one is None else (one.post, one.agreement)


def _together(moved: list[int], old: dict[int, Placement], new: dict[int, Placement]) -> list[list[int]]:
    """Return the moved volunteers in groups that are connected by the posts they leave and take."""
    leader = {v: v for v in moved}

    def find(v: int) -> int:
        while leader[v] != v:
            leader[v] = leader[leader[v]]
            v = leader[v]
        return v

    first_at: dict[int, int] = {}
    for v in moved:
        for one in (old.get(v), new.get(v)):
            if one is not None:
                leader[find(v)] = find(first_at.setdefault(one.post, v))
    groups: dict[int, list[int]] = {}
    for v in moved:
        groups.setdefault(find(v), []).append(v)
    return list(groups.values())


def _chain(standing: Standing, pairs: Iterable[tuple[Placement | None, Placement | None]]) -> Chain:
    problem = standing.problem
    tiers = [0] * len(problem.objective)
    funds: Counter[str] = Counter()
    moves = []
    for before, after in pairs:
        for one, sign in ((before, -1), (after, 1)):
            if one is not None:
                worth = worth_of(standing, one)
                for position, tier in enumerate(problem.objective):
                    tiers[position] += sign * sum(w * worth.get(m, 0) for m, w in tier.weights.items())
                for fund, amount in _paid(standing, one).items():
                    funds[fund] += sign * amount
        moves.append(_move(standing, before, after))
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


def _move(standing: Standing, before: Placement | None, after: Placement | None) -> Move:
    problem = standing.problem
    known = before or after
    assert known is not None  # noqa: S101 - only who has moved is asked about
    return Move(
        problem.volunteers[known.volunteer].id,
        None if before is None else problem.posts[before.post].id,
        None if after is None else problem.posts[after.post].id,
        None if before is None else problem.agreements[before.agreement].id,
        None if after is None else problem.agreements[after.agreement].id,
    )
