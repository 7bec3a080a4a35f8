"""Who sees people in service, and who writes what about them."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.permissions import rule

SEES_ALL: Final = frozenset({"manager", "auditor"})
MANAGER: Final = frozenset({"manager"})
TAKES_PART: Final = frozenset({"manager", "applicant"})

ONLY_MANAGER: Final = mark("Only the programme manager runs deployments.")
CONFIDENTIAL: Final = mark("Incidents are confidential: only the programme manager and the volunteer see them.")

rule(
    "deployments.view",
    roles=SEES_ALL | {"officer", "sponsor", "applicant"},
    tells=mark("People in service are seen by the programme, by officers in their region and by those who pay."),
)
rule(
    "deployments.details",
    roles=SEES_ALL | {"applicant"},
    tells=mark("Check-ins, preparations and handovers are seen by the programme and by the volunteer."),
)
rule("deployments.prepare", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.start", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.confirm", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.complete", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.end_early", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.host_link", roles=MANAGER, tells=ONLY_MANAGER)
rule("deployments.feedback", roles=SEES_ALL, tells=mark("What a school writes is read by the programme."))
rule("deployments.check_in", roles={"applicant"}, tells=mark("A check-in is written by the volunteer."))
rule(
    "deployments.hand_over",
    roles=TAKES_PART,
    tells=mark("A handover is written by the volunteer, or by the programme manager for one who cannot."),
)
rule("incidents.view", roles=TAKES_PART, tells=CONFIDENTIAL)
rule("incidents.report", roles=TAKES_PART, tells=CONFIDENTIAL)
rule("incidents.close", roles=MANAGER, tells=mark("Only the programme manager closes an incident."))
