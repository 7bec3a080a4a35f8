"""The page of a round's lottery: everybody's chances before the draw, the draw, and how anybody checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.applicants.forms import checked
from app.core.database import reading
from app.core.i18n import mark
from app.core.problems import Problem
from app.core.templating import render
from app.identity.actor import Actor
from app.identity.permissions import allows, requires
from app.rounds import lottery, queries, words
from app.rounds.answer_pages import is_running
from app.rounds.lifecycle import ROUND
from app.rounds.lottery_schemas import Before, DrawIn, LevelOut, LotteryIn
from app.rounds.pages import act

router = APIRouter(include_in_schema=False)

PAGE: Final = "/lottery"
SHORT: Final = 9
NAMED: Final = 60
"""So many people of one chance are named; the document has all of them."""
FIRST_WORDS: Final[dict[Before, str]] = {
    "nobody": mark("everybody's own chance at once"),
    "regions": mark("first the seats filled in each region"),
    "gender": mark("first women and men"),
}


class LotteryForm(BaseModel):
    """The form of a lottery, as it was sent."""

    tiers: str = "1"
    first: str = "nobody"
    source: str = ""

    def body(self) -> LotteryIn:
        """Return the lottery that the form describes.

        Raises:
            Invalid: With every wrong value.
        """
        tiers = int(self.tiers) if self.tiers.isdecimal() and len(self.tiers) < 4 else self.tiers
        return checked(LotteryIn, {"tiers": tiers, "first": self.first, "source": self.source.strip()})


@router.get("/rounds/{round_id}/lottery")
def lottery_page(
    request: Request, round_id: str, actor: Annotated[Actor, requires("rounds.documents")]
) -> HTMLResponse:
    """Show the lottery and the draw, as far as they are."""
    return _shown(request, actor, round_id)


@router.post("/rounds/{round_id}/lottery")
def ask_lottery_page(
    request: Request,
    round_id: str,
    filled: Annotated[LotteryForm, Form()],
    actor: Annotated[Actor, requires("rounds.ask")],
) -> Response:
    """Have everybody's chances worked out."""
    return act(
        request,
        actor,
        round_id,
        lambda session: lottery.ask(session, actor, round_id, filled.body()),
        page=PAGE,
        shown=_shown,
    )


@router.post("/rounds/{round_id}/lottery/draw")
def draw_page(
    request: Request,
    round_id: str,
    actor: Annotated[Actor, requires("rounds.solve")],
    public: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Draw with the public value."""

    def drawn(session: Session) -> object:
        return lottery.ask_draw(session, actor, round_id, checked(DrawIn, {"public": public.strip()}))

    return act(request, actor, round_id, drawn, page=PAGE, shown=_shown)


@dataclass(slots=True)
class Row:
    """People whose chances look alike with two digits after the point; `fraction` is written where all of them have it."""

    percent: float
    fraction: str | None
    people: list[str]


def rows_of(levels: Sequence[LevelOut]) -> list[Row]:
    """Return the levels from the greatest chance down, those together that only rounding tells apart."""
    found: list[Row] = []
    for level in reversed(levels):
        if found and found[-1].percent == level.percent:
            found[-1].people += level.people
            found[-1].fraction = None
        else:
            short = level.chance if len(level.chance) <= SHORT else None
            found.append(Row(level.percent, short, list(level.people)))
    return found


def _shown(request: Request, actor: Actor, round_id: str, *, problem: Problem | None = None) -> HTMLResponse:
    with reading(request) as session:
        round_ = queries.round_of(session, actor, round_id)
        found = lottery.shown(session, actor, round_id)
        rows = [] if found.chances is None else rows_of(found.chances.levels)
        work = found.draw_work if found.draw_work.state is not None else found.work
        running = is_running(work)
        free = found.draw is None and not running
        return render(
            request,
            "rounds/lottery.html",
            problem=problem,
            round=round_,
            found=found,
            people=queries.names_of_people(session, [code for row in rows for code in row.people[:NAMED]]),
            rows=rows,
            named=NAMED,
            first_words=FIRST_WORDS,
            goals=[words.goal(tier) for tier in round_.objective],
            work=work,
            running=running,
            may_ask=free and allows(actor, "rounds.ask", round_),
            may_draw=free and allows(actor, "rounds.solve", round_) and "solve" in ROUND.possible(round_.state),
        )
