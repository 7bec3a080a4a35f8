"""What can go wrong with a policy, and the sentences in which a reader's findings are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.core.i18n import mark
from app.core.problems import Conflict, FieldError
from app.policies.reading import Finding


class PolicyCodeTaken(Conflict):
    """409: codes are unique in a cohort, since problem documents and people name policies by them."""

    code = "policies.code_taken"
    title = mark("The code is in use")
    message = mark("The cohort has a policy with the code {taken} already. Choose another code, or change that policy.")


Sentence = tuple[str, str]

SENTENCES: Final[Mapping[str, Sentence]] = {
    "missing-field": (mark("The part {field} is missing."), mark("Add it.")),
    "unknown-field": (mark("This kind of policy has no part {field}."), mark("Remove it, or use one of: {allowed}.")),
    "unknown-value": (mark("{value} is not one of the possible values."), mark("Use one of: {allowed}.")),
    "unknown-kind": (mark("{value} is not a kind of policy."), mark("Use one of: {allowed}.")),
    "out-of-range": (mark("{value} is out of range."), mark("Use a whole number from {low} to {high}.")),
    "inverted-bounds": (mark("max {high} is below min {low}."), mark("Raise max or lower min.")),
    "empty-identifier": (mark("An empty text names nothing."), mark("Write a name, or leave it out.")),
    "wrong-type": (mark("{value} cannot stand here."), mark("See the kinds of policy in the reference.")),
    "dangling-identifier": (mark("There is no {value}."), mark("Name one that exists.")),
}
EXPECTED: Final[Mapping[str, Sentence]] = {
    "integer": (mark("{value} is not a whole number."), mark("Write digits only, without quotation marks.")),
    "text": (mark("{value} is not a name."), mark("Write a text in quotation marks.")),
    "list": (mark("{value} is not a list."), mark("Write the values in square brackets.")),
    "object": (mark("{value} is not an object."), mark("Write it in curly brackets.")),
}
NAMED: Final[Mapping[str, Sentence]] = {
    "region": (
        mark("There is no region {value}."),
        mark("Use the official code of a province (53) or a regency (53.01)."),
    ),
    "school": (mark("There is no school {value}."), mark("Use the national number of a school.")),
    "post": (mark("There is no need {value} that can be filled."), mark("Use the code of a need that is not closed.")),
    "volunteer": (
        mark("There is no applicant {value} in this cohort."),
        mark("Use the code of somebody who can still be placed."),
    ),
    "fund": (mark("There is no fund {value} that can be used."), mark("Use the code of a fund that is not closed.")),
    "agreement": (
        mark("There is no agreement {value} that can be used."),
        mark("Use the code of an agreement that has not ended."),
    ),
    "sponsor": (
        mark("There is no organisation {value} with a fund."),
        mark("Use the code of an organisation that pays."),
    ),
    "group": (mark("There is no group {value} in this cohort."), mark("Use the id of a group of applicants.")),
}


def told(finding: Finding) -> FieldError:
    """Return what a reader found as it is told to people; `code` is written as the rest of the API writes codes."""
    sentence, remedy = SENTENCES.get(finding.code, SENTENCES["wrong-type"])
    if finding.code == "wrong-type":
        sentence, remedy = EXPECTED.get(finding.expects, (sentence, remedy))
    elif finding.code == "dangling-identifier":
        sentence, remedy = NAMED.get(finding.facts.get("what", ""), (sentence, remedy))
    return FieldError(finding.pointer, finding.code.replace("-", "_"), sentence, remedy, finding.facts)
