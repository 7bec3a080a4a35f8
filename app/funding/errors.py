"""What can go wrong with money and agreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import gettext, mark, rupiah
from app.core.problems import Conflict, FieldError
from app.funding.lifecycle import ACCOUNT_WORDS


@dataclass(frozen=True, slots=True)
class Shortage:
    """An account of a fund that holds less than was asked of it; `asked` and `available` in rupiah."""

    fund_id: str
    fund: str
    account: str
    asked: int
    available: int


class NotEnoughMoney(Conflict):
    """409: more was asked of a fund than stands there; every such fund is named, and nothing was moved."""

    code = "funding.not_enough_money"
    title = mark("Not enough money")
    message = mark("Fund {fund}: {asked} asked for, {available} there. Nothing was moved.")
    several = mark("{count} accounts hold less than is asked of them. Nothing was moved.")
    one_of_them = mark("Fund {fund}, account {account}: {asked} asked for, {available} there.")
    remedy = mark("Ask for less, or have another pledge confirmed first.")

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        first = shortages[0]
        super().__init__(
            None if len(shortages) == 1 else self.several,
            errors=[
                FieldError("", self.code, self.one_of_them, self.remedy, _facts(shortage)) for shortage in shortages
            ],
            more={
                "shortages": [
                    {
                        "fund_id": shortage.fund_id,
                        "fund": shortage.fund,
                        "account": shortage.account,
                        "asked": shortage.asked,
                        "available": shortage.available,
                    }
                    for shortage in shortages
                ]
            },
            count=len(shortages),
            **_facts(first),
        )
        self.shortages = tuple(shortages)


def _facts(shortage: Shortage) -> dict[str, Any]:
    return {
        "fund": shortage.fund,
        "account": gettext(ACCOUNT_WORDS[shortage.account]),
        "asked": rupiah(shortage.asked),
        "available": rupiah(shortage.available),
    }


class FundNotConfirmed(Conflict):
    """409: only the money of a confirmed fund moves."""

    code = "funding.fund_not_confirmed"
    title = mark("The fund is not confirmed")
    message = mark("Money moves only in confirmed funds; these are not: {funds}. Confirm them, or use other funds.")


class FundInUse(Conflict):
    """409: a fund cannot be closed while agreements or placements count on it."""

    code = "funding.fund_in_use"
    title = mark("The fund is in use")
    message = mark("The fund still carries what is listed. Settle that first, then close the fund.")


class FundHeld(Conflict):
    """409: what was confirmed stays as it was confirmed."""

    code = "funding.fund_held"
    title = mark("The pledge is confirmed")
    message = mark("Amount and period of a confirmed fund stay as they are. Pledge another fund for more money.")


class CodeTaken(Conflict):
    """409: codes are unique, since problem documents and people name things by them."""

    code = "funding.code_taken"
    title = mark("The code is in use")
    message = mark("There is something with the code {taken} already. Choose another code.")


class AgreementSigned(Conflict):
    """409: nobody changes what somebody has signed."""

    code = "funding.agreement_signed"
    title = mark("The agreement carries a signature")
    message = mark("{signers} signed this text already, so it cannot change. End it and draft another agreement.")


class FundUnusable(Conflict):
    """409: an agreement cannot count on a fund that is exhausted or closed."""

    code = "funding.fund_unusable"
    title = mark("A fund cannot be used any more")
    message = mark("Some lines are to be paid by funds that are exhausted or closed. Name other funds for them.")


class AlreadySigned(Conflict):
    """409: one signature of each party is enough."""

    code = "funding.already_signed"
    title = mark("Signed already")
    message = mark("{organisation} has signed this agreement already.")
