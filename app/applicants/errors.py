"""What can go wrong with cohorts and applications."""

from __future__ import annotations

import datetime as dt

from app.core.i18n import day, mark
from app.core.problems import Conflict, Forbidden


class CohortCodeTaken(Conflict):
    """409: codes are unique, since people name cohorts by them."""

    code = "applicants.cohort_code_taken"
    title = mark("The code is in use")
    message = mark("There is a cohort with the code {taken} already. Choose another code.")


class IntakeNotOpen(Conflict):
    """409: too early; `opens_on` is the first day on which applications are taken."""

    code = "applicants.intake_not_open"
    title = mark("Applications are not taken yet")
    message = mark("The cohort {cohort} takes applications from {date} on. Come back then.")

    def __init__(self, cohort: str, opens_on: dt.date) -> None:
        super().__init__(more={"opens_on": opens_on.isoformat()}, cohort=cohort, date=day(opens_on))


class IntakeClosed(Conflict):
    """409: too late; `closes_on` was the last day on which applications were taken."""

    code = "applicants.intake_closed"
    title = mark("Applications are not taken any more")
    message = mark("The cohort {cohort} took applications until {date}. Apply to the next cohort.")

    def __init__(self, cohort: str, closes_on: dt.date) -> None:
        super().__init__(more={"closes_on": closes_on.isoformat()}, cohort=cohort, date=day(closes_on))


class AppliedAlready(Conflict):
    """409: one application per person and cohort."""

    code = "applicants.applied_already"
    title = mark("There is an application already")
    message = mark(
        "This person has an application to the cohort {cohort} already, and one is all there can be. Open that one; where "
        "you cannot see it, ask the programme manager."
    )


class NoLongerDraft(Conflict):
    """409: what was sent is what is judged; the programme manager corrects it where something is wrong."""

    code = "applicants.no_longer_draft"
    title = mark("The application was sent")
    message = mark(
        "You change your application only until you send it. Tell the programme manager what is wrong in it."
    )


class GroupedAlready(Conflict):
    """409: nobody belongs to two groups; those who do are listed."""

    code = "applicants.grouped_already"
    title = mark("Somebody belongs to a group already")
    message = mark("Somebody of these belongs to a group already. Dissolve that group first.")


class Blind(Forbidden):
    """403: whoever judges must not find out who it is, not even by asking the list cleverly."""

    code = "applicants.blind"
    title = mark("Reviewers judge blind")
    message = mark("Reviewers do not learn who somebody is or comes from. Leave out: {fields}.")


class RuleEnded(Conflict):
    """409: what has ended does not hold again; a new rule does."""

    code = "applicants.rule_ended"
    title = mark("The rule has ended")
    message = mark("This screening rule has ended. Make a new one.")


class ScreenedOut(Conflict):
    """409: a screening rule keeps the person from the pool; `errors` lists each with its legal basis."""

    code = "applicants.screened_out"
    title = mark("A screening rule is not met")
    message = mark("{code} does not meet every screening rule, so nobody can accept this application.")


class ConsentMissing(Conflict):
    """409: no data is processed without consent; `purpose` and `version` say to what."""

    code = "applicants.consent_missing"
    title = mark("Your consent is missing")
    message = mark("Read how your data is used and agree to it (version {version}), then send your application.")
