"""What people ask about their data, what is done about it, and the log of breaches."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants import consents
from app.applicants import queries as applicants
from app.applicants import service as applications
from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant, Consent
from app.audit.record import record
from app.core import clock
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity import queries as identity
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.passwords import normal_email
from app.identity.permissions import require
from app.notifications.outbox import notify_all
from app.offers import service as offers
from app.offers.models import Offer
from app.offers.schemas import DeclineIn
from app.privacy import erasure, queries
from app.privacy.errors import NotToldYet
from app.privacy.lifecycle import BREACH, CORRECTION
from app.privacy.models import Breach, CorrectionRequest
from app.privacy.schemas import BreachIn, BreachPatch, ConsentIn, CorrectionIn, EraseIn, EraseOwnIn, SettleIn
from app.rounds.models import Placement

IN_TIME: Final = dt.timedelta(hours=72)
"""Within which corrections are made (article 30), consent is heeded (article 40) and breaches are told (article 46)."""
NO_CONSENT: Final = "Consent was taken back."


def give_consent(session: Session, actor: Actor, body: ConsentIn) -> Consent:
    """Agree to the present words.

    Raises:
        Invalid: For another version than the present one.
    """
    if body.version != consents.CURRENT:
        message, remedy = (
            mark("This version does not hold any more."),
            mark("Read the version {version} and agree to it."),
        )
        facts = {"version": consents.CURRENT}
        raise Invalid(errors=[FieldError("/version", "old_version", message, remedy, facts)])
    return consents.give(session, actor)


def withdraw_consent(session: Session, actor: Actor, consent_id: str) -> Consent:
    """Take a consent back: an offer that is open is declined, and what is not yet a contract ends.

    For whoever has accepted a place the contract is the basis, not the consent (article 20 (2) b); it is ended otherwise.

    Raises:
        NotFound: For somebody else's.
        DeadlinePassed: Where an offer has just run out; ask again in a moment.
    """
    given = consents.consent(session, actor, consent_id, writing=True)
    consents.take_back(session, actor, given)
    if consents.held(session, actor.id) is not None:
        return given
    for one in session.scalars(select(Applicant).where(Applicant.user_id == actor.id).order_by(Applicant.id)).all():
        if one.state == "offered":
            _decline(session, actor, one)
        if "withdraw" in APPLICANT.possible(one.state):
            applications.withdraw_applicant(session, actor, one.id, reason=NO_CONSENT)
    return given


def _decline(session: Session, actor: Actor, applicant: Applicant) -> None:
    open_offer = (
        select(Offer.id)
        .join(Placement, Placement.id == Offer.placement_id)
        .where(Placement.applicant_id == applicant.id, Offer.state == "sent")
    )
    for key in session.scalars(open_offer).all():
        offers.decline(session, actor, key, DeclineIn(reason=NO_CONSENT))
    session.refresh(applicant)


def erase_own(session: Session, actor: Actor, body: EraseOwnIn) -> tuple[int, list[str]]:
    """Erase oneself; return how many applications, and the files that the caller deletes after the commit.

    Raises:
        Invalid: For another address than the own one.
        OfferOpen, InService: Where the data is still needed.
    """
    require(actor, "privacy.erase_own")
    user = identity.own(session, actor)
    if normal_email(body.email) != user.email:
        message, remedy = mark("This is not the address of your account."), mark("Write your own e-mail address.")
        raise Invalid(errors=[FieldError("/email", "not_your_address", message, remedy)])
    return erasure.erase_own(session, actor)


def erase_applicant(session: Session, actor: Actor, applicant_id: str, body: EraseIn) -> list[str]:
    """Erase a person who has asked for it; return the files that the caller deletes after the commit.

    Raises:
        NotFound: Where there is no such application.
        OfferOpen, InService, ErasedAlready: Where it is not possible.
    """
    applicant = applicants.applicant(session, actor, applicant_id, writing=True)
    require(actor, "privacy.erase", applicant)
    return erasure.erase_person(session, actor, [applicant], reason=body.reason)


def ask_correction(session: Session, actor: Actor, body: CorrectionIn) -> CorrectionRequest:
    """Ask that something is put right that one cannot change oneself: in the newest application, or in the account."""
    require(actor, "corrections.ask")
    application = applicants.latest_of(session, actor) if actor.role == "applicant" else None
    now = clock.now()
    asked = CorrectionRequest(
        user_id=actor.id,
        applicant_id=None if application is None else application.id,
        wish=body.wish,
        state=CORRECTION.initial,
        created_at=now,
        due_at=now + IN_TIME,
        version=1,
    )
    session.add(asked)
    session.flush()
    # Not the words: the record outlives an erased person.
    record(session, actor, "corrections.ask", "correction", asked.id, after={"due_at": asked.due_at})
    return asked


def settle_correction(
    session: Session, actor: Actor, correction_id: str, body: SettleIn, match: Match
) -> CorrectionRequest:
    """Say what became of a wish, after putting right what is to be put right.

    Raises:
        IllegalMove: For one that is settled.
        Stale: When somebody settled it meanwhile.
    """
    asked = queries.correction(session, actor, correction_id, writing=True)
    require(actor, "corrections.settle", asked)
    match.check(asked.version)
    asked.state = CORRECTION.move(asked.state, "carry_out" if body.done else "refuse")
    asked.answer, asked.settled_at, asked.settled_by = body.answer, clock.now(), actor.id
    asked.version += 1
    session.flush()
    person = session.get_one(User, asked.user_id)
    notify_all(session, "privacy/settled", [(person.email, {"name": person.name}, person.language)])
    record(session, actor, "corrections.settle", "correction", asked.id, after={"state": asked.state})
    return asked


def log_breach(session: Session, actor: Actor, body: BreachIn) -> Breach:
    """Note that personal data was lost, leaked or changed.

    Raises:
        Invalid: For times that cannot be.
    """
    require(actor, "breaches.manage")
    now = clock.now()
    errors = _time_errors(now, found_at=body.found_at, happened_at=body.happened_at)
    if body.happened_at is not None and body.happened_at > body.found_at:
        message, remedy = mark("It was found before it happened."), mark("Check both times.")
        errors.append(FieldError("/happened_at", "after_found", message, remedy))
    if errors:
        raise Invalid(errors=errors)
    breach = Breach(
        **body.model_dump(),
        due_at=body.found_at + IN_TIME,
        state=BREACH.initial,
        created_by=actor.id,
        created_at=now,
        version=1,
    )
    session.add(breach)
    session.flush()
    record(session, actor, "breaches.create", "breach", breach.id, after=body.model_dump(mode="json"))
    return breach


def edit_breach(session: Session, actor: Actor, breach_id: str, body: BreachPatch, match: Match) -> Breach:
    """Add what is known by now.

    Raises:
        IllegalMove: For one that is closed.
        Stale: When somebody changed it meanwhile.
        Invalid: For times that cannot be.
    """
    breach = queries.breach(session, actor, breach_id, writing=True)
    require(actor, "breaches.manage", breach)
    match.check(breach.version)
    breach.state = BREACH.move(breach.state, "edit")
    changes = body.model_dump(exclude_unset=True)
    times = {name: changes[name] for name in ("happened_at", "told_people_at", "told_authority_at") if name in changes}
    errors = _time_errors(clock.now(), **times)
    if errors:
        raise Invalid(errors=errors)
    before = {name: getattr(breach, name) for name in changes}
    for name, value in changes.items():
        setattr(breach, name, value)
    breach.version += 1
    session.flush()
    after = {name: getattr(breach, name) for name in changes}
    record(session, actor, "breaches.edit", "breach", breach.id, before=before, after=after)
    return breach


def close_breach(session: Session, actor: Actor, breach_id: str) -> Breach:
    """Close a breach once it is written down what was done and when everybody was told.

    Raises:
        IllegalMove: For one that is closed.
        NotToldYet: Where something of that is missing.
    """
    breach = queries.breach(session, actor, breach_id, writing=True)
    require(actor, "breaches.manage", breach)
    after = BREACH.move(breach.state, "close")
    if None in (breach.measures, breach.told_people_at, breach.told_authority_at):
        raise NotToldYet
    breach.state, breach.closed_at = after, clock.now()
    breach.version += 1
    session.flush()
    record(session, actor, "breaches.close", "breach", breach.id, before={"state": "open"}, after={"state": after})
    return breach


def _time_errors(now: dt.datetime, **moments: dt.datetime | None) -> list[FieldError]:
    message, remedy = mark("This time has not come yet."), mark("Write when it was.")
    return [
        FieldError(f"/{name}", "in_the_future", message, remedy)
        for name, moment in moments.items()
        if moment is not None and moment > now
    ]
