"""Who reads the audit record."""

from app.core.access import rule
from app.core.i18n import mark

rule("audit.view", roles={"auditor", "admin"}, tells=mark("Only auditors and administrators read the audit record."))
