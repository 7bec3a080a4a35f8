"""Who reads reports of the whole programme."""

from __future__ import annotations

from typing import Final

from app.core.i18n import mark
from app.identity.permissions import rule

FUNNEL: Final = "reports.funnel"

rule(
    FUNNEL,
    roles={"manager", "auditor"},
    tells=mark("Only the programme manager and auditors see where applications of a cohort stand."),
)
