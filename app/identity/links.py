"""Links that are good once: registration, invitation, reset, and the step between password and code.

Only the fingerprint of a link's secret is stored. Using it is one statement, so of two who use it at once one is told that it is
used up; a used, revoked or old link is as good as one that never was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.errors import LinkSpent
from app.identity.models import AccountLink
from app.identity.secrets import fingerprint, new_secret


def issue(session: Session, purpose: str, email: str, lives: dt.timedelta, **account: Any) -> tuple[AccountLink, str]:
    """Make a link and return it with its secret, which is stored nowhere.

    Args:
        session: An open transaction.
        purpose: `register`, `invite`, `reset` or `second_step`.
        email: Whose it is.
        lives: How long it can be used.
        account: The account that it opens, or of which it is.
    """
    secret, now = new_secret(), clock.now()
    link = AccountLink(
        fingerprint=fingerprint(secret),
        purpose=purpose,
        email=email,
        created_at=now,
        expires_at=now + lives,
        **account,
    )
    session.add(link)
    session.flush()
    return link, secret


def renew(session: Session, link: AccountLink, lives: dt.timedelta) -> str:
    """Give a link a new secret and new time; the old secret opens nothing any more."""
    secret = new_secret()
    link.fingerprint, link.expires_at = fingerprint(secret), clock.now() + lives
    session.flush()
    return secret


def find(session: Session, secret: str, purposes: Collection[str]) -> AccountLink:
    """Return the link with this secret.

    Raises:
        LinkSpent: Where there is none that can be used now, for one of `purposes`.
    """
    statement = select(AccountLink).where(AccountLink.fingerprint == fingerprint(secret), *_good(purposes))
    link = session.scalars(statement).one_or_none()
    if link is None:
        raise LinkSpent
    return link


def use(session: Session, secret: str, purposes: Collection[str]) -> AccountLink:
    """Use a link up and return it.

    Raises:
        LinkSpent: Where there is none that can be used now, or somebody else was faster.
    """
    used: AccountLink | None = session.scalar(
        update(AccountLink)
        .where(AccountLink.fingerprint == fingerprint(secret), *_good(purposes))
        .values(used_at=clock.now())
        .returning(AccountLink)
    )
    if used is None:
        raise LinkSpent
    return used


def revoke_all(session: Session, *, user_id: str | None = None, email: str | None = None, purpose: str) -> None:
    """Revoke every open link of one purpose that an account, or an address, has."""
    whose = AccountLink.user_id == user_id if user_id is not None else AccountLink.email == email
    session.execute(
        update(AccountLink)
        .where(whose, AccountLink.purpose == purpose, AccountLink.used_at.is_(None), AccountLink.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def _good(purposes: Collection[str]) -> list[Any]:
    return [
        AccountLink.purpose.in_(purposes),
        AccountLink.used_at.is_(None),
        AccountLink.revoked_at.is_(None),
        AccountLink.expires_at > clock.now(),
    ]
