"""Reads of offers; each starts from what the actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import visible_or_404
from app.core.database import for_update
from app.identity.actor import Actor
from app.offers.models import Offer
from app.offers.permissions import SEES_ALL
from app.rounds.models import Placement, Result


def visible_to(actor: Actor) -> Select[Offer]:
    """Select the offers that `actor` may see: all, or those to the person."""
    if actor.role in SEES_ALL or actor.role == "system":
        return select(Offer)
    if actor.role != "applicant":
        return select(Offer).where(false())
    own = select(Placement.id).join(Applicant, Applicant.id == Placement.applicant_id)
    return select(Offer).where(Offer.placement_id.in_(own.where(Applicant.user_id == actor.id)))


def offer(session: Session, actor: Actor, offer_id: str, *, writing: bool = False) -> Offer:
    """Return one offer; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Offer.id == offer_id).execution_options(populate_existing=True)
    found: Offer | None = session.scalar(for_update(statement) if writing else statement)
    return visible_or_404(found)


def of_round(result_id: str) -> Select[Offer]:
    """Select the offers that came out of a result."""
    return select(Offer).where(Offer.placement_id.in_(select(Placement.id).where(Placement.result_id == result_id)))


def came_of_round(round_id: str) -> ColumnElement[bool]:
    """Match every offer that a round ever sent."""
    placements = select(Placement.id).join(Result, Result.id == Placement.result_id).where(Result.round_id == round_id)
    return Offer.placement_id.in_(placements)


def round_id_of(session: Session, offer: Offer) -> str:
    """Return the id of the round that sent an offer."""
    of = select(Result.round_id).join(Placement, Placement.result_id == Result.id)
    return session.scalars(of.where(Placement.id == offer.placement_id)).one()


def counted(session: Session, result_id: str) -> dict[str, int]:
    """Return how many offers that came out of a result are in each state."""
    rows = session.execute(
        select(Offer.state, func.count())
        .join(Placement, Placement.id == Offer.placement_id)
        .where(Placement.result_id == result_id)
        .group_by(Offer.state)
    )
    return dict(rows.all())
