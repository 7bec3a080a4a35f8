"""Who judges, who assigns, and who sees the judgement."""

from __future__ import annotations

from typing import Final

from app.applicants.models import Applicant
from app.core.i18n import mark
from app.identity.actor import Actor
from app.identity.permissions import rule
from app.reviews.models import Review

MANAGER: Final = frozenset({"manager"})
SEES_ALL: Final = frozenset({"manager", "auditor", "system"})
SEES_RUBRICS: Final = frozenset({"manager", "reviewer", "auditor"})


def is_theirs(actor: Actor, review: Review) -> bool:
    """Reviewers score and give back what is theirs; a manager takes back what lies too long."""
    return actor.role == "manager" or review.reviewer_id == actor.id


def by_its_reviewer(actor: Actor, review: Review) -> bool:
    """Nobody scores for another."""
    return review.reviewer_id == actor.id


def is_not_erased(_: Actor, applicant: Applicant) -> bool:
    """Of an erased person there is nothing to judge."""
    return applicant.erased_at is None


rule("rubrics.view", roles=SEES_RUBRICS, tells=mark("The rubric is for the programme and its reviewers."))
rule("rubrics.create", roles=MANAGER, tells=mark("Only the programme manager defines the rubric."))
rule("reviews.view", roles=SEES_RUBRICS, tells=mark("Reviews are seen by the programme and by those who write them."))
rule("reviews.assign", roles=MANAGER, when=is_not_erased, tells=mark("Only the programme manager assigns reviewers."))
rule(
    "reviews.score",
    roles={"reviewer"},
    when=by_its_reviewer,
    tells=mark("You score only what is assigned to you."),
)
rule(
    "reviews.release",
    roles={"reviewer", "manager"},
    when=is_theirs,
    tells=mark("You give back only what is assigned to you."),
)
rule(
    "reviews.judgement",
    roles={"manager", "auditor"},
    tells=mark("What the reviews come to is seen by the programme only, so that reviewers stay independent."),
)
rule("reviews.queue", roles={"reviewer"}, tells=mark("This page is for reviewers."))
