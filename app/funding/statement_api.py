"""A fund's statement, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.core.database import reading
from app.core.openapi import problem_responses
from app.core.paging import Page
from app.funding import queries, statement
from app.funding.statement_schemas import PaidPlacementOut, PaidQuery, StatementOut
from app.identity.actor import Actor
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Money"])


@router.get("/funds/{fund_id}/statement", summary="Show a fund's statement", responses=problem_responses(404))
def show_statement(request: Request, fund_id: str, actor: Annotated[Actor, requires("funds.view")]) -> StatementOut:
    """Show where each rupiah is, by cost line, and whether the ledger agrees with the placements."""
    with reading(request) as session:
        fund = queries.fund(session, actor, fund_id)
        return StatementOut.of(fund, statement.statement_of(session, fund.id))


@router.get("/funds/{fund_id}/placements", summary="List what a fund pays for", responses=problem_responses(404, 422))
def list_fund_placements(
    request: Request,
    fund_id: str,
    query: Annotated[PaidQuery, Query()],
    actor: Annotated[Actor, requires("funds.view")],
) -> Page[PaidPlacementOut]:
    """List the placements behind the statement, each with its cost lines; those that came to nothing too."""
    with reading(request) as session:
        fund = queries.fund(session, actor, fund_id)
        found = statement.placements_paid(session, fund.id, after=query.cursor or "", limit=query.limit + 1)
        shown = found[: query.limit]
        rows = statement.rows_of(session, fund.id, shown)
        needs = statement.needs_served(session, shown)
    items = [
        PaidPlacementOut.of(one, needs.get(one, ""), [row for row in rows if row.placement_id == one]) for one in shown
    ]
    return Page[PaidPlacementOut](items=items, next=shown[-1] if len(found) > query.limit else None)
