"""The state that annealing moves about in: flat records of rows, entries and sums, and what a column counts, taken in or out."""

from __future__ import annotations

import numpy as np
from numba import njit

ROW = np.dtype(
    [
        ("activity", "i8"),
        ("low", "i8"),
        ("high", "i8"),
        ("under", "f8"),  # price of a unit below `low`
        ("over", "f8"),  # price of a unit above `high`
        ("unit", "i8"),  # a soft row counts ⌈distance ÷ unit⌉
        ("low_charge", "i8"),  # penalty for each of those below; −1: the row is hard below
        ("high_charge", "i8"),
        ("start", "i8"),  # where the row's entries begin, in the list by row and in the list of those in use
        ("entries", "i4"),
        ("used", "i4"),
        ("trigger", "i4"),  # `low` binds only while that row has any activity; −1: always
        ("target", "i4"),  # the row whose `low` this one triggers; −1: none
        ("place", "i4"),  # place in the list of broken rows
        ("limited", "i1"),
        ("pairs", "i1"),  # soft above: k over costs k (k + 1) ÷ 2
    ]
)
ENTRY = np.dtype([("amount", "i8"), ("row", "i4"), ("place", "i4"), ("column", "i4"), ("unused", "i4")])
SUMS = np.dtype(
    [
        ("hard", "f8"),
        ("credit", "f8"),
        ("part", "f8"),
        ("penalty", "i8"),
        ("broken", "i8"),
        ("random", "u8"),
        ("work", "i8"),
    ]
)
TIER = np.dtype(
    [
        ("row", "i8"),
        ("weight", "f8"),
        ("penalty", "i8"),
        ("fairness", "i8"),
        ("hold", "i8"),
        ("price", "f8"),
        ("best", "i8"),
    ]
)


@njit(cache=True, inline="always")
def drawn(sums):  # type: ignore[no-untyped-def]
    """Return 64 random bits (Marsaglia's xorshift)."""
    bits = sums[0].random
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    sums[0].random = bits
    return bits


@njit(cache=True, inline="always")
def uniform(sums):  # type: ignore[no-untyped-def]
    """Return a random number in [0, 1)."""
    return float(drawn(sums) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, inline="always")
