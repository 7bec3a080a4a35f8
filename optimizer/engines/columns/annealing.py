"""Whole placements by annealing with ejection chains, as compiled loops over flat records.

A state gives every agent one column or none. Limits may be broken for a price, which starts near the row's dual price and grows while a
row stays broken (an exact penalty); what is left under a limit is rewarded at a part of that price, so that freeing money is worth
something before the next one spends it. A move gives an agent another column; then, a few times over, the dearest broken row among those
touched is mended by moving one more agent (Glover, *Ejection chains*, 1996). All activities are exact integers.
"""

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
LONGEST = 8
"""No chain moves more agents than this."""
STRIDE = 2048
"""So many moves between two looks at the temperature."""
MENDING = 0.3
"""The part of moves that begin at a broken row while there is one."""


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


@njit(cache=True, nogil=True)
def merit(rows, tiers, regions, seats, sums):  # type: ignore[no-untyped-def]
    """Return what a state is worth: weighted tiers and credit for what is left, less the price of broken limits."""
    worth = sums[0].part * sums[0].credit - sums[0].hard
    least = fairness(rows, regions, seats)
    for tier in range(len(tiers)):
        value = rows[tiers[tier].row].activity + tiers[tier].penalty * sums[0].penalty + tiers[tier].fairness * least
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


@njit(cache=True, nogil=True)
def fill(order, agent_of, chosen, credit, ptr, entries, rows, used, broken, sums, tiers, regions, seats):  # type: ignore[no-untyped-def]
    """Go through columns in order and keep each that makes the state better, for agents who have none yet."""
    now = merit(rows, tiers, regions, seats, sums)
    for place in range(len(order)):
        column = np.int64(order[place])
        agent = np.int64(agent_of[column])
        if chosen[agent] >= 0:
            continue
        swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums)
        then = merit(rows, tiers, regions, seats, sums)
        if then > now:
            now = then
        else:
            swap(agent, np.int64(-1), chosen, credit, ptr, entries, rows, used, broken, sums)


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


@njit(cache=True, nogil=True)
def mended(  # type: ignore[no-untyped-def]
    row, tick, cut, width, stamp, chosen, agent_of, gain, credit, ptr, entries, begins, choice, by_row, rows, used, broken, sums,
    tiers, regions, seats,
):  # fmt: skip
    """Return the move (agent, column) of those tried that mends a broken row best; agent −1 if none was found."""
    over = distance(rows, row) > 0
    number = np.int64(rows[row].used) if over else np.int64(rows[row].entries)
    best, who, what = -1e300, np.int64(-1), np.int64(-1)
    for _ in range(width if over else width + 2):
        if number == 0:
            break
        place = rows[row].start + below(sums, number)
        entry = np.int64(used[place]) if over else np.int64(by_row[place])
        if entries[entry].amount <= 0:
            continue
        column = np.int64(entries[entry].column)
        agent = np.int64(agent_of[column])
        old = np.int64(chosen[agent])
        if stamp[agent] == tick or (not over and old == column):
            continue
        if over:
            swap(agent, np.int64(-1), chosen, credit, ptr, entries, rows, used, broken, sums)
            worth = merit(rows, tiers, regions, seats, sums)
            if worth > best:
                best, who, what = worth, agent, np.int64(-1)
        many = begins[agent + 1] - begins[agent]
        for _ in range(width if over else 1):
            if over:
                luck = uniform(sums)
                column = np.int64(choice[begins[agent] + np.int64(luck * luck * many)])
                if column == old or gain[column] - gain[old] < -cut:
                    continue
            swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums)
            worth = merit(rows, tiers, regions, seats, sums)
            swap(agent, np.int64(-1) if over else old, chosen, credit, ptr, entries, rows, used, broken, sums)
            if worth > best:
                best, who, what = worth, agent, column
        if over:
            swap(agent, old, chosen, credit, ptr, entries, rows, used, broken, sums)
    return who, what


@njit(cache=True, inline="always")
def first_move(cut, chosen, gain, begins, choice, sums):  # type: ignore[no-untyped-def]
    """Return a random move (agent, column) that costs no more than `cut` at the dual prices; agent −1 if the draw gave none."""
    agent = below(sums, len(begins) - 1)
    many = begins[agent + 1] - begins[agent]
    none = np.int64(-1)
    if many == 0:
        return none, none
    luck = uniform(sums)
    place = np.int64(luck * luck * (many + 1))
    column = np.int64(choice[begins[agent] + place]) if place < many else none
    old = np.int64(chosen[agent])
    if column == old:
        column = np.int64(choice[begins[agent] + below(sums, many)]) if uniform(sums) >= 0.1 else none
        if column == old:
            return none, none
    change = (gain[column] if column >= 0 else 0.0) - (gain[old] if old >= 0 else 0.0)
    if change < -cut:
        return none, none
    return agent, column


