"""The manager's pages of offers: publish and close a round, its offers one by one, and the search for who takes a free seat."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.paging import PageQuery, page_of
from app.core.problems import Conflict, Problem
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import allows, requires
from app.offers import queries, replacing, service
from app.offers.models import Offer, Replacement
from app.offers.replacement_views import replacement_shown, replacements_shown
from app.offers.wording import OFFER_STATES, REPLACEMENT_STATES
from app.rounds import queries as rounds
from app.rounds.models import Placement
from app.rounds.pages import act
from app.rounds.showing import LINES, short_rupiah
from app.rounds.vacancy import round_of_placement

router = APIRouter(include_in_schema=False)
navigation("/replacements", mark("Replacements"), {"manager", "auditor"}, group="service")

ON_A_PAGE: Final = 100
Cursor = Annotated[str | None, Query(max_length=1000)]


@router.post("/rounds/{round_id}/publish")
def publish_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.publish")]) -> Response:
    """Send every placement as an offer and reserve its money."""
    open_for = dt.timedelta(days=request.app.state.settings.offer_days)
    return act(request, actor, round_id, lambda session: service.publish(session, actor, round_id, open_for=open_for))


@router.post("/rounds/{round_id}/close")
def close_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.close")]) -> Response:
    """Close a published round."""
    return act(request, actor, round_id, lambda session: service.close(session, actor, round_id))


@router.get("/rounds/{round_id}/offers")
def offers_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("replacements.view")], cursor: Cursor = None
) -> HTMLResponse:
    """List a round's offers, those whose deadline is next first, with what can be done about the ones that came to nothing."""
    return _offers(request, actor, round_id, cursor)


@router.post("/rounds/{round_id}/offers/{offer_id}/replacement")
def ask_replacement_page(
    request: Request, round_id: str, offer_id: str, actor: Annotated[Actor, requires("replacements.ask")]
) -> Response:
    """Let a worker look for somebody else, and lead to the search."""
    try:
        with transaction(request) as session:
            key = replacing.ask_for_offer(session, actor, offer_id).id
    except Conflict as problem:
        return _offers(request, actor, round_id, None, problem=problem)
    return RedirectResponse(f"/replacements/{key}", 303)


@router.post("/deployments/{deployment_id}/replacement")
def replace_drop_out_page(
    request: Request, deployment_id: str, actor: Annotated[Actor, requires("replacements.ask")]
) -> Response:
    """Let a worker look for who takes a drop-out's seat, and lead to the search."""
    with transaction(request) as session:
        key = replacing.ask_for_deployment(session, actor, deployment_id).id
    return RedirectResponse(f"/replacements/{key}", 303)


@router.get("/replacements")
def replacements_page(
    request: Request, actor: Annotated[Actor, requires("replacements.view")], cursor: Cursor = None
) -> HTMLResponse:
    """List the searches for who takes a free seat, the newest first."""
    with reading(request) as session:
        page: Any = page_of(
            session,
            replacing.visible_to(actor),
            PageQuery(limit=ON_A_PAGE, cursor=cursor, sort="-created"),
            sorts={"created": Replacement.created_at},
            key=Replacement.id,
            shown=lambda row: row,
        )
        return render(
            request,
            "offers/replacements.html",
            rows=replacements_shown(session, page.items),
            states=REPLACEMENT_STATES,
            more=None if page.next is None else urlencode({"cursor": page.next}),
        )


@router.get("/replacements/{replacement_id}")
def replacement_page(
    request: Request, replacement_id: str, actor: Annotated[Actor, requires("replacements.view")]
) -> HTMLResponse:
    """Show the options with what each costs the others."""
    return _replacement(request, actor, replacement_id)


@router.post("/replacements/{replacement_id}/take")
def take_page(
    request: Request,
    replacement_id: str,
    actor: Annotated[Actor, requires("replacements.take")],
    option: Annotated[int, Form(ge=1, le=10)],
) -> Response:
    """Offer the seat to one of the proposed people."""
    open_for = dt.timedelta(days=request.app.state.settings.offer_days)
    try:
        with transaction(request) as session:
            replacing.take(session, actor, replacement_id, option, open_for=open_for)
    except Conflict as problem:
        return _replacement(request, actor, replacement_id, problem=problem)
    return RedirectResponse(f"/replacements/{replacement_id}", 303)


@router.post("/replacements/{replacement_id}/drop")
def drop_page(
    request: Request, replacement_id: str, actor: Annotated[Actor, requires("replacements.take")]
) -> Response:
    """Drop a proposal that nobody wants."""
    with transaction(request) as session:
        replacing.drop(session, actor, replacement_id)
    return RedirectResponse(f"/replacements/{replacement_id}", 303)


def _offers(
    request: Request, actor: Actor, round_id: str, cursor: str | None, *, problem: Problem | None = None
) -> HTMLResponse:
    with reading(request) as session:
        round_ = rounds.round_of(session, actor, round_id)
        page: Any = page_of(
            session,
            queries.of_round(round_.result_id or ""),
            PageQuery(limit=ON_A_PAGE, cursor=cursor, sort="deadline"),
            sorts={"deadline": Offer.deadline},
            key=Offer.id,
            shown=lambda row: row,
        )
        details = rounds.details(session, [one.placement_id for one in page.items])
        return render(
            request,
            "offers/list.html",
            problem=problem,
            round=round_,
            offers=[(one, details[one.placement_id]) for one in page.items],
            counts=queries.counted(session, round_.result_id or ""),
            states=OFFER_STATES,
            may_ask=allows(actor, "replacements.ask"),
            more=None if page.next is None else urlencode({"cursor": page.next}),
        )


def _replacement(
    request: Request, actor: Actor, replacement_id: str, *, problem: Problem | None = None
) -> HTMLResponse:
    with reading(request) as session:
        row = replacing.replacement(session, actor, replacement_id)
        return render(
            request,
            "offers/replacement.html",
            problem=problem,
            row=replacement_shown(session, row),
            round_id=_round_id(session, row),
            states=REPLACEMENT_STATES,
            lines=LINES,
            short_rupiah=short_rupiah,
            may_take=allows(actor, "replacements.take"),
        )


def _round_id(session: Session, row: Replacement) -> str:
    placement = session.scalars(
        select(Placement).join(Offer, Offer.placement_id == Placement.id).where(Offer.id == row.offer_id)
    ).one()
    return round_of_placement(session, placement).id
