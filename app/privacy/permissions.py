"""Who sees whose data, who erases, and who keeps the log of breaches."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.actor import ROLES, Actor
from app.identity.permissions import rule
from app.privacy.models import CorrectionRequest

EVERYONE: Final = frozenset(ROLES)
SEES_BREACHES: Final = frozenset({"admin", "auditor"})


def settles(actor: Actor, asked: CorrectionRequest) -> bool:
    """What stands in an application the manager puts right, what stands in an account the administrator."""
    return actor.role == ("admin" if asked.applicant_id is None else "manager")


rule("privacy.own", roles=EVERYONE, tells=mark("You see and take along your own data only."))
rule(
    "privacy.erase_own",
    roles={"applicant"},
    tells=mark("Whoever works here asks an administrator to close the account."),
)
rule("privacy.erase", roles={"manager"}, tells=mark("Only the programme manager erases people who ask for it."))
rule("corrections.ask", roles=EVERYONE, tells=mark("You ask for corrections of your own data only."))
rule("corrections.view", roles=EVERYONE, tells=mark("You see your own wishes for correction only."))
rule(
    "corrections.settle",
    roles={"manager", "admin"},
    when=settles,
    tells=mark("The programme manager corrects applications, an administrator accounts."),
)
rule(
    "corrections.desk",
    roles={"manager", "admin", "auditor"},
    tells=mark("This page is for those who make corrections."),
)
rule(
    "privacy.desk",
    roles={"admin", "auditor"},
    tells=mark("How the duties stand is seen by administrators and auditors."),
)
rule("breaches.view", roles=SEES_BREACHES, tells=mark("Breaches are seen by administrators and auditors."))
rule("breaches.manage", roles={"admin"}, tells=mark("Only an administrator keeps the log of breaches."))
