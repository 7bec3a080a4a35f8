"""The pages of rounds: the list, one round with its next step, progress and result, and who goes where."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.paging import PageQuery, page_together
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import navigation, render
from app.core.validation import field_errors
from app.identity.actor import Actor
from app.identity.permissions import allows, requires
from app.jobs.service import cancel_job
from app.rounds import decisions, explaining, queries, round_page, service, showing, steps, views
from app.rounds.errors import NoJob, NoResult
from app.rounds.models import Placement, Round
from app.rounds.schemas import ApprovalIn, ReasonIn, RoundIn

router = APIRouter(include_in_schema=False)
navigation("/rounds", mark("Rounds"), {"manager", "auditor", "officer"}, group="placing")
navigation("/rounds", mark("My placement"), {"applicant"})
navigation("/rounds", mark("What we fund"), {"sponsor"})

ON_A_PAGE: Final = 30
PLACEMENTS_ON_A_PAGE: Final = 100
DEFAULT_WORK: Final = 300
TOLD_ON_THE_PAGE: Final = frozenset({403, 409, 422})
Cursor = Annotated[str | None, Query(max_length=1000)]
Written = Annotated[str, Form(max_length=500)]
Change = Callable[[Session], object]


class Shown(Protocol):
    """Returns a page of a round, with what went wrong on top where something did."""

    def __call__(self, request: Request, actor: Actor, round_id: str, /, *, problem: Problem | None = None) -> Response:
        """Return the page."""
        ...


class RoundForm(BaseModel):
    """The form of a new round, as it was sent; a box that is not ticked is not sent."""

    name: str = ""
    cohort: str = ""
    work: str = str(DEFAULT_WORK)
    regions_approve: bool = False
    keep_best: bool = False

    def body(self) -> RoundIn:
        """Return the round that the form describes.

        Raises:
            ValidationError: With every wrong value.
        """
        plain = self.work.isascii() and self.work.isdigit() and len(self.work) < 10
        return RoundIn.model_validate(
            {
                "cohort_id": self.cohort,
                "name": self.name.strip(),
                "time_limit_seconds": int(self.work) if plain else self.work,
                "regions_approve": self.regions_approve,
                "keep_best": self.keep_best,
            }
        )


@router.get("/rounds")
def rounds_page(
    request: Request, actor: Annotated[Actor, requires("rounds.view")], cursor: Cursor = None
) -> HTMLResponse:
    """List the rounds that the person may see, the newest first; a manager can make one here."""
    return _list(request, actor, cursor)


@router.post("/rounds")
def create_round_page(
    request: Request, filled: Annotated[RoundForm, Form()], actor: Annotated[Actor, requires("rounds.create")]
) -> Response:
    """Make a round in draft that opens every need which is ready."""
    try:
        body = filled.body()
        with transaction(request) as session:
            key = service.create_round(session, actor, body).id
    except ValidationError as refused:
        return _list(request, actor, None, filled=filled, problem=Invalid(errors=field_errors(_placed(refused))))
    except (Conflict, Invalid) as problem:
        return _list(request, actor, None, filled=filled, problem=problem)
    return RedirectResponse(f"/rounds/{key}", 303)


@router.get("/rounds/{round_id}")
def round_page_(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.view")]) -> HTMLResponse:
    """Show one round as far as the person may see it, with what can be done next."""
    return show_round(request, actor, round_id)


@router.get("/rounds/{round_id}/placements")
def placements_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.result")], cursor: Cursor = None
) -> HTMLResponse:
    """List who goes where, one page at a time."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        if round_.result_id is None:
            raise NoResult
        mine = queries.placements_visible_to(actor).where(Placement.result_id == round_.result_id)
        page = page_together(
            session,
            mine,
            PageQuery(limit=PLACEMENTS_ON_A_PAGE, cursor=cursor, sort="id"),
            sorts={"id": Placement.id},
            key=Placement.id,
            shown=partial(views.placements_shown, session, actor),
        )
        return render(
            request,
            "rounds/placements.html",
            round=views.round_shown(session, round_),
            placements=page.items,
            post_words=showing.post_words,
            explained=queries.sees_all(actor),
            more=None if page.next is None else urlencode({"cursor": page.next}),
        )


