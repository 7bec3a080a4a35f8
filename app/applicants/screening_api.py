"""Screening rules, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.applicants import queries, screening_rules
from app.applicants.models import ScreeningRule
from app.applicants.screening_schemas import RuleEndIn, ScreeningRuleIn, ScreeningRuleOut, ScreeningRuleQuery
from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Applicants"])

SORTS: Final = {"created": ScreeningRule.created_at, "from": ScreeningRule.valid_from}


@router.get("/screening-rules", summary="List screening rules", responses=problem_responses(422))
def list_screening_rules(
    request: Request, query: Annotated[ScreeningRuleQuery, Query()], actor: Annotated[Actor, requires("screening.view")]
) -> Page[ScreeningRuleOut]:
    """List what is asked of people who apply, the newest rules first."""
    filters: dict[str, Any] = {
        "cohort": ScreeningRule.cohort_id,
        "kind": ScreeningRule.kind,
        "holds": screening_rules.holds_on(queries.today()),
    }
    with reading(request) as session:
        statement = filtered(screening_rules.visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=SORTS, key=ScreeningRule.id, shown=ScreeningRuleOut.of)


@router.post(
    "/screening-rules",
    status_code=201,
    summary="Make a screening rule",
    response_model=ScreeningRuleOut,
    responses=problem_responses(422),
)
def create_screening_rule(
    request: Request, body: ScreeningRuleIn, once: Once, actor: Annotated[Actor, requires("screening.manage")]
) -> Response:
    """Make a rule for one cohort or for all. It is never rewritten: end it and make another."""

    def create(session: Session) -> tuple[int, ScreeningRuleOut, dict[str, str]]:
        rule = screening_rules.make_rule(session, actor, body)
        headers = {"ETag": etag(rule.version), "Location": f"/api/v1/screening-rules/{rule.id}"}
        return 201, ScreeningRuleOut.of(rule), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/screening-rules/{rule_id}",
    summary="Show a screening rule",
    response_model=ScreeningRuleOut,
    responses=problem_responses(404),
)
def show_screening_rule(
    request: Request, rule_id: str, actor: Annotated[Actor, requires("screening.view")]
) -> JSONResponse:
    """Show one rule."""
    with reading(request) as session:
        rule = screening_rules.rule_of(session, actor, rule_id)
    return with_etag(ScreeningRuleOut.of(rule), rule.version)


@router.post(
    "/screening-rules/{rule_id}/end",
    summary="End a screening rule",
    response_model=ScreeningRuleOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def end_screening_rule(
    request: Request,
    rule_id: str,
    body: RuleEndIn,
    actor: Annotated[Actor, requires("screening.manage")],
    match: IfMatch,
) -> JSONResponse:
    """Say which is the last day on which the rule holds."""
    with transaction(request) as session:
        out = ScreeningRuleOut.of(screening_rules.end_rule(session, actor, rule_id, body, match))
    return with_etag(out, out.version)
