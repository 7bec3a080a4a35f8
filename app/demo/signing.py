"""Every party of the demo signs its agreements, through the service and under an account of its own."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.access import SYSTEM, Actor
from app.core.etag import ANY_VERSION
from app.demo.accounts import DOMAIN
from app.funding import agreements, queries
from app.funding.models import Agreement
from app.funding.schemas import SignIn, parties
from app.identity import service as identity
from app.identity.models import Organisation, User

NATIONAL_REASON = "Ditandatangani pemerintah pusat pada naskah kertas (contoh)"


def sign_everything(session: Session, manager: Actor) -> int:
    """Sign every agreement that is in draft for each of its parties; return how many are in force afterwards."""
    signers: dict[str, Actor] = {}
    drafts = select(Agreement).where(Agreement.state == "draft").order_by(Agreement.code)
    for key in [one.id for one in session.scalars(drafts)]:
        for party in parties(queries.agreement(session, SYSTEM, key)):
            national = party.kind == "government" and party.region_code is None
            by_hand = national or party.kind == "programme"
            if party.id not in signers:
                signers[party.id] = manager if by_hand else _signer(session, party)
            body = SignIn(organisation_id=party.id, reason=NATIONAL_REASON if by_hand else None)
            agreements.sign_agreement(session, signers[party.id], key, body, ANY_VERSION)
    return len(session.scalars(select(Agreement.id).where(Agreement.state == "signed")).all())


def actor_of(user: User) -> Actor:
    """Return the actor that `user` is after logging in."""
    return Actor(user.id, user.role, user.organisation_id, user.region_code, name=user.name)


def _signer(session: Session, party: Organisation) -> Actor:
    """Return who signs for a company or a regional government: an account with a password that nobody knows."""
    company = party.kind == "company"
    return actor_of(
        identity.create_user(
            session,
            SYSTEM,
            email=f"tanda-tangan-{party.code}@{DOMAIN}",
            name=f"Penanda tangan {party.name}",
            role="sponsor" if company else "officer",
            password=secrets.token_urlsafe(24),
            organisation_id=party.id if company else None,
            region_code=None if company else party.region_code,
        )
    )
