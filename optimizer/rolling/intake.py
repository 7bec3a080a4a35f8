"""Batch after batch: what is placed stays placed, and each batch pays the prices of the seats and the money that it uses.

Ahani, Gölz, Procaccia, Teytelboym and Trapp, *Dynamic placement in refugee resettlement* (Operations Research, 2024): earlier cohorts tell
who may still come; what a seat or a rupiah would be worth to them (the duals of a linear program over those who are here and a sample) is
what a placement made now has to be worth more than. Without prices this is batch-greedy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Problem, Volunteer
from optimizer.rolling.program import Program, Triple
from optimizer.rolling.worth import goal_of, keepable, value_of

Batch = Sequence[Volunteer]
SAMPLES = 3
LEAN = 0.2
"""What a placement that the relaxation itself makes gains, as a part of the largest worth: at the prices alone, all that it makes of those
who are only just wanted is worth nothing more than leaving them out."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How prices are learned: from how many samples of the earlier cohorts' people, drawn with which seed."""

    history: tuple[Volunteer, ...]
    samples: int = SAMPLES
    seed: int = 0

    def futures(self, size: int, turn: int) -> Iterator[list[Volunteer]]:
        """Yield samples of `size` people who may still come."""
        rng = random.Random(f"{self.seed}/{turn}")  # noqa: S311 - a sample, not a secret
        for _ in range(self.samples):
            some = rng.choices(self.history, k=size)
            yield [replace(one, id=f"sample/{number}", group=None) for number, one in enumerate(some)]


def place_batch(
    problem: Problem, placed: Sequence[Triple], batch: Batch, to_come: int, learning: Learning | None, turn: int = 0
) -> list[Triple]:
    """Return the placements of one batch, with those `placed` before as they are.

    Args:
        problem: the round; those placed before are among its people.
        placed: the placements made so far.
        batch: who is here now.
        to_come: how many are still expected.
        learning: where prices are learned from; None: greedily.
        turn: the number of the batch; it decides the samples together with the seed.
    """
    tier, lawful = goal_of(problem), keepable(problem)
    now = Program(lawful, tier, placed, batch)
    if learning is None or not learning.history or not to_come:
        return now.best()
    more = np.zeros(len(now.open))
    lean = LEAN * float(now.worth.max(initial=0))
    for future in learning.futures(to_come, turn):
        program = Program(lawful, tier, placed, [*batch, *future])
        found, mine = program.relaxed(), program.of(batch)
        more += (lean * found.parts[mine] - found.charged[mine]) / learning.samples
    return now.best(more)


@dataclass(frozen=True, slots=True)
class Intake:
    """What an intake came to.

    Attributes:
        placements: all that was placed.
        value: the first tier's value.
        bound: a proven upper bound on what anybody could have reached who knew everyone from the start (of its linear relaxation).
    """

    placements: tuple[Triple, ...]
    value: int
    bound: float

    @property
    def share(self) -> float:
        """The value as a part of the bound."""
        return self.value / self.bound if self.bound else 1.0


def run(problem: Problem, batches: Sequence[Batch], learning: Learning | None, bound: float) -> Intake:
    """Place batch after batch: with learned prices, or greedily where there is nothing to learn from."""
    placed: list[Triple] = []
    to_come = sum(map(len, batches))
    for turn, batch in enumerate(batches):
        to_come -= len(batch)
        placed += place_batch(problem, placed, batch, to_come, learning, turn)
    index = Index(problem)
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in placed])
    return Intake(tuple(placed), value_of(goal_of(problem), made), bound)


def hindsight(problem: Problem) -> float:
    """Return a proven upper bound on the first tier for whoever knows everyone from the start."""
    return Program(keepable(problem), goal_of(problem), (), problem.volunteers).relaxed().bound


def shuffled(problem: Problem, batches: int, seed: int) -> list[list[Volunteer]]:
    """Return the problem's people in a random order, in batches of about the same size; groups stay together."""
    units: dict[str, list[Volunteer]] = {}
    for one in problem.volunteers:
        units.setdefault(one.id if one.group is None else f"group/{one.group}", []).append(one)
    order = list(units.values())
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, not a secret
    size = -(-len(problem.volunteers) // batches)
    found: list[list[Volunteer]] = [[]]
    for unit in order:
        if len(found[-1]) >= size:
            found.append([])
        found[-1] += unit
    return found
