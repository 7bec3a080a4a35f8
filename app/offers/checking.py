"""The nightly check of the money: balances against the ledger, and the ledger against placements, offers and deployments.

What has to stand for a placement follows from the lives of its offer and of its deployment:

| offer, deployment | reserved | committed | spent |
| --- | --- | --- | --- |
| no offer; declined; expired | 0 | 0 | 0 |
| sent | the whole cost | 0 | 0 |
| accepted, getting ready | 0 | the whole cost | 0 |
| accepted, in service | 0 | the rest | what was paid so far |
| accepted, completed | 0 | 0 | the whole cost |
| accepted, ended early | 0 | 0 | no more than the cost |

A difference raises an alarm: an audit entry by the service, a word to every programme manager and auditor, and a service that
calls itself degraded until a later check finds the books right. The check of one night queues that of the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM
from app.deployments.models import Deployment
from app.funding import ledger
from app.funding.models import Fund, LedgerEntry
from app.funding.statement import Row, rows_of
from app.identity.queries import active_users
from app.jobs import queue
from app.jobs.models import Job
from app.notifications.outbox import notify
from app.offers.models import Offer
from app.rounds.models import PlacementLine

KIND: Final = "funding.check"
AT_NIGHT: Final = dt.time(2, 0)
ZONE: Final = dt.timezone(dt.timedelta(hours=7), "WIB")
TOO_OLD: Final = dt.timedelta(days=2)
MOST_KEPT: Final = 50
"""So many differences stand in the job's result and in the audit entry; the number of all of them does too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the books that is not as it has to be; amounts in rupiah."""

    code: str
    fund: str
    placement_id: str | None
    what: str
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check has seen."""

    funds: int
    rows: int
    findings: tuple[Finding, ...]

    def facts(self) -> dict[str, Any]:
        """Return the outcome as it is stored."""
        shown = [asdict(one) for one in self.findings[:MOST_KEPT]]
        return {"funds": self.funds, "rows": self.rows, "differences": len(self.findings), "some": shown}


def schedule(session: Session) -> None:
    """Queue the check of the coming night, where none is queued."""
    here = clock.now().astimezone(ZONE)
    night = dt.datetime.combine(here.date(), AT_NIGHT, ZONE)
    queue.enqueue(session, KIND, {}, key=KIND, run_after=night if night > here else night + dt.timedelta(days=1))


def check(session: Session) -> Checked:
    """Compare every balance with its entries, and every placement's money with what its life asks for."""
    codes = dict(session.execute(select(Fund.id, Fund.code).order_by(Fund.code)).all())
    findings = [
        Finding("balance", codes[one.fund_id], None, one.account, one.entries, one.balance or 0)
        for one in ledger.reconcile(session)
    ]
    findings += [*_unnamed(session, codes), *_without_money(session)]
    rows = 0
    for fund_id, code in codes.items():
        of_fund = rows_of(session, fund_id)
        rows += len(of_fund)
        lives = _lives(session, fund_id)
        for row in of_fund:
            findings += _faults(code, row, *lives.get(row.placement_id or "", (None, None)))
    return Checked(len(codes), rows, tuple(findings))


def _unnamed(session: Session, codes: dict[str, str]) -> Iterator[Finding]:
    """Yield bound or spent money that no placement is named for."""
    bound = ("reserved", "committed", "spent")
    entry = LedgerEntry
    lost = (
        select(entry.fund_id, func.sum(entry.amount))
        .where(entry.placement_id.is_(None), entry.from_account.in_(bound) | entry.to_account.in_(bound))
        .group_by(entry.fund_id)
    )
    for fund_id, amount in session.execute(lost):
        yield Finding("no_placement", codes[fund_id], None, "entries", 0, int(amount))


def _without_money(session: Session) -> Iterator[Finding]:
    """Yield cost lines of offers that stand, for which the ledger has no entry at all."""
    entry, line = LedgerEntry, PlacementLine
    moved = select(entry.id).where(
        entry.placement_id == line.placement_id, entry.fund_id == line.fund_id, entry.line == line.line
    )
    bare = (
        select(Fund.code, line.placement_id, line.line, line.amount)
        .join(Fund, Fund.id == line.fund_id)
        .join(Offer, Offer.placement_id == line.placement_id)
        .where(Offer.state.in_(("sent", "accepted")), ~moved.exists())
        .order_by(line.placement_id, line.line)
    )
    for fund, placement, name, amount in session.execute(bare):
        yield Finding("placement", fund, placement, f"{name}: entries", amount, 0)


def _lives(session: Session, fund_id: str) -> dict[str, tuple[str | None, str | None]]:
    """Return the states of the offer and of the deployment of each placement that the fund has to do with."""
    paid = select(LedgerEntry.placement_id).where(LedgerEntry.fund_id == fund_id)
    rows = session.execute(
        select(Offer.placement_id, Offer.state, Deployment.state)
        .join(Deployment, Deployment.offer_id == Offer.id, isouter=True)
        .where(Offer.placement_id.in_(paid))
    )
    return {placement: (offer, deployment) for placement, offer, deployment in rows}


def _faults(fund: str, row: Row, offer: str | None, deployment: str | None) -> Iterator[Finding]:
    """Yield what is wrong with one cost line of a placement."""
    whole = row.planned
    reserved, bound = (whole, 0) if offer == "sent" else (0, 0)
    if deployment in {"preparing", "in_service"}:
        bound = whole - (row.spent if deployment == "in_service" else 0)
    wanted = {"reserved": reserved, "committed": bound}
    if deployment == "completed":
        wanted["spent"] = whole
    elif deployment in {"in_service", "ended_early"}:
        wanted["spent"] = min(row.spent, whole)
    else:
        wanted["spent"] = 0
    for account, amount in wanted.items():
        found = getattr(row, account)
        if found != amount:
            yield Finding("placement", fund, row.placement_id, f"{row.line}: {account}", amount, found)


def raise_alarm(session: Session, job_id: str, checked: Checked) -> None:
    """Write the findings into the audit record and tell every programme manager and auditor."""
    record(session, SYSTEM, "funding.alarm", "job", job_id, after=checked.facts())
    facts = {"number": len(checked.findings), "funds": ", ".join(sorted({one.fund for one in checked.findings}))}
    for user in active_users(session, {"manager", "auditor"}):
        notify(session, user.email, "offers/books", {**facts, "name": user.name}, user.language)


def health(session: Session) -> tuple[bool, str]:
    """Return whether the last check found the books right not too long ago, and a word about it for operators."""
    last = session.scalars(
        select(Job).where(Job.kind == KIND, Job.state == "done").order_by(Job.finished_at.desc()).limit(1)
    ).first()
    if last is None or last.finished_at is None:
        return True, "not checked yet"
    found = (last.result or {}).get("differences", 0)
    when = f"checked {last.finished_at:%Y-%m-%d %H:%M} UTC"
    if found:
        return False, f"{found} differences, {when}; see funding.alarm in the audit record"
    if clock.now() - last.finished_at > TOO_OLD:
        return False, f"not {when.replace('checked', 'checked since')}; is a worker running?"
    return True, f"add up, {when}"


def sentences(checked: Checked) -> list[str]:
    """Return the findings in plain English, for the shell."""
    return [
        f"fund {one.fund}, {one.what}: Rp {one.found:,} instead of Rp {one.expected:,}"
        + (f" (placement {one.placement_id})" if one.placement_id else "")
        for one in checked.findings
    ]
