"""The policies and measures of a round as rows of the ordinary engineer's model (see plain.py)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from optimizer.made import Made, things_of_post
from optimizer.problem import (
    Apart,
    Average,
    Count,
    Each,
    Forbid,
    Home,
    Pin,
    Policy,
    PolicyBase,
    Share,
    Spend,
    Tier,
    Together,
)
from tests.benchmarks.plain import Array, Plain, grouped

Terms = tuple[Array, Array]


def add_policies(model: Plain) -> None:
    """Add every policy of the problem."""
    for policy in model.problem.policies:
        _add(policy, model)


def _add(policy: Policy, model: Plain) -> None:
    match policy:
        case Count():
            _within(model, policy, _ones(model.matched(policy.where)), policy.min, policy.max)
        case Share():
            weight = model.cost if policy.of == "cost" else 1
            amounts = (100 * model.matched(policy.where) - policy.percent * model.matched(policy.among)) * weight
            unit = model.unit if policy.of == "cost" else 1
            _within(model, policy, _terms(amounts), 0, None, per=100, scale=unit)
        case Spend():
            _spend(policy, model)
        case Each():
            _each(policy, model)
        case Home():
            _bar(model, policy, _at_home(policy, model))
        case Together():
            _together(policy, model)
        case Apart():
            _apart(policy, model)
        case Pin():
            _pin(policy, model)
        case Forbid():
            _bar(model, policy, model.matched(policy.where))
        case Average():
            value = {"fit": model.fit, "preference": model.preference, "suitability": model.suitability}[policy.of]()
            amounts = (value - policy.min) * model.matched(policy.where)
            _within(model, policy, _terms(amounts), 0, None, per=10)


def _ones(chosen: Array) -> Terms:
    found = np.flatnonzero(chosen)
    return found, np.ones(len(found), dtype=np.int64)


def _terms(amounts: Array) -> Terms:
    found = np.flatnonzero(amounts)
    return found, amounts[found]


def _within(
    model: Plain,
    policy: PolicyBase,
    terms: Terms,
    low: int,
    high: int | None,
    *,
    per: int = 1,
    scale: int = 1,
    opened: int | None = None,
) -> None:
    """Keep scale × terms in [low, high]; soft: charge ⌈distance ÷ per⌉. `low` binds only where the column `opened` is 1."""
    columns, amounts = terms
    if high is not None:
        if policy.penalty is None:
            model.add(columns, amounts, None, high // scale)
        else:
            over = _excess(model, policy.penalty, scale * int(amounts[amounts > 0].sum()) - high)
            model.add(np.append(columns, over), np.append(scale * amounts, -1), None, high)
    if low <= 0 and not (amounts < 0).any():
        return
    if opened is not None:
        columns, amounts, low = np.append(columns, opened), np.append(amounts, -low), 0
    if policy.penalty is None:
        model.add(columns, amounts, -(-low // scale), None)
    else:
        reach = low - scale * int(amounts[amounts < 0].sum())
        short = _excess(model, policy.penalty, -(-reach // per))
        model.add(np.append(columns, short), np.append(scale * amounts, per), low, None)


def _excess(model: Plain, penalty: int, most: int) -> int:
    column = model.column(max(0, most))
    model.charge(np.array([column]), penalty)
    return column


def _bar(model: Plain, policy: PolicyBase, chosen: Array) -> None:
    columns, ones = _ones(chosen)
    if policy.penalty is None:
        model.add(columns, ones, None, 0)
    else:
        model.charge(columns, policy.penalty)


def _spend(policy: Spend, model: Plain) -> None:
    amounts = np.zeros(model.triples, dtype=np.int64)
    if policy.funds is None:
        amounts[:] = model.cost
    else:
        columns, paid = model.paid_by(policy.funds)
        amounts[columns] = paid
    terms = _terms(amounts * model.matched(policy.where))
    _within(model, policy, terms, policy.min, policy.max, scale=model.unit)


def _each(policy: Each, model: Plain) -> None:
    chosen = model.matched(policy.where)
    own: dict[str, list[Array]] = {thing: [] for thing in Made(model.index, ()).things(policy)}
    for columns in grouped(model.post * (len(model.problem.agreements) + 1) + model.agreement):
        post, agreement = int(model.post[columns[0]]), int(model.agreement[columns[0]])
        for thing in things_of_post(policy.of, post, agreement, model.index):
            if thing in own:
                own[thing].append(columns)
    for parts in own.values():
        columns = np.concatenate([*parts, np.zeros(0, dtype=np.int64)])
        matched = columns[chosen[columns]]
        terms = matched, np.ones(len(matched), dtype=np.int64)
        opened = None
        if policy.when != "always" and policy.min > 0:
            opened = model.column(1)
            # The plain way: one row for each placement that opens the thing would be tighter, and far longer.
            trigger = columns if policy.when == "open" else matched
            most = min(len(trigger), int(sum(post.seats for post in model.problem.posts)))
            model.add(np.append(trigger, opened), np.append(np.ones(len(trigger), dtype=np.int64), -most), None, 0)
        _within(model, policy, terms, policy.min, policy.max, opened=opened)


def _at_home(policy: Home, model: Plain) -> Array:
    found = np.zeros(model.triples, dtype=bool)
    for columns in grouped(model.post):
        region = model.index.post_region[int(model.post[columns[0]])]
        found[columns] = model.crowd.at_home(region, policy.level)[model.person[columns]]
    if policy.volunteers is not None:
        found &= model.crowd.passing(policy.volunteers)[model.person]
    return found


def _places(model: Plain, of: str) -> Array:
    names: dict[str, int] = {}
    posts = range(len(model.problem.posts))
    return np.array([names.setdefault(model.index.place_of(post, of), len(names)) for post in posts])[model.post]


def _together(policy: Together, model: Plain) -> None:
    place = _places(model, policy.of)
    own = {int(model.person[columns[0]]): columns for columns in grouped(model.person)}
    nothing = np.zeros(0, dtype=np.int64)
    for name, members in sorted(model.index.groups.items()):
        if len(members) < 2 or (policy.groups is not None and name not in policy.groups):
            continue
        broken = None if policy.penalty is None else _excess(model, policy.penalty, 1)
        for one, two in pairwise(members):
            ones, twos = own.get(one, nothing), own.get(two, nothing)
            for where in np.union1d(place[ones], place[twos]).tolist():
                here, there = ones[place[ones] == where], twos[place[twos] == where]
                _alike(model, here, there, broken)


def _alike(model: Plain, here: Array, there: Array, broken: int | None) -> None:
    columns = np.concatenate([here, there])
    amounts = np.concatenate([np.ones(len(here), dtype=np.int64), -np.ones(len(there), dtype=np.int64)])
    if broken is None:
        model.add(columns, amounts, 0, 0)
    else:
        model.add(np.append(columns, broken), np.append(amounts, -1), None, 0)
        model.add(np.append(columns, broken), np.append(amounts, 1), 0, None)


def _apart(policy: Apart, model: Plain) -> None:
    chosen = np.ones(model.triples, dtype=bool)
    if policy.volunteers is not None:
        chosen = model.crowd.passing(policy.volunteers)[model.person]
    columns = np.flatnonzero(chosen)
    for part in grouped(_places(model, policy.of)[columns]):
        here = columns[part]
        if policy.penalty is None:
            model.add(here, 1, None, 1)
            continue
        most = len(set(model.person[here].tolist()))
        pairs = _excess(model, policy.penalty, most * (most - 1) // 2)
        for number in range(1, most):  # k (k − 1) ÷ 2 is the largest of these lines at every whole k
            model.add(
                np.append(here, pairs), np.append(np.full(len(here), number), -1), None, number * (number + 1) // 2
            )


def _pin(policy: Pin, model: Plain) -> None:
    chosen = (model.person == model.index.volunteer[policy.volunteer]) & (model.post == model.index.post[policy.post])
    if policy.agreement is not None:
        chosen &= model.agreement == model.index.agreement[policy.agreement]
    columns, ones = _ones(chosen)
    if policy.penalty is not None:
        columns, ones = np.append(columns, _excess(model, policy.penalty, 1)), np.append(ones, 1)
    model.add(columns, ones, 1, None)


def goal(tier: Tier, model: Plain) -> tuple[Array, int]:
    """Return what a tier maximises, by column, and its constant; money counts in rupiah."""
    total = np.zeros(model.triples + len(model.upper) + ("fairness" in tier.weights), dtype=np.int64)
    constant = 0
    for measure, weight in tier.weights.items():
        if measure == "penalty":
            for columns, units in model.penalty:
                np.add.at(total, columns, weight * units)
        elif measure == "fairness":
            least = _fairness(model)
            constant += 0 if least is not None else 1000 * weight
            if least is not None:
                total[least] += weight
        else:
            total[: model.triples] += weight * _measure(measure, model)
    return total, constant


def _measure(measure: str, model: Plain) -> Array | int:
    posts, people = model.problem.posts, model.problem.volunteers
    if measure == "need":
        needs: Array = np.array([post.need for post in posts], dtype=np.int64)[model.post]
        return needs
    if measure == "kept":
        before = model.problem.previous
        pairs = zip(model.person.tolist(), model.post.tolist(), strict=True)
        return np.array([(people[person].id, posts[post].id) in before for person, post in pairs], dtype=np.int64)
    if measure == "chosen":
        weights: Array = np.array([one.weight for one in people], dtype=np.int64)[model.person]
        return weights
    if measure == "cost":
        return model.cost * model.unit
    return {"fit": model.fit, "preference": model.preference}[measure]() if measure != "placed" else 1


def _fairness(model: Plain) -> int | None:
    """Add the column of the least-served region; None where there is no seat."""
    seats: dict[str, int] = {}
    for post, place in enumerate(model.problem.posts):
        region = model.index.post_region[post]
        seats[region] = seats.get(region, 0) + place.seats
    least = model.column(1000) if any(seats.values()) else None
    for region, number in seats.items():
        if number and least is not None:
            inside = np.array([name == region for name in model.index.post_region], dtype=bool)[model.post]
            columns, ones = _ones(inside)
            model.add(np.append(columns, least), np.append(1000 * ones, -number), 0, None)
    return least
