"""From an approved round to offers with reserved money, and what people answer.

Publishing is one transaction: every offer, every reservation and every change of state, or none. An acceptance commits the
money and opens a deployment; a decline gives it back and the person returns to the pool.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.database import among
from app.core.i18n import moment
from app.deployments.lifecycle import DEPLOYMENT
from app.deployments.models import Deployment
from app.deployments.months import today
from app.funding import ledger
from app.identity.actor import Actor
from app.identity.permissions import require
from app.offers import checking, expiry, queries, reminding, replacing, reporting, telling
from app.offers.errors import DeadlinePassed
from app.offers.lifecycle import OFFER
from app.offers.models import Offer
from app.offers.schemas import DeclineIn
from app.rounds import queries as rounds
from app.rounds.errors import NoResult, PoolChanged
from app.rounds.lifecycle import ROUND
from app.rounds.models import Placement, PlacementLine, Round
from app.rounds.moving import take
from app.schools.lifecycle import NEED
from app.schools.models import Need


def publish(session: Session, actor: Actor, round_id: str, *, open_for: dt.timedelta) -> Round:
    """Offer every placement of the approved result for the time `open_for`, and reserve the money of all.

    Raises:
        IllegalMove: For a round that is not approved.
        PoolChanged: Naming who has left the pool since the round was frozen.
        NotEnoughMoney, FundNotConfirmed: Where another round has used the money meanwhile; nothing was published.
    """
    round_ = rounds.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.publish", round_)
    ROUND.move(round_.state, "publish")
    if round_.result_id is None:
        raise NoResult
    placements = list(session.scalars(select(Placement).where(Placement.result_id == round_.result_id)))
    _offer_people(session, placements)
    lines = session.scalars(select(PlacementLine).where(among(PlacementLine.placement_id, [p.id for p in placements])))
    moves = [ledger.reservation(one.fund_id, one.amount, one.line, one.placement_id) for one in lines]
    ledger.move_all(session, actor, moves, reason="publish")
    now = clock.now()
    offers = [
        Offer(placement_id=one.id, state=OFFER.initial, sent_at=now, deadline=now + open_for, version=1)
        for one in placements
    ]
    session.add_all(offers)
    expiry.schedule(session, round_.id, now + open_for)
    reminding.schedule(session, round_.id, now + open_for)
    checking.schedule(session)
    facts = {"offers": len(placements), "reserved": sum(one.amount for one in moves)}
    published = take(session, actor, round_, "publish", values={"published_at": now}, after=facts)
    telling.tell_published(session, published, offers)
    return published


def close(session: Session, actor: Actor, round_id: str) -> Round:
    """Close a published round: its offers stay what they are."""
    round_ = rounds.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.close", round_)
    return take(session, actor, round_, "close")


def accept(session: Session, actor: Actor, offer_id: str) -> Offer:
    """Accept an offer: its money is committed, the seat is taken and a deployment begins to be prepared.

    Raises:
        IllegalMove: For an offer that was answered.
        DeadlinePassed: After its deadline.
        NotEnoughMoney: Naming the funds, where money that was reserved has been taken away and is not there any more.
    """
    offer, placement, person = _answering(session, actor, offer_id, "accept")
    need = session.get_one(Need, placement.need_id, with_for_update=True)
    _answer(session, actor, offer, "accept", None)
    person.state = APPLICANT.move(person.state, "take")
    person.version += 1
    _bind_money(session, actor, placement.id)
    session.add(
        Deployment(
            offer_id=offer.id,
            placement_id=placement.id,
            applicant_id=person.id,
            need_id=need.id,
            # Somebody who steps in during the year serves from now on.
            starts_on=max(need.starts_on, min(today(), need.ends_on - dt.timedelta(days=1))),
            ends_on=need.ends_on,
            state=DEPLOYMENT.initial,
            created_at=clock.now(),
            version=1,
        )
    )
    session.flush()
    staying = Deployment.need_id == need.id, Deployment.state != "ended_early"
    taken = len(session.scalars(select(Deployment.id).where(*staying)).all())
    if taken >= need.headcount and need.state == "open":
        need.state = NEED.move(need.state, "fill")
        need.version += 1
    return offer


def decline(session: Session, actor: Actor, offer_id: str, body: DeclineIn) -> Offer:
    """Decline an offer: its money is free again, and the person is back in the pool.

    Raises:
        IllegalMove: For an offer that was answered.
        DeadlinePassed: After its deadline.
    """
    offer, placement, person = _answering(session, actor, offer_id, "decline")
    _answer(session, actor, offer, "decline", body.reason)
    person.state = APPLICANT.move(person.state, "decline")
    person.version += 1
    ledger.release_placement(session, actor, placement.id, reason="decline")
    session.flush()
    replacing.ask_by_itself(session, [offer])
    return offer


def _bind_money(session: Session, actor: Actor, placement_id: str) -> None:
    """Commit the whole cost of a placement, line by line: what is reserved, and again from its fund what is missing of it."""
    wanted = {
        (one.fund_id, one.line): one.amount
        for one in session.scalars(select(PlacementLine).where(PlacementLine.placement_id == placement_id))
    }
    ledger.lock(session, {fund for fund, _ in wanted})
    held: Counter[tuple[str, str]] = Counter()
    for one in ledger.standing(session, placement_id):
        held[one.fund_id, one.line or ""] += one.amount
    missing = [
        ledger.reservation(fund, amount - held[fund, line], line, placement_id)
        for (fund, line), amount in wanted.items()
        if amount > held[fund, line]
    ]
    ledger.move_all(session, actor, missing, reason="accept")
    ledger.commit_placement(session, actor, placement_id, reason="accept")


def _offer_people(session: Session, placements: list[Placement]) -> None:
    """Move every placed person from the pool to offered; the rows are locked in one order, so that two rounds do not deadlock."""
    wanted = among(Applicant.id, [one.applicant_id for one in placements])
    locked = select(Applicant).where(wanted).order_by(Applicant.id).with_for_update()
    people = session.scalars(locked.execution_options(populate_existing=True)).all()
    gone = sorted(person.code for person in people if person.state != "in_pool")
    if gone:
        raise PoolChanged(people=", ".join(gone), more={"people": gone})
    for person in people:
        person.state = APPLICANT.move(person.state, "offer")
        person.version += 1


def _answering(session: Session, actor: Actor, offer_id: str, action: str) -> tuple[Offer, Placement, Applicant]:
    offer = queries.offer(session, actor, offer_id, writing=True)
    require(actor, "offers.answer", offer)
    OFFER.move(offer.state, action)
    if clock.now() > offer.deadline:
        raise DeadlinePassed(deadline=moment(offer.deadline))
    placement = session.get_one(Placement, offer.placement_id)
    return offer, placement, session.get_one(Applicant, placement.applicant_id, with_for_update=True)


def _answer(session: Session, actor: Actor, offer: Offer, action: str, reason: str | None) -> None:
    before = offer.state
    offer.state, offer.answered_at, offer.reason = OFFER.move(before, action), clock.now(), reason
    offer.version += 1
    record(
        session,
        actor,
        f"offers.{action}",
        "offer",
        offer.id,
        reason=reason,
        before={"state": before},
        after={"state": offer.state},
    )
    telling.tell_offers(session, [offer])
    reporting.schedule(session, queries.round_id_of(session, offer))
