"""What can go wrong with an offer."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class DeadlinePassed(Conflict):
    """409: an answer after the deadline."""

    code = "offers.deadline_passed"
    title = mark("The offer has run out")
    message = mark("This offer was open until {deadline}. Ask the programme manager whether the seat is still free.")
