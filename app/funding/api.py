"""Funds, their ledgers and the agreements, as JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import contains, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.funding import agreements, queries, service
from app.funding.models import Agreement, AgreementLine, Fund, LedgerEntry
from app.funding.schemas import (
    AgreementIn,
    AgreementOut,
    AgreementPatch,
    AgreementQuery,
    FundIn,
    FundOut,
    FundPatch,
    FundQuery,
    LedgerEntryOut,
    LedgerQuery,
    ReasonIn,
    SignIn,
)
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Money"])

FUND_SORTS = {"code": Fund.code, "name": Fund.name, "amount": Fund.amount, "created": Fund.created_at}
FUND_FILTERS: Final[dict[str, Any]] = {
    "state": Fund.state,
    "organisation": Fund.organisation_id,
    "name": contains(Fund.name),
}
AGREEMENT_SORTS = {"code": Agreement.code, "created": Agreement.created_at}


@router.get("/funds", summary="List funds with their balances", responses=problem_responses(422))
def list_funds(
    request: Request, query: Annotated[FundQuery, Query()], actor: Annotated[Actor, requires("funds.view")]
) -> Page[FundOut]:
    """List the funds that you may see, one page at a time."""
    with reading(request) as session:
        statement = filtered(queries.with_balances(queries.visible_to(actor)), query, FUND_FILTERS)
        return page_of(session, statement, query, sorts=FUND_SORTS, key=Fund.id, shown=FundOut.of)


@router.post(
    "/funds",
    status_code=201,
    summary="Pledge a fund",
    response_model=FundOut,
    responses=problem_responses(409, 422),
)
def pledge_fund(
    request: Request, body: FundIn, once: Once, actor: Annotated[Actor, requires("funds.pledge")]
) -> Response:
    """Promise money; a programme manager confirms it when it is there."""

    def create(session: Session) -> tuple[int, FundOut, dict[str, str]]:
        fund = service.pledge_fund(session, actor, body)
        return 201, FundOut.of(fund), {"ETag": etag(fund.version), "Location": f"/api/v1/funds/{fund.id}"}

    return once.answer(request, actor, body, create)


@router.get("/funds/{fund_id}", summary="Show a fund", response_model=FundOut, responses=problem_responses(404))
def show_fund(request: Request, fund_id: str, actor: Annotated[Actor, requires("funds.view")]) -> JSONResponse:
    """Show one fund with what stands in its accounts."""
    with reading(request) as session:
        fund = queries.fund(session, actor, fund_id)
        return with_etag(FundOut.of(fund), fund.version)


@router.patch(
    "/funds/{fund_id}",
    summary="Change a pledge",
    response_model=FundOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_fund(
    request: Request, fund_id: str, body: FundPatch, actor: Annotated[Actor, requires("funds.edit")], match: IfMatch
) -> JSONResponse:
    """Change what a pledge says. Amount and period change only until it is confirmed."""
    with transaction(request) as session:
        fund = service.edit_fund(session, actor, fund_id, body, match)
    return with_etag(FundOut.of(fund), fund.version)


@router.post(
    "/funds/{fund_id}/confirm",
    summary="Confirm that the money is there",
    response_model=FundOut,
    responses=problem_responses(404, 409),
)
def confirm_fund(request: Request, fund_id: str, actor: Annotated[Actor, requires("funds.confirm")]) -> JSONResponse:
    """Take the pledged money in: it becomes available, and rounds may use it."""
    with transaction(request) as session:
        fund = service.confirm_fund(session, actor, fund_id)
    return with_etag(FundOut.of(fund), fund.version)


@router.post(
    "/funds/{fund_id}/close",
    summary="Close a fund",
    response_model=FundOut,
    responses=problem_responses(404, 409, 422),
)
def close_fund(
    request: Request, fund_id: str, body: ReasonIn, actor: Annotated[Actor, requires("funds.close")]
) -> JSONResponse:
    """Close a fund on which no signed agreement and no placement counts; what is available goes back."""
    with transaction(request) as session:
        fund = service.close_fund(session, actor, fund_id, body)
    return with_etag(FundOut.of(fund), fund.version)


@router.get("/funds/{fund_id}/ledger", summary="List a fund's ledger", responses=problem_responses(404, 422))
def list_ledger(
    request: Request,
    fund_id: str,
    query: Annotated[LedgerQuery, Query()],
    actor: Annotated[Actor, requires("funds.view")],
) -> Page[LedgerEntryOut]:
    """List the moves of a fund's money, the newest first."""
    with reading(request) as session:
        fund = queries.fund(session, actor, fund_id)
        statement = filtered(
            queries.ledger_of(fund.id), query, {"placement": LedgerEntry.placement_id, "line": LedgerEntry.line}
        )
        return page_of(
            session, statement, query, sorts={"at": LedgerEntry.at}, key=LedgerEntry.id, shown=LedgerEntryOut.of
        )


