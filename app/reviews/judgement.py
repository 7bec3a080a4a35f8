"""What the reviews of one application come to, with what the screening rules say, as it is shown to the programme."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.applicants import queries as applicants
from app.applicants import screening
from app.applicants.models import Cohort
from app.identity.actor import Actor
from app.reviews import queries, service
from app.reviews.schemas import FindingOut, JudgementOut, ReviewOut, judgement


def judgement_of(session: Session, actor: Actor, applicant_id: str) -> JudgementOut:
    """Return what the reviews of an application come to.

    Raises:
        NotFound: Where there is no such application, or the actor may not see it.
    """
    applicant = applicants.applicant(session, actor, applicant_id)
    standing = queries.standing(session, [applicant.id])
    cohort = session.get_one(Cohort, applicant.cohort_id)
    rules = screening.rules_for(session, cohort, applicants.today())
    findings = [
        FindingOut(
            rule_id=found.rule.id,
            kind=found.rule.kind,
            effect="bar" if found.rule.effect == "bar" else "flag",
            message=found.message,
            legal_basis=found.rule.legal_basis,
        )
        for found in screening.findings(rules, screening.facts_of(applicant), cohort.year)
    ]
    found = service.outcome_of(session, applicant, standing)
    return judgement(applicant.id, found, [ReviewOut.of(one, actor) for one in standing], findings)
