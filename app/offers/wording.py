"""How people call what happens to offers and replacements; every text is a catalogue key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.i18n import mark

OFFER_STATES: Final[Mapping[str, str]] = {
    "sent": mark("waits for an answer"),
    "accepted": mark("accepted"),
    "declined": mark("declined"),
    "expired": mark("run out"),
}
# The rules that a search for a replacement adds to the round's, by what follows `replacement-` in their names.
SEARCH_RULES: Final[Mapping[str, str]] = {
    "not-asked": mark("nobody is asked who has declined, left, or is not in the pool any more"),
    "stays": mark("everybody else stays where they are"),
}
REPLACEMENT_STATES: Final[Mapping[str, str]] = {
    "asked": mark("being looked for"),
    "proposed": mark("people are proposed"),
    "nothing": mark("nobody was found"),
    "failed": mark("the search was broken off"),
    "taken": mark("an offer was sent"),
    "dropped": mark("dropped"),
}
