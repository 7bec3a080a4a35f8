"""Publishing a round, and answering its offers, as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from app.core.database import reading, transaction
from app.core.etag import with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.offers import queries, service
from app.offers.models import Offer
from app.offers.schemas import DeclineIn, OfferOut, OfferQuery
from app.rounds.schemas import RoundOut
from app.rounds.views import round_shown

router = APIRouter(prefix="/api/v1", tags=["Offers"])


@router.post(
    "/rounds/{round_id}/publish",
    summary="Publish a round",
    response_model=RoundOut,
    responses=problem_responses(404, 409),
)
def publish_round(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.publish")]) -> JSONResponse:
    """Send every placement as an offer and reserve its money, all at once."""
    open_for = dt.timedelta(days=request.app.state.settings.offer_days)
    with transaction(request) as session:
        round_ = service.publish(session, actor, round_id, open_for=open_for)
        out = round_shown(session, round_)
    return with_etag(out, round_.version)


@router.post(
    "/rounds/{round_id}/close",
    summary="Close a round",
    response_model=RoundOut,
    responses=problem_responses(404, 409),
)
def close_round(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.close")]) -> JSONResponse:
    """Close a published round."""
    with transaction(request) as session:
        round_ = service.close(session, actor, round_id)
        out = round_shown(session, round_)
    return with_etag(out, round_.version)


@router.get("/offers", summary="List offers", responses=problem_responses(422))
def list_offers(
    request: Request, query: Annotated[OfferQuery, Query()], actor: Annotated[Actor, requires("offers.view")]
) -> Page[OfferOut]:
    """List the offers that you may see, those whose deadline is next first."""
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, {"state": Offer.state})
        return page_of(session, statement, query, sorts={"deadline": Offer.deadline}, key=Offer.id, shown=OfferOut.of)


@router.get("/offers/{offer_id}", summary="Show an offer", response_model=OfferOut, responses=problem_responses(404))
def show_offer(request: Request, offer_id: str, actor: Annotated[Actor, requires("offers.view")]) -> JSONResponse:
    """Show one offer."""
    with reading(request) as session:
        offer = queries.offer(session, actor, offer_id)
        return with_etag(OfferOut.of(offer), offer.version)


@router.post(
    "/offers/{offer_id}/accept",
    summary="Accept an offer",
    response_model=OfferOut,
    responses=problem_responses(404, 409),
)
def accept_offer(request: Request, offer_id: str, actor: Annotated[Actor, requires("offers.answer")]) -> JSONResponse:
    """Take the seat: its money is committed."""
    with transaction(request) as session:
        offer = service.accept(session, actor, offer_id)
    return with_etag(OfferOut.of(offer), offer.version)


@router.post(
    "/offers/{offer_id}/decline",
    summary="Decline an offer",
    response_model=OfferOut,
    responses=problem_responses(404, 409, 422),
)
def decline_offer(
    request: Request, offer_id: str, body: DeclineIn, actor: Annotated[Actor, requires("offers.answer")]
) -> JSONResponse:
    """Leave the seat to somebody else: its money is free again."""
    with transaction(request) as session:
        offer = service.decline(session, actor, offer_id, body)
    return with_etag(OfferOut.of(offer), offer.version)
