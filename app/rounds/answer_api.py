"""What is asked about a round after the solve, as JSON: why, who steps in, what fairness costs, and what a lottery would do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from app.core.database import reading, transaction
from app.core.openapi import problem_responses
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.rounds import explaining, fairness, lottery, waitlists
from app.rounds.answer_schemas import ExplanationOut, OwnQuestionQuery, QuestionIn, QuestionQuery
from app.rounds.fairness_schemas import FairnessIn, FairnessOut, FairnessQuery
from app.rounds.lottery_schemas import DrawIn, LotteryIn, LotteryOut
from app.rounds.waitlist_schemas import WaitlistIn, WaitlistQuery, WaitlistsOut

router = APIRouter(prefix="/api/v1", tags=["Rounds"])

Documents = Annotated[Actor, requires("rounds.documents")]
Asking = Annotated[Actor, requires("rounds.ask")]


@router.get("/rounds/{round_id}/explanations", summary="Ask why", responses=problem_responses(404, 409, 422))
def show_explanation(
    request: Request,
    round_id: str,
    query: Annotated[QuestionQuery, Query()],
    actor: Annotated[Actor, requires("rounds.explain")],
) -> ExplanationOut:
    """Tell why a person has this place, or none, or not that one; why a seat is empty; what a fund, an agreement or a rule holds back.

    The programme asks about everything, officers about posts of their region, sponsors about their funds.
    """
    with reading(request) as session:
        return explaining.explanation(session, actor, round_id, QuestionIn(**query.model_dump()))


@router.post(
    "/rounds/{round_id}/explanations",
    status_code=202,
    summary="Have the other outcome worked out",
    responses=problem_responses(404, 409, 422),
)
def ask_explanation(request: Request, round_id: str, body: QuestionIn, actor: Asking) -> ExplanationOut:
    """Let a worker solve again with the other outcome forced; the answer is kept, and asking twice solves once."""
    with transaction(request) as session:
        return explaining.ask(session, actor, round_id, body)


@router.get(
    "/placements/mine/explanation", summary="Ask why about your own result", responses=problem_responses(404, 409, 422)
)
def explain_my_placement(
    request: Request,
    query: Annotated[OwnQuestionQuery, Query()],
    actor: Annotated[Actor, requires("placements.explain")],
) -> ExplanationOut:
    """Tell why the newest published round placed you where it did, or left you without a place, or (with `post`) not there."""
    with reading(request) as session:
        return explaining.own_explanation(session, actor, query.post)


@router.get("/rounds/{round_id}/waitlists", summary="Show the waitlists", responses=problem_responses(404, 409, 422))
def show_waitlists(
    request: Request, round_id: str, query: Annotated[WaitlistQuery, Query()], actor: Documents
) -> WaitlistsOut:
    """Show who steps in at each post of the present result, and how full it will be, as it was worked out last."""
    with reading(request) as session:
        return waitlists.shown(session, actor, round_id, query.need)


@router.post(
    "/rounds/{round_id}/waitlists",
    status_code=202,
    summary="Have the waitlists worked out",
    responses=problem_responses(404, 409, 422),
)
def ask_waitlists(request: Request, round_id: str, body: WaitlistIn, actor: Asking) -> WaitlistsOut:
    """Let a worker rank who steps in at each post, and count how full the round will be from everybody's chance to accept."""
    with transaction(request) as session:
        return waitlists.ask(session, actor, round_id, body)


@router.get("/rounds/{round_id}/fairness", summary="Show how fair it is", responses=problem_responses(404, 409, 422))
def show_fairness(
    request: Request, round_id: str, query: Annotated[FairnessQuery, Query()], actor: Documents
) -> FairnessOut:
    """Show how groups and regions fared in the present result, and what a floor under the least served costs."""
    with reading(request) as session:
        return fairness.shown(session, actor, round_id, query.over)


@router.post(
    "/rounds/{round_id}/fairness",
    status_code=202,
    summary="Have the price of fairness worked out",
    responses=problem_responses(404, 409, 422),
)
def ask_fairness(request: Request, round_id: str, body: FairnessIn, actor: Asking) -> FairnessOut:
    """Let a worker solve the frozen problem under rising floors, from none to the highest that can be met."""
    with transaction(request) as session:
        return fairness.ask(session, actor, round_id, body)


@router.get("/rounds/{round_id}/lottery", summary="Show the lottery", responses=problem_responses(404, 409))
def show_lottery(request: Request, round_id: str, actor: Documents) -> LotteryOut:
    """Show everybody's chances between placements that are equally good, the digest to publish, and the draw."""
    with reading(request) as session:
        return lottery.shown(session, actor, round_id)


@router.post(
    "/rounds/{round_id}/lottery",
    status_code=202,
    summary="Have everybody's chances worked out",
    responses=problem_responses(404, 409, 422),
)
def ask_lottery(request: Request, round_id: str, body: LotteryIn, actor: Asking) -> LotteryOut:
    """Let a worker compute the fairest lottery of the frozen round, before the public value that will draw is known."""
    with transaction(request) as session:
        return lottery.ask(session, actor, round_id, body)


@router.post(
    "/rounds/{round_id}/lottery/draw", status_code=202, summary="Draw", responses=problem_responses(404, 409, 422)
)
def draw_lottery(
    request: Request, round_id: str, body: DrawIn, actor: Annotated[Actor, requires("rounds.solve")]
) -> LotteryOut:
    """Draw the newest lottery with the public value, once; the placement drawn is proposed as the round's result."""
    with transaction(request) as session:
        return lottery.ask_draw(session, actor, round_id, body)


@router.get(
    "/rounds/{round_id}/lottery/document",
    summary="Download the lottery",
    response_class=JSONResponse,
    responses={
        200: {"description": "The lottery, placement-lottery/1", "content": {"application/json": {}}},
        **problem_responses(404, 409),
    },
)
def show_lottery_document(request: Request, round_id: str, actor: Documents) -> JSONResponse:
    """Give the lottery as anybody can check it: kinds of people, outcomes with their parts, and every chance."""
    with reading(request) as session:
        return JSONResponse(lottery.document(session, actor, round_id, lottery.KIND))


@router.get(
    "/rounds/{round_id}/lottery/draw",
    summary="Download the draw",
    response_class=JSONResponse,
    responses={
        200: {"description": "The draw, placement-draw/1", "content": {"application/json": {}}},
        **problem_responses(404, 409),
    },
)
def show_draw_document(request: Request, round_id: str, actor: Documents) -> JSONResponse:
    """Give the draw with its lottery: `gotong verify problem.json --draw draw.json` replays it."""
    with reading(request) as session:
        return JSONResponse(lottery.document(session, actor, round_id, lottery.DRAW))
