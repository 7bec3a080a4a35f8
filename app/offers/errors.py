"""What can go wrong with an offer."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class DeadlinePassed(Conflict):
    """409: an answer after the deadline."""

    code = "offers.deadline_passed"
    title = mark("The offer has run out")
    message = mark("This offer was open until {deadline}. Ask the programme manager whether the seat is still free.")


class SeatHeld(Conflict):
    """409: a replacement for somebody who has not left."""

    code = "offers.seat_held"
    title = mark("The seat is not free")
    message = mark("Nobody has left this seat, or somebody else has it by now. Load the page again and look.")


class NoSuchOption(Conflict):
    """409: an option that the proposal does not have."""

    code = "offers.no_such_option"
    title = mark("There is no such option")
    message = mark("The proposal has {number} options, counted from 1. Choose one of them.")


class PersonGone(Conflict):
    """409: somebody who was proposed is not in the pool any more."""

    code = "offers.person_gone"
    title = mark("This person cannot be asked any more")
    message = mark("{person} is not in the pool any more. Choose another option, or ask for a new proposal.")
