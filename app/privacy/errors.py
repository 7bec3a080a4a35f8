"""What stands in the way of a wish about one's data."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class OfferOpen(Conflict):
    """409: money is reserved and a seat is kept for the person; a decline frees both."""

    code = "privacy.offer_open"
    title = mark("A place is still offered")
    message = mark("A place is still offered to {code}. Answer the offer first; then the data can be erased.")


class InService(Conflict):
    """409: the data is needed for the contract until its end (UU 27/2022, article 20 (2) b)."""

    code = "privacy.in_service"
    title = mark("The service is not over")
    message = mark(
        "{code} has accepted a place, and the data is needed until the service ends or is ended early. Ask again after that."
    )


class ErasedAlready(Conflict):
    """409: there is nobody any more whom this could be about."""

    code = "privacy.erased_already"
    title = mark("Erased already")
    message = mark("The person behind this application was erased before.")


class NotToldYet(Conflict):
    """409: a breach is closed when everybody who has to know does."""

    code = "privacy.not_told_yet"
    title = mark("Not everybody was told")
    message = mark("Write down what was done, and when the people and the authority were told; then close it.")
