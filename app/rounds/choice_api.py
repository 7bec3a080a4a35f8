"""Pins and bans, what-if copies and their comparison, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import etag
from app.core.openapi import problem_responses
from app.core.paging import Page, page_together
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.rounds import choices, comparing, queries, views
from app.rounds.choice_schemas import ChoiceIn, ChoiceOut, ChoiceQuery, CompareQuery, ComparisonOut, ScenarioIn
from app.rounds.models import RoundChoice
from app.rounds.schemas import RoundOut

router = APIRouter(prefix="/api/v1", tags=["Rounds"])

Documents = Annotated[Actor, requires("rounds.documents")]


@router.get("/rounds/{round_id}/choices", summary="List pins and bans", responses=problem_responses(404, 422))
def list_choices(
    request: Request, round_id: str, query: Annotated[ChoiceQuery, Query()], actor: Documents
) -> Page[ChoiceOut]:
    """List who was fixed to a need, or kept from one, by whom and why."""
    with reading(request) as session:
        return page_together(
            session,
            choices.choices_of(queries.round_of(session, actor, round_id)),
            query,
            sorts={"created": RoundChoice.created_at},
            key=RoundChoice.id,
            shown=partial(choices.shown, session),
        )


@router.post(
    "/rounds/{round_id}/choices",
    status_code=201,
    summary="Pin or ban",
    response_model=ChoiceOut,
    responses=problem_responses(404, 409, 422),
)
def add_choice(
    request: Request, round_id: str, body: ChoiceIn, once: Once, actor: Annotated[Actor, requires("rounds.edit")]
) -> Response:
    """Fix somebody to a need, or keep somebody from it, with the reason; only in draft."""

    def create(session: Session) -> tuple[int, ChoiceOut, dict[str, str]]:
        made = choices.add_choice(session, actor, round_id, body)
        return 201, choices.shown(session, [made])[0], {}

    return once.answer(request, actor, body, create)


@router.delete(
    "/rounds/{round_id}/choices/{choice_id}",
    status_code=204,
    summary="Take a pin or a ban back",
    responses=problem_responses(404, 409),
)
def drop_choice(
    request: Request, round_id: str, choice_id: str, actor: Annotated[Actor, requires("rounds.edit")]
) -> None:
    """Take a pin or a ban back before the round is frozen."""
    with transaction(request) as session:
        choices.drop_choice(session, actor, round_id, choice_id)


@router.post(
    "/rounds/{round_id}/scenarios",
    status_code=201,
    summary="Make a what-if copy",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 422),
)
def create_scenario(
    request: Request, round_id: str, body: ScenarioIn, once: Once, actor: Annotated[Actor, requires("rounds.create")]
) -> Response:
    """Copy a round with other policies or budgets: freeze it, solve it, compare; it is never published."""

    def create(session: Session) -> tuple[int, RoundOut, dict[str, str]]:
        made = choices.create_scenario(session, actor, round_id, body)
        headers = {"ETag": etag(made.version), "Location": f"/api/v1/rounds/{made.id}"}
        return 201, views.round_shown(session, made), headers

    return once.answer(request, actor, body, create)


@router.get(
    "/rounds/{round_id}/comparison", summary="Compare a round's result", responses=problem_responses(404, 409, 422)
)
def compare_round(
    request: Request, round_id: str, query: Annotated[CompareQuery, Query()], actor: Documents
) -> ComparisonOut:
    """Set the results of a round and of others side by side: goals, regions, sponsors, groups, and who moved why."""
    with reading(request) as session:
        return comparing.compared(session, actor, round_id, query.other)
