"""A seat that fell free finds somebody else: asked for, searched by a worker, taken with one action.

A few offers that are declined or run out ask by themselves; a drop-out's seat is asked for by the programme manager, who sees
it. Where many seats fall free at once, a second round that opens them is the better tool, so nobody is asked for then.

Taking an option writes the placement into the round's result beside the one that it replaces, reserves its money and sends the
offer, all in one transaction; so it is counted, audited and funded like any other.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Select, false, select, true
from sqlalchemy.orm import Session

from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM, visible_or_404
from app.core.database import for_update
from app.deployments.models import Deployment
from app.funding import ledger
from app.funding.models import Agreement, Fund
from app.identity.actor import Actor
from app.identity.permissions import require
from app.jobs import queue
from app.jobs.registry import JobEnd
from app.offers import expiry, queries, reminding
from app.offers.errors import NoSuchOption, PersonGone, SeatHeld
from app.offers.lifecycle import OFFER, REPLACEMENT
from app.offers.models import Offer, Replacement
from app.offers.permissions import SEES_ALL
from app.offers.telling import tell_offers
from app.rounds.models import Placement, PlacementLine, Round
from app.rounds.replacing import Option, Proposal
from app.rounds.vacancy import free_needs, round_of_placement
from app.schools.models import Need

KIND: Final = "offers.replace"
FEW: Final = 20
"""So many offers that run out at once still ask for replacements by themselves."""
OPEN_STATES: Final = ("asked", "proposed")


def visible_to(actor: Actor) -> Select[Replacement]:
    """Select the replacements that `actor` may see: the programme all, others none."""
    return select(Replacement).where(true() if actor.role in SEES_ALL or actor.role == "system" else false())


def replacement(session: Session, actor: Actor, replacement_id: str, *, writing: bool = False) -> Replacement:
    """Return one replacement; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Replacement.id == replacement_id).execution_options(populate_existing=True)
    found: Replacement | None = session.scalar(for_update(statement) if writing else statement)
    return visible_or_404(found)


def ask_for_deployment(session: Session, actor: Actor, deployment_id: str) -> Replacement:
    """Ask for a replacement of somebody whose deployment ended early; see `ask_for_offer`."""
    deployment = visible_or_404(session.get(Deployment, deployment_id))
    return ask_for_offer(session, actor, deployment.offer_id)


def ask_for_offer(session: Session, actor: Actor, offer_id: str) -> Replacement:
    """Ask for a replacement of somebody who declined, said nothing, or left; twice is once, while the first is open.

    Raises:
        SeatHeld: Where nobody has left, or the seat has somebody else by now.
    """
    offer = queries.offer(session, actor, offer_id, writing=True)
    require(actor, "replacements.ask", offer)
    placement = session.get_one(Placement, offer.placement_id)
    round_ = round_of_placement(session, placement)
    need = session.get_one(Need, placement.need_id)
    if not _left(session, offer) or not free_needs(session, round_).get(need.code):
        raise SeatHeld
    return _ask(session, actor, offer)


def ask_by_itself(session: Session, offers: Sequence[Offer]) -> None:
    """Ask for replacements of those who have just declined or let their offers run out."""
    for offer in offers:
        _ask(session, SYSTEM, offer)


def _ask(session: Session, actor: Actor, offer: Offer) -> Replacement:
    same = select(Replacement).where(Replacement.offer_id == offer.id, Replacement.state.in_(OPEN_STATES))
    there = session.scalars(same).first()
    if there is not None:
        return there
    person = None if actor.role == "system" else actor.id
    made = Replacement(
        offer_id=offer.id,
        state=REPLACEMENT.initial,
        options=[],
        created_by=person,
        created_at=clock.now(),
        version=1,
    )
    session.add(made)
    session.flush()
    job = queue.enqueue(session, KIND, {"replacement_id": made.id}, key=f"{KIND}:{made.id}", created_by=person)
    made.job_id = job.id
    session.flush()
    record(session, actor, "replacements.ask", "replacement", made.id, after={"offer_id": offer.id})
    return made


def _left(session: Session, offer: Offer) -> bool:
    if offer.state in {"declined", "expired"}:
        return True
    ended = select(Deployment.id).where(Deployment.offer_id == offer.id, Deployment.state == "ended_early")
    return session.scalar(ended) is not None


def store(session: Session, replacement_id: str, proposal: Proposal) -> None:
    """Keep what the worker found."""
    row = session.get_one(Replacement, replacement_id, with_for_update=True)
    row.state = REPLACEMENT.move(row.state, "propose" if proposal.options else "find_nobody")
    row.options = [asdict(one) for one in proposal.options]
    text = json.dumps({"why": proposal.why, "documents": proposal.documents}, separators=(",", ":"))
    row.documents = gzip.compress(text.encode(), mtime=0)
    row.ended_at = clock.now()
    row.version += 1
    session.flush()
    facts = {"state": row.state, "options": [one.digest for one in proposal.options]}
    record(session, SYSTEM, "replacements.propose", "replacement", row.id, before={"state": "asked"}, after=facts)


