"""Chance between placements that are equally good: everybody's chances before the draw, then the draw with a public value.

The lottery is about the frozen problem. Its digest, and which public value will draw, are told before that value is known; then it is
drawn once, and the placement that was drawn becomes the round's result, to be approved like any other.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core.i18n import gettext
from app.identity.actor import Actor
from app.identity.permissions import require
from app.rounds import answers, fairness, queries, words
from app.rounds.answers import Document, Task
from app.rounds.errors import AlreadyDrawn, NoLottery, NoSuchGoal
from app.rounds.lifecycle import ROUND
from app.rounds.lottery_schemas import (
    ChancesOut,
    DrawIn,
    DrawOut,
    LevelOut,
    LotteryIn,
    LotteryOut,
    ShareOut,
)
from app.rounds.models import Snapshot
from app.rounds.moving import take
from app.rounds.showing import GROUPS
from optimizer import Limits, digest
from optimizer.lottery.chances import fair_chances
from optimizer.lottery.drawing import draw

KIND: Final = "lottery"
DRAW: Final = "draw"
WORK: Final = 30.0
"""At most so much for each of the many solves, as in the shell."""
NOBODY: Final = "nobody"


def shown(session: Session, actor: Actor, round_id: str) -> LotteryOut:
    """Return a round's lottery and its draw.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
    """
    snapshot = answers.frozen(session, queries.round_of(session, actor, round_id))
    return _told(session, snapshot)


def ask(session: Session, actor: Actor, round_id: str, body: LotteryIn) -> LotteryOut:
    """Have everybody's chances worked out.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
        NoSuchGoal: Where more goals are to count than there are.
        AlreadyDrawn: Once the round was drawn: nobody tries until the outcome pleases.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.ask", round_)
    snapshot = answers.frozen(session, round_)
    if answers.newest(session, snapshot, DRAW) is not None:
        raise AlreadyDrawn
    if body.tiers > len(round_.objective):
        raise NoSuchGoal(number=len(round_.objective))
    if body.first == "gender":
        fairness.tags_of(answers.unpacked(snapshot.document), body.first)
    answers.ask(session, actor, round_, KIND, body.model_dump(), snapshot=snapshot)
    return _told(session, snapshot)


def ask_draw(session: Session, actor: Actor, round_id: str, body: DrawIn) -> LotteryOut:
    """Have the newest lottery drawn, once; what is drawn becomes the round's result.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
        NoLottery: Where nobody's chances are known yet.
        AlreadyDrawn: Where it was drawn, with whatever value.
        IllegalMove: For a round that cannot get a result now.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.solve", round_)
    snapshot = answers.frozen(session, round_)
    lottery = answers.document_of(answers.newest(session, snapshot, KIND))
    if lottery is None:
        raise NoLottery
    asked = {"lottery": digest(lottery), "public": body.public}
    before = answers.newest(session, snapshot, DRAW)
    # The same draw may be asked for again where its job was lost; another value never.
    if before is not None and (before.document is not None or before.asked != asked):
        raise AlreadyDrawn
    ROUND.move(round_.state, "solve")
    row = answers.ask(session, actor, round_, DRAW, asked, snapshot=snapshot)
    values = {"job_id": row.job_id, "proposed_by": actor.id}
    take(session, actor, round_, "solve", values=values, after={"job_id": row.job_id, **asked})
    return _told(session, snapshot)


def document(session: Session, actor: Actor, round_id: str, kind: str) -> Document:
    """Return the lottery (`placement-lottery/1`) or the draw (`placement-draw/1`) as anybody can check it.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
        NoLottery: Where it is not worked out yet.
    """
    snapshot = answers.frozen(session, queries.round_of(session, actor, round_id))
    found = answers.document_of(answers.newest(session, snapshot, kind))
    if found is None:
        raise NoLottery
    return found


def work_out(task: Task) -> Document:
    """Work out the fairest lottery over the placements that are best on the goals that count."""
    asked = task.asked
    first = [] if asked["first"] == NOBODY else [fairness.tags_of(task.problem.document, asked["first"])]

    def told(solved: int, settled: int, kinds: int, _: Fraction) -> None:
        task.step({"phase": "solving", "solved": solved, "tier": settled + 1, "tiers": kinds})

    limits = Limits(work=min(task.limits.work or WORK, WORK))
    found = fair_chances(task.problem, tiers=asked["tiers"], first=first, seed=task.seed, limits=limits, told=told)
    return found.document


def work_out_draw(task: Task) -> Document:
    """Draw with the public value that was asked with."""
    if task.lottery is None or digest(task.lottery) != task.asked["lottery"]:
        raise NoLottery
    return draw(task.problem, task.lottery, task.asked["public"])


def _told(session: Session, snapshot: Snapshot) -> LotteryOut:
    row, drawn = answers.newest(session, snapshot, KIND), answers.newest(session, snapshot, DRAW)
    found, result = answers.document_of(row), answers.document_of(drawn)
    return LotteryOut(
        asked=None if row is None else LotteryIn.model_validate(row.asked),
        asked_at=None if row is None else row.created_at,
        chances=None if found is None else _chances(found, snapshot.names),
        work=answers.state_of(session, row),
        draw=None if result is None else _drawn(result),
        draw_work=answers.state_of(session, drawn),
    )


def _drawn(found: Document) -> DrawOut:
    placed = len(found["solution"]["placements"])
    return DrawOut(public=found["public"], seed=found["seed"], outcome=found["outcome"], placed=placed)


def _chances(found: Document, names: words.Names) -> ChancesOut:
    levels: dict[Fraction, list[str]] = {}
    for one in found["chances"]:
        levels.setdefault(Fraction(one["placed"]), []).append(one["volunteer"])
    return ChancesOut(
        digest=digest(found),
        exact=found["exact"],
        gap=found["gap"],
        outcomes=len(found["outcomes"]),
        levels=[
            LevelOut(chance=str(chance), percent=_percent(chance), people=people)
            for chance, people in sorted(levels.items())
        ],
        shares=[_share(one, names) for one in found["shares"]],
    )


def _share(one: dict[str, Any], names: words.Names) -> ShareOut:
    code = one["name"]
    group = one["of"] == "tag"
    name = gettext(GROUPS.get(code, code)) if group else words.name_of(names, "regions", code)
    share = Fraction(one["share"])
    return ShareOut(of=one["of"], code=code, name=name, share=str(share), percent=_percent(share))


def _percent(share: Fraction) -> float:
    return round(float(100 * share), 2)
