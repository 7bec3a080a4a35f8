"""Replacements for people who declined, said nothing or left, as JSON."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_together
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.offers import replacing
from app.offers.models import Replacement
from app.offers.replacement_views import replacement_shown, replacements_shown
from app.offers.schemas import ReplacementOut, ReplacementQuery, TakeIn

router = APIRouter(prefix="/api/v1", tags=["Offers"])
Asked = tuple[int, ReplacementOut, dict[str, str]]


def _asked(session: Session, row: Replacement) -> Asked:
    return (
        202,
        replacement_shown(session, row),
        {"ETag": etag(row.version), "Location": f"/api/v1/replacements/{row.id}"},
    )


@router.post(
    "/deployments/{deployment_id}/replacement",
    status_code=202,
    summary="Ask for a replacement of a drop-out",
    response_model=ReplacementOut,
    responses=problem_responses(404, 409),
)
def ask_replacement_of_deployment(
    request: Request, deployment_id: str, once: Once, actor: Annotated[Actor, requires("replacements.ask")]
) -> Response:
    """Let a worker look for the three best people for the seat, everybody else staying where they are."""
    return once.answer(
        request,
        actor,
        None,
        lambda session: _asked(session, replacing.ask_for_deployment(session, actor, deployment_id)),
    )


@router.post(
    "/offers/{offer_id}/replacement",
    status_code=202,
    summary="Ask for a replacement of somebody who did not accept",
    response_model=ReplacementOut,
    responses=problem_responses(404, 409),
)
def ask_replacement_of_offer(
    request: Request, offer_id: str, once: Once, actor: Annotated[Actor, requires("replacements.ask")]
) -> Response:
    """Let a worker look for the three best people for the seat, everybody else staying where they are."""
    return once.answer(
        request, actor, None, lambda session: _asked(session, replacing.ask_for_offer(session, actor, offer_id))
    )


@router.get("/replacements", summary="List replacements", responses=problem_responses(422))
def list_replacements(
    request: Request,
    query: Annotated[ReplacementQuery, Query()],
    actor: Annotated[Actor, requires("replacements.view")],
) -> Page[ReplacementOut]:
    """List the searches for who takes a free seat, the newest first."""
    with reading(request) as session:
        statement = filtered(replacing.visible_to(actor), query, {"state": Replacement.state})
        return page_together(
            session,
            statement,
            query,
            sorts={"created": Replacement.created_at},
            key=Replacement.id,
            shown=partial(replacements_shown, session),
        )


@router.get(
    "/replacements/{replacement_id}",
    summary="Show a replacement",
    response_model=ReplacementOut,
    responses=problem_responses(404),
)
def show_replacement(
    request: Request, replacement_id: str, actor: Annotated[Actor, requires("replacements.view")]
) -> JSONResponse:
    """Show the options, each with what it costs the others."""
    with reading(request) as session:
        row = replacing.replacement(session, actor, replacement_id)
        return with_etag(replacement_shown(session, row), row.version)


@router.post(
    "/replacements/{replacement_id}/take",
    summary="Take an option",
    response_model=ReplacementOut,
    responses=problem_responses(404, 409, 422),
)
def take_replacement(
    request: Request, replacement_id: str, body: TakeIn, actor: Annotated[Actor, requires("replacements.take")]
) -> JSONResponse:
    """Offer the seat to one of the proposed people and reserve the money, in one step."""
    open_for = dt.timedelta(days=request.app.state.settings.offer_days)
    with transaction(request) as session:
        row = replacing.take(session, actor, replacement_id, body.option, open_for=open_for)
        out = replacement_shown(session, row)
    return with_etag(out, out.version)


@router.post(
    "/replacements/{replacement_id}/drop",
    summary="Drop a proposal",
    response_model=ReplacementOut,
    responses=problem_responses(404, 409),
)
def drop_replacement(
    request: Request, replacement_id: str, actor: Annotated[Actor, requires("replacements.take")]
) -> JSONResponse:
    """Drop a proposal that nobody wants; the seat stays free."""
    with transaction(request) as session:
        out = replacement_shown(session, replacing.drop(session, actor, replacement_id))
    return with_etag(out, out.version)