@njit(cache=True, nogil=True)
def anneal(  # type: ignore[no-untyped-def]
    chosen, best, agent_of, gain, credit, ptr, entries, begins, choice, by_row, rows, used, broken, sums, tiers, regions, seats,
    moves, hot, cold, cut, depth, width, growth,
):  # fmt: skip
    """Make `moves` moves while the temperature falls from `hot` to `cold`; return how many were accepted.

    Args:
        chosen: the column of each agent (−1: none), in and out.
        best: the best lawful choice so far, in and out; its values are in tiers["best"].
        agent_of, gain, credit: of each column: its agent, its worth at the dual prices, and that worth's part which is not the tiers'.
        ptr, entries: what each column counts.
        begins, choice: the columns of each agent, best gain first.
        by_row: the entries of each row.
        rows, used, broken, sums: what `begin` worked out.
        tiers: weights, held values and their prices.
        regions, seats: rows and seats of the regions that `fairness` counts.
        moves, hot, cold: how long, and from which temperature to which.
        cut: moves that lose more than so many temperatures at the dual prices are not tried.
        depth, width: the most mending moves of a chain, and how many candidates each of them looks at.
        growth: factor by which the price of broken rows grows every STRIDE moves.
    """
    stamp = np.zeros(len(chosen), dtype=np.int64)
    moved, before = np.empty(LONGEST, dtype=np.int64), np.empty(LONGEST, dtype=np.int64)
    different = np.zeros(len(chosen), dtype=np.bool_)
    changed = np.empty(len(chosen), dtype=np.int64)
    changes = 0
    for agent in range(len(chosen)):
        if chosen[agent] != best[agent]:
            different[agent] = True
            changed[changes] = agent
            changes += 1
    if sums[0].broken == 0 and better(rows, tiers, regions, seats, sums):
        best[:] = chosen
        different[:] = False
        changes = 0
    now = merit(rows, tiers, regions, seats, sums)
    heat, accepted = hot, 0
    for move in range(moves):
        if move % STRIDE == 0:
            heat = hot * (cold / hot) ** (move / moves)
            if growth > 1.0:
                for number in range(sums[0].broken):
                    row = broken[number]
                    far = distance(rows, row)
                    old_price = hard_cost(rows, row, far)
                    if far > 0:
                        rows[row].over *= growth
                    else:
                        rows[row].under *= growth
                    sums[0].hard += hard_cost(rows, row, far) - old_price
                now = merit(rows, tiers, regions, seats, sums)
        tick, length, row = move + 1, 0, np.int64(-1)
        if sums[0].broken > 0 and uniform(sums) < MENDING:
            row = broken[below(sums, sums[0].broken)]
        else:
            agent, column = first_move(cut * heat, chosen, gain, begins, choice, sums)
            if agent < 0:
                continue
            moved[0], before[0], length = agent, np.int64(chosen[agent]), 1
            stamp[agent] = tick
            swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums)
        for _ in range(depth):
            if row < 0:
                row = dearest(length, moved, before, chosen, ptr, entries, rows)
                if row < 0:
                    break
            agent, column = mended(
                row, tick, cut * heat, width, stamp, chosen, agent_of, gain, credit, ptr, entries, begins, choice, by_row, rows,
                used, broken, sums, tiers, regions, seats,
            )  # fmt: skip
            row = np.int64(-1)
            if agent < 0:
                break
            moved[length], before[length] = agent, np.int64(chosen[agent])
            length += 1
            stamp[agent] = tick
            swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums)
        if length == 0:
            continue
        then = merit(rows, tiers, regions, seats, sums)
        if then < now and uniform(sums) >= np.exp((then - now) / heat):
            for link in range(length - 1, -1, -1):
                swap(moved[link], before[link], chosen, credit, ptr, entries, rows, used, broken, sums)
            continue
        now = then
        accepted += 1
        for link in range(length):
            if not different[moved[link]]:
                different[moved[link]] = True
                changed[changes] = moved[link]
                changes += 1
        if sums[0].broken == 0 and better(rows, tiers, regions, seats, sums):
            for number in range(changes):
                best[changed[number]] = chosen[changed[number]]
                different[changed[number]] = False
            changes = 0
    return accepted


@njit(cache=True, nogil=True)
def better(rows, tiers, regions, seats, sums):  # type: ignore[no-untyped-def]
    """Return whether the state keeps what is held and beats the best in the first weighted tier that differs; note its values then."""
    least = fairness(rows, regions, seats)
    improved, decided = False, False
    for tier in range(len(tiers)):
        value = rows[tiers[tier].row].activity + tiers[tier].penalty * sums[0].penalty + tiers[tier].fairness * least
        if value < tiers[tier].hold:
            return False
        if tiers[tier].weight > 0.0 and not decided and value != tiers[tier].best:
            improved, decided = value > tiers[tier].best, True
    if improved:
        for tier in range(len(tiers)):
            tiers[tier].best = (
                rows[tiers[tier].row].activity + tiers[tier].penalty * sums[0].penalty + tiers[tier].fairness * least
            )
    return improved
