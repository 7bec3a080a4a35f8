"""How often something may be tried: counters in the database, so that every process counts together.

A try is counted before it is carried out, in a transaction of its own: tries that run side by side cannot pass the limit
together, and a refused one stays counted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import RateCounter
from app.settings import Settings


@dataclass(frozen=True)
class Limit:
    """At most `tries` within `seconds`, counted under `key`; a window begins with its first try."""

    key: str
    tries: int
    seconds: int


def login_limits(settings: Settings, email: str, address: str) -> tuple[Limit, Limit]:
    """Return the limits of a log-in: for the account, known or not, and for the network address."""
    return (
        Limit(_key(settings, "login", email), settings.login_tries, settings.login_window_seconds),
        Limit(
            _key(settings, "from", network(address)), settings.login_tries_per_address, settings.login_window_seconds
        ),
    )


def mail_limits(settings: Settings, email: str, address: str) -> tuple[Limit, Limit]:
    """Return the limits of asking for a mail: to one mailbox, whether it has an account or not, and from one network."""
    return (
        Limit(_key(settings, "mail", email), settings.mail_requests, settings.mail_window_seconds),
        Limit(
            _key(settings, "mail-from", network(address)),
            settings.mail_requests_per_address,
            settings.mail_window_seconds,
        ),
    )


def link_limit(settings: Settings, address: str) -> Limit:
    """Return the limit of trying links that open an account, from one network."""
    key = _key(settings, "link-from", network(address))
    return Limit(key, settings.login_tries_per_address, settings.login_window_seconds)


def code_limit(settings: Settings, user_id: str) -> Limit:
    """Return the limit of trying codes of an account's second step."""
    return Limit(_key(settings, "code", user_id), settings.login_tries, settings.login_window_seconds)


def network(address: str) -> str:
    """Return what one household or office holds: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # a Unix socket, or a test's client
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def count(session: Session, limits: Iterable[Limit]) -> int:
    """Count one try under each of `limits`; return the seconds to wait, 0 where the try is allowed."""
    now = clock.now()
    wait = 0
    # In the order of the keys, so that two tries which count under the same two keys cannot wait for each other.
    for limit in sorted(limits, key=lambda one: one.key):
        tries, ends_at = _counted(session, limit, now)
        if tries > limit.tries:
            wait = max(wait, math.ceil((ends_at - now).total_seconds()), 1)
    return wait


def forget(session: Session, limit: Limit) -> None:
    """Forget all tries under `limit`: the person has shown to be the right one."""
    session.execute(delete(RateCounter).where(RateCounter.key == limit.key))


def give_back(session: Session, limit: Limit) -> None:
    """Take one try back under `limit`, because it was no failure."""
    session.execute(
        update(RateCounter)
        .where(RateCounter.key == limit.key, RateCounter.tries > 0)
        .values(tries=RateCounter.tries - 1)
    )


def _counted(session: Session, limit: Limit, now: dt.datetime) -> tuple[int, dt.datetime]:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[session.get_bind().dialect.name]
    ends_at = now + dt.timedelta(seconds=limit.seconds)
    over = RateCounter.ends_at <= now
    session.execute(
        insert(RateCounter)
        .values(key=limit.key, tries=1, ends_at=ends_at)
        .on_conflict_do_update(
            index_elements=[RateCounter.key],
            set_={
                "tries": case((over, 1), else_=RateCounter.tries + 1),
                "ends_at": case((over, ends_at), else_=RateCounter.ends_at),
            },
        )
    )
    # The row is ours until the transaction ends.
    row = session.execute(select(RateCounter.tries, RateCounter.ends_at).where(RateCounter.key == limit.key)).one()
    return row.tries, row.ends_at


def _key(settings: Settings, kind: str, value: str) -> str:
    # Keyed, because people type their password into the wrong field.
    return f"{kind}:{hmac.new(settings.secret.encode(), value.encode(), hashlib.sha256).hexdigest()}"
