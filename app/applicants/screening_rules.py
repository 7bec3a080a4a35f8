"""What a manager does with screening rules: make one, and end it. Part of the slice's service; a rule is never rewritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from app.applicants import queries
from app.applicants.errors import RuleEnded
from app.applicants.models import Cohort, ScreeningRule
from app.applicants.screening_schemas import PARAMETERS, RuleEndIn, ScreeningRuleIn
from app.audit.record import record
from app.core import clock
from app.core.access import row_or_404
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require

FACTS: Final = ("cohort_id", "kind", "parameters", "effect", "legal_basis", "valid_from", "valid_until")


def visible_to(actor: Actor) -> Select[ScreeningRule]:
    """Select the screening rules: what is asked of people who apply is no secret, whom the route lets in sees all."""
    del actor
    return select(ScreeningRule)


def rule_of(session: Session, actor: Actor, rule_id: str, *, writing: bool = False) -> ScreeningRule:
    """Return one rule.

    Raises:
        NotFound: Where there is none.
    """
    return row_or_404(session, visible_to(actor).where(ScreeningRule.id == rule_id), writing=writing)


def make_rule(session: Session, actor: Actor, body: ScreeningRuleIn) -> ScreeningRule:
    """Make a rule for one cohort, or for all.

    Raises:
        Invalid: With every wrong value.
    """
    require(actor, "screening.manage")
    errors = []
    if body.cohort_id is not None and session.get(Cohort, body.cohort_id) is None:
        message, remedy = mark("There is no cohort {cohort}."), mark("Use the id of one of the cohorts.")
        errors.append(FieldError("/cohort_id", "unknown_cohort", message, remedy, {"cohort": body.cohort_id}))
    if body.valid_until is not None and body.valid_until < body.valid_from:
        message = mark("The last day is before the first one.")
        errors.append(FieldError("/valid_until", "inverted_period", message, mark("Use a later day, or none.")))
    errors += parameter_errors(body)
    if errors:
        raise Invalid(errors=errors)
    rule = ScreeningRule(**body.model_dump(), created_by=actor.id, created_at=clock.now(), version=1)
    session.add(rule)
    session.flush()
    record(session, actor, "screening.create", "screening_rule", rule.id, after=_facts(rule))
    return rule


def end_rule(session: Session, actor: Actor, rule_id: str, body: RuleEndIn, match: Match) -> ScreeningRule:
    """Say until when a rule holds; what was refused by it stays refused.

    Raises:
        Stale: When somebody changed it meanwhile.
        RuleEnded: For one that has ended.
        Invalid: For a day before its first one.
    """
    rule = rule_of(session, actor, rule_id, writing=True)
    require(actor, "screening.manage", rule)
    match.check(rule.version)
    if rule.valid_until is not None and rule.valid_until < queries.today():
        raise RuleEnded
    if body.valid_until < rule.valid_from:
        message = mark("The last day is before the first one.")
        raise Invalid(
            errors=[FieldError("/valid_until", "inverted_period", message, mark("Use a later day, or none."))]
        )
    before = {"valid_until": rule.valid_until}
    rule.valid_until = body.valid_until
    rule.version += 1
    session.flush()
    after = {"valid_until": rule.valid_until}
    record(session, actor, "screening.end", "screening_rule", rule.id, reason=body.reason, before=before, after=after)
    return rule


def parameter_errors(body: ScreeningRuleIn) -> list[FieldError]:
    """Return what is wrong with the parameters: each kind has one, of its own name and range."""
    name, fits, remedy = PARAMETERS[body.kind]
    given = body.parameters
    if set(given) == {name} and fits(given[name]):
        return []
    return [
        FieldError(
            "/parameters",
            "bad_parameters",
            mark("A rule of the kind {kind} has the parameter {name} and no other."),
            remedy,
            {"kind": body.kind, "name": name},
        )
    ]


def holds_on(day: dt.date) -> Callable[[bool], ColumnElement[bool]]:
    """Return the filter for rules that hold on `day`, or (false) for the others."""
    holds: ColumnElement[bool] = (ScreeningRule.valid_from <= day) & or_(
        ScreeningRule.valid_until.is_(None), ScreeningRule.valid_until >= day
    )
    return lambda wanted: holds if wanted else ~holds


def _facts(rule: ScreeningRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FACTS}
