"""What prices on rows make of every placement: tables by post, option and class, in exact integers.

Prices are integers: a price y means y ÷ scale per unit of the row. At prices, a placement is worth the sum of its entries times
their prices, and every such sum here is exact, so that a bound made of them is a proof however the prices were found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.formulation.arrays import Arrays, Bools, Ints
from optimizer.formulation.pieces import CHOSEN, COST, FIT, ONE, PAID, PREFERENCE, SUITABILITY, Piece, Rows

NEVER = np.int64(-(2**58))
HEADROOM = 2**54


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of people in one region: what the way costs and which selectors they pass; `of` by combination of person facts."""

    travel: Ints
    bits: Bools
    of: Ints


@dataclass(slots=True)
class Tables:
    """Values at some prices. `…_by` tables have one row for each selector (a mask of people), if it matters there at all."""

    post: Ints
    travel: Ints
    option: Ints
    option_travel: Ints
    figure: dict[int, Ints]
    post_by: dict[int, Ints] = field(default_factory=dict)
    travel_by: dict[int, Ints] = field(default_factory=dict)
    option_by: dict[int, Ints] = field(default_factory=dict)
    option_travel_by: dict[int, Ints] = field(default_factory=dict)
    figure_by: dict[tuple[int, int], Ints] = field(default_factory=dict)


class Plan:
    """What of the rows never changes with the prices: selectors, classes, and which options and posts a piece touches."""

    def __init__(self, arrays: Arrays, rows: Rows) -> None:
        self.arrays, self.rows = arrays, rows
        self.selectors: list[tuple[Bools | None, Bools | None]] = []
        self._number: dict[tuple[int, int], int] = {}
        self.selector = [self._selector(piece) for piece in rows.pieces]
        self.never = [self._selector(piece) for piece in rows.never]
        self.combination, self._home, self._passes = self._combinations()
        self.classes = [self._classes(region) for region in range(len(arrays.regions))]
        self.paid = {position: self._paid(piece) for position, piece in enumerate(rows.pieces) if piece.weight == PAID}

    def _selector(self, piece: Piece) -> int:
        """Return the number of the piece's mask of people; −1 where everyone passes."""
        if piece.people is None and piece.only_home is None:
            return -1
        key = id(piece.people), id(piece.only_home)
        if key not in self._number:
            self._number[key] = len(self.selectors)
            self.selectors.append((piece.people, piece.only_home))
        return self._number[key]

    def _combinations(self) -> tuple[Ints, Ints, Bools]:
        """Return everyone's combination of home and masks, and the home and the masks of each combination."""
        arrays = self.arrays
        columns = [arrays.home]
        columns += [
            np.ones(arrays.people, dtype=np.int64) if people is None else people.astype(np.int64)
            for people, _ in self.selectors
        ]
        if not arrays.people:
            return arrays.home, arrays.home, np.zeros((0, len(self.selectors)), dtype=np.bool_)
        code = np.zeros(arrays.people, dtype=np.int64)
        for column in columns:
            # Numbers stay below the number of people, so the product with a short column never overflows.
            _, code = np.unique(code * (int(column.max()) + 1) + column, return_inverse=True)
        _, first = np.unique(code, return_index=True)
        passes = np.array([column[first] for column in columns[1:]], dtype=np.bool_).reshape(-1, len(first)).T
        return code, arrays.home[first], passes

    def _classes(self, region: int) -> Classes:
        way = self.arrays.way[self._home, region]
        bits = self._passes.copy()
        for number, (_, table) in enumerate(self.selectors):
            if table is not None:
                bits[:, number] &= table[self._home, region]
        _, code = np.unique(way, return_inverse=True)
        for number in range(bits.shape[1]):
            _, code = np.unique(code * 2 + bits[:, number], return_inverse=True)
        _, first = np.unique(code, return_index=True)
        return Classes(way[first], bits[first], code.astype(np.int64))

    def _paid(self, piece: Piece) -> tuple[Ints, Bools]:
        """Return what the piece's funds pay of each option's own lines, and whether they pay its way."""
        options = self.arrays.options
        funds = np.zeros(len(self.arrays.problem.funds), dtype=np.bool_) if piece.funds is None else piece.funds
        mine = funds[options.line_fund]
        paid = np.zeros(len(options.post), dtype=np.int64)
        np.add.at(paid, options.line_option[mine], options.line_amount[mine])
        return paid, (options.travel_fund >= 0) & funds[options.travel_fund]

    def tables(self, price: Ints) -> Tables:
        """Return what the prices make of posts, options and classes."""
        arrays, options = self.arrays, self.arrays.options
        posts, number = arrays.posts, len(options.post)
        made = Tables(
            np.zeros(posts, dtype=np.int64),
            np.zeros(posts, dtype=np.int64),
            np.zeros(number, dtype=np.int64),
            np.zeros(number, dtype=np.int64),
            {weight: np.zeros(posts, dtype=np.int64) for weight in (FIT, PREFERENCE, SUITABILITY, CHOSEN)},
        )
        fund = price[self.rows.fund_row] if len(self.rows.fund_row) else np.zeros(1, dtype=np.int64)
        np.add.at(made.option, options.line_option, fund[options.line_fund] * options.line_amount)
        made.option_travel += np.where(options.travel_fund >= 0, fund[options.travel_fund], 0)
        for position, piece in enumerate(self.rows.pieces):
            self._add(made, position, piece, price)
        return made

    def _add(self, made: Tables, position: int, piece: Piece, price: Ints) -> None:
        arrays, options = self.arrays, self.arrays.options
        size = arrays.agreements if piece.by_agreement else arrays.posts
        much = np.zeros(size, dtype=np.int64)
        np.add.at(much, piece.thing, price[piece.row] * piece.factor)
        if not much.any():
            return
        by = self.selector[position]
        if piece.by_agreement or piece.agreements is not None or piece.weight == PAID:
            value = much[options.agreement] if piece.by_agreement else much[options.post]
            if piece.posts is not None:
                value = np.where(piece.posts[options.post], value, 0)
            if piece.agreements is not None:
                value = np.where(piece.agreements[options.agreement], value, 0)
            if piece.weight == PAID:
                paid, pays_way = self.paid[position]
                own, way = value * paid, value * pays_way
            elif piece.weight == COST:
                own, way = value * arrays.base_cost[options.post], value
            else:
                own, way = value, None
            _into(made.option, made.option_by, by, own)
            if way is not None:
                _into(made.option_travel, made.option_travel_by, by, way)
        elif piece.weight == ONE:
            _into(made.post, made.post_by, by, much)
        elif piece.weight == COST:
            _into(made.post, made.post_by, by, much * arrays.base_cost)
            _into(made.travel, made.travel_by, by, much)
        elif by < 0:
            made.figure[piece.weight] += much
        else:
            key = piece.weight, by
            made.figure_by[key] = made.figure_by.get(key, 0) + much


def _into(plain: Ints, by_selector: dict[int, Ints], by: int, value: Ints) -> None:
    if by < 0:
        plain += value
    else:
        by_selector[by] = by_selector.get(by, 0) + value
