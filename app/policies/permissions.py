"""Who sees policies, and who writes them."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.permissions import rule

SEES_ALL: Final = frozenset({"manager", "auditor"})
SEES_ACTIVE: Final = frozenset({"applicant", "sponsor", "officer", "partner"})
WRITES: Final = frozenset({"manager"})

rule(
    "policies.view",
    roles=SEES_ALL | SEES_ACTIVE,
    tells=mark("Policies are seen by those whom a placement round concerns."),
)
rule(
    "policies.history",
    roles=SEES_ALL,
    tells=mark("Earlier wordings of a policy are seen by programme managers and auditors."),
)
rule("policies.create", roles=WRITES, tells=mark("Only the programme manager writes policies."))
rule("policies.edit", roles=WRITES, tells=mark("Only the programme manager changes policies."))
rule("policies.read_back", roles=WRITES, tells=mark("Only the programme manager writes policies."))
