"""How groups and regions fared, and what it costs that none of them falls below a floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from app.identity.actor import Actor
from app.identity.permissions import require
from app.rounds import answers, queries, views
from app.rounds.answers import Document, Task
from app.rounds.choice_schemas import TierValue
from app.rounds.errors import NoSuchGroup
from app.rounds.fairness_schemas import CurveOut, FairnessIn, FairnessOut, Over, PointOut
from app.rounds.models import Round, RoundAnswer
from app.rounds.showing import GROUPS
from optimizer.fairness.curve import Curve, price_of_fairness
from optimizer.lottery.claims import REGIONS, TAGS

KIND: Final = "fairness"
WHOLE: Final = 1000


def shown(session: Session, actor: Actor, round_id: str, over: Over) -> FairnessOut:
    """Return how a round's present result treats groups and regions, and the curve that was worked out last over something.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
    """
    round_ = queries.round_of(session, actor, round_id)
    rows = answers.every(session, answers.frozen(session, round_), KIND)
    row = next((one for one in rows if one.asked["over"] == over), None)
    return _told(session, actor, round_, row)


def ask(session: Session, actor: Actor, round_id: str, body: FairnessIn) -> FairnessOut:
    """Have a curve worked out.

    Raises:
        NotFound: Where there is no such round.
        NoSnapshot: Where it is not frozen.
        NoSuchGroup: Where nobody in the pool belongs to the groups asked about.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.ask", round_)
    snapshot = answers.frozen(session, round_)
    tags_of(answers.unpacked(snapshot.document), body.over)
    row = answers.ask(session, actor, round_, KIND, body.model_dump(), snapshot=snapshot)
    return _told(session, actor, round_, row)


def work_out(task: Task) -> Document:
    """Work out the curve: each floor is a problem of its own."""
    over = tags_of(task.problem.document, task.asked["over"])
    curve = price_of_fairness(task.problem, over, steps=task.asked["steps"], seed=task.seed, limits=task.limits)
    return {"over": over, "points": _points(curve), "impossible": curve.impossible}


def tags_of(problem: Mapping[str, Any], over: str) -> str:
    """Return what the optimizer calls the regions or groups.

    Raises:
        NoSuchGroup: Where nobody belongs to any of the groups.
    """
    if over == REGIONS:
        return REGIONS
    known = {tag for person in problem["volunteers"] for tag in person.get("tags") or ()}
    tags = [tag for tag in GROUPS if tag.startswith(f"{over}:") and tag in known]
    if not tags:
        raise NoSuchGroup
    return TAGS + ",".join(tags)


def _points(curve: Curve) -> list[Document]:
    free = curve.points[0]
    return [
        {
            "floor": one.floor,
            "least": one.least,
            "price": one.price(free, 0),
            "proven": one.status == "optimal",
            "tiers": [{"value": value, "bound": bound} for value, bound in one.tiers],
        }
        for one in curve.points
    ]


def _told(session: Session, actor: Actor, round_: Round, row: RoundAnswer | None) -> FairnessOut:
    result = queries.result(session, round_)
    seen = None if result is None else views.result_of(session, actor, round_, result)
    document = answers.document_of(row)
    return FairnessOut(
        groups=[] if seen is None else seen.groups,
        regions=[] if seen is None else seen.regions,
        asked=None if row is None else FairnessIn.model_validate(row.asked),
        curve=None if document is None else _curve(document),
        work=answers.state_of(session, row),
    )


def _curve(document: Document) -> CurveOut:
    return CurveOut(
        points=[
            PointOut(
                floor=one["floor"] / WHOLE,
                least=None if one["least"] is None else one["least"] / WHOLE,
                price=one["price"],
                proven=one["proven"],
                tiers=[TierValue(**tier) for tier in one["tiers"]],
            )
            for one in document["points"]
        ],
        impossible=None if document["impossible"] is None else document["impossible"] / WHOLE,
    )