@router.get("/agreements", summary="List agreements", responses=problem_responses(422))
def list_agreements(
    request: Request, query: Annotated[AgreementQuery, Query()], actor: Annotated[Actor, requires("agreements.view")]
) -> Page[AgreementOut]:
    """List the agreements that you may see, one page at a time."""
    with reading(request) as session:
        statement = filtered(
            queries.with_parts(queries.agreements_visible_to(actor)),
            query,
            {
                "state": Agreement.state,
                "fund": lambda fund: Agreement.lines.any(AgreementLine.fund_id == fund),
                "region": queries.usable_in,
            },
        )
        return page_of(session, statement, query, sorts=AGREEMENT_SORTS, key=Agreement.id, shown=AgreementOut.of)


@router.post(
    "/agreements",
    status_code=201,
    summary="Draft an agreement",
    response_model=AgreementOut,
    responses=problem_responses(409, 422),
)
def draft_agreement(
    request: Request, body: AgreementIn, once: Once, actor: Annotated[Actor, requires("agreements.draft")]
) -> Response:
    """Write which fund pays which cost line; its parties, the organisations of the funds, then sign it."""

    def create(session: Session) -> tuple[int, AgreementOut, dict[str, str]]:
        made = agreements.draft_agreement(session, actor, body)
        headers = {"ETag": etag(made.version), "Location": f"/api/v1/agreements/{made.id}"}
        return 201, AgreementOut.of(made), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/agreements/{agreement_id}",
    summary="Show an agreement",
    response_model=AgreementOut,
    responses=problem_responses(404),
)
def show_agreement(
    request: Request, agreement_id: str, actor: Annotated[Actor, requires("agreements.view")]
) -> JSONResponse:
    """Show one agreement with its lines, its parties and who has signed."""
    with reading(request) as session:
        found = queries.agreement(session, actor, agreement_id)
        return with_etag(AgreementOut.of(found), found.version)


@router.patch(
    "/agreements/{agreement_id}",
    summary="Change an agreement",
    response_model=AgreementOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_agreement(
    request: Request,
    agreement_id: str,
    body: AgreementPatch,
    actor: Annotated[Actor, requires("agreements.draft")],
    match: IfMatch,
) -> JSONResponse:
    """Change an agreement as long as nobody has signed it."""
    with transaction(request) as session:
        changed = agreements.edit_agreement(session, actor, agreement_id, body, match)
    return with_etag(AgreementOut.of(changed), changed.version)


@router.post(
    "/agreements/{agreement_id}/sign",
    summary="Sign an agreement",
    response_model=AgreementOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def sign_agreement(
    request: Request,
    agreement_id: str,
    body: SignIn,
    actor: Annotated[Actor, requires("agreements.sign")],
    match: IfMatch,
) -> JSONResponse:
    """Sign for your organisation the version that you have read; the last party's signature puts it into force."""
    with transaction(request) as session:
        signed = agreements.sign_agreement(session, actor, agreement_id, body, match)
    return with_etag(AgreementOut.of(signed), signed.version)


@router.post(
    "/agreements/{agreement_id}/end",
    summary="End an agreement",
    response_model=AgreementOut,
    responses=problem_responses(404, 409, 422),
)
def end_agreement(
    request: Request, agreement_id: str, body: ReasonIn, actor: Annotated[Actor, requires("agreements.end")]
) -> JSONResponse:
    """End an agreement: later rounds do not use it; what was placed under it stays."""
    with transaction(request) as session:
        ended = agreements.end_agreement(session, actor, agreement_id, body)
    return with_etag(AgreementOut.of(ended), ended.version)
