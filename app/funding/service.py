"""What people do with money: pledge it, confirm it, close a fund; draft, sign and end agreements."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.etag import Match
from app.core.i18n import gettext, mark, rupiah
from app.core.problems import FieldError, Invalid
from app.funding import ledger, queries
from app.funding.errors import CodeTaken, FundHeld, FundInUse
from app.funding.lifecycle import ACCOUNT_WORDS, FUND
from app.funding.models import Fund
from app.funding.schemas import FundIn, FundPatch, ReasonIn
from app.identity.actor import Actor
from app.identity.models import Organisation
from app.identity.permissions import require

LONGEST = dt.timedelta(days=3660)
HELD = frozenset({"amount", "starts_on", "ends_on"})


def pledge_fund(session: Session, actor: Actor, body: FundIn) -> Fund:
    """Create a fund in the state `pledged`, with empty accounts.

    Raises:
        Invalid: With every wrong value.
        CodeTaken: For a code that another fund has.
    """
    errors = period_errors(body.starts_on, body.ends_on, {"starts_on", "ends_on"})
    organisation_id = body.organisation_id or actor.organisation_id
    organisation = None if organisation_id is None else session.get(Organisation, organisation_id)
    if organisation is None:
        errors.append(_no_organisation(body.organisation_id))
        raise Invalid(errors=errors)
    require(actor, "funds.pledge", organisation)
    if errors:
        raise Invalid(errors=errors)
    if session.scalar(select(Fund.id).where(Fund.code == body.code)) is not None:
        raise CodeTaken(taken=body.code)
    values = body.model_dump(exclude={"organisation_id"})
    fund = Fund(organisation_id=organisation.id, state=FUND.initial, created_at=clock.now(), version=1, **values)
    session.add(fund)
    session.flush()
    ledger.open_accounts(session, fund.id)
    record(session, actor, "funds.pledge", "fund", fund.id, after=_facts(fund))
    return queries.fund(session, actor, fund.id)


def edit_fund(session: Session, actor: Actor, fund_id: str, body: FundPatch, match: Match) -> Fund:
    """Change what a pledge says; amount and period only before it is confirmed.

    Raises:
        Stale: When somebody changed it meanwhile.
        IllegalMove: For an exhausted or closed fund.
        FundHeld: For amount or period of a confirmed fund.
        Invalid: With every wrong value.
    """
    fund = queries.fund(session, actor, fund_id, writing=True)
    require(actor, "funds.edit", fund)
    match.check(fund.version)
    FUND.move(fund.state, "edit")
    changes = body.model_dump(exclude_unset=True)
    if fund.state != "pledged" and any(changes.get(name, getattr(fund, name)) != getattr(fund, name) for name in HELD):
        raise FundHeld
    errors = period_errors(changes.get("starts_on", fund.starts_on), changes.get("ends_on", fund.ends_on), set(changes))
    if errors:
        raise Invalid(errors=errors)
    before = _facts(fund)
    for name, value in changes.items():
        setattr(fund, name, value)
    fund.version += 1
    session.flush()
    record(session, actor, "funds.edit", "fund", fund.id, before=before, after=_facts(fund))
    return queries.fund(session, actor, fund.id)


def confirm_fund(session: Session, actor: Actor, fund_id: str) -> Fund:
    """Note that the money is there: it becomes available, and rounds may use it."""
    fund = queries.fund(session, actor, fund_id, writing=True)
    require(actor, "funds.confirm", fund)
    before = fund.state
    fund.state = FUND.move(before, "confirm")
    fund.version += 1
    session.flush()
    ledger.pledge(session, actor, fund.id, fund.amount, reason="confirm")
    record(session, actor, "funds.confirm", "fund", fund.id, before={"state": before}, after={"state": fund.state})
    return queries.fund(session, actor, fund.id)


def close_fund(session: Session, actor: Actor, fund_id: str, body: ReasonIn) -> Fund:
    """Close a fund that nobody counts on any more; what is still available goes back to where it came from.

    Raises:
        FundInUse: Naming the signed agreements and the placements' money that count on it.
    """
    fund = queries.fund(session, actor, fund_id, writing=True)
    require(actor, "funds.close", fund)
    before = fund.state
    after = FUND.move(before, "close")
    balances = ledger.balances_of(session, [fund.id])[fund.id]
    errors = _uses(session, fund.id, balances)
    if errors:
        raise FundInUse(errors=errors)
    if rest := balances["available"]:
        ledger.move(session, actor, fund.id, "available", ledger.OUTSIDE, rest, reason="close")
    fund.state = after
    fund.version += 1
    session.flush()
    record(
        session,
        actor,
        "funds.close",
        "fund",
        fund.id,
        reason=body.reason,
        before={"state": before},
        after={"state": after, "returned": rest},
    )
    return queries.fund(session, actor, fund.id)


def _uses(session: Session, fund_id: str, balances: dict[str, int]) -> list[FieldError]:
    found = [
        FieldError(
            "",
            "money_bound",
            mark("{amount} is {account} for placements."),
            mark("Release it or wait until it is spent."),
            {"amount": rupiah(amount), "account": gettext(ACCOUNT_WORDS[account])},
        )
        for account in ("reserved", "committed")
        if (amount := balances[account])
    ]
    return found + [
        FieldError(
            "",
            "agreement_signed",
            mark("The signed agreement {agreement} is paid by it."),
            mark("End the agreement first."),
            {"agreement": agreement.code},
        )
        for agreement in session.scalars(queries.agreements_paid_by(fund_id, "signed"))
    ]


def _no_organisation(given: str | None) -> FieldError:
    if given is None:
        return FieldError("/organisation_id", "missing", mark("This value is missing."), mark("Say whose money it is."))
    return FieldError(
        "/organisation_id",
        "unknown_organisation",
        mark("There is no organisation {organisation}."),
        mark("Use the id of one of the organisations."),
        {"organisation": given},
    )


def period_errors(starts_on: dt.date, ends_on: dt.date, given: set[str]) -> list[FieldError]:
    """Return what is wrong with the time in which a fund can be spent, at the field that is `given`."""
    pointer = "/ends_on" if "ends_on" in given else "/starts_on"
    if starts_on >= ends_on:
        return [
            FieldError(
                pointer,
                "inverted_period",
                mark("The period ends on {ends}, which is not after its start on {starts}."),
                mark("Let it end after it starts."),
                {"starts": starts_on.isoformat(), "ends": ends_on.isoformat()},
            )
        ]
    if ends_on - starts_on > LONGEST:
        return [
            FieldError(
                pointer,
                "long_period",
                mark("The period is longer than ten years."),
                mark("Pledge a fund for each part."),
            )
        ]
    return []


def _facts(fund: Fund) -> dict[str, Any]:
    """Return what the audit record keeps of a fund."""
    return {
        "code": fund.code,
        "organisation_id": fund.organisation_id,
        "name": fund.name,
        "earmark_id": fund.earmark_id,
        "earmark_en": fund.earmark_en,
        "amount": fund.amount,
        "starts_on": fund.starts_on.isoformat(),
        "ends_on": fund.ends_on.isoformat(),
        "state": fund.state,
    }
