"""Who publishes rounds and closes them, and who answers an offer."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.permissions import rule

SEES_ALL: Final = frozenset({"manager", "auditor"})

rule("rounds.close", roles={"manager"}, tells=mark("Only the programme manager runs placement rounds."))
rule(
    "offers.view",
    roles=SEES_ALL | {"applicant"},
    tells=mark("Offers are seen by the programme and by those they go to."),
)
rule("offers.answer", roles={"applicant"}, tells=mark("An offer is answered by the person it goes to."))
rule("replacements.view", roles=SEES_ALL, tells=mark("Replacements are seen by the programme."))
rule("replacements.ask", roles={"manager"}, tells=mark("Only the programme manager replaces people."))
rule("replacements.take", roles={"manager"}, tells=mark("Only the programme manager replaces people."))
