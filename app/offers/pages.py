"""The two steps of a round's page that belong to offers: publish and close."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.identity.actor import Actor
from app.identity.permissions import requires
from app.offers import service
from app.rounds.pages import act

router = APIRouter(include_in_schema=False)


@router.post("/rounds/{round_id}/publish")
def publish_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.publish")]) -> Response:
    """Send every placement as an offer and reserve its money."""
    open_for = dt.timedelta(days=request.app.state.settings.offer_days)
    return act(request, actor, round_id, lambda session: service.publish(session, actor, round_id, open_for=open_for))


@router.post("/rounds/{round_id}/close")
def close_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.close")]) -> Response:
    """Close a published round."""
    return act(request, actor, round_id, lambda session: service.close(session, actor, round_id))
