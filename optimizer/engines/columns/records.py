"""Compiled loops over columns that are compressed by column: what they are worth, and the records that the annealing reads."""

from __future__ import annotations

import numpy as np
from numba import njit

from optimizer.engines.columns.state import ENTRY
from optimizer.formulation.arrays import Bools, Ints, Reals


@njit(cache=True, nogil=True)
def _worths(price, ptr, row, amount, found):  # type: ignore[no-untyped-def]  # compiled: numba finds the types
    for column in range(len(ptr) - 1):
        worth = 0.0
        for entry in range(ptr[column], ptr[column + 1]):
            worth += price[row[entry]] * amount[entry]
        found[column] = worth


def worths(price: Reals, ptr: Ints, row: Ints, amount: Ints) -> Reals:
    """Return what columns are worth at a price for each row."""
    found = np.zeros(len(ptr) - 1)
    _worths(price.astype(np.float64), ptr, row, amount, found)
    return found


@njit(cache=True, nogil=True)
def _count(ids, ptr, row, use, into):  # type: ignore[no-untyped-def]
    size = 0
    for number in range(len(ids)):
        into[number] = size
        for entry in range(ptr[ids[number]], ptr[ids[number] + 1]):
            if use[row[entry]]:
                size += 1
    into[len(ids)] = size


@njit(cache=True, nogil=True)
def _fill(ids, ptr, row, amount, merged, use, into, entries):  # type: ignore[no-untyped-def]
    for number in range(len(ids)):
        place = into[number]
        for entry in range(ptr[ids[number]], ptr[ids[number] + 1]):
            if use[row[entry]]:
                entries[place].row = merged[row[entry]]
                entries[place].column = number
                entries[place].amount = amount[entry]
                place += 1


@njit(cache=True, nogil=True)
def _sort(entries, starts, order):  # type: ignore[no-untyped-def]
    for entry in range(len(entries)):
        starts[entries[entry].row + 1] += 1
    for row in range(len(starts) - 1):
        starts[row + 1] += starts[row]
    place = starts[:-1].copy()
    for entry in range(len(entries)):
        row = entries[entry].row
        order[place[row]] = entry
        place[row] += 1


def laid_out(
    ids: Ints, ptr: Ints, row: Ints, amount: Ints, merged: Ints, use: Bools
) -> tuple[Ints, np.ndarray, Ints, Ints]:
    """Return the columns `ids` as the annealing reads them.

    Args:
        ids: which columns.
        ptr, row, amount: all columns.
        merged: the row as which each row is counted; a column may have several entries in one.
        use: the rows that are counted, before they are merged.

    Returns:
        where each column's entries begin, the entries, their numbers row by row, and where each row's begin there.
    """
    into = np.zeros(len(ids) + 1, dtype=np.int64)
    _count(ids, ptr, row, use, into)
    entries = np.zeros(int(into[-1]), dtype=ENTRY)
    _fill(ids, ptr, row, amount, merged, use, into, entries)
    starts, order = np.zeros(len(use) + 1, dtype=np.int64), np.zeros(len(entries), dtype=np.int32)
    _sort(entries, starts, order)
    return into, entries, order, starts


@njit(cache=True, nogil=True)
def add_up(of, row, amount, start, rows, amounts):  # type: ignore[no-untyped-def]
    """Bring entries (of, row, amount) into order, add up those of the same place, leave out zeros; return how many are left.

    Args:
        of, row, amount: the entries; only few of one `of`.
        start: zeros, one more than the largest `of` + 1; filled with where the entries of each begin.
        rows, amounts: filled with the entries in order.
    """
    for entry in range(len(of)):
        start[of[entry] + 1] += 1
    for number in range(len(start) - 1):
        start[number + 1] += start[number]
    place = start[:-1].copy()
    for entry in range(len(of)):
        # Each one's entries are kept in order of their rows as they come in: they are few.
        number = of[entry]
        at = place[number]
        while at > start[number] and rows[at - 1] > row[entry]:
            rows[at], amounts[at] = rows[at - 1], amounts[at - 1]
            at -= 1
        rows[at], amounts[at] = row[entry], amount[entry]
        place[number] += 1
    size = 0
    for number in range(len(start) - 1):
        first, last = start[number], start[number + 1]
        start[number] = size
        entry = first
        while entry < last:
            total, here = np.int64(0), rows[entry]
            while entry < last and rows[entry] == here:
                total += amounts[entry]
                entry += 1
            if total != 0:
                rows[size], amounts[size] = here, total
                size += 1
    start[len(start) - 1] = size
    return size