def give_up(session: Session, end: JobEnd) -> None:
    """Note that the search was cancelled or could not be finished, so that somebody can ask again."""
    row = session.get_one(Replacement, end.payload["replacement_id"], with_for_update=True)
    if row.state == "asked":
        row.state, row.ended_at = REPLACEMENT.move(row.state, "fail"), clock.now()
        row.version += 1
        record(session, SYSTEM, "replacements.fail", "replacement", row.id, after={"job_id": end.job_id})


def documents_of(row: Replacement) -> dict[str, Any]:
    """Return the problems and solutions behind a proposal, and why nobody was found where that is so."""
    if row.documents is None:
        return {"why": [], "documents": []}
    kept: dict[str, Any] = json.loads(gzip.decompress(row.documents))
    return kept


def take(session: Session, actor: Actor, replacement_id: str, number: int, *, open_for: dt.timedelta) -> Replacement:
    """Offer the seat to one of the proposed people (counted from 1) and reserve the money.

    Raises:
        IllegalMove: For a replacement that is not proposed.
        NoSuchOption: For a number that the proposal does not have.
        SeatHeld: Where somebody else has got the seat meanwhile.
        PersonGone: Where the person has left the pool meanwhile.
        NotEnoughMoney, FundNotConfirmed: Where the money has been used meanwhile; nothing was sent.
    """
    row = replacement(session, actor, replacement_id, writing=True)
    require(actor, "replacements.take", row)
    after = REPLACEMENT.move(row.state, "take")
    if not 1 <= number <= len(row.options):
        raise NoSuchOption(number=len(row.options))
    option = Option(**row.options[number - 1])
    old = session.get_one(Placement, session.get_one(Offer, row.offer_id).placement_id)
    round_ = round_of_placement(session, old)
    person = _called(session, option.volunteer)
    need = session.get_one(Need, old.need_id, with_for_update=True)
    if not free_needs(session, round_).get(need.code):
        raise SeatHeld
    placement = _place(session, old, person, option)
    moves = [
        ledger.reservation(line.fund_id, line.amount, line.line, placement.id)
        for line in session.scalars(select(PlacementLine).where(PlacementLine.placement_id == placement.id))
    ]
    ledger.move_all(session, actor, moves, reason="replace")
    offer = _offer(session, round_, placement, open_for)
    row.state, row.new_offer_id = after, offer.id
    row.version += 1
    session.flush()
    facts = {"state": after, "option": number, "offer_id": offer.id, "reserved": sum(one.amount for one in moves)}
    record(session, actor, "replacements.take", "replacement", row.id, before={"state": "proposed"}, after=facts)
    return row


def drop(session: Session, actor: Actor, replacement_id: str) -> Replacement:
    """Drop a proposal that nobody wants; the seat stays free."""
    row = replacement(session, actor, replacement_id, writing=True)
    require(actor, "replacements.take", row)
    before = row.state
    row.state = REPLACEMENT.move(before, "drop")
    row.version += 1
    session.flush()
    record(
        session, actor, "replacements.drop", "replacement", row.id, before={"state": before}, after={"state": row.state}
    )
    return row


def _called(session: Session, code: str) -> Applicant:
    """Return the person, locked and now with an offer."""
    wanted = for_update(select(Applicant).where(Applicant.code == code)).execution_options(populate_existing=True)
    person: Applicant | None = session.scalar(wanted)
    if person is None or person.state != "in_pool":
        raise PersonGone(person=code, more={"people": [code]})
    person.state = APPLICANT.move(person.state, "offer")
    person.version += 1
    return person


def _place(session: Session, old: Placement, person: Applicant, option: Option) -> Placement:
    agreement = session.scalars(select(Agreement.id).where(Agreement.code == option.agreement)).one()
    codes = sorted({fund for _, fund, _ in option.lines})
    funds = dict(session.execute(select(Fund.code, Fund.id).where(Fund.code.in_(codes))).all())
    placement = Placement(
        result_id=old.result_id,
        applicant_id=person.id,
        need_id=old.need_id,
        agreement_id=agreement,
        cost=option.cost,
        fit=option.fit,
        preference=option.preference,
    )
    session.add(placement)
    session.flush()
    session.add_all(
        PlacementLine(placement_id=placement.id, line=line, fund_id=funds[fund], amount=amount)
        for line, fund, amount in option.lines
    )
    session.flush()
    return placement


def _offer(session: Session, round_: Round, placement: Placement, open_for: dt.timedelta) -> Offer:
    now = clock.now()
    offer = Offer(placement_id=placement.id, state=OFFER.initial, sent_at=now, deadline=now + open_for, version=1)
    session.add(offer)
    session.flush()
    expiry.schedule(session, round_.id, offer.deadline)
    reminding.schedule(session, round_.id, offer.deadline)
    tell_offers(session, [offer])
    return offer
