"""The mails about what the programme has decided of an application: that there is something to read, and where, but not what."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.identity.models import User
from app.notifications.outbox import notify_all

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
