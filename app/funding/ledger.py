"""The ledger: money moves from one account of a fund to another, and never more than stands there.

A fund has four accounts, `available → reserved → committed → spent`; `outside` is where a pledge comes from and where the rest
goes when a fund is closed. Every move is an entry that is never changed, and both balances follow in the same transaction. Three
things keep a balance from going below zero under any concurrency: the funds' rows are locked in one order (so that two
rounds that publish at once wait for each other instead of deadlocking), each withdrawal is a guarded `UPDATE … WHERE amount >= n`, and
a check constraint in the database. The entry is itself the record of who, what, when and why; whoever moves money for a person
writes the audit entry of the act.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, insert, select, union_all, update
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.ids import new_id
from app.core.problems import NotFound
from app.funding.errors import FundNotConfirmed, NotEnoughMoney, Shortage
from app.funding.lifecycle import FUND
from app.funding.models import Fund, FundBalance, LedgerEntry
from app.identity.actor import Actor

ACCOUNTS: Final = ("available", "reserved", "committed", "spent")
OUTSIDE: Final = "outside"
UNSPENT: Final = ("available", "reserved", "committed")


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` rupiah of one fund from one account to another; for a placement, with its cost line."""

    fund_id: str
    from_account: str
    to_account: str
    amount: int
    line: str | None = None
    placement_id: str | None = None

    def __post_init__(self) -> None:
        if type(self.amount) is not int or self.amount <= 0:
            raise ValueError(f"a move needs a whole, positive amount of rupiah, not {self.amount!r}")
        accounts = {self.from_account, self.to_account}
        if len(accounts) != 2 or not accounts <= {OUTSIDE, *ACCOUNTS}:
            raise ValueError(f"no money moves from {self.from_account!r} to {self.to_account!r}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for one cost line of a placement in one account of a fund, in rupiah."""

    fund_id: str
    line: str | None
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Difference:
    """An account whose balance is not the sum of its entries; both in rupiah."""

    fund_id: str
    account: str
    balance: int | None
    entries: int


def open_accounts(session: Session, fund_id: str) -> None:
    """Open the four empty accounts of a new fund, whose row has been flushed."""
    session.execute(
        insert(FundBalance), [{"fund_id": fund_id, "account": account, "amount": 0} for account in ACCOUNTS]
    )


def move(
    session: Session,
    actor: Actor,
    fund_id: str,
    from_account: str,
    to_account: str,
    amount: int,
    *,
    line: str | None = None,
    placement_id: str | None = None,
    reason: str,
) -> None:
    """Move `amount` rupiah between two accounts of one fund; see `move_all`."""
    move_all(session, actor, [Move(fund_id, from_account, to_account, amount, line, placement_id)], reason=reason)


def move_all(session: Session, actor: Actor, moves: Sequence[Move], *, reason: str) -> None:
    """Make all of `moves`, or none: their entries and the balances, in the caller's transaction.

    What leaves an account must stand in it before; money that arrives by another of the moves does not count. A fund whose
    last rupiah is spent becomes exhausted. Three statements, and one more for each account whose balance changes.

    Args:
        session: A session in a transaction that writes.
        actor: On whose behalf.
        moves: At most one transaction's worth; in any order.
        reason: Why, in a few words or a code such as `publish`; stands in every entry.

    Raises:
        NotFound: For a fund that does not exist.
        FundNotConfirmed: Naming every fund that is not confirmed.
        NotEnoughMoney: Naming every account that holds less than is asked of it; nothing was moved.
    """
    if not moves:
        return
    funds = lock(session, {one.fund_id for one in moves})
    _refuse_unconfirmed(funds.values())
    balances = balances_of(session, funds)
    leaving, change = _totals(moves)
    short = [
        Shortage(fund, funds[fund].code, account, asked, balances[fund][account])
        for (fund, account), asked in sorted(leaving.items())
        if balances[fund][account] < asked
    ]
    if short:
        raise NotEnoughMoney(short)
    for (fund, account), amount in sorted(change.items()):
        if amount:
            _change(session, funds[fund], account, amount, leaving[fund, account])
    _enter(session, actor, moves, reason)
    for spent in sorted({one.fund_id for one in moves if one.to_account == "spent"}):
        if not any(balances[spent][account] + change[spent, account] for account in UNSPENT):
            _exhaust(session, actor, funds[spent])


def _totals(moves: Iterable[Move]) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Return what leaves each (fund, account), and by how much each changes; what is outside is not counted."""
    leaving: Counter[tuple[str, str]] = Counter()
    change: Counter[tuple[str, str]] = Counter()
    for one in moves:
        if one.from_account != OUTSIDE:
            leaving[one.fund_id, one.from_account] += one.amount
            change[one.fund_id, one.from_account] -= one.amount
        if one.to_account != OUTSIDE:
            change[one.fund_id, one.to_account] += one.amount
    return leaving, change


def lock(session: Session, fund_ids: Collection[str]) -> dict[str, Fund]:
    """Return the funds as they are now, held until the transaction ends: nobody else moves their money or closes them.

    Rows are locked in the order of their keys, which every writer keeps to, so that no two wait for each other.

    Raises:
        NotFound: For a fund that does not exist.
    """
    statement = select(Fund).where(Fund.id.in_(sorted(fund_ids))).order_by(Fund.id)
    # Without the key, so that rows which refer to the fund can still be written elsewhere.
    statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    funds = {fund.id: fund for fund in session.scalars(statement)}
    if funds.keys() != set(fund_ids):
        raise NotFound
    return funds


def _refuse_unconfirmed(funds: Iterable[Fund]) -> None:
    other = sorted(fund.code for fund in funds if fund.state != "confirmed")
    if other:
        raise FundNotConfirmed(funds=", ".join(other), more={"funds": other})


def _change(session: Session, fund: Fund, account: str, amount: int, least: int) -> None:
    """Add `amount` (which may be negative) to a balance that holds `least` or more."""
    changed = session.execute(
        update(FundBalance)
        .where(FundBalance.fund_id == fund.id, FundBalance.account == account, FundBalance.amount >= least)
        .values(amount=FundBalance.amount + amount)
        .returning(FundBalance.amount)
    ).all()
    if not changed:  # cannot be while the fund is locked; kept, since it is the promise that does not hang on the lock
        raise NotEnoughMoney([Shortage(fund.id, fund.code, account, least, 0)])


def _enter(session: Session, actor: Actor, moves: Iterable[Move], reason: str) -> None:
    at = clock.now()
    session.execute(
        insert(LedgerEntry),
        [
            {
                "id": new_id(),
                "fund_id": one.fund_id,
                "from_account": one.from_account,
                "to_account": one.to_account,
                "amount": one.amount,
                "line": one.line,
                "placement_id": one.placement_id,
                "reason": reason,
                "actor_id": actor.id,
                "at": at,
            }
            for one in moves
        ],
    )


def _exhaust(session: Session, actor: Actor, fund: Fund) -> None:
    before = fund.state
    fund.state = FUND.move(before, "exhaust")
    fund.version += 1
    record(session, actor, "funds.exhaust", "fund", fund.id, before={"state": before}, after={"state": fund.state})


def pledge(session: Session, actor: Actor, fund_id: str, amount: int, *, reason: str) -> None:
    """Take in the money of a fund that has just been confirmed: outside → available."""
    move(session, actor, fund_id, OUTSIDE, "available", amount, reason=reason)


def reserve(
    session: Session,
    actor: Actor,
    fund_id: str,
    amount: int,
    *,
    line: str | None,
    placement_id: str | None,
    reason: str,
) -> None:
    """Set money aside for a placement that is offered: available → reserved."""
    move(session, actor, fund_id, "available", "reserved", amount, line=line, placement_id=placement_id, reason=reason)


def commit(
    session: Session,
    actor: Actor,
    fund_id: str,
    amount: int,
    *,
    line: str | None,
    placement_id: str | None,
    reason: str,
) -> None:
    """Bind money to a placement that was accepted: reserved → committed."""
    move(session, actor, fund_id, "reserved", "committed", amount, line=line, placement_id=placement_id, reason=reason)


def spend(
    session: Session,
    actor: Actor,
    fund_id: str,
    amount: int,
    *,
    line: str | None,
    placement_id: str | None,
    reason: str,
) -> None:
    """Pay out what was committed: committed → spent."""
    move(session, actor, fund_id, "committed", "spent", amount, line=line, placement_id=placement_id, reason=reason)


def release(
    session: Session,
    actor: Actor,
    fund_id: str,
    amount: int,
    *,
    from_account: str = "reserved",
    line: str | None,
    placement_id: str | None,
    reason: str,
) -> None:
    """Give money back that a placement does not need: reserved, or committed, → available."""
    move(
        session, actor, fund_id, from_account, "available", amount, line=line, placement_id=placement_id, reason=reason
    )


def reservation(fund_id: str, amount: int, line: str, placement_id: str) -> Move:
    """Return the move that reserves one cost line of a placement, for `move_all`."""
    return Move(fund_id, "available", "reserved", amount, line, placement_id)


def commit_placement(session: Session, actor: Actor, placement_id: str, *, reason: str) -> int:
    """Commit all that is reserved for a placement, each line in its fund; return the rupiah (0 where nothing is)."""
    return _advance(session, actor, placement_id, {"reserved": "committed"}, reason)


def release_placement(session: Session, actor: Actor, placement_id: str, *, reason: str) -> int:
    """Give all back that is reserved or committed for a placement; return the rupiah (0 where nothing is)."""
    return _advance(session, actor, placement_id, {"reserved": "available", "committed": "available"}, reason)


def _advance(session: Session, actor: Actor, placement_id: str, ways: Mapping[str, str], reason: str) -> int:
    funds = {one.fund_id for one in standing(session, placement_id)}
    if not funds:
        return 0
    lock(session, funds)  # so that of two who accept the same offer at once, the second finds nothing reserved
    moves = [
        Move(one.fund_id, one.account, ways[one.account], one.amount, one.line, placement_id)
        for one in standing(session, placement_id)
        if one.account in ways
    ]
    move_all(session, actor, moves, reason=reason)
    return sum(one.amount for one in moves)


def standing(session: Session, placement_id: str) -> list[Standing]:
    """Return what stands for a placement outside `available`, by fund, cost line and account, from its entries."""
    entry = LedgerEntry
    mine = entry.placement_id == placement_id
    halves = union_all(
        select(entry.fund_id, entry.line, entry.to_account.label("account"), entry.amount).where(mine),
        select(entry.fund_id, entry.line, entry.from_account, -entry.amount).where(mine),
    ).subquery()
    total = func.sum(halves.c.amount)
    rows = session.execute(
        select(halves.c.fund_id, halves.c.line, halves.c.account, total)
        .where(halves.c.account.in_(("reserved", "committed", "spent")))
        .group_by(halves.c.fund_id, halves.c.line, halves.c.account)
        .having(total != 0)
        .order_by(halves.c.fund_id, halves.c.line, halves.c.account)
    )
    return [Standing(fund, line, account, int(amount)) for fund, line, account, amount in rows]


def balances_of(session: Session, fund_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the rupiah in each account of each fund. What a round may use of a fund is its `available`."""
    found: dict[str, dict[str, int]] = {fund: dict.fromkeys(ACCOUNTS, 0) for fund in fund_ids}
    rows = session.execute(
        select(FundBalance.fund_id, FundBalance.account, FundBalance.amount).where(FundBalance.fund_id.in_(fund_ids))
    )
    for fund, account, amount in rows:
        found[fund][account] = amount
    return found


def reconcile(session: Session) -> list[Difference]:
    """Return every account whose balance is not the sum of its entries; empty means that the books are right."""
    entry = LedgerEntry
    halves = union_all(
        select(entry.fund_id, entry.to_account.label("account"), entry.amount),
        select(entry.fund_id, entry.from_account, -entry.amount),
    ).subquery()
    sums = session.execute(
        select(halves.c.fund_id, halves.c.account, func.sum(halves.c.amount))
        .where(halves.c.account != OUTSIDE)
        .group_by(halves.c.fund_id, halves.c.account)
    )
    entries = {(fund, account): int(amount) for fund, account, amount in sums}
    rows = session.execute(select(FundBalance.fund_id, FundBalance.account, FundBalance.amount))
    balances = {(fund, account): amount for fund, account, amount in rows}
    return [
        Difference(key[0], key[1], balances.get(key), entries.get(key, 0))
        for key in sorted(balances.keys() | entries.keys())
        if balances.get(key) != entries.get(key, 0)
    ]
