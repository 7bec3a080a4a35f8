"""Placements as arrays, and what they count in every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.eligibility import obstacles
from optimizer.engines.columns.records import add_up
from optimizer.formulation.arrays import Arrays, Bools, Ints
from optimizer.formulation.pieces import CHOSEN, COST, FIT, ONE, PAID, PREFERENCE, SUITABILITY, Piece, Rows

EMPTY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Triples:
    """Placements (person, post, agreement) with their figures; `paid` lists (triple, fund, rupiah)."""

    person: Ints
    post: Ints
    agreement: Ints
    cost: Ints
    fit: Ints
    preference: Ints
    paid: tuple[Ints, Ints, Ints]

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Entries:
    """A sparse matrix by entry: what triple `of` counts in row `row`; ordered by triple, each (triple, row) once."""

    of: Ints
    row: Ints
    amount: Ints


def ordinary(arrays: Arrays, person: Ints, option: Ints) -> Triples:
    """Return the placements of people under options, for pairs without figures of their own."""
    options = arrays.options
    post = options.post[option]
    way = arrays.way[arrays.home[person], arrays.region[post]]
    number = np.arange(len(person), dtype=np.int64)
    first = np.searchsorted(options.line_option, option, side="left")
    last = np.searchsorted(options.line_option, option, side="right")
    of, line = ranges(first, last)
    fund = options.travel_fund[option]
    far = np.flatnonzero((way > 0) & (fund >= 0))
    paid = (
        np.concatenate([number[of], far]),
        np.concatenate([options.line_fund[line], fund[far]]),
        np.concatenate([options.line_amount[line], way[far]]),
    )
    return Triples(
        person,
        post,
        options.agreement[option],
        arrays.base_cost[post] + way,
        arrays.fit_of(person, post),
        preferences(arrays, person, post),
        paid,
    )


def preferences(arrays: Arrays, person: Ints, post: Ints) -> Ints:
    """Return the preference of each (person, post)."""
    found = np.zeros(len(person), dtype=np.int64)
    region = arrays.region[post]
    order = np.argsort(region, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(region[order])) + 1):
        if len(part):
            who, much = arrays.wishing[int(region[part[0]])]
            at = np.searchsorted(who, person[part])
            at[at == len(who)] = 0
            hit = who[at] == person[part] if len(who) else np.zeros(len(part), dtype=np.bool_)
            found[part[hit]] = much[at[hit]]
    return found


def pairs_apart(arrays: Arrays, rows: Rows) -> list[tuple[int, int]]:
    """Return the pairs (person, post) that have figures or rows of their own, ascending."""
    index = arrays.index
    own = {(index.volunteer[v], index.post[p]) for v, p in arrays.problem.pairs}
    return sorted(own | {(v, p) for v, p, _ in rows.pairs})


def explicit(arrays: Arrays, rows: Rows) -> Triples:
    """Return every placement of the pairs that have figures or rows of their own."""
    index, problem = arrays.index, arrays.problem
    found: list[tuple[int, int, int, int, int, int]] = []
    paid: list[tuple[int, int, int]] = []
    for person, post in pairs_apart(arrays, rows):
        if not problem.posts[post].seats or obstacles(index, person, post):
            continue
        lines = {line: amount // arrays.unit for line, amount in index.cost_lines(person, post).items()}
        figures = sum(lines.values()), index.fit(person, post), index.preference(person, post)
        for payer in arrays.usable[post]:
            one = problem.agreements[payer]
            if index.can_pay(one, lines):
                paid.extend((len(found), index.fund[str(one.fund_for(line))], much) for line, much in lines.items())
                found.append((person, post, payer, *figures))
    table = np.array(found, dtype=np.int64).reshape(-1, 6)
    money = np.array(paid, dtype=np.int64).reshape(-1, 3)
    columns: list[Ints] = [table[:, i].copy() for i in range(6)]
    paying = money[:, 0].copy(), money[:, 1].copy(), money[:, 2].copy()
    return Triples(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], paying)


def ranges(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return (i, j) for every i and every first[i] ≤ j < last[i]."""
    length = last - first
    of = np.repeat(np.arange(len(first), dtype=np.int64), length)
    before = np.concatenate([[0], np.cumsum(length)[:-1]]) if len(first) else EMPTY
    return of, np.arange(len(of), dtype=np.int64) - before[of] + first[of]


