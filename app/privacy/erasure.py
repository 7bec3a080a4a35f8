"""Erasure (UU 27/2022, articles 8, 16 and 43 to 45): the person goes, the proof that a round was fair stays.

What goes: name, address, gender, year of birth, home, languages, skills, wishes, refusals, state of health and limits; every
text that somebody wrote about or as this person (motivation, reasons, reviewers' comments, notes of months, handovers,
incidents, what the school said, reasons for pins and bans, and reasons in the audit record); every document with its file; mails
that wait, and the address of those that went; the account with its log-ins, tokens, second factors and links; and answers that
were kept for repeated requests.

What stays, under a pseudonym, and why:

- The row of the application with its state, suitability and scores, and its offers, placements and deployments: who paid what
  for which school has to add up for ten years (UU 8/1997, article 11), and reports count people.
- Snapshots and solutions of rounds, unchanged: their hash proves that a round was solved as it was frozen, for everybody
  who was in it. They name nobody, only a code such as `p-7k3mq9xd` with what the solver needed of that person.
- The audit record, which is chained by hash: it holds accounts and applications by their random ids, never a name or an
  address, and of texts only that they changed. The reasons that people gave for an act lie apart from it and go; the chain
  holds their fingerprints.
- Consents with version and time, by the account's id: the proof that the data was used lawfully.

The code is the link between archive and person: people saw their own, and lists were printed with it. So the row gets a new
code, drawn by chance and written nowhere beside the old one; nothing in the database leads from the archive's code to the row,
nor from the row to a person. While a round that knows the old code is between its freeze and its publication the row keeps it,
since the round's result would find nobody; the nightly job replaces it then (`replace_codes`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.applicants import retention
from app.applicants import service as applications
from app.applicants.lifecycle import APPLICANT
from app.applicants.models import Applicant, Preference, Refusal
from app.audit.forgetting import forget_reasons
from app.audit.record import record
from app.core import clock
from app.core.database import among, for_update
from app.deployments.models import CheckIn, Deployment, Handover, HostFeedback, Incident
from app.documents import queries as documents
from app.documents.models import Document
from app.identity.actor import Actor
from app.identity.models import (
    AccountLink,
    ApiToken,
    IdempotencyKey,
    RecoveryCode,
    SecondFactor,
    User,
    WebSession,
)
from app.notifications.outbox import forget_person
from app.offers.models import Offer
from app.privacy.errors import ErasedAlready, InService, OfferOpen
from app.privacy.models import CorrectionRequest
from app.reviews.models import Review
from app.rounds.models import Placement, Round, RoundChoice

GONE: Final = "–"
"""What stands where a text had to stand."""
NOWHERE: Final = "erased.invalid"
"""A domain that never exists (RFC 2606)."""
CODE: Final = "x-"
UNDER_WAY: Final = ("frozen", "solving", "proposed", "approved")
"""The states of a round in which its documents and the rows of people are still brought together by code."""


def erase_person(session: Session, actor: Actor, people: Collection[Applicant], *, reason: str | None) -> list[str]:
    """Erase the person behind some applications, and the account where no other application is left with it.

    Args:
        session: The open transaction.
        actor: The person, a manager, or the service itself at the end of the retention time.
        people: The applications, of one person.
        reason: Why, for the record; no names.

    Returns:
        The names of the files that the caller deletes once the transaction is committed.

    Raises:
        OfferOpen: Where a place is still offered.
        InService: Where the person has accepted a place and the service is not over.
        ErasedAlready: Where nobody is left to erase.
    """
    locked = select(Applicant).where(among(Applicant.id, [one.id for one in people])).order_by(Applicant.id)
    rows = session.scalars(for_update(locked).execution_options(populate_existing=True)).all()
    left = [one for one in rows if one.erased_at is None]
    if not left:
        raise ErasedAlready
    for one in left:
        _check_free(one)
    accounts = {one.user_id for one in left if one.user_id is not None}
    addresses = {one.email for one in left}
    files = []
    for one in left:
        if "withdraw" in APPLICANT.possible(one.state):
            applications.take_out(session, actor, one)
        files += _erase_application(session, actor, one, reason)
    for key in sorted(accounts):
        _erase_account(session, actor, key, addresses)
    for address in sorted(addresses):
        _forget_address(session, address)
    # Files that a crash leaves behind, and codes that a round still needs, are the night's work.
    retention.schedule(session)
    return files


def erase_own(session: Session, actor: Actor) -> tuple[int, list[str]]:
    """Erase the actor, with every application and the account; return how many applications, and the files to delete.

    Raises:
        OfferOpen, InService: As in `erase_person`.
    """
    people = session.scalars(select(Applicant).where(Applicant.user_id == actor.id)).all()
    files = erase_person(session, actor, people, reason=None) if people else []
    if not people:
        addresses: set[str] = set()
        _erase_account(session, actor, actor.id, addresses)
        for address in addresses:
            _forget_address(session, address)
    return len(people), files


def replace_codes(session: Session) -> int:
    """Give erased people whose rounds are over a new code; return how many."""
    busy = select(Round.cohort_id).where(Round.state.in_(UNDER_WAY))
    known = Applicant.erased_at.is_not(None), Applicant.code.not_like(f"{CODE}%")
    rows = session.scalars(for_update(select(Applicant).where(*known, Applicant.cohort_id.not_in(busy)))).all()
    for one in rows:
        one.code = _new_code()
    session.flush()
    return len(rows)


def _check_free(applicant: Applicant) -> None:
    if applicant.state == "offered":
        raise OfferOpen(code=applicant.code)
    if applicant.state == "volunteer":
        raise InService(code=applicant.code)


def _erase_application(session: Session, actor: Actor, applicant: Applicant, reason: str | None) -> list[str]:
    files = [one.stored for one in documents.of_applicants(session, [applicant.id])]
    _forget_reasons(session, actor, applicant.id)
    _erase_texts(session, applicant.id)
    _erase_rows(session, applicant.id)
    busy = session.scalars(
        select(Round.id).where(Round.cohort_id == applicant.cohort_id, Round.state.in_(UNDER_WAY)).limit(1)
    ).first()
    applicant.name, applicant.email = GONE, f"{applicant.id}@{NOWHERE}"
    for name in (
        "user_id",
        "gender",
        "birth_year",
        "home_code",
        "max_hardship",
        "motivation",
        "rejection_reason",
        "receipt",
    ):
        setattr(applicant, name, None)
    applicant.levels, applicant.subjects, applicant.languages, applicant.skills = [], [], [], []
    applicant.regular_care, applicant.accept = False, 1000
    applicant.erased_at = clock.now()
    applicant.version += 1
    if busy is None:
        applicant.code = _new_code()
    session.flush()
    after: dict[str, Any] = {"documents": len(files), "code_replaced": busy is None}
    record(session, actor, "privacy.erase", "applicant", applicant.id, reason=reason, after=after)
    return files


def _forget_reasons(session: Session, actor: Actor, applicant_id: str) -> None:
    """Take out of the audit record why things were done to this person, in people's own words."""
    offered = select(Offer.id).join(Placement, Placement.id == Offer.placement_id)
    served = select(Deployment.id).where(Deployment.applicant_id == applicant_id)
    about = {
        "document": select(Document.id).where(Document.applicant_id == applicant_id),
        "review": select(Review.id).where(Review.applicant_id == applicant_id),
        "round_choice": select(RoundChoice.id).where(RoundChoice.applicant_id == applicant_id),
        "offer": offered.where(Placement.applicant_id == applicant_id),
        "deployment": served,
        "incident": select(Incident.id).where(Incident.deployment_id.in_(served)),
        "correction": select(CorrectionRequest.id).where(CorrectionRequest.applicant_id == applicant_id),
    }
    ids = {kind: session.scalars(which).all() for kind, which in about.items()}
    forget_reasons(session, actor, {"applicant": [applicant_id], **ids})


