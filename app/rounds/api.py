"""Rounds from draft to approval, their results and placements, as JSON."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.core.access import visible_or_404
from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of, page_together
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires
from app.jobs.service import cancel_job
from app.jobs.stream import MEDIA_TYPE, stream
from app.rounds import decisions, queries, service, views
from app.rounds.errors import NoJob, NoResult, NoSnapshot
from app.rounds.models import Placement, Result, Round
from app.rounds.schemas import (
    ApprovalIn,
    PlacementOut,
    PlacementQuery,
    ProgressOut,
    ReasonIn,
    ResultOut,
    ResultQuery,
    ResultRow,
    RoundIn,
    RoundOut,
    RoundPatch,
    RoundQuery,
)

router = APIRouter(prefix="/api/v1", tags=["Rounds"])

SORTS = {"created": Round.created_at, "name": Round.name}
PLACEMENT_SORTS = {"id": Placement.id, "cost": Placement.cost}
LastEventId = Annotated[str | None, Header(description="The last event that was received, to go on after it.")]
Documents = Annotated[Actor, requires("rounds.documents")]
FILTERS = {"region": queries.in_region, "need": queries.at_need}


@router.get("/rounds", summary="List rounds", responses=problem_responses(422))
def list_rounds(
    request: Request, query: Annotated[RoundQuery, Query()], actor: Annotated[Actor, requires("rounds.view")]
) -> Page[RoundOut]:
    """List the rounds that you may see, one page at a time, the newest first."""
    with reading(request) as session:
        columns = {"state": Round.state, "cohort": Round.cohort_id, "scenario_of": Round.scenario_of}
        statement = filtered(queries.visible_to(actor), query, columns)
        shown = partial(views.rounds_shown, session)
        return page_together(session, statement, query, sorts=SORTS, key=Round.id, shown=shown)


@router.post(
    "/rounds",
    status_code=201,
    summary="Create a round",
    response_model=RoundOut,
    responses=problem_responses(409, 422),
)
def create_round(
    request: Request, body: RoundIn, once: Once, actor: Annotated[Actor, requires("rounds.create")]
) -> Response:
    """Create a round in draft; its seed is drawn and committed to now."""

    def create(session: Session) -> tuple[int, RoundOut, dict[str, str]]:
        made = service.create_round(session, actor, body)
        headers = {"ETag": etag(made.version), "Location": f"/api/v1/rounds/{made.id}"}
        return 201, views.round_shown(session, made), headers

    return once.answer(request, actor, body, create)


@router.get("/rounds/{round_id}", summary="Show a round", response_model=RoundOut, responses=problem_responses(404))
def show_round(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.view")]) -> JSONResponse:
    """Show one round."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        return with_etag(views.round_shown(session, round_), round_.version)


