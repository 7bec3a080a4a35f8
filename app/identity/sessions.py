"""From what a browser or a program carries to the actor behind it, and back: opening and ending of log-ins.

A browser's session ends `session_hours` after the log-in, after two hours without a request, or when the person logs out;
a token ends at its date or when it is revoked. Both end at once when the account is closed: nothing is cached.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import CursorResult, Row, bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.access import ANONYMOUS, EVERYTHING, Actor
from app.identity import links
from app.identity.models import ApiToken, User, WebSession
from app.identity.secrets import fingerprint, new_secret, new_token

IDLE: Final = dt.timedelta(hours=2)
# How exactly `seen_at` is kept: a write for each request would be a high price for a few minutes.
SEEN_WITHIN: Final = dt.timedelta(minutes=5)

_WHO: Final = (User.id, User.role, User.organisation_id, User.region_code, User.name, User.language)
# Made once: every request asks one of these two, and making a statement costs more than running it.
OF_SESSION: Final = (
    select(*_WHO)
    .join(WebSession, WebSession.user_id == User.id)
    .where(
        WebSession.fingerprint == bindparam("fingerprint"),
        User.active,
        WebSession.expires_at > bindparam("now"),
        WebSession.seen_at > bindparam("seen_since"),
    )
)
OF_TOKEN: Final = (
    select(*_WHO, ApiToken.scopes)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(
        ApiToken.fingerprint == bindparam("fingerprint"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("now"),
        User.active,
    )
)


def actor_of_session(session: Session, secret: str) -> Actor:
    """Return who is logged in with the session cookie's value `secret`; ANONYMOUS where it does not hold."""
    now = clock.now()
    facts = {"fingerprint": fingerprint(secret), "now": now, "seen_since": now - IDLE}
    found = session.execute(OF_SESSION, facts).one_or_none()
    return ANONYMOUS if found is None else actor_of(found)


def actor_of_token(session: Session, secret: str) -> Actor:
    """Return whose token `secret` is, limited to its scopes; ANONYMOUS where it does not hold."""
    facts = {"fingerprint": fingerprint(secret), "now": clock.now()}
    found = session.execute(OF_TOKEN, facts).one_or_none()
    return ANONYMOUS if found is None else actor_of(found, frozenset(found.scopes))


def actor_of(user: User | Row[*tuple[Any, ...]], scopes: frozenset[str] = EVERYTHING) -> Actor:
    """Return `user`, or the columns of one that tell who acts, as the actor of a request."""
    return Actor(
        id=user.id,
        role=user.role,
        organisation_id=user.organisation_id,
        region_code=user.region_code,
        scopes=scopes,
        name=user.name,
        language=user.language,
    )


def needs_touch(session: Session, secret: str) -> bool:
    """Tell whether the session was last noted as used so long ago that it should be noted again."""
    seen = session.scalar(select(WebSession.seen_at).where(WebSession.fingerprint == fingerprint(secret)))
    return seen is not None and seen <= clock.now() - SEEN_WITHIN


def touch(session: Session, secret: str) -> None:
    """Note that the session is used now, so that its idle time begins anew."""
    session.execute(update(WebSession).where(WebSession.fingerprint == fingerprint(secret)).values(seen_at=clock.now()))


def open_session(session: Session, user: User, hours: int) -> str:
    """Begin a browser's log-in and return the cookie's new value, which is stored nowhere."""
    secret, now = new_secret(), clock.now()
    session.add(
        WebSession(
            fingerprint=fingerprint(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + dt.timedelta(hours=hours),
        )
    )
    return secret


def issue_token(
    session: Session, user: User, *, name: str, scopes: Sequence[str], expires_at: dt.datetime
) -> tuple[ApiToken, str]:
    """Store a new token and return it with its secret, which is shown once and stored nowhere."""
    secret = new_token()
    row = ApiToken(
        user_id=user.id,
        fingerprint=fingerprint(secret),
        name=name,
        scopes=list(scopes),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row, secret


def token_of(session: Session, secret: str) -> ApiToken | None:
    """Return the row of the token `secret`, whatever its state."""
    return session.scalars(select(ApiToken).where(ApiToken.fingerprint == fingerprint(secret))).one_or_none()


def end_session(session: Session, secret: str) -> None:
    """End the browser's log-in with this cookie value, if there is one."""
    session.execute(delete(WebSession).where(WebSession.fingerprint == fingerprint(secret)))


def end_all(session: Session, user_id: str, *, but: Sequence[str] = ()) -> int:
    """End every session and token of the user, except those with the secrets `but`; return how many ended.

    What was on its way to open the account, a reset or a half log-in, ends too.
    """
    for purpose in ("reset", "second_step"):
        links.revoke_all(session, user_id=user_id, purpose=purpose)
    kept = [fingerprint(secret) for secret in but]
    sessions = session.execute(
        delete(WebSession).where(WebSession.user_id == user_id, WebSession.fingerprint.not_in(kept))
    )
    tokens = session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.fingerprint.not_in(kept))
        .values(revoked_at=clock.now())
    )
    return _rows(sessions) + _rows(tokens)


def _rows(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
