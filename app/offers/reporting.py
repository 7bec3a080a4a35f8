"""What came of a round's offers, told once an hour to those who wait for it.

Programme managers hear of every answer; officers who is coming to their region; sponsors how many places that their money pays
were taken, and nobody's name. An answer is reported once: `reported_at` is written in the transaction that writes the mails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.database import for_update
from app.geography.queries import lies_within
from app.identity.models import User
from app.identity.queries import active_users
from app.jobs import queue
from app.notifications.outbox import notify_all
from app.offers import queries
from app.offers.models import Offer
from app.offers.telling import paying_organisations
from app.rounds import queries as rounds
from app.rounds.models import Round

KIND: Final = "offers.report"
GRACE: Final = dt.timedelta(minutes=5)
LISTED: Final = 20
"""So many people are named in a mail; of more it gives the number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, with what is needed to know whom it concerns."""

    state: str
    name: str
    school: str
    region: str
    region_code: str
    paid_by: frozenset[str]


def schedule(session: Session, round_id: str) -> None:
    """Queue the report of an answer given just now; it comes after the full hour, with the others of that hour."""
    now = clock.now()
    # The grace lets transactions end that began in the hour, so that an hour's report misses none of it.
    due = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1) + GRACE
    queue.enqueue(session, KIND, {"round_id": round_id}, key=f"{KIND}:{round_id}:{now:%Y%m%dT%H}", run_after=due)


def report_due(session: Session, round_id: str) -> int:
    """Write the mails about a round's answers that nobody has heard of yet; return how many answers these are."""
    waiting = select(Offer).where(queries.came_of_round(round_id), Offer.state != "sent", Offer.reported_at.is_(None))
    offers = session.scalars(for_update(waiting.order_by(Offer.id)).execution_options(populate_existing=True)).all()
    if not offers:
        return 0
    now = clock.now()
    for offer in offers:
        offer.reported_at = now
    session.flush()
    round_ = session.get_one(Round, round_id)
    answers = _answers(session, offers)
    notify_all(session, "offers/report", _mails(session, round_, answers))
    return len(answers)


def _answers(session: Session, offers: Sequence[Offer]) -> list[Answer]:
    keys = [offer.placement_id for offer in offers]
    rows, paying = rounds.details(session, keys), paying_organisations(session, keys)
    return [
        Answer(
            state=offer.state,
            name=row.name,
            school=row.school,
            region=row.region,
            region_code=row.region_code,
            paid_by=frozenset(paying[offer.placement_id]),
        )
        for offer in offers
        for row in (rows[offer.placement_id],)
    ]


def _mails(session: Session, round_: Round, answers: list[Answer]) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    for user in active_users(session, {"manager", "officer", "sponsor"}):
        mine = [one for one in answers if _concerns(user, one)]
        if mine:
            yield user.email, _facts(user, round_, mine), user.language


def _concerns(user: User, answer: Answer) -> bool:
    if user.role == "manager":
        return True
    if answer.state != "accepted":
        return False
    if user.role == "officer":
        return user.region_code is not None and lies_within(answer.region_code, user.region_code)
    return user.organisation_id in answer.paid_by


def _facts(user: User, round_: Round, mine: list[Answer]) -> dict[str, Any]:
    coming = [one for one in mine if one.state == "accepted"]
    named = [] if user.role == "sponsor" else coming[:LISTED]
    return {
        "name": user.name,
        "round": round_.name,
        "role": user.role,
        "counts": {state: sum(one.state == state for one in mine) for state in ("accepted", "declined", "expired")},
        "named": [{"name": one.name, "school": one.school, "region": one.region} for one in named],
        "more": len(coming) - len(named) if named else 0,
        "round_id": round_.id,
    }
