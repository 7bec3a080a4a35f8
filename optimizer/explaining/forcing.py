"""What another outcome would cost: the problem is solved again with it forced, and the tiers of both solutions are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.explaining.standing import Standing
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Problem
from optimizer.solve import Limits, Solution, solve

Tag = tuple[str, str]
UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class TierChange:
    """One tier now and with the change.

    Attributes:
        now: value of the tier in the solution asked about.
        then: its value in the solution found with the change.
        exact: both are proven to be the best there is, in this tier and all before it: now − then is the loss, not an estimate of it.
        best: proven upper bound on `then`; None where there is none.
    """

    now: int
    then: int
    exact: bool
    best: int | None

    @property
    def loss(self) -> int:
        """What the change loses; negative where it gains."""
        return self.now - self.then


@dataclass(frozen=True, slots=True)
class Forced:
    """What solving again with a change gave.

    Attributes:
        status: `possible`, `impossible` (proven), `unknown` (the limit came first), or `unasked` (nothing was solved).
        tiers: each tier now and then; empty unless possible.
        moved: how many volunteers other than the one asked about are placed elsewhere, `lost` not at all, `gained` newly.
        conflict: for an impossible one, what it cannot hold together with, as (kind, id); None where that was not found.
        placements: (volunteer, post, agreement) of the solution found, by position.
    """

    status: str
    tiers: tuple[TierChange, ...] = ()
    moved: int = 0
    lost: int = 0
    gained: int = 0
    conflict: tuple[Tag, ...] | None = None
    placements: tuple[tuple[int, int, int], ...] = ()

    @property
    def first_change(self) -> int:
        """The loss in the first tier that differs; 0 where none does."""
        return next((tier.loss for tier in self.tiers if tier.loss), 0)


def force(
    standing: Standing,
    changed: Problem,
    limits: Limits,
    *,
    probe: str = "",
    about: int | None = None,
    now: Sequence[int] = (),
) -> Forced:
    """Return what `changed` gives beside the standing solution.

    Args:
        standing: the solution asked about.
        changed: the problem with the change.
        limits: when to stop solving.
        probe: identifier of the policy that was added, left out of the conflict.
        about: the volunteer whose own move is not counted.
        now: the tiers' values now, where the change alters how they are counted; otherwise those of the solution.
    """
    found = solve(changed, limits=limits, seed=standing.seed)
    if found.status == "unknown":
        return Forced("unknown")
    if found.status == "infeasible":
        named = [(one["kind"], one["id"]) for one in found.conflict or ()]
        left = tuple(tag for tag in named if tag != ("policy", probe))
        return Forced("impossible", conflict=None if found.conflict is None else left)
    index = Index(changed)
    triples = tuple(index.triples(found.placements))
    before = standing.made.post_of
    after = Made(index, triples).post_of
    others = (before.keys() | after.keys()) - {about}
    return Forced(
        "possible",
        _changes(standing, found, tuple(now) or standing.values),
        sum(one in before and one in after and before[one] != after[one] for one in others),
        sum(one in before and one not in after for one in others),
        sum(one not in before and one in after for one in others),
        None,
        triples,
    )


def solve_again(limits: Limits, seed: int, changed: Problem) -> Solution:
    """Return the solution of a changed problem: a task that any worker can run."""
    return solve(changed, limits=limits, seed=seed)


def lost_between(free: Solution, forced: Solution) -> tuple[int, ...] | None:
    """Return what the second solution has less than the first in each tier; None where one of them was not found."""
    if not {free.status, forced.status} <= {"optimal", "feasible"}:
        return None
    return tuple(now.value - then.value for now, then in zip(free.tiers, forced.tiers, strict=True))


def _changes(standing: Standing, found: Solution, now: Sequence[int]) -> tuple[TierChange, ...]:
    changes = []
    exact = True
    for position, tier in enumerate(found.tiers):
        exact = exact and tier.bound == tier.value and standing.proven(position)
        changes.append(TierChange(now[position], tier.value, exact, tier.bound))
    return tuple(changes)