def below(sums, limit):  # type: ignore[no-untyped-def]
    """Return a random integer below `limit`."""
    return np.int64(((drawn(sums) >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32))


@njit(cache=True, inline="always")
def distance(rows, row):  # type: ignore[no-untyped-def]
    """Return by how much a row is above (positive) or below (negative) its limits."""
    activity = rows[row].activity
    if activity > rows[row].high:
        return activity - rows[row].high
    if activity < rows[row].low:
        trigger = rows[row].trigger
        if trigger < 0 or rows[trigger].activity > 0:
            return activity - rows[row].low
    return np.int64(0)


@njit(cache=True, inline="always")
def hard_cost(rows, row, far):  # type: ignore[no-untyped-def]
    """Return the price of a hard row's distance."""
    if far > 0:
        return rows[row].over * far if rows[row].high_charge < 0 else 0.0
    if far < 0:
        return -rows[row].under * far if rows[row].low_charge < 0 else 0.0
    return 0.0


@njit(cache=True, inline="always")
def soft_cost(rows, row, far):  # type: ignore[no-untyped-def]
    """Return the penalty of a soft row's distance."""
    if far > 0 and rows[row].high_charge >= 0:
        units = (far + rows[row].unit - 1) // rows[row].unit
        if rows[row].pairs:
            return rows[row].high_charge * (units * (units + 1) // 2)
        return rows[row].high_charge * units
    if far < 0 and rows[row].low_charge >= 0:
        return rows[row].low_charge * ((rows[row].unit - 1 - far) // rows[row].unit)
    return np.int64(0)


@njit(cache=True, nogil=True)
def count(column, sign, ptr, entries, rows, used, broken, sums):  # type: ignore[no-untyped-def]
    """Take a column in (`sign` 1) or out (−1)."""
    sums[0].work += ptr[column + 1] - ptr[column]
    for entry in range(ptr[column], ptr[column + 1]):
        row = entries[entry].row
        if rows[row].limited == 0:
            rows[row].activity += sign * entries[entry].amount
            continue
        bound = rows[row].target
        if bound < 0:
            bound = row
        far = distance(rows, bound)
        hard, soft = hard_cost(rows, bound, far), soft_cost(rows, bound, far)
        rows[row].activity += sign * entries[entry].amount
        far = distance(rows, bound)
        now = hard_cost(rows, bound, far)
        sums[0].penalty += soft_cost(rows, bound, far) - soft
        sums[0].hard += now - hard
        if (hard > 0) != (now > 0):
            if now > 0:
                broken[sums[0].broken] = bound
                rows[bound].place = sums[0].broken
                sums[0].broken += 1
            else:
                sums[0].broken -= 1
                last = broken[sums[0].broken]
                broken[rows[bound].place] = last
                rows[last].place = rows[bound].place
        if sign > 0:
            place = rows[row].used
            used[rows[row].start + place] = entry
            entries[entry].place = place
            rows[row].used = place + 1
        else:
            rows[row].used -= 1
            last = used[rows[row].start + rows[row].used]
            place = entries[entry].place
            used[rows[row].start + place] = last
            entries[last].place = place


@njit(cache=True, nogil=True)
def swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums):  # type: ignore[no-untyped-def]
    """Give an agent another column (−1: none)."""
    old = np.int64(chosen[agent])
    if old >= 0:
        count(old, -1, ptr, entries, rows, used, broken, sums)
        sums[0].credit -= credit[old]
    if column >= 0:
        count(column, 1, ptr, entries, rows, used, broken, sums)
        sums[0].credit += credit[column]
    chosen[agent] = column


@njit(cache=True, inline="always")
def fairness(rows, regions, seats):  # type: ignore[no-untyped-def]
    """Return the smallest ⌊1000 × placements ÷ seats⌋; the rows count thousandths already."""
    least = np.int64(1000)
    for number in range(len(regions)):
        least = min(least, rows[regions[number]].activity // seats[number])
    return least


@njit(cache=True, inline="always")
def value_of(tier, least, rows, tiers, sums):  # type: ignore[no-untyped-def]
    """Return the value of a tier; `least` is what `fairness` says."""
    return rows[tiers[tier].row].activity + tiers[tier].penalty * sums[0].penalty + tiers[tier].fairness * least


@njit(cache=True, nogil=True)
def merit(rows, tiers, regions, seats, sums):  # type: ignore[no-untyped-def]
    """Return what a state is worth: weighted tiers and credit for what is left, less the price of broken limits."""
    worth = sums[0].part * sums[0].credit - sums[0].hard
    least = fairness(rows, regions, seats)
    for tier in range(len(tiers)):
        value = value_of(tier, least, rows, tiers, sums)
        worth += tiers[tier].weight * value
        if value < tiers[tier].hold:
            worth -= tiers[tier].price * (tiers[tier].hold - value)
    return worth


@njit(cache=True, nogil=True)
def begin(chosen, credit, ptr, entries, rows, used, broken, sums):  # type: ignore[no-untyped-def]
    """Work out everything that is kept up from move to move, for the columns chosen."""
    sums[0].hard = 0.0
    sums[0].credit = 0.0
    sums[0].penalty = 0
    sums[0].broken = 0
    for row in range(len(rows)):
        rows[row].activity = 0
        rows[row].used = 0
    for row in range(len(rows)):
        if rows[row].limited == 0 or rows[row].target >= 0:
            continue
        far = distance(rows, row)
        hard = hard_cost(rows, row, far)
        sums[0].hard += hard
        sums[0].penalty += soft_cost(rows, row, far)
        if hard > 0:
            broken[sums[0].broken] = row
            rows[row].place = sums[0].broken
            sums[0].broken += 1
    for agent in range(len(chosen)):
        column = np.int64(chosen[agent])
        if column >= 0:
            count(column, 1, ptr, entries, rows, used, broken, sums)
            sums[0].credit += credit[column]


@njit(cache=True, inline="always")
def dearest(length, moved, before, chosen, ptr, entries, rows):  # type: ignore[no-untyped-def]
    """Return the dearest broken row among those that the chain touched; −1 if there is none."""
    worst, found = 0.0, np.int64(-1)
    for link in range(length):
        for side in range(2):
            column = np.int64(chosen[moved[link]]) if side == 0 else before[link]
            if column < 0:
                continue
            for entry in range(ptr[column], ptr[column + 1]):
                row = np.int64(entries[entry].row)
                if rows[row].limited == 0:
                    continue
                if rows[row].target >= 0:
                    row = np.int64(rows[row].target)
                price = hard_cost(rows, row, distance(rows, row))
                if price > worst:
                    worst, found = price, row
    return found
