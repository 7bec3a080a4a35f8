"""What can go wrong with rubrics and reviews."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class NoRubric(Conflict):
    """409: nobody can judge before the programme has said by what."""

    code = "reviews.no_rubric"
    title = mark("There is no rubric yet")
    message = mark("The cohort {cohort} has no rubric yet. Define its criteria first.")


class RubricInUse(Conflict):
    """409: scores by two rubrics cannot be compared."""

    code = "reviews.rubric_in_use"
    title = mark("The rubric is in use")
    message = mark("Somebody has been scored by this rubric, so it stays as it is for the cohort {cohort}.")


class NotInReview(Conflict):
    """409: only what was sent and is not decided is read by reviewers."""

    code = "reviews.not_in_review"
    title = mark("Not to be reviewed")
    message = mark("{code} is not in review. Take the application into review first.")


class AssignedAlready(Conflict):
    """409: two judgements of one person by the same reviewer are one."""

    code = "reviews.assigned_already"
    title = mark("Assigned already")
    message = mark("This reviewer has, had or gave back {code} already. Choose another one.")


class EnoughReviewers(Conflict):
    """409: two read, and a third only where these two differ."""

    code = "reviews.enough_reviewers"
    title = mark("Enough reviewers")
    message = mark("{code} has all the reviewers that the rubric asks for.")


class NoReviewerFree(Conflict):
    """409: nobody is left to whom it could be given."""

    code = "reviews.no_reviewer_free"
    title = mark("No reviewer is free")
    message = mark("There is no reviewer who could read this. Invite more reviewers, then assign again.")


class ReviewsMissing(Conflict):
    """409: the suitability follows from the reviews, which are not complete; `verdict` says how far they are."""

    code = "reviews.reviews_missing"
    title = mark("The reviews are not complete")
    message = mark("{code} cannot be accepted yet: the reviews are not complete. {done} of {wanted} are done.")
