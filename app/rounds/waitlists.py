"""Who steps in at each post when somebody declines, and how full the round will be, from everybody's chance to accept."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from app.identity.actor import Actor
from app.identity.permissions import require
from app.rounds import answers, queries, subjects, words
from app.rounds.answers import Document, Task
from app.rounds.models import Round, RoundAnswer
from app.rounds.waitlist_schemas import (
    BrokenShare,
    DrawnOut,
    FillOut,
    FurtherOffer,
    PlanOut,
    PostList,
    StepInOut,
    WaitlistIn,
    WaitlistsOut,
)
from optimizer.dropouts.plan import Plan

KIND: Final = "waitlist"


def shown(session: Session, actor: Actor, round_id: str, need: str | None = None) -> WaitlistsOut:
    """Return the waitlists of a round's present result that were worked out last; of one need where it is named.

    Raises:
        NotFound: Where there is no such round.
        NoResult: Where nothing was placed yet.
    """
    round_ = queries.round_of(session, actor, round_id)
    snapshot, result = answers.solved(session, round_)
    return _told(session, answers.newest(session, snapshot, KIND, result), snapshot.names, need)


def ask(session: Session, actor: Actor, round_id: str, body: WaitlistIn) -> WaitlistsOut:
    """Have the waitlists of the present result worked out.

    Raises:
        NotFound: Where there is no such round.
        NoResult: Where nothing was placed yet.
    """
    round_: Round = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.ask", round_)
    snapshot, result = answers.solved(session, round_)
    row = answers.ask(session, actor, round_, KIND, body.model_dump(), snapshot=snapshot, result=result)
    return _told(session, row, snapshot.names, None)


def work_out(task: Task) -> Document:
    """Rank who steps in at each post, and count how full the round will be."""
    asked = task.asked
    plan = Plan(task.problem, task.solution, risk=asked["risk"] / 100)
    return plan.document(certain=asked["certain"] / 100, drawn=plan.draws(asked["draws"], task.seed))


def _told(session: Session, row: RoundAnswer | None, names: words.Names, need: str | None) -> WaitlistsOut:
    document = answers.document_of(row)
    return WaitlistsOut(
        asked=None if row is None else WaitlistIn.model_validate(row.asked),
        plan=None if document is None else _plan(document, names, need),
        work=answers.state_of(session, row),
    )


def _plan(document: Document, names: words.Names, need: str | None) -> PlanOut:
    booked = document["overbooked"]
    return PlanOut(
        offers=document["offers"],
        fill=FillOut(**document["fill"]),
        further=[
            FurtherOffer(applicant=one["volunteer"], need=one["post"], agreement=one["agreement"], chance=one["chance"])
            for one in booked["offers"]
        ],
        risk=booked["risk"],
        further_fill=FillOut(expected=booked["expected"], reached=booked["reached"]),
        drawn=None if "drawn" not in document else _drawn(document["drawn"], names),
        posts=[_post(one, names) for one in document["posts"] if need in {None, one["post"]}],
    )


def _drawn(found: dict[str, Any], names: words.Names) -> DrawnOut:
    broken = [
        BrokenShare(
            kind=one["kind"],
            code=one["id"],
            name=subjects.called(names, one["kind"], one["id"]),
            share=one["share"],
        )
        for one in found["broken"]
    ]
    return DrawnOut(draws=found["draws"], kept=found["kept"], filled=found["filled"], broken=broken)


def _post(one: dict[str, Any], names: words.Names) -> PostList:
    return PostList(
        need=one["post"],
        place=subjects.place(names, one["post"]),
        offers=one["offers"],
        fill=FillOut(**one["fill"]),
        waitlist=[
            StepInOut(
                rank=rank,
                applicant=step["volunteer"],
                agreement=step["agreement"],
                chance=step["chance"],
                gains=step["gains"],
                mends=step["mends"],
            )
            for rank, step in enumerate(one["waitlist"], start=1)
        ],
    )
