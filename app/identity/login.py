"""Checking a password, step by step: count the try, look the hash up, compare, and only then open something.

The comparison costs about 100 ms of one core on purpose and happens outside any transaction, so that it holds up nobody
else's writes. The answer, and the time it takes, are the same for an unknown address, a wrong password and a closed account.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import Actor, require
from app.core.database import Database
from app.core.problems import Invalid, TooManyRequests
from app.identity import housekeeping, joining, links, queries, rates, second_factor, sessions
from app.identity.errors import CodeNeeded, LoginRefused, NoAccountHere, PasswordWrong
from app.identity.models import ApiToken, User
from app.identity.passwords import normal_email, password_faults
from app.identity.secrets import hash_password, password_matches
from app.settings import Settings

log = logging.getLogger("gotong.identity")

TOKEN_NAME: Final = "log-in"  # noqa: S105 - how the token is listed
ALL_SCOPES: Final = ("*",)
SECOND: Final = "second_step"
SECOND_STEP: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Entered:
    """How far a browser got: `session` is the cookie of a log-in, `second_step` of one that waits for a code.

    `incomplete` where the account needs a second step, has none, and can do nothing but set it up.
    """

    session: str | None = None
    second_step: str | None = None
    incomplete: bool = False


def log_in_browser(
    database: Database, settings: Settings, email: str, password: str, *, address: str, before: str | None
) -> Entered:
    """Check the password and open a session, or, where the account asks for codes, the step before it.

    Args:
        database: Where accounts are.
        settings: Limits and times.
        email: As typed.
        password: As typed.
        address: The network address that asks.
        before: The session cookie that came with the request; its session ends, so that none can be planted.

    Raises:
        TooManyRequests: After too many tries, also for the right password.
        LoginRefused: For anything that is not right, without saying what.
    """
    return _entered(database, settings, _checked(database, settings, email, password, address), address, before)


def count_try_elsewhere(database: Database, settings: Settings, address: str) -> None:
    """Count one try from a network to come in by another service, with those by password.

    Raises:
        TooManyRequests: After too many tries.
    """
    with database.transaction() as session:
        wait = rates.count(session, rates.login_limits(settings, "", address)[1:])
    if wait:
        raise TooManyRequests(wait)


def log_in_elsewhere(
    database: Database, settings: Settings, email: str, *, address: str, before: str | None
) -> Entered:
    """Open a session for whoever another service has shown to read the mail of `email`; a code is asked for all the same.

    Args:
        database: Where accounts are.
        settings: Limits and times.
        email: Confirmed by the service.
        address: The network address that asks; the try was counted.
        before: The session cookie that came with the request; its session ends.

    Raises:
        NoAccountHere: Where no open account has the address.
    """
    with database.reading() as session:
        open_one = select(User.id).where(User.email == normal_email(email), User.active)
        user_id = session.scalars(open_one).one_or_none()
    if user_id is None:
        log.warning("log-in by another service from %s refused: no open account", rates.network(address))
        raise NoAccountHere(email=email)
    return _entered(database, settings, user_id, address, before)


def finish_log_in(
    database: Database, settings: Settings, second_step: str, code: str, *, address: str, before: str | None
) -> str:
    """Check the code of a log-in whose password was right, and return the value of a new session cookie.

    Args:
        database: Where accounts are.
        settings: Limits and times.
        second_step: What `log_in_browser` gave.
        code: As typed.
        address: The network address that asks.
        before: The session cookie that came with the request; its session ends.

    Raises:
        LinkSpent: Where the password's step is too long ago, or was used.
        TooManyRequests: After too many tries of codes, also for the right one.
        CodeWrong: For a code that is not right; another can be tried.
    """
    with database.reading() as session:
        user_id = links.find(session, second_step, (SECOND,)).user_id or ""
    second_factor.count_try(database, settings, user_id)
    with database.transaction() as session:
        links.use(session, second_step, (SECOND,))
        second_factor.check(session, settings, user_id, code)
        user = _welcomed(session, settings, user_id, address)
        return _opened(session, settings, user, before)


def log_in_program(
    database: Database, settings: Settings, email: str, password: str, *, address: str, code: str | None = None
) -> tuple[ApiToken, str, User]:
    """Check the password, and the code where the account asks for one, and return a new token, its secret and the account.

    Raises:
        TooManyRequests: After too many tries, also for the right password.
        LoginRefused: For anything that is not right, without saying what.
        CodeNeeded: Where the account asks for a code and none was sent.
        CodeWrong: For a code that is not right.
    """
    user_id = _checked(database, settings, email, password, address)
    with database.reading() as session:
        asks = second_factor.is_on(session, user_id)
    if asks and code is None:
        raise CodeNeeded
    if asks:
        second_factor.count_try(database, settings, user_id)
    with database.transaction() as session:
        # Asked again: it may have been turned on meanwhile.
        if second_factor.is_on(session, user_id):
            second_factor.check(session, settings, user_id, code or "")
        user = _welcomed(session, settings, user_id, address)
        ends = clock.now() + dt.timedelta(days=settings.token_days)
        row, secret = sessions.issue_token(session, user, name=TOKEN_NAME, scopes=ALL_SCOPES, expires_at=ends)
        return row, secret, user


def log_out(session: Session, actor: Actor, *, token: str | None, cookie: str | None) -> None:
    """End the token or the session that the request came with."""
    require(actor, "identity.own")
    if token is not None:
        row = sessions.token_of(session, token)
        if row is not None and row.revoked_at is None:
            row.revoked_at = clock.now()
    elif cookie is not None:
        sessions.end_session(session, cookie)
    record(session, actor, "identity.log_out", "user", actor.id)


def change_password(
    database: Database,
    settings: Settings,
    actor: Actor,
    *,
    present: str,
    new: str,
    address: str,
    kept: tuple[str, ...] = (),
) -> None:
    """Choose a new password for oneself; every other session and token of the account ends.

    Args:
        database: Where accounts are.
        settings: Limits.
        actor: Whose password it is.
        present: The present password; guessing it is limited like a log-in.
        new: The new one.
        address: The network address that asks.
        kept: Secrets of the session or token that is used for this, which go on.

    Raises:
        TooManyRequests: After too many tries.
        PasswordWrong: Where the present password is not right.
        Invalid: For a new one that is too easy.
    """
    require(actor, "identity.own")
    with database.reading() as session:
        email = queries.own(session, actor).email
    try:
        _checked(database, settings, email, present, address)
    except LoginRefused as refused:
        raise PasswordWrong from refused
    errors = password_faults(new, email, "/new_password")
    if errors:
        raise Invalid(errors=errors)
    hashed = hash_password(new)
    with database.transaction() as session:
        user = queries.own(session, actor)
        _succeeded(session, settings, email, address)
        user.password_hash = hashed
        user.version += 1
        ended = sessions.end_all(session, user.id, but=kept)
        joining.tell_password_changed(session, user)
        record(session, actor, "identity.change_password", "user", user.id, after={"ended": ended})


def check_password(database: Database, settings: Settings, actor: Actor, password: str, *, address: str) -> None:
    """Make sure that the one who is logged in knows the password too, before something that a thief would do.

    Raises:
        TooManyRequests: After too many tries.
        PasswordWrong: Where it is not right.
    """
    with database.reading() as session:
        email = queries.own(session, actor).email
    try:
        _checked(database, settings, email, password, address)
    except LoginRefused as refused:
        raise PasswordWrong from refused
    with database.transaction() as session:
        _succeeded(session, settings, email, address)


def _entered(database: Database, settings: Settings, user_id: str, address: str, before: str | None) -> Entered:
    """Let an account in whose password, or whose word from elsewhere, was right; or only as far as the code."""
    with database.transaction() as session:
        if second_factor.is_on(session, user_id):
            user = session.get_one(User, user_id)
            # Neither counter is forgotten yet: the person is half inside.
            _, secret = links.issue(session, "second_step", user.email, SECOND_STEP, user_id=user.id)
            return Entered(second_step=secret)
        user = _welcomed(session, settings, user_id, address)
        incomplete = second_factor.required(settings, user.role)
        return Entered(session=_opened(session, settings, user, before), incomplete=incomplete)


def _opened(session: Session, settings: Settings, user: User, before: str | None) -> str:
    if before is not None:
        sessions.end_session(session, before)
    return sessions.open_session(session, user, settings.session_hours)


def _checked(database: Database, settings: Settings, email: str, password: str, address: str) -> str:
    """Return the id of the account with this address and password."""
    normal = normal_email(email)
    with database.transaction() as session:
        wait = rates.count(session, rates.login_limits(settings, normal, address))
    if wait:
        log.warning("log-in not heard from %s: too many tries", rates.network(address))
        raise TooManyRequests(wait)
    with database.reading() as session:
        found = session.execute(select(User.id, User.password_hash, User.active).where(User.email == normal)).first()
    # Always compared, so that a closed account costs the time of an open one.
    matches = password_matches(password, found.password_hash if found else None)
    if found is None or not matches or not found.active:
        log.warning("log-in refused from %s, account %s", rates.network(address), found.id if found else "unknown")
        raise LoginRefused
    return str(found.id)


def _welcomed(session: Session, settings: Settings, user_id: str, address: str) -> User:
    """Return the account, which may have been closed while its password was compared."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise LoginRefused
    _succeeded(session, settings, user.email, address)
    housekeeping.sweep(session)
    record(session, sessions.actor_of(user), "identity.log_in", "user", user.id)
    return user


def _succeeded(session: Session, settings: Settings, email: str, address: str) -> None:
    for_account, for_address = rates.login_limits(settings, email, address)
    # The address only gets this one try back: else an attacker's own account would clear it for guessing others.
    # It comes first, as `rates.count` takes them, so that two log-ins do not wait for each other.
    rates.give_back(session, for_address)
    rates.forget(session, for_account)