@router.post("/rounds/{round_id}/freeze")
def freeze_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.freeze")]) -> Response:
    """Freeze the round."""
    return act(request, actor, round_id, lambda session: service.freeze(session, actor, round_id))


@router.post("/rounds/{round_id}/solve")
def solve_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.solve")]) -> Response:
    """Ask for the solve."""
    return act(request, actor, round_id, lambda session: service.request_solve(session, actor, round_id))


@router.post("/rounds/{round_id}/stop")
def stop_page(request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.solve")]) -> Response:
    """Stop the solve: what was found so far is good enough, or nobody wants it any more."""

    def stop(session: Session) -> None:
        round_ = queries.round_of(session, actor, round_id)
        if round_.job_id is None:
            raise NoJob
        cancel_job(session, actor, round_.job_id, task_modules=request.app.state.settings.task_modules)

    return act(request, actor, round_id, stop)


@router.post("/rounds/{round_id}/approve")
def approve_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.approve")], reason: Written = ""
) -> Response:
    """Approve the whole, or an officer's part."""
    return act(
        request,
        actor,
        round_id,
        lambda session: decisions.approve(
            session, actor, round_id, ApprovalIn(reason=_reason(reason).reason if reason.strip() else None)
        ),
    )


@router.post("/rounds/{round_id}/refuse")
def refuse_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.refuse")], reason: Written = ""
) -> Response:
    """Refuse the whole, or an officer's part."""
    return act(request, actor, round_id, lambda session: decisions.refuse(session, actor, round_id, _reason(reason)))


@router.post("/rounds/{round_id}/reopen")
def reopen_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.reopen")], reason: Written = ""
) -> Response:
    """Take a frozen round back to draft."""
    return act(request, actor, round_id, lambda session: service.reopen(session, actor, round_id, _reason(reason)))


@router.post("/rounds/{round_id}/cancel")
def cancel_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.cancel")], reason: Written = ""
) -> Response:
    """Give the round up."""
    return act(request, actor, round_id, lambda session: service.cancel(session, actor, round_id, _reason(reason)))


def act(
    request: Request, actor: Actor, round_id: str, change: Change, *, page: str = "", shown: Shown | None = None
) -> Response:
    """Take a step and lead back to the round, or to a page of it; where it is not possible, show that with the reason on top."""
    try:
        with transaction(request) as session:
            change(session)
    except Problem as problem:
        if problem.status not in TOLD_ON_THE_PAGE:
            raise
        return (shown or show_round)(request, actor, round_id, problem=problem)
    return RedirectResponse(f"/rounds/{round_id}{page}", 303)


def show_round(request: Request, actor: Actor, round_id: str, *, problem: Problem | None = None) -> HTMLResponse:
    """Return the page of a round, with what went wrong on top where something did."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        return render(
            request,
            "rounds/show.html",
            problem=problem,
            **round_page.facts(session, actor, round_),
        )


def _list(
    request: Request,
    actor: Actor,
    cursor: str | None,
    *,
    filled: RoundForm | None = None,
    problem: Problem | None = None,
) -> HTMLResponse:
    with reading(request) as session:
        page = page_together(
            session,
            queries.visible_to(actor),
            PageQuery(limit=ON_A_PAGE, cursor=cursor, sort="-created"),
            sorts={"created": Round.created_at},
            key=Round.id,
            shown=partial(views.rounds_shown, session),
        )
        may_create = allows(actor, "rounds.create")
        return render(
            request,
            "rounds/list.html",
            problem=problem,
            rounds=page.items,
            states=steps.STATES,
            more=None if page.next is None else urlencode({"cursor": page.next}),
            cohorts=queries.cohorts(session) if may_create else [],
            may_create=may_create,
            left_out=actor.role == "applicant" and explaining.own_result(session, actor) is not None,
            filled=filled or RoundForm(keep_best=True),
        )


def _reason(text: str) -> ReasonIn:
    """Return the reason as the service takes it.

    Raises:
        Invalid: Where it is too short to be one.
    """
    try:
        return ReasonIn(reason=text.strip())
    except ValidationError as refused:
        raise Invalid(errors=field_errors(_placed(refused))) from refused


def _placed(refused: ValidationError) -> list[dict[str, Any]]:
    return [{**finding, "loc": ("body", *finding["loc"])} for finding in refused.errors()]
