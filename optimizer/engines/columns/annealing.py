"""Whole placements by annealing with ejection chains, as compiled loops over flat records.

A state gives every agent one column or none. Limits may be broken for a price, which starts near the row's dual price and grows while a
row stays broken (an exact penalty); what is left under a limit is rewarded at a part of that price, so that freeing money is worth
something before the next one spends it. A move gives an agent another column; then, a few times over, the dearest broken row among those
touched is mended by moving one more agent (Glover, *Ejection chains*, 1996). All activities are exact integers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from optimizer.engines.columns.state import (
    below,
    dearest,
    distance,
    fairness,
    hard_cost,
    merit,
    swap,
    uniform,
    value_of,
)

STATE = "a8006cde0e98edf1"
"""Fingerprint of `state.py`: what is compiled here holds that too, and numba compiles anew only when this file changes."""
LONGEST = 8
"""No chain moves more agents than this."""
LOOKED_AT = 5
"""In a broken row of so many agents each is tried to be taken out; that is, in the rows of seats and schools."""
STRIDE = 2048
"""So many moves between two looks at the temperature."""
MENDING = 0.3
"""The part of moves that begin at a broken row while there is one."""


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


@njit(cache=True, nogil=True)
def exchange(order, agent_of, chosen, credit, ptr, entries, rows, used, broken, sums, tiers, regions, seats):  # type: ignore[no-untyped-def]
    """Go through columns in order: give each to its agent where the state gets better, if need be by taking one other agent out.

    The other agent is one of those in the row that the column would break. Only states that break nothing are kept.

    Returns:
        how many were given.
    """
    now = merit(rows, tiers, regions, seats, sums)
    moved, before = np.empty(1, dtype=np.int64), np.empty(1, dtype=np.int64)
    given = 0
    for number in range(len(order)):
        column = np.int64(order[number])
        agent = np.int64(agent_of[column])
        old = np.int64(chosen[agent])
        if old == column:
            continue
        moved[0], before[0] = agent, old
        swap(agent, column, chosen, credit, ptr, entries, rows, used, broken, sums)
        row = dearest(1, moved, before, chosen, ptr, entries, rows)
        if row < 0:
            then = merit(rows, tiers, regions, seats, sums)
            if then > now and sums[0].broken == 0:
                now = then
                given += 1
            else:
                swap(agent, old, chosen, credit, ptr, entries, rows, used, broken, sums)
            continue
        best, who = now, np.int64(-1)
        # Among the many that a fund pays for, hardly one is just the one that pays to be let go.
        number_there = np.int64(rows[row].used) if distance(rows, row) > 0 else np.int64(0)
        for place in range(number_there if number_there <= LOOKED_AT else 0):
            # Taking somebody out and putting them back turns the list of those in the row by one place.
            other = np.int64(agent_of[entries[used[rows[row].start + place]].column])
            theirs = np.int64(chosen[other])
            if other == agent:
                continue
            swap(other, np.int64(-1), chosen, credit, ptr, entries, rows, used, broken, sums)
            then = merit(rows, tiers, regions, seats, sums)
            if then > best and sums[0].broken == 0:
                best, who = then, other
            swap(other, theirs, chosen, credit, ptr, entries, rows, used, broken, sums)
        if who >= 0:
            swap(who, np.int64(-1), chosen, credit, ptr, entries, rows, used, broken, sums)
            now = best
            given += 1
        else:
            swap(agent, old, chosen, credit, ptr, entries, rows, used, broken, sums)
    return given


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
        value = value_of(tier, least, rows, tiers, sums)
        if value < tiers[tier].hold:
            return False
        if tiers[tier].weight > 0.0 and not decided and value != tiers[tier].best:
            improved, decided = value > tiers[tier].best, True
    if improved:
        for tier in range(len(tiers)):
            tiers[tier].best = value_of(tier, least, rows, tiers, sums)
    return improved
