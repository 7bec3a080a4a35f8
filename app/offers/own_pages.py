"""The page of a place that is offered, for the person it is offered to: what it is like, who pays, accept or decline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core import clock
from app.core.database import reading, transaction
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import render
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.offers import place, queries, service
from app.offers.schemas import DeclineIn
from app.offers.wording import OFFER_STATES

router = APIRouter(include_in_schema=False)

HERE = "/offer"
Answering = Annotated[Actor, requires("offers.answer")]


@router.get(HERE)
def own_offer_page(request: Request, actor: Answering) -> HTMLResponse:
    """Show the person's latest offer."""
    return _page(request, actor)


@router.post(f"{HERE}/{{offer_id}}/accept")
def accept_page(request: Request, offer_id: str, actor: Answering) -> Response:
    """Take the place."""
    return _answer(request, actor, offer_id, lambda session: service.accept(session, actor, offer_id))


@router.post(f"{HERE}/{{offer_id}}/decline")
def decline_page(
    request: Request, offer_id: str, actor: Answering, reason: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Leave the place to somebody else."""

    def decline(session: Session) -> object:
        return service.decline(session, actor, offer_id, checked(DeclineIn, {"reason": reason.strip()}))

    return _answer(request, actor, offer_id, decline, reason=reason)


def _answer(
    request: Request, actor: Actor, offer_id: str, answer: Callable[[Session], object], *, reason: str = ""
) -> Response:
    try:
        with transaction(request) as session:
            answer(session)
    except (Conflict, Invalid) as problem:
        return _page(request, actor, offer_id=offer_id, problem=problem, reason=reason)
    return RedirectResponse(HERE, 303)


def _page(
    request: Request, actor: Actor, *, offer_id: str | None = None, problem: Problem | None = None, reason: str = ""
) -> HTMLResponse:
    with reading(request) as session:
        offer = queries.offer(session, actor, offer_id) if offer_id else place.latest_own(session, actor)
        if offer is None:
            return render(request, "offers/none.html")
        return render(
            request,
            "offers/own.html",
            offer=offer,
            states=OFFER_STATES,
            place=place.place_of(session, actor, offer),
            open=offer.state == "sent" and clock.now() <= offer.deadline,
            problem=problem,
            reason=reason,
        )
