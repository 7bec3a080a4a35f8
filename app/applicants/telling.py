"""The mails about an application: a receipt for its sending, and that something was decided, and where to read it, but not what."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.identity.actor import Actor
from app.identity.models import User
from app.notifications.outbox import notify_all

RECEIPT: Final = "applicants/received"
MAILS: Final = {
    "accept": "applicants/accepted",
    "reject": "applicants/rejected",
    "withdraw": "applicants/withdrawn",
}


def tell(session: Session, applicant: Applicant, action: str) -> None:
    """Write the mail about `action` to the person, in the language of the account; nothing where no address is known."""
    spoken = select(User.language).where(User.id == applicant.user_id)
    facts = {"name": applicant.name, "code": applicant.code}
    notify_all(session, MAILS[action], [(applicant.email, facts, session.scalar(spoken))])


def tell_receipt(session: Session, actor: Actor, applicant: Applicant) -> None:
    """Confirm to the person, in the transaction of the sending, that the application has arrived and under which code."""
    language = actor.language if applicant.user_id == actor.id else None
    if applicant.user_id not in (None, actor.id):
        language = session.scalar(select(User.language).where(User.id == applicant.user_id))
    sent = applicant.submitted_at
    facts = {"name": applicant.name, "code": applicant.code, "receipt": applicant.receipt, "sent": sent}
    notify_all(session, RECEIPT, [(applicant.email, facts, language)])
