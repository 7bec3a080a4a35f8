"""Rows of funds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.core.access import RULES, allows
from app.core.database import Base, among
from app.core.i18n import mark
from app.funding.errors import FundHeld
from app.funding.ledger import ACCOUNTS
from app.funding.lifecycle import FUND
from app.funding.models import Fund, FundBalance
from app.funding.schemas import FundIn
from app.funding.service import HELD, period_errors
from app.identity.models import Organisation
from app.transfers.exports import fund_facts
from app.transfers.rows import Existing, Facts, Kind, Ready, Row, Verdict, has_both, verdict, written

STORED: Final = tuple(FundIn.model_fields)
PERIOD: Final = frozenset({"starts_on", "ends_on"})


class FundRows(Kind):
    """A row finds its fund by the code. A file pledges money; that it is there is confirmed by hand."""

    model = Fund
    object_type = "fund"
    key = "code"
    columns = {"organisation_id": "organisation"}  # noqa: RUF012 - of the class, see `Kind`

    def open(self, session: Session) -> None:
        """Read the organisations."""
        self._organisations = {one.code: one for one in session.scalars(select(Organisation))}

    def look_up(self, session: Session, rows: Sequence[Row]) -> None:
        """Read the funds that are there."""
        codes = {row.values["code"] for row in rows if row.values.get("code")}
        statement = select(Fund).where(among(Fund.code, codes)).options(selectinload(Fund.organisation))
        self._funds = {fund.code: fund for fund in session.scalars(statement)}

    def existing(self, row: Row) -> Existing | None:
        """Return the fund with this code."""
        fund = self._funds.get(row.values.get("code") or "")
        if fund is None:
            return None
        stored = {name: written(getattr(fund, name)) for name in STORED}
        return Existing(fund.id, fund.version, stored, fund_facts(fund))

    def weigh(self, session: Session, row: Row, data: Facts, existing: Existing | None) -> Verdict:
        """Judge one fund."""
        del session
        fund = None if existing is None else self._funds[row.values["code"]]
        data.pop("state", None)
        owner = self._owner(row, data.pop("organisation", None), fund)
        data["organisation_id"] = "" if owner is None else owner.id
        body, good = self.validated(row, FundIn, data, existing)
        if good & PERIOD and has_both(body, PERIOD):
            row.blame_errors(period_errors(body.starts_on, body.ends_on, good & PERIOD), self.columns)
        if row.wrong or owner is None:
            return None
        values = {name: written(getattr(body, name)) for name in STORED}
        answer = verdict(row, body.code, values, existing, new={"state": FUND.initial}, extra={})
        return answer if fund is None or answer is None else _edited(row, fund, answer)

    def _owner(self, row: Row, code: str | None, fund: Fund | None) -> Organisation | None:
        owner = self._organisations.get(code or "")
        if owner is None:
            if code is not None:
                message = mark("There is no organisation {organisation}.")
                remedy = mark("Use the code of one of the organisations.")
                row.blame("organisation", "unknown_organisation", message, remedy, organisation=code)
            return None
        if fund is not None and fund.organisation_id != owner.id:
            message, remedy = mark("A fund stays with its organisation."), mark("Use another code for another fund.")
            row.blame("organisation", "other_organisation", message, remedy)
        if not allows(self.actor, "funds.pledge", owner):
            row.blame("organisation", "not_yours", RULES["funds.pledge"].tells, mark("Leave the row out."))
        return owner

    def parts(self, ready: Ready, key: str) -> Iterable[tuple[type[Base], str, list[Facts]]]:
        """Yield the empty accounts of a new fund; those of an old one are the ledger's."""
        if ready.id is None:
            rows = [{"fund_id": key, "account": account, "amount": 0} for account in ACCOUNTS]
            yield FundBalance, "fund_id", rows


def _edited(row: Row, fund: Fund, ready: Ready) -> Verdict:
    if "edit" not in FUND.possible(fund.state):
        message, remedy = (
            mark("The fund is used up or closed, and does not change any more."),
            mark("Leave the row out."),
        )
        row.blame("code", "not_editable", message, remedy)
        return None
    if fund.state != "pledged" and (held := sorted(HELD & set(ready.before))):
        for column in held:
            row.blame(column, FundHeld.code, FundHeld.message, mark("Leave the value as it was."))
        return None
    return ready
