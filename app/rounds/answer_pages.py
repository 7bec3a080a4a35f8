"""The pages of what is asked about a round after the solve."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from app.applicants.forms import checked
from app.core.access import visible_or_404
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.problems import Conflict, Problem
from app.core.templating import render
from app.identity.actor import Actor
from app.identity.permissions import allows, requires
from app.jobs.lifecycle import ENDED
from app.rounds import curve, explaining, fairness, queries, showing, subjects, waitlists, words
from app.rounds.answer_schemas import AnswerState, QuestionIn
from app.rounds.fairness_schemas import FairnessIn, Over
from app.rounds.models import Snapshot
from app.rounds.waitlist_schemas import WaitlistIn

router = APIRouter(include_in_schema=False)

POSTS_ON_A_PAGE: Final = 50
CHANCES: Final = (50, 80, 90, 95, 99)
OVER_WORDS: Final[dict[Over, str]] = {
    "regions": mark("Between regions"),
    "gender": mark("Between women and men"),
    "experience": mark("For people who served before"),
    "health": mark("For people who need regular care"),
}
Documents = Annotated[Actor, requires("rounds.documents")]
Asking = Annotated[Actor, requires("rounds.ask")]

OWN: Final = "/why"
Asked = Annotated[str, Query(max_length=200)]


class QuestionForm(BaseModel):
    """A question as a page sends it; what is not asked about is empty or left out."""

    volunteer: str = ""
    post: str = ""
    fund: str = ""
    agreement: str = ""
    policy: str = ""
    deep: bool = False

    def body(self) -> QuestionIn:
        """Return the question.

        Raises:
            Invalid: With every value that cannot be one.
        """
        named = {name: text.strip() for name, text in self.model_dump(exclude={"deep"}).items() if text.strip()}
        return checked(QuestionIn, {**named, "deep": self.deep})


@router.get("/rounds/{round_id}/why")
def why_page(
    request: Request,
    round_id: str,
    filled: Annotated[QuestionForm, Query()],
    actor: Annotated[Actor, requires("rounds.explain")],
) -> Response:
    """Show why, as far as the person may know it; without a question, lead to the round."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        asked = filled.body()
        if not asked.named():
            return RedirectResponse(f"/rounds/{round_id}", 303)
        found = explaining.explanation(session, actor, round_id, asked)
        snapshot = session.get_one(Snapshot, round_.snapshot_id)
        may_ask = allows(actor, "rounds.ask", round_)
        return render(
            request,
            "rounds/why.html",
            round=round_,
            found=found,
            subject=subjects.subject(session, actor, snapshot.names, found.question),
            posts=subjects.posts(snapshot.names) if may_ask and "volunteer" in found.question else [],
            running=is_running(found.work),
            may_ask=may_ask and subjects.tells_more(found),
        )


@router.post("/rounds/{round_id}/why")
def ask_why_page(
    request: Request,
    round_id: str,
    filled: Annotated[QuestionForm, Form()],
    actor: Asking,
) -> Response:
    """Have the other outcome worked out, and lead back to the question."""
    asked = filled.body()
    with transaction(request) as session:
        explaining.ask(session, actor, round_id, asked)
    return RedirectResponse(f"/rounds/{round_id}/why?{urlencode(asked.named())}", 303)


@router.get(OWN)
def own_why_page(
    request: Request, actor: Annotated[Actor, requires("placements.explain")], post: Asked = ""
) -> HTMLResponse:
    """Show a person why the newest published round decided so about the own application."""
    with reading(request) as session:
        _, round_, result = visible_or_404(explaining.own_result(session, actor))
        names = session.get_one(Snapshot, result.snapshot_id).names
        found = explaining.own_explanation(session, actor, post.strip() or None)
        return render(
            request,
            "rounds/own_why.html",
            round=round_,
            found=found,
            asked=names["posts"].get(found.question.get("post")),
            posts=subjects.posts(names, wished=subjects.wishes(session, actor)),
            subjects=subjects,
        )


@router.get("/rounds/{round_id}/waitlists")
def waitlists_page(
    request: Request, round_id: str, actor: Documents, after: Annotated[int, Query(ge=0, le=1_000_000)] = 0
) -> HTMLResponse:
    """Show who steps in at each post, some posts at a time."""
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        found = waitlists.shown(session, actor, round_id)
        posts = [] if found.plan is None else found.plan.posts
        here = posts[after : after + POSTS_ON_A_PAGE]
        people = {one.applicant for post in here for one in post.waitlist}
        further = [] if found.plan is None else found.plan.further
        return render(
            request,
            "rounds/waitlists.html",
            round=round_,
            found=found,
            posts=here,
            more=after + POSTS_ON_A_PAGE if len(posts) > after + POSTS_ON_A_PAGE else None,
            people=queries.names_of_people(session, people | {one.applicant for one in further}),
            places={one.need: one.place for one in posts},
            agreements=subjects.agreements(session, round_),
            goals=[words.goal(tier) for tier in round_.objective],
            chances=CHANCES,
            running=is_running(found.work),
            may_ask=allows(actor, "rounds.ask", round_),
        )


@router.post("/rounds/{round_id}/waitlists")
def ask_waitlists_page(
    request: Request, round_id: str, actor: Asking, certain: Annotated[str, Form(max_length=3)] = "95"
) -> Response:
    """Have the waitlists worked out, and lead back to them."""
    body = checked(WaitlistIn, {"certain": int(certain) if certain.isdecimal() else certain})
    with transaction(request) as session:
        waitlists.ask(session, actor, round_id, body)
    return RedirectResponse(f"/rounds/{round_id}/waitlists", 303)


@router.get("/rounds/{round_id}/fairness")
def fairness_page(request: Request, round_id: str, actor: Documents, over: Over = "regions") -> HTMLResponse:
    """Show how groups fared, and the price of fairness as a curve with its table."""
    return _fairness(request, actor, round_id, over)


@router.post("/rounds/{round_id}/fairness")
def ask_fairness_page(
    request: Request, round_id: str, actor: Asking, over: Annotated[str, Form(max_length=20)] = "regions"
) -> Response:
    """Have a curve worked out, and lead back to it."""
    body = checked(FairnessIn, {"over": over})
    try:
        with transaction(request) as session:
            fairness.ask(session, actor, round_id, body)
    except Conflict as problem:
        return _fairness(request, actor, round_id, body.over, problem=problem)
    return RedirectResponse(f"/rounds/{round_id}/fairness?over={body.over}", 303)


def _fairness(
    request: Request, actor: Actor, round_id: str, over: Over, *, problem: Problem | None = None
) -> HTMLResponse:
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        found = fairness.shown(session, actor, round_id, over)
        return render(
            request,
            "rounds/fairness.html",
            problem=problem,
            round=round_,
            found=found,
            over=over,
            over_words=OVER_WORDS,
            showing=showing,
            drawn=None if found.curve is None else curve.drawn(found.curve.points),
            goals=[words.goal(tier) for tier in round_.objective],
            running=is_running(found.work),
            may_ask=allows(actor, "rounds.ask", round_),
        )


def is_running(work: AnswerState) -> bool:
    """Tell whether a worker is at it, so that the page looks again by itself."""
    return work.state is not None and work.state not in ENDED
