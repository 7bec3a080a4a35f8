"""Who sees and stops jobs: managers, administrators and auditors see all, everybody sees the own ones."""

from typing import Final

from app.core.access import Actor, rule
from app.core.i18n import mark

SEES_ALL: Final = frozenset({"manager", "admin", "auditor"})
STARTS_JOBS: Final = frozenset(
    {"manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor"}
)


def may_cancel(actor: Actor, job: object) -> bool:
    """Managers and administrators stop any job, others their own."""
    return actor.role in {"manager", "admin"} or getattr(job, "created_by", None) == actor.id


rule("jobs.view", roles=STARTS_JOBS, tells=mark("You see the jobs that you started."))
rule("jobs.cancel", roles=STARTS_JOBS - {"auditor"}, when=may_cancel, tells=mark("You stop the jobs that you started."))
