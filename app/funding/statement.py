"""A fund's statement: where each rupiah is, by cost line and by placement, and whether ledger and placements agree.

For each cost line of each placement three figures are known: `planned`, what the placement costs there (written by the round),
`standing`, what the ledger holds for it (reserved + committed + spent), and what was ever reserved, less what was released. The
last two agree because every move is an entry; the first is compared here. As long as money is bound to a line, exactly the
planned amount stands for it; once nothing is bound any more, what was spent stays, and it is no more than was planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, case, column, func, select, table
from sqlalchemy.orm import Session

from app.funding.models import FundBalance, LedgerEntry

# Placements belong to a slice above this one; of theirs only these columns are read here.
LINES: Final = table("placement_lines", column("placement_id"), column("line"), column("fund_id"), column("amount"))
PLACEMENTS: Final = table("placements", column("id"), column("need_id"))
NEEDS: Final = table("needs", column("id"), column("code"))


@dataclass(frozen=True, slots=True)
class Row:
    """A cost line of one placement, or of all; in rupiah."""

    line: str
    planned: int
    reserved: int
    committed: int
    spent: int
    released: int
    placement_id: str | None = None
    placements: int = 1

    @property
    def standing(self) -> int:
        """What the ledger holds."""
        return self.reserved + self.committed + self.spent

    @property
    def agrees(self) -> bool:
        """Whether a line of one placement holds what was planned, or no more than that once nothing is bound any more."""
        if self.reserved + self.committed:
            return self.standing == self.planned
        return 0 <= self.spent <= self.planned


@dataclass(frozen=True, slots=True)
class Statement:
    """All of one fund's money, in rupiah."""

    pledged: int
    returned: int
    balances: dict[str, int]
    lines: tuple[Row, ...]
    differences: tuple[Row, ...]

    @property
    def balanced(self) -> bool:
        """Whether everything adds up: what came in, what stands in the accounts, and what placements hold."""
        bound = {
            account: sum(getattr(row, account) for row in self.lines) for account in ("reserved", "committed", "spent")
        }
        inside = sum(self.balances.values())
        return (
            not self.differences
            and inside == self.pledged - self.returned
            and all(self.balances[account] == amount for account, amount in bound.items())
        )


def statement_of(session: Session, fund_id: str) -> Statement:
    """Return the statement of one fund, from its entries; three statements, however many placements it pays."""
    entry = LedgerEntry
    rows = rows_of(session, fund_id)
    pledged, returned = session.execute(
        select(_sum(entry.from_account == "outside"), _sum(entry.to_account == "outside")).where(
            entry.fund_id == fund_id
        )
    ).one()
    balances = dict.fromkeys(("available", "reserved", "committed", "spent"), 0)
    stored = select(FundBalance.account, FundBalance.amount).where(FundBalance.fund_id == fund_id)
    balances |= dict(session.execute(stored).all())
    return Statement(
        int(pledged), int(returned), balances, tuple(_by_line(rows)), tuple(row for row in rows if not row.agrees)
    )


def placements_paid(session: Session, fund_id: str, *, after: str, limit: int) -> list[str]:
    """Return the ids of placements that the fund has to do with, in the order of their ids, those after `after`."""
    paid = (
        select(LedgerEntry.placement_id)
        .where(LedgerEntry.fund_id == fund_id, LedgerEntry.placement_id > after)
        .group_by(LedgerEntry.placement_id)
        .order_by(LedgerEntry.placement_id)
        .limit(limit)
    )
    return [one for one in session.scalars(paid) if one is not None]


def needs_served(session: Session, placement_ids: Sequence[str]) -> dict[str, str]:
    """Return the code of the need that each placement serves."""
    rows = session.execute(
        select(PLACEMENTS.c.id, NEEDS.c.code)
        .join_from(PLACEMENTS, NEEDS, NEEDS.c.id == PLACEMENTS.c.need_id)
        .where(PLACEMENTS.c.id.in_(placement_ids))
    )
    return dict(rows.all())


def rows_of(session: Session, fund_id: str, placement_ids: Sequence[str] | None = None) -> list[Row]:
    """Return every cost line of every placement that the fund's ledger names, by placement and line."""
    entry, planned = LedgerEntry, LINES.c
    moved = (
        select(
            entry.placement_id,
            entry.line,
            *(
                (_sum(entry.to_account == account) - _sum(entry.from_account == account))
                .cast(FundBalance.amount.type)
                .label(account)
                for account in ("reserved", "committed", "spent")
            ),
            _sum(entry.to_account == "available").label("released"),
        )
        .where(entry.fund_id == fund_id, entry.placement_id.is_not(None))
        .group_by(entry.placement_id, entry.line)
    )
    if placement_ids is not None:
        moved = moved.where(entry.placement_id.in_(placement_ids))
    sums = moved.subquery()
    matched = (
        (planned.placement_id == sums.c.placement_id) & (planned.line == sums.c.line) & (planned.fund_id == fund_id)
    )
    joined = (
        select(sums, func.coalesce(planned.amount, 0).label("planned"))
        .join_from(sums, LINES, matched, isouter=True)
        .order_by(sums.c.placement_id, sums.c.line)
    )
    return [
        Row(
            row.line or "",
            int(row.planned),
            int(row.reserved),
            int(row.committed),
            int(row.spent),
            int(row.released),
            row.placement_id,
        )
        for row in session.execute(joined)
    ]


def _by_line(rows: Iterable[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in rows:
        sofar = found.get(row.line, Row(row.line, 0, 0, 0, 0, 0, placements=0))
        found[row.line] = Row(
            row.line,
            sofar.planned + row.planned,
            sofar.reserved + row.reserved,
            sofar.committed + row.committed,
            sofar.spent + row.spent,
            sofar.released + row.released,
            placements=sofar.placements + 1,
        )
    return [found[line] for line in sorted(found)]


def _sum(where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((where, LedgerEntry.amount), else_=0)), 0)
