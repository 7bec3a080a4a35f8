"""What people and programs are told about offers, in the transaction in which it happens.

People get a mail; the programs of the organisations that pay get ids and states, never a person's name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.database import among
from app.funding.models import Fund
from app.identity.models import User
from app.notifications.outbox import notify_all
from app.notifications.webhooks import announce, announce_all
from app.offers.models import Offer
from app.rounds.models import Placement, PlacementLine, Round

# What became of an offer: the mail about it, where the person has not done it.
MAILS: Final = {"sent": "offers/sent", "accepted": "offers/accepted", "expired": "offers/expired"}


def tell_published(session: Session, round_: Round, offers: Sequence[Offer]) -> None:
    """Tell everybody who is offered a place, and every program, that a round is published."""
    announce(session, "rounds.published", {"round_id": round_.id, "offers": len(offers)})
    tell_offers(session, offers)


def tell_offers(session: Session, offers: Sequence[Offer]) -> None:
    """Tell what became of offers; all are in one state."""
    if not offers:
        return
    state = offers[0].state
    if state in MAILS:
        mail_people(session, MAILS[state], offers, expires=state == "sent")
    announce_all(session, f"offers.{state}", _events(session, offers))


def mail_people(session: Session, template: str, offers: Sequence[Offer], *, expires: bool) -> None:
    """Write a mail to each person who holds one of the offers; one that `expires` is of no use after the last deadline."""
    if not offers:
        return
    people = _people(session, [offer.placement_id for offer in offers])
    mails = (
        (email, {"name": name, "deadline": offer.deadline}, language)
        for offer in offers
        for email, name, language in (people[offer.placement_id],)
    )
    notify_all(session, template, mails, useful_until=max(offer.deadline for offer in offers) if expires else None)


def _events(session: Session, offers: Sequence[Offer]) -> Iterator[tuple[dict[str, str], set[str]]]:
    # Begins to ask who pays only where a program listens.
    paying = paying_organisations(session, [offer.placement_id for offer in offers])
    for offer in offers:
        yield {"offer_id": offer.id, "state": offer.state}, paying[offer.placement_id]


def _people(session: Session, placements: Sequence[str]) -> dict[str, tuple[str, str, str | None]]:
    statement = (
        select(Placement.id, Applicant.email, Applicant.name, User.language)
        .join(Applicant, Applicant.id == Placement.applicant_id)
        .outerjoin(User, User.id == Applicant.user_id)
        .where(among(Placement.id, placements))
    )
    return {key: (email, name, language) for key, email, name, language in session.execute(statement)}


def paying_organisations(session: Session, placements: Sequence[str]) -> defaultdict[str, set[str]]:
    """Return for each placement the ids of the organisations whose funds pay a line of it."""
    statement = (
        select(PlacementLine.placement_id, Fund.organisation_id)
        .join(Fund, Fund.id == PlacementLine.fund_id)
        .where(among(PlacementLine.placement_id, placements))
        .distinct()
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for placement, organisation in session.execute(statement):
        found[placement].add(organisation)
    return found
