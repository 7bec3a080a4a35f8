"""A reminder for those who have not answered their offer, some days before its deadline, once."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.database import for_update
from app.jobs import queue
from app.offers import queries
from app.offers.models import Offer
from app.offers.telling import mail_people

KIND: Final = "offers.remind"
BEFORE: Final = dt.timedelta(days=3)
"""So long before the deadline people are reminded; of an offer that is open for less than twice of it, nobody is."""


def schedule(session: Session, round_id: str, deadline: dt.datetime) -> None:
    """Queue the reminder of offers of a round that were sent just now; those of one hour share one."""
    if deadline - clock.now() < 2 * BEFORE:
        return
    # The full hour after the deadline, so that none of those that share it comes too early to be found.
    due = deadline.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1) - BEFORE
    key = f"{KIND}:{round_id}:{due:%Y%m%dT%H}"
    queue.enqueue(session, KIND, {"round_id": round_id}, key=key, run_after=due)


def remind_due(session: Session, round_id: str) -> int:
    """Remind everybody of a round who has an open offer whose deadline is near, and was not reminded; return how many."""
    now = clock.now()
    waiting = (
        select(Offer)
        .where(queries.came_of_round(round_id), Offer.state == "sent", Offer.reminded_at.is_(None))
        .where(Offer.deadline > now, Offer.deadline <= now + BEFORE, Offer.sent_at < now - BEFORE)
        .order_by(Offer.id)
    )
    offers = session.scalars(for_update(waiting).execution_options(populate_existing=True)).all()
    for offer in offers:
        offer.reminded_at = now
    session.flush()
    mail_people(session, "offers/reminder", offers, expires=True)
    return len(offers)
