"""Reads of funds and agreements; each starts from what the actor may see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from app.core.access import visible_or_404
from app.funding.models import Agreement, AgreementLine, AgreementRegion, Fund, LedgerEntry, Signature
from app.identity.actor import Actor
from app.identity.models import Organisation

SEES_ALL = frozenset({"manager", "auditor", "system"})


def within(column: InstrumentedAttribute[Any], region: str) -> ColumnElement[bool]:
    """Match codes of `region` and of every region below it."""
    return or_(column == region, column.startswith(f"{region}.", autoescape=True))


def covers(column: InstrumentedAttribute[Any], region: str) -> ColumnElement[bool]:
    """Match codes of `region` and of every region above it."""
    return column.in_([region, *(region[:end] for end, letter in enumerate(region) if letter == ".")])


def visible_to(actor: Actor) -> Select[Fund]:
    """Select the funds that `actor` may see: all, the own organisation's, or those of the governments of the own region."""
    return select(Fund).where(_own_fund(actor))


def _own_fund(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL:
        return Fund.id.is_not(None)
    if actor.role == "sponsor" and actor.organisation_id is not None:
        return Fund.organisation_id == actor.organisation_id
    if actor.role == "officer" and actor.region_code is not None:
        governments = select(Organisation.id).where(
            Organisation.kind == "government", within(Organisation.region_code, actor.region_code)
        )
        return Fund.organisation_id.in_(governments)
    return false()


def agreements_visible_to(actor: Actor) -> Select[Agreement]:
    """Select the agreements that `actor` may see: all, those with an own fund, and for an officer those for the own region."""
    if actor.role in SEES_ALL:
        return select(Agreement)
    paying = select(AgreementLine.agreement_id).join(Fund, Fund.id == AgreementLine.fund_id).where(_own_fund(actor))
    mine: ColumnElement[bool] = Agreement.id.in_(paying)
    if actor.role == "officer" and actor.region_code is not None:
        mine = or_(mine, usable_in(actor.region_code))
    return select(Agreement).where(mine)


def usable_in(region: str) -> ColumnElement[bool]:
    """Match agreements that can be used somewhere in `region`: for anywhere, for it, for a part of it or for more than it."""
    code = AgreementRegion.region_code
    named = select(AgreementRegion.agreement_id).where(or_(within(code, region), covers(code, region)))
    return or_(Agreement.anywhere, Agreement.id.in_(named))


def with_balances(statement: Select[Fund]) -> Select[Fund]:
    """Load what is shown of a fund with it."""
    return statement.options(selectinload(Fund.balances), selectinload(Fund.organisation))


def with_parts(statement: Select[Agreement]) -> Select[Agreement]:
    """Load what is shown of an agreement with it."""
    return statement.options(
        selectinload(Agreement.lines).selectinload(AgreementLine.fund).selectinload(Fund.organisation),
        selectinload(Agreement.regions),
        selectinload(Agreement.signatures),
    )


def fund(session: Session, actor: Actor, fund_id: str, *, writing: bool = False) -> Fund:
    """Return one fund, as the database has it now; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = with_balances(visible_to(actor).where(Fund.id == fund_id)).execution_options(populate_existing=True)
    return visible_or_404(session.scalar(statement.with_for_update(of=Fund, key_share=True) if writing else statement))


def agreement(session: Session, actor: Actor, agreement_id: str, *, writing: bool = False) -> Agreement:
    """Return one agreement with its lines, regions and signatures; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = with_parts(agreements_visible_to(actor).where(Agreement.id == agreement_id))
    statement = statement.execution_options(populate_existing=True)
    return visible_or_404(
        session.scalar(statement.with_for_update(of=Agreement, key_share=True) if writing else statement)
    )


def ledger_of(fund_id: str) -> Select[LedgerEntry]:
    """Select the ledger of one fund, which the actor was found to see."""
    return select(LedgerEntry).where(LedgerEntry.fund_id == fund_id)


def agreements_paid_by(fund_id: str, *states: str) -> Select[Agreement]:
    """Select the agreements in one of `states` with a line that the fund pays."""
    paid = select(AgreementLine.agreement_id).where(AgreementLine.fund_id == fund_id)
    return select(Agreement).where(Agreement.id.in_(paid), Agreement.state.in_(states)).order_by(Agreement.code)


def signers(session: Session, agreement_id: str) -> list[str]:
    """Return the names of the organisations that signed, sorted."""
    signed = select(Signature.organisation_id).where(Signature.agreement_id == agreement_id)
    return list(
        session.scalars(select(Organisation.name).where(Organisation.id.in_(signed)).order_by(Organisation.name))
    )
