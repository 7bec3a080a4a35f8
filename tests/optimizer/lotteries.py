"""Leximin over all solutions counted out, in fractions, by the textbook: no prices, no columns on demand, no floats."""

from __future__ import annotations

import itertools
from fractions import Fraction

from optimizer.lottery.stages import solve_exactly
from tests.optimizer import tiny

Chances = list[Fraction]


def best_sets(document: tiny.Document, tiers: int) -> list[tuple[int, ...]]:
    """Return who can be placed together (0 or 1 for each volunteer in order) in a solution that is best on the first tiers."""
    found = [(values, made) for made in tiny._all(document) if (values := tiny._values(document, made)) is not None]
    for position, tier in enumerate(document["objective"][:tiers]):
        top = max(values[position] for values, _ in found)
        floor = top - abs(top) * tier.get("tolerance", 0) // 1000
        found = [one for one in found if one[0][position] >= floor]
    names = sorted(one["id"] for one in document["volunteers"])
    return sorted({tuple(int(name in made[1].of_volunteer) for name in names) for _, made in found})


def leximin(sets: list[tuple[int, ...]]) -> Chances:
    """Return everybody's chance in the leximin distribution over the sets."""
    people = len(sets[0])
    settled: dict[int, Fraction] = {}
    while len(settled) < people:
        unsettled = [person for person in range(people) if person not in settled]
        least = _best(sets, settled, unsettled, None)
        at_least = settled | dict.fromkeys(unsettled, least)
        tight = [person for person in unsettled if _best(sets, at_least, [], person) == least]
        settled |= dict.fromkeys(tight, least)
    return [settled[person] for person in range(people)]


def _best(sets: list[tuple[int, ...]], floors: dict[int, Fraction], raised: list[int], person: int | None) -> Fraction:
    """Return the largest least chance of `raised` (or chance of `person`) over all vertices of the linear program."""
    size = len(sets)  # unknowns: a probability for each set, and the least chance
    rows = [([Fraction(place == k) for k in range(size + 1)], Fraction()) for place in range(size)]
    rows += [([Fraction(one[p]) for one in sets] + [Fraction()], floor) for p, floor in floors.items()]
    rows += [([Fraction(one[p]) for one in sets] + [Fraction(-1)], Fraction()) for p in raised]
    if not raised:
        rows.append(([Fraction()] * size + [Fraction(1)], Fraction()))
    whole = ([Fraction(1)] * size + [Fraction()], Fraction(1))
    best = Fraction(-1)
    for chosen in itertools.combinations(rows, size):
        point = solve_exactly([whole, *chosen])
        if point is None or any(sum(map(_times, left, point)) < right for left, right in rows):
            continue
        if sum(map(_times, whole[0], point)) == 1:
            value = point[-1] if person is None else sum(one[person] * p for one, p in zip(sets, point, strict=False))
            best = max(best, Fraction(value))
    return best


def _times(one: Fraction, other: Fraction) -> Fraction:
    return one * other
