"""The page of screening rules: what is asked of people who apply, with the law behind it, and the form to make and end one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.applicants import queries, screening_rules
from app.applicants.forms import checked
from app.applicants.models import ScreeningRule
from app.applicants.screening_schemas import PARAMETERS, RuleEndIn, ScreeningRuleIn, ScreeningRuleOut
from app.core.access import allows
from app.core.database import reading, transaction
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import Invalid
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import requires

router = APIRouter(include_in_schema=False)
navigation("/screening", mark("Screening"), {"manager", "auditor"}, group="people")

KINDS = {
    "minimum_age": mark("Least age, in years"),
    "maximum_age": mark("Greatest age, in years"),
    "level": mark("Teaches one of these levels, separated by commas"),
    "health_hardship": mark("With regular treatment: the hardest place, 0 to 5"),
    "motivation": mark("Least length of the motivation, in characters"),
}
FIELDS = (
    "cohort_id",
    "kind",
    "parameter",
    "effect",
    "legal_basis",
    "reason_id",
    "reason_en",
    "valid_from",
    "valid_until",
)


async def posted_form(request: Request) -> FormData:
    """Return the posted form."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted_form)]


@router.get("/screening")
def screening_page(request: Request, actor: Annotated[Actor, requires("screening.view")]) -> HTMLResponse:
    """Show the rules that hold, those to come and those that have ended."""
    with reading(request) as session:
        return _page(request, session, actor)


@router.post("/screening")
def make_rule_on_page(
    request: Request, actor: Annotated[Actor, requires("screening.manage")], form: Posted
) -> Response:
    """Make a rule."""
    typed = {name: value.strip() for name in FIELDS if isinstance(value := form.get(name, ""), str)}
    try:
        body = checked(ScreeningRuleIn, _values(typed))
        with transaction(request) as session:
            screening_rules.make_rule(session, actor, body)
    except Invalid as problem:
        with reading(request) as session:
            return _page(request, session, actor, problem=problem, typed=typed)
    return RedirectResponse("/screening", 303)


@router.post("/screening/{rule_id}/end")
def end_rule_on_page(
    request: Request,
    rule_id: str,
    actor: Annotated[Actor, requires("screening.manage")],
    version: Annotated[int, Form(ge=1, le=10**9)],
    valid_until: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Say which is the last day of a rule."""
    try:
        body = checked(RuleEndIn, {"valid_until": valid_until or None, "reason": reason})
        with transaction(request) as session:
            screening_rules.end_rule(session, actor, rule_id, body, Match(frozenset({version})))
    except Invalid as problem:
        with reading(request) as session:
            return _page(request, session, actor, problem=problem)
    return RedirectResponse("/screening", 303)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    """Return what the form says, under the names of the API."""
    values: dict[str, Any] = {name: typed[name] for name in ("kind", "effect", "legal_basis", "reason_id", "reason_en")}
    values |= {name: typed[name] or None for name in ("cohort_id", "valid_from", "valid_until")}
    written = typed["parameter"]
    if typed["kind"] == "level":
        value: Any = [part.strip() for part in written.split(",") if part.strip()]
    else:
        value = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else -1
    name = PARAMETERS[typed["kind"]][0] if typed["kind"] in PARAMETERS else "value"
    return {**values, "parameters": {name: value}}


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    problem: Invalid | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    today = queries.today()
    cohorts = queries.cohorts_by_year(session, actor)
    by_id = {one.id: one for one in cohorts}
    rules = session.scalars(
        screening_rules.visible_to(actor).order_by(ScreeningRule.created_at.desc(), ScreeningRule.id)
    ).all()
    shown = [
        (ScreeningRuleOut.of(one, by_id.get(one.cohort_id or "")), by_id.get(one.cohort_id or "")) for one in rules
    ]
    return render(
        request,
        "applicants/screening.html",
        living=[pair for pair in shown if pair[0].valid_until is None or pair[0].valid_until >= today],
        ended=[pair for pair in shown if pair[0].valid_until is not None and pair[0].valid_until < today],
        cohorts=cohorts,
        kinds=KINDS,
        today=today,
        may_write=allows(actor, "screening.manage"),
        problem=problem,
        typed=typed or {},
    )
