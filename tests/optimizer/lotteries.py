"""Leximin over all solutions counted out, in fractions, by the textbook: no prices, no columns on demand, no floats."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from optimizer.lottery.stages import solve_exactly
from optimizer.verification.placements import Placements
from tests.optimizer import tiny

Chances = list[Fraction]
Row = tuple[Fraction | int, ...]


def best_sets(document: tiny.Document, tiers: int) -> list[Row]:
    """Return who can be placed together (0 or 1 for each volunteer in order) in a solution that is best on the first tiers."""
    names = sorted(one["id"] for one in document["volunteers"])
    return _rows(document, tiers, lambda made: [int(name in made.of_volunteer) for name in names])


def best_shares(document: tiny.Document, tiers: int, region_of: dict[str, str], seats: Counter[str]) -> list[Row]:
    """Return for each of the best solutions the part filled of each region, the part placed of groups a and b, and who is placed."""
    names = sorted(one["id"] for one in document["volunteers"])

    def row(made: Placements) -> list[Fraction | int]:
        there = Counter(region_of[one.post] for one in made.all)
        people = [int(name in made.of_volunteer) for name in names]
        groups = [Fraction(people[0]), Fraction(people[1] + people[2], 2)]
        return [*(Fraction(there[region], seats[region]) for region in sorted(seats)), *groups, *people]

    return _rows(document, tiers, row)


def _rows(document: tiny.Document, tiers: int, row: Callable[[Placements], Sequence[Fraction | int]]) -> list[Row]:
    found = [(values, made) for made in tiny._all(document) if (values := tiny._values(document, made)) is not None]
    for position, tier in enumerate(document["objective"][:tiers]):
        top = max(values[position] for values, _ in found)
        floor = top - abs(top) * tier.get("tolerance", 0) // 1000
        found = [one for one in found if one[0][position] >= floor]
    return sorted({tuple(row(made[1])) for _, made in found})


def leximin(rows: list[Row], blocks: Sequence[int] = ()) -> Chances:
    """Return every share in the leximin distribution over the rows, block after block (by default all are one)."""
    size = len(rows[0])
    turn = list(blocks) or [0] * size
    settled: dict[int, Fraction] = {}
    while len(settled) < size:
        now = min(turn[one] for one in range(size) if one not in settled)
        unsettled = [one for one in range(size) if one not in settled and turn[one] == now]
        least = _best(rows, settled, unsettled, None)
        at_least = settled | dict.fromkeys(unsettled, least)
        tight = [one for one in unsettled if _best(rows, at_least, [], one) == least]
        settled |= dict.fromkeys(tight, least)
    return [settled[one] for one in range(size)]


def _best(sets: list[Row], floors: dict[int, Fraction], raised: list[int], person: int | None) -> Fraction:
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
