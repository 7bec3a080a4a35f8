"""The rows and columns themselves: a pure integer linear model, plus rows that bind only when a 0/1 column has a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Terms = Mapping[int, int]


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """Where a row comes from: `kind` is policy, fund, agreement, resource or structure (seats, people, links)."""

    kind: str
    id: str


STRUCTURE = Tag("structure", "")


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: two rows may say the same
class Row:
    """lower ≤ Σ coefficient × column ≤ upper; None is no limit. With `only_if` (column, value) it binds only then."""

    tag: Tag
    terms: Terms
    lower: int | None
    upper: int | None
    only_if: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A linear expression over the columns: constant + Σ coefficient × column."""

    terms: Terms
    constant: int = 0


class Formulation:
    """Integer columns with bounds, tagged rows, and each measure as an expression."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rows: list[Row] = []
        self.measures: dict[str, Expression] = {}

    def column(self, lower: int, upper: int) -> int:
        """Add an integer column in [lower, upper] and return its position."""
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def row(
        self,
        tag: Tag,
        terms: Terms,
        lower: int | None,
        upper: int | None,
        only_if: tuple[int, int] | None = None,
    ) -> None:
        """Add a row, unless it can never bind."""
        if not terms and (lower is None or lower <= 0) and (upper is None or upper >= 0):
            return
        if lower is None and upper is None:
            return
        self.rows.append(Row(tag, terms, lower, upper, only_if))

    def range_of(self, terms: Terms) -> tuple[int, int]:
        """Return the smallest and largest value that the columns' bounds allow for Σ coefficient × column."""
        least = most = 0
        for column, coefficient in terms.items():
            ends = coefficient * self.lower[column], coefficient * self.upper[column]
            least += min(ends)
            most += max(ends)
        return least, most