@router.patch(
    "/rounds/{round_id}",
    summary="Change a draft",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_round(
    request: Request,
    round_id: str,
    body: RoundPatch,
    actor: Annotated[Actor, requires("rounds.edit")],
    match: IfMatch,
) -> JSONResponse:
    """Change a round as long as it is not frozen."""
    return _changed(request, lambda session: service.edit_round(session, actor, round_id, body, match))


@router.post(
    "/rounds/{round_id}/freeze",
    summary="Freeze a round",
    response_model=RoundOut,
    responses=problem_responses(404, 409),
)
def freeze_round(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.freeze")]) -> JSONResponse:
    """Take the snapshot of needs, pool, money and policies as they stand, with its hash."""
    return _changed(request, lambda session: service.freeze(session, actor, round_id))


@router.post(
    "/rounds/{round_id}/reopen",
    summary="Take a frozen round back to draft",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 422),
)
def reopen_round(
    request: Request, round_id: str, body: ReasonIn, actor: Annotated[Actor, requires("rounds.reopen")]
) -> JSONResponse:
    """Mend needs, money or policies, then freeze again under a new seed."""
    return _changed(request, lambda session: service.reopen(session, actor, round_id, body))


@router.post(
    "/rounds/{round_id}/solve",
    status_code=202,
    summary="Solve a round",
    response_model=RoundOut,
    responses=problem_responses(404, 409),
)
def solve_round(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.solve")]) -> JSONResponse:
    """Put the solve into the queue; watch it at `/progress`."""
    return _changed(request, lambda session: service.request_solve(session, actor, round_id), status_code=202)


@router.post(
    "/rounds/{round_id}/cancel-solve",
    status_code=202,
    summary="Stop the solve",
    response_model=ProgressOut,
    responses=problem_responses(404, 409),
)
def cancel_solve(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.solve")]) -> ProgressOut:
    """Stop the solve within seconds; the best found so far is proposed where the round says so."""
    with transaction(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        if round_.job_id is None:
            raise NoJob
        modules = request.app.state.settings.task_modules
        return views.progress_of(cancel_job(session, actor, round_.job_id, task_modules=modules))


@router.get(
    "/rounds/{round_id}/progress",
    summary="Watch the solve",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events `progress` and at last `end`; or one JSON object with Accept: "
            "application/json",
            "content": {MEDIA_TYPE: {}, "application/json": {"schema": {"$ref": "#/components/schemas/ProgressOut"}}},
        },
        204: {"description": "The solve has ended, and its last event was received"},
        **problem_responses(404, 409),
    },
)
def watch_round(
    request: Request,
    round_id: str,
    actor: Annotated[Actor, requires("rounds.documents")],
    last_event_id: LastEventId = None,
) -> Response:
    """Stream the best value, the proven bound and the phase as server-sent events until the solve ends."""
    with reading(request) as session:
        job = queries.job(session, queries.round_of(session, actor, round_id))
    if job is None:
        raise NoJob
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(views.progress_of(job).model_dump(mode="json"))
    return stream(request, job, last_event_id, views.progress_of)


@router.get(
    "/rounds/{round_id}/snapshot",
    summary="Download the frozen problem",
    response_class=Response,
    responses={
        200: {"description": "The problem document, format 1, in canonical form", "content": {"application/json": {}}},
        **problem_responses(404, 409),
    },
)
def show_snapshot(request: Request, round_id: str, actor: Documents) -> Response:
    """Give the problem document that was frozen: `gotong solve` and `gotong verify` read it."""
    with reading(request) as session:
        found = queries.snapshot(session, queries.round_of(session, actor, round_id))
    if found is None:
        raise NoSnapshot
    return Response(gzip.decompress(found.document), media_type="application/json")


@router.get(
    "/rounds/{round_id}/solution",
    summary="Download the solution",
    response_class=Response,
    responses={
        200: {"description": "The solution document, format 1", "content": {"application/json": {}}},
        **problem_responses(404, 409),
    },
)
def show_solution(request: Request, round_id: str, actor: Documents) -> Response:
    """Give the solution document of the present result."""
    with reading(request) as session:
        found = _result(session, queries.round_of(session, actor, round_id))
    return Response(gzip.decompress(found.document), media_type="application/json")


@router.get("/rounds/{round_id}/results", summary="List a round's results", responses=problem_responses(404, 422))
def list_results(
    request: Request, round_id: str, query: Annotated[ResultQuery, Query()], actor: Documents
) -> Page[ResultRow]:
    """List every result that the round ever had; a new solve overwrites none."""
    with reading(request) as session:
        statement = queries.results_of(queries.round_of(session, actor, round_id))
        return page_of(session, statement, query, sorts={"number": Result.number}, key=Result.id, shown=ResultRow.of)


@router.get("/rounds/{round_id}/result", summary="Show the result", responses=problem_responses(404, 409))
def show_result(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.result")]) -> ResultOut:
    """Show what the last solve gave: filled and asked, tiers with proven bounds, what is empty and who is unplaced, and why."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        return views.result_of(session, actor, round_, _result(session, round_))


@router.get("/rounds/{round_id}/placements", summary="List placements", responses=problem_responses(404, 409, 422))
def list_placements(
    request: Request,
    round_id: str,
    query: Annotated[PlacementQuery, Query()],
    actor: Annotated[Actor, requires("rounds.result")],
) -> Page[PlacementOut]:
    """List the placements of the present result, as far as you may see them."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        found = _result(session, round_)
        statement = queries.placements_visible_to(actor).where(Placement.result_id == found.id)
        return _page(session, actor, filtered(statement, query, FILTERS), query)


@router.post(
    "/rounds/{round_id}/approve",
    summary="Approve the result",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 422),
)
def approve_round(
    request: Request, round_id: str, body: ApprovalIn, actor: Annotated[Actor, requires("rounds.approve")]
) -> JSONResponse:
    """Approve the whole as the second person, or the part of your region as its officer."""
    return _changed(request, lambda session: decisions.approve(session, actor, round_id, body))


@router.post(
    "/rounds/{round_id}/refuse",
    summary="Refuse the result",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 422),
)
def refuse_round(
    request: Request, round_id: str, body: ReasonIn, actor: Annotated[Actor, requires("rounds.refuse")]
) -> JSONResponse:
    """Refuse the whole, which goes back to frozen, or the part of your region."""
    return _changed(request, lambda session: decisions.refuse(session, actor, round_id, body))


@router.post(
    "/rounds/{round_id}/cancel",
    summary="Give a round up",
    response_model=RoundOut,
    responses=problem_responses(404, 409, 422),
)
def cancel_round(
    request: Request, round_id: str, body: ReasonIn, actor: Annotated[Actor, requires("rounds.cancel")]
) -> JSONResponse:
    """Give a round up before it is published."""
    return _changed(request, lambda session: service.cancel(session, actor, round_id, body))


@router.get("/placements/mine", summary="Show your own placement", responses=problem_responses(404))
def my_placement(request: Request, actor: Annotated[Actor, requires("placements.mine")]) -> PlacementOut:
    """Show the placement that a published round has for you, with the school, the cost lines and who pays them."""
    with reading(request) as session:
        statement = queries.placements_visible_to(actor).order_by(Round.published_at.desc()).limit(1)
        found = visible_or_404(session.scalars(statement).first())
        return views.placements_shown(session, actor, [found])[0]


@router.get("/placements/funded", summary="List what your money pays", responses=problem_responses(422))
def funded_placements(
    request: Request, query: Annotated[PlacementQuery, Query()], actor: Annotated[Actor, requires("placements.funded")]
) -> Page[PlacementOut]:
    """List the published placements that your funds pay, in full or in part, without names."""
    with reading(request) as session:
        return _page(session, actor, filtered(queries.placements_visible_to(actor), query, FILTERS), query)


def _page(session: Session, actor: Actor, statement: Select[Placement], query: PlacementQuery) -> Page[PlacementOut]:
    shown = partial(views.placements_shown, session, actor)
    return page_together(session, statement, query, sorts=PLACEMENT_SORTS, key=Placement.id, shown=shown)


def _result(session: Session, round_: Round) -> Result:
    found = queries.result(session, round_)
    if found is None:
        raise NoResult
    return found


def _changed(request: Request, change: Callable[[Session], Round], *, status_code: int = 200) -> JSONResponse:
    with transaction(request) as session:
        round_ = change(session)
        session.flush()
        out = views.round_shown(session, round_)
    return with_etag(out, round_.version, status_code=status_code)
