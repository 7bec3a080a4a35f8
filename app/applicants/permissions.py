"""Who sees applications and cohorts, who writes them, and what a reviewer is not shown."""

from __future__ import annotations

from typing import Final

from app.applicants.models import Applicant
from app.core.i18n import mark
from app.identity.actor import ROLES, Actor
from app.identity.permissions import rule

SEES_COHORTS: Final = frozenset(ROLES) - {"host"}
SEES_ALL: Final = frozenset({"manager", "auditor", "system"})
SEES_APPLICANTS: Final = frozenset({"manager", "reviewer", "applicant", "auditor"})
BROWSES: Final = SEES_APPLICANTS - {"applicant"}
MANAGER: Final = frozenset({"manager"})
WRITES: Final = frozenset({"manager", "applicant"})

FOR_REVIEW: Final = ("submitted", "in_review", "in_pool")
"""The states in which a reviewer sees an application."""
HIDDEN_FROM_REVIEWERS: Final = frozenset(
    {
        "user_id", "group_id", "name", "email", "gender", "birth_year", "home", "regular_care", "preferences", "refuses",
        "accept", "rejection_reason",
    }
)  # fmt: skip
"""What says who somebody is, and what a judgement of fitness does not need."""
HIDDEN_FROM_APPLICANTS: Final = frozenset({"suitability", "accept"})
"""The programme's own estimates; the explanation of a result tells what they did."""


def hidden_from(actor: Actor) -> frozenset[str]:
    """Return the fields of an application that are null for `actor`."""
    if actor.role == "reviewer":
        return HIDDEN_FROM_REVIEWERS
    return HIDDEN_FROM_APPLICANTS if actor.role == "applicant" else frozenset()


def is_theirs(actor: Actor, applicant: Applicant) -> bool:
    """Managers act for everybody, an applicant in the own application only."""
    return actor.role != "applicant" or applicant.user_id == actor.id


OWN_APPLICATION: Final = mark("You write your own application only; the programme manager writes those of others.")

rule("cohorts.view", roles=SEES_COHORTS, tells=mark("A host school's account does not see the cohorts."))
rule("cohorts.create", roles=MANAGER, tells=mark("Only the programme manager opens a cohort."))
rule(
    "applicants.view",
    roles=SEES_APPLICANTS,
    tells=mark("Applications are seen by the programme, by reviewers and by those who wrote them."),
)
rule("applicants.browse", roles=BROWSES, tells=mark("Only the programme and its reviewers look through applications."))
rule("applicants.create", roles=WRITES, when=is_theirs, tells=OWN_APPLICATION)
rule("applicants.edit", roles=WRITES, when=is_theirs, tells=OWN_APPLICATION)
rule("applicants.submit", roles=WRITES, when=is_theirs, tells=OWN_APPLICATION)
rule("applicants.withdraw", roles=WRITES, when=is_theirs, tells=OWN_APPLICATION)
rule("applicants.own", roles={"applicant"}, tells=mark("This page is for people who apply."))
rule("applicants.review", roles=MANAGER, tells=mark("Only the programme manager takes applications into review."))
rule("applicants.accept", roles=MANAGER, tells=mark("Only the programme manager accepts people into the pool."))
rule("applicants.reject", roles=MANAGER, tells=mark("Only the programme manager rejects applications."))
rule("applicants.group", roles=MANAGER, tells=mark("Only the programme manager notes who goes together."))
rule("consents.give", roles={"applicant"}, tells=mark("Only people who apply agree to how their data is used."))
rule(
    "consents.withdraw",
    roles={"applicant"},
    when=lambda actor, given: given.user_id == actor.id,
    tells=mark("You take back your own consent only."),
)
rule("consents.view", roles={"applicant", "auditor"}, tells=mark("You see your own consent only."))
rule(
    "screening.view",
    roles=SEES_APPLICANTS,
    tells=mark("Screening rules are seen by the programme, its reviewers and those who apply."),
)
rule("screening.manage", roles=MANAGER, tells=mark("Only the programme manager makes and ends screening rules."))