def passing(piece: Piece, arrays: Arrays, triples: Triples) -> Bools:
    """Return which placements pass the masks of a piece."""
    found = np.ones(len(triples), dtype=np.bool_)
    if piece.people is not None:
        found &= piece.people[triples.person]
    if piece.agreements is not None:
        found &= piece.agreements[triples.agreement]
    if piece.posts is not None:
        found &= piece.posts[triples.post]
    if piece.only_home is not None:
        found &= piece.only_home[arrays.home[triples.person], arrays.region[triples.post]]
    return found


def _weights(piece: Piece, arrays: Arrays, triples: Triples) -> Ints:
    if piece.weight == PAID:
        of, fund, amount = triples.paid
        mine = _funds(piece)[fund]
        total = np.zeros(len(triples), dtype=np.int64)
        np.add.at(total, of[mine], amount[mine])
        return total
    return {
        ONE: np.ones(len(triples), dtype=np.int64),
        COST: triples.cost,
        FIT: triples.fit,
        PREFERENCE: triples.preference,
        SUITABILITY: arrays.suitability[triples.person],
        CHOSEN: arrays.weight[triples.person],
    }[piece.weight]


def banned(rows: Rows, arrays: Arrays, triples: Triples) -> Bools:
    """Return which placements a hard rule forbids altogether."""
    found = np.zeros(len(triples), dtype=np.bool_)
    for piece in rows.never:
        found |= passing(piece, arrays, triples) & np.isin(triples.post, piece.thing)
    return found


def entries(rows: Rows, arrays: Arrays, triples: Triples) -> Entries:
    """Return what every placement counts in every row."""
    parts: list[tuple[Ints, Ints, Ints]] = []
    of, fund, amount = triples.paid
    parts.append((of, rows.fund_row[fund], amount) if len(of) else (EMPTY, EMPTY, EMPTY))
    for piece in rows.pieces:
        chosen = np.flatnonzero(passing(piece, arrays, triples))
        key = (triples.agreement if piece.by_agreement else triples.post)[chosen]
        first = np.searchsorted(piece.thing, key, side="left")
        last = np.searchsorted(piece.thing, key, side="right")
        which, entry = ranges(first, last)
        one = chosen[which]
        weight = _weights(piece, arrays, triples)[one]
        parts.append((one, piece.row[entry], weight * piece.factor[entry]))
    parts.extend(_of_pairs(rows, triples))
    joined = [np.concatenate([part[i] for part in parts]) for i in range(3)]
    return summed(*joined)


def _funds(piece: Piece) -> Bools:
    """Return the funds whose money a weight PAID counts; such a piece always names them."""
    if piece.funds is None:
        raise ValueError("a piece of weight PAID names no funds")
    return piece.funds


def _of_pairs(rows: Rows, triples: Triples) -> list[tuple[Ints, Ints, Ints]]:
    if not rows.pairs:
        return []
    people = np.zeros(int(triples.person.max(initial=0)) + 1, dtype=np.bool_)
    people[[v for v, _, _ in rows.pairs if v < len(people)]] = True
    found: list[tuple[int, int, int]] = []
    for number in np.flatnonzero(people[triples.person]):
        key = int(triples.person[number]), int(triples.post[number])
        for agreement in (None, int(triples.agreement[number])):
            found.extend((int(number), row, factor) for row, factor in rows.pairs.get((*key, agreement), ()))
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return [(table[:, 0], table[:, 1], table[:, 2])]


def summed(of: Ints, row: Ints, amount: Ints) -> Entries:
    """Return the entries in order, those of the same place added up, without zeros."""
    if not len(of):
        return Entries(of, row, amount)
    start = np.zeros(int(of.max()) + 2, dtype=np.int64)
    rows, amounts = np.empty(len(of), dtype=np.int64), np.empty(len(of), dtype=np.int64)
    size = add_up(of.astype(np.int64), row.astype(np.int64), amount.astype(np.int64), start, rows, amounts)
    return Entries(np.repeat(np.arange(len(start) - 1), np.diff(start)), rows[:size].copy(), amounts[:size].copy())
