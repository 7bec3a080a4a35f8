"""Rows that have had their time go, a few hundred at each log-in: no scheduler is needed, and nobody waits for it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core import clock
from app.core.database import for_update
from app.identity.idempotency import KEPT
from app.identity.models import AccountLink, ApiToken, IdempotencyKey, RateCounter, WebSession

AT_ONCE: Final = 200


def sweep(session: Session) -> None:
    """Delete some of the sessions, tokens, links, counters and kept answers that have ended."""
    now = clock.now()
    _sweep(session, WebSession.fingerprint, WebSession.expires_at, now)
    _sweep(session, ApiToken.id, ApiToken.expires_at, now)
    _sweep(session, AccountLink.id, AccountLink.expires_at, now)
    _sweep(session, RateCounter.key, RateCounter.ends_at, now)
    stale = (
        select(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT).order_by(IdempotencyKey.created_at)
    ).limit(AT_ONCE)
    for row in session.scalars(for_update(stale, skip_locked=True)):
        session.delete(row)
    session.flush()


def _sweep(
    session: Session, key: InstrumentedAttribute[str], ends: InstrumentedAttribute[dt.datetime], now: dt.datetime
) -> None:
    # Rows that another transaction holds are left for the next time, so that two sweeps never wait for each other.
    ended: Any = for_update(select(key).where(ends <= now).order_by(ends).limit(AT_ONCE), skip_locked=True)
    keys = session.scalars(ended).all()
    if keys:
        session.execute(delete(key.class_).where(key.in_(keys)), execution_options={"synchronize_session": False})
