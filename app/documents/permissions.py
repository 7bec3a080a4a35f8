"""Who uploads documents, and who sees them: the person, and the programme; not reviewers, who judge blind."""

from __future__ import annotations

from typing import Final

from app.applicants.models import Applicant
from app.applicants.permissions import is_theirs
from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.permissions import rule

SEES_ALL: Final = frozenset({"manager", "auditor", "system"})
STAFF: Final = SEES_ALL
"""Whose reads of a document are on record; people may look at their own."""


def may_upload(actor: Actor, applicant: Applicant) -> bool:
    """Managers upload for everybody, an applicant for the own application only."""
    return is_theirs(actor, applicant)


OWN_DOCUMENTS: Final = mark("You send and remove the documents of your own application only.")

rule(
    "documents.view",
    roles={"manager", "applicant", "auditor"},
    tells=mark("Documents are seen by the person whose they are and by the programme."),
)
rule("documents.upload", roles={"manager", "applicant"}, when=may_upload, tells=OWN_DOCUMENTS)
rule("documents.remove", roles={"manager", "applicant"}, when=may_upload, tells=OWN_DOCUMENTS)
rule("documents.own", roles={"applicant"}, tells=mark("This page is for people who apply."))