def _erase_texts(session: Session, applicant_id: str) -> None:
    """Take out what people wrote as, to and about this person."""
    placements = select(Placement.id).where(Placement.applicant_id == applicant_id)
    served = select(Deployment.id).where(Deployment.applicant_id == applicant_id)
    for statement in (
        update(Review).where(Review.applicant_id == applicant_id).values(comment=None, release_reason=None),
        update(RoundChoice).where(RoundChoice.applicant_id == applicant_id).values(reason=GONE),
        update(Offer).where(Offer.placement_id.in_(placements)).values(reason=None),
        update(Deployment)
        .where(Deployment.applicant_id == applicant_id, Deployment.end_reason.is_not(None))
        .values(end_reason=GONE),
        update(CheckIn).where(CheckIn.deployment_id.in_(served)).values(note=""),
        update(Handover).where(Handover.deployment_id.in_(served)).values(text=GONE),
        update(HostFeedback).where(HostFeedback.deployment_id.in_(served)).values(text=GONE),
        update(Incident).where(Incident.deployment_id.in_(served)).values(text=GONE),
        update(Incident)
        .where(Incident.deployment_id.in_(served), Incident.resolution.is_not(None))
        .values(resolution=GONE),
        update(CorrectionRequest).where(CorrectionRequest.applicant_id == applicant_id).values(wish=GONE, answer=GONE),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def _erase_rows(session: Session, applicant_id: str) -> None:
    for statement in (
        delete(Preference).where(Preference.applicant_id == applicant_id),
        delete(Refusal).where(Refusal.applicant_id == applicant_id),
        delete(Document).where(Document.applicant_id == applicant_id),
        # Answers that are kept for a day, for requests that are sent twice, hold what was answered.
        delete(IdempotencyKey).where(IdempotencyKey.body.contains(applicant_id, autoescape=True)),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def _erase_account(session: Session, actor: Actor, user_id: str, addresses: set[str]) -> None:
    """Erase an applicant's account, unless another application still belongs to it; adds its address to `addresses`."""
    user = session.scalars(for_update(select(User).where(User.id == user_id))).one()
    if session.scalar(select(Applicant.id).where(Applicant.user_id == user_id).limit(1)) or user.role != "applicant":
        return
    addresses.add(user.email)
    for statement in (
        delete(WebSession).where(WebSession.user_id == user_id),
        delete(ApiToken).where(ApiToken.user_id == user_id),
        delete(SecondFactor).where(SecondFactor.user_id == user_id),
        delete(RecoveryCode).where(RecoveryCode.user_id == user_id),
        delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id),
        delete(AccountLink).where(AccountLink.user_id == user_id),
        update(CorrectionRequest).where(CorrectionRequest.user_id == user_id).values(wish=GONE, answer=GONE),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    user.name, user.email = GONE, f"{user.id}@{NOWHERE}"
    user.password_hash, user.language, user.active = None, None, False
    user.version += 1
    session.flush()
    record(session, actor, "privacy.erase", "user", user.id)


def _forget_address(session: Session, address: str) -> None:
    """Take an address out of the mails and links that were made for it.

    Where it is still somebody's (of another application, or of a family that shares a mailbox), what waits for them goes out.
    """
    theirs = select(Applicant.id).where(Applicant.email == address, Applicant.erased_at.is_(None))
    account = select(User.id).where(User.email == address)
    if session.scalar(theirs.limit(1)) or session.scalar(account.limit(1)):
        forget_person(session, address, only_ended=True)
        return
    forget_person(session, address)
    gone = delete(AccountLink).where(AccountLink.email == address)
    session.execute(gone, execution_options={"synchronize_session": False})


def _new_code() -> str:
    """Return a code that nobody has; two alike in 80 bits are not to be expected, and the database would refuse them."""
    return CODE + secrets.token_hex(10)
