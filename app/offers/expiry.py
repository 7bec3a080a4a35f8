"""Offers that nobody answered: when their deadline has passed, the seat and the money are free again, and so is the person.

A job is put into the queue for the deadline in the transaction that sends the offers (`schedule`), so there are both or
neither. It takes a few hundred offers at a time and queues itself again while some are left, also for those of the same round
that were sent later. It may run twice, or late, or a little early: it only looks at the deadlines that stand in the offers.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import for_update
from app.funding import ledger
from app.jobs import queue
from app.offers import queries, reporting
from app.offers.lifecycle import OFFER
from app.offers.models import Offer
from app.offers.telling import tell_offers
from app.rounds.models import Placement, PlacementLine

KIND: Final = "offers.expire"
AT_ONCE: Final = 200


def schedule(session: Session, round_id: str, deadline: dt.datetime) -> None:
    """Queue the end of a round's offers for their deadline; where one is queued already, that one finds them too."""
    # One second later, since an answer exactly at the deadline still counts.
    due = deadline + dt.timedelta(seconds=1)
    queue.enqueue(session, KIND, {"round_id": round_id}, key=f"{KIND}:{round_id}", run_after=due)


def expire_due(session: Session, round_id: str) -> list[Offer]:
    """Let the offers of a round whose deadline has passed run out, a few hundred at a time; return these."""
    now = clock.now()
    late = _unanswered(round_id).where(Offer.deadline < now).order_by(Offer.id).limit(AT_ONCE)
    offers = session.scalars(for_update(late).execution_options(populate_existing=True)).all()
    _lock(session, [offer.placement_id for offer in offers])
    for offer in offers:
        _expire(session, offer, now)
    session.flush()
    tell_offers(session, offers)
    if offers:
        reporting.schedule(session, round_id)
    left = _unanswered(round_id).subquery()
    following = session.scalar(select(func.min(left.c.deadline)))
    if following is not None:
        schedule(session, round_id, following)
    return list(offers)


def _unanswered(round_id: str) -> Select[Offer]:
    return select(Offer).where(Offer.state == "sent", queries.came_of_round(round_id))


def _lock(session: Session, placement_ids: list[str]) -> None:
    """Hold the people, then the funds, each in the order of their keys, as everybody does who holds several."""
    people = select(Placement.applicant_id).where(Placement.id.in_(placement_ids))
    held = select(Applicant).where(Applicant.id.in_(people)).order_by(Applicant.id)
    session.scalars(for_update(held).execution_options(populate_existing=True)).all()
    paying = select(PlacementLine.fund_id).where(PlacementLine.placement_id.in_(placement_ids)).distinct()
    ledger.lock(session, session.scalars(paying).all())


def _expire(session: Session, offer: Offer, now: dt.datetime) -> None:
    before = offer.state
    placement = session.get_one(Placement, offer.placement_id)
    person = session.get_one(Applicant, placement.applicant_id)
    offer.state, offer.answered_at = OFFER.move(before, "expire"), now
    offer.version += 1
    person.state = APPLICANT.move(person.state, "expire")
    person.version += 1
    freed = ledger.release_placement(session, SYSTEM, placement.id, reason="expire")
    record(
        session,
        SYSTEM,
        "offers.expire",
        "offer",
        offer.id,
        before={"state": before},
        after={"state": offer.state, "released": freed},
    )
