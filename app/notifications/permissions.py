"""Who reads the outbox and sets webhooks: those who run the programme and the service; auditors look."""

from __future__ import annotations

from typing import Final

from app.core.access import rule
from app.core.i18n import mark

RUNS: Final = frozenset({"admin", "manager"})

rule(
    "notifications.view",
    roles=RUNS | {"auditor"},
    tells=mark("The outbox is seen by administrators, the programme manager and auditors."),
)
rule(
    "notifications.send",
    roles=RUNS,
    tells=mark("Only administrators and the programme manager send a mail again."),
)
rule(
    "webhooks.view",
    roles=RUNS | {"auditor"},
    tells=mark("Webhooks are seen by administrators, the programme manager and auditors."),
)
rule("webhooks.manage", roles=RUNS, tells=mark("Only administrators and the programme manager set webhooks."))
