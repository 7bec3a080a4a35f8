"""What a placement is worth in a rolling intake, and which rules can be kept while people still come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.diagnosing.columns import Columns, Ints
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.made import Made
from optimizer.problem import Agreement, Average, Count, Each, Pin, Policy, Problem, Share, Spend, Tier, Volunteer

LINEAR = ("placed", "need", "fit", "preference", "cost", "kept", "chosen")


def goal_of(problem: Problem) -> Tier:
    """Return the first tier: what the intake maximises.

    Raises:
        DocumentRefused: there is none, or it counts what is no sum over single placements.
    """
    first = problem.objective[0] if problem.objective else Tier({})
    if not first.weights or set(first.weights) - set(LINEAR):
        message = f"The first tier must be a sum over placements: of {', '.join(LINEAR)}."
        remedy = "Move penalty and fairness to a later tier."
        raise DocumentRefused([DocumentError("/objective/0", "not-a-sum", message, remedy)])
    return first


def worth_of(tier: Tier, columns: Columns) -> Ints:
    """Return what each placement adds to the tier."""
    problem, index = columns.index.problem, columns.index
    found = np.zeros(len(columns), dtype=np.int64)
    for measure, weight in tier.weights.items():
        if measure == "placed":
            found += weight
        elif measure == "need":
            found += weight * np.array([post.need for post in problem.posts], dtype=np.int64)[columns.post]
        elif measure == "chosen":
            found += weight * np.array([one.weight for one in problem.volunteers], dtype=np.int64)[columns.person]
        elif measure == "kept":
            for person, post in problem.previous:
                if person in index.volunteer and post in index.post:
                    found[columns.of_pair(index.volunteer[person], index.post[post])] += weight
        else:
            found += weight * getattr(columns, measure)
    return found


def value_of(tier: Tier, made: Made) -> int:
    """Return the tier's value of the placements made."""
    measures = made.measures(0)
    return sum(weight * measures[name] for name, weight in tier.weights.items())


def keepable(problem: Problem) -> Problem:
    """Return the problem without what nobody can promise while people still come: minimum numbers, shares, averages and soft rules."""
    return replace(
        problem,
        policies=tuple(_ceilings(problem.policies)),
        agreements=tuple(_without_minimum(one) for one in problem.agreements),
    )


def _ceilings(policies: tuple[Policy, ...]) -> Iterator[Policy]:
    for policy in policies:
        if policy.penalty is not None or isinstance(policy, Share | Average | Pin):
            continue
        if not isinstance(policy, Count | Spend | Each):
            yield policy
        elif policy.max is not None:
            yield replace(policy, min=0)


def _without_minimum(agreement: Agreement) -> Agreement:
    return replace(agreement, min_placements=0)


def with_people(problem: Problem, people: tuple[Volunteer, ...]) -> Problem:
    """Return the problem with other people; what it says of single pairs of somebody else is left out."""
    ordered = tuple(sorted(people, key=lambda one: one.id))
    names = {one.id for one in ordered}
    return replace(
        problem,
        volunteers=ordered,
        pairs={key: pair for key, pair in problem.pairs.items() if key[0] in names},
        policies=tuple(one for one in problem.policies if not isinstance(one, Pin) or one.volunteer in names),
    )
