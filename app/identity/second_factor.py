"""The second step at log-in: a code of an authenticator app, or one of ten recovery codes.

The app's key is derived from the server's secret, so a copy of the database makes no codes. Each code is good once. Tries are
counted for the account, and only who knows the password gets as far as trying.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import Actor, require
from app.core.database import Database
from app.core.i18n import current_language
from app.core.problems import TooManyRequests
from app.identity import queries, rates, sessions
from app.identity.errors import CodeWrong, SecondFactorOff, SecondFactorOn
from app.identity.models import RecoveryCode, SecondFactor, User
from app.identity.totp import key_address, step_of, written_key
from app.notifications.outbox import notify
from app.settings import Settings

ISSUER: Final = "Gotong"
# Whoever can change accounts or money for all has to have it in production.
NEEDING: Final = frozenset({"admin", "manager"})
RECOVERY_CODES: Final = 10
# Without letters and digits that look alike.
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
LONGEST_CODE: Final = 40


@dataclass(frozen=True)
class Key:
    """What an app needs to make codes: the key to type, and the address that an app on the same phone opens."""

    written: str
    address: str


@dataclass(frozen=True)
class Standing:
    """How an account stands: whether codes are asked for, whether they must be, how many recovery codes are left."""

    on: bool
    required: bool
    recovery_codes: int


def required(settings: Settings, role: str) -> bool:
    """Tell whether accounts of this role need a second step here."""
    return settings.production and role in NEEDING


def is_on(session: Session, user_id: str) -> bool:
    """Tell whether the account asks for codes."""
    confirmed = select(SecondFactor.user_id).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalar(confirmed) is not None


def standing(session: Session, settings: Settings, actor: Actor) -> Standing:
    """Return how the actor's own account stands."""
    require(actor, "identity.own")
    left = session.scalar(select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == actor.id))
    return Standing(is_on(session, actor.id), required(settings, actor.role), left or 0)


def begin(session: Session, settings: Settings, actor: Actor) -> Key:
    """Make a key for the actor's app; codes are asked for only after one was shown to be right.

    Raises:
        SecondFactorOn: Where the account has one already.
    """
    require(actor, "identity.own")
    user = queries.own(session, actor)
    factor = session.get(SecondFactor, user.id, with_for_update=True)
    if factor is not None and factor.confirmed_at is not None:
        raise SecondFactorOn
    if factor is None:
        factor = SecondFactor(user_id=user.id, last_step=0, created_at=clock.now())
        session.add(factor)
    factor.nonce = secrets.token_hex(16)
    session.flush()
    record(session, actor, "identity.begin_second_factor", "user", user.id)
    return _shown(settings, factor, user)


def waiting_key(session: Session, settings: Settings, actor: Actor) -> Key | None:
    """Return the key that waits for its first code, None where none does."""
    factor = session.get(SecondFactor, actor.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    return _shown(settings, factor, queries.own(session, actor))


def confirm(database: Database, settings: Settings, actor: Actor, code: str, *, kept: tuple[str, ...]) -> list[str]:
    """Turn the second step on and return the recovery codes, which are shown once. Other log-ins of the account end.

    Raises:
        TooManyRequests: After too many wrong codes.
        SecondFactorOff: Where no key was made.
        CodeWrong: For a code that is not right; nothing is changed.
    """
    require(actor, "identity.own")
    count_try(database, settings, actor.id)
    with database.transaction() as session:
        factor = session.get(SecondFactor, actor.id, with_for_update=True)
        if factor is None:
            raise SecondFactorOff
        if factor.confirmed_at is not None:
            raise SecondFactorOn
        _take_code(settings, factor, code)
        factor.confirmed_at = clock.now()
        codes = _new_recovery_codes(session, settings, actor.id)
        rates.forget(session, rates.code_limit(settings, actor.id))
        sessions.end_all(session, actor.id, but=kept)
        _tell(session, queries.own(session, actor), on=True)
        record(session, actor, "identity.second_factor_on", "user", actor.id)
    return codes


def turn_off(database: Database, settings: Settings, actor: Actor, code: str) -> None:
    """Turn the second step off; the caller has checked the password.

    Raises:
        TooManyRequests: After too many wrong codes.
        SecondFactorOff: Where it is off.
        CodeWrong: For a code that is not right; nothing is changed.
    """
    require(actor, "identity.own")
    count_try(database, settings, actor.id)
    with database.transaction() as session:
        if not is_on(session, actor.id):
            raise SecondFactorOff
        check(session, settings, actor.id, code)
        _remove(session, queries.own(session, actor))
        record(session, actor, "identity.second_factor_off", "user", actor.id)


def remove_for(session: Session, actor: Actor, user_id: str) -> None:
    """Turn the second step of another account off, as an administrator: its holder has lost app and codes.

    Raises:
        NotFound: Where there is no such account.
        SecondFactorOff: Where it is off.
    """
    user = queries.user(session, actor, user_id, writing=True)
    require(actor, "users.manage", user)
    if not is_on(session, user.id):
        raise SecondFactorOff
    _remove(session, user)
    sessions.end_all(session, user.id)
    record(session, actor, "users.second_factor_off", "user", user.id)


def count_try(database: Database, settings: Settings, user_id: str) -> None:
    """Count a try of a code before it is looked at.

    Raises:
        TooManyRequests: After too many.
    """
    with database.transaction() as session:
        wait = rates.count(session, [rates.code_limit(settings, user_id)])
    if wait:
        raise TooManyRequests(wait)


def check(session: Session, settings: Settings, user_id: str, code: str) -> None:
    """Use a code of the app, or a recovery code, up.

    Raises:
        CodeWrong: For any other, and for one that was used before.
    """
    factor = session.get(SecondFactor, user_id, with_for_update=True, populate_existing=True)
    if factor is None or factor.confirmed_at is None:
        raise CodeWrong
    recovery = delete(RecoveryCode).where(
        RecoveryCode.fingerprint == _fingerprint(settings, user_id, code), RecoveryCode.user_id == user_id
    )
    if session.scalar(recovery.returning(RecoveryCode.user_id)) is None:
        _take_code(settings, factor, code)
    rates.forget(session, rates.code_limit(settings, user_id))


def _take_code(settings: Settings, factor: SecondFactor, code: str) -> None:
    step = step_of(_key(settings, factor), "".join(code.split()), clock.now().timestamp(), factor.last_step)
    if step is None:
        raise CodeWrong
    factor.last_step = step


def _new_recovery_codes(session: Session, settings: Settings, user_id: str) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    session.add_all(RecoveryCode(fingerprint=_fingerprint(settings, user_id, code), user_id=user_id) for code in codes)
    session.flush()
    return codes


def _remove(session: Session, user: User) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    _tell(session, user, on=False)


def _tell(session: Session, user: User, *, on: bool) -> None:
    facts = {"name": user.name, "on": on}
    notify(session, user.email, "identity/second_factor_changed", facts, user.language or current_language())


def _key(settings: Settings, factor: SecondFactor) -> bytes:
    meant = f"second factor:{factor.user_id}:{factor.nonce}"
    return hmac.new(settings.secret.encode(), meant.encode(), hashlib.sha256).digest()[:20]


def _shown(settings: Settings, factor: SecondFactor, user: User) -> Key:
    key = _key(settings, factor)
    return Key(written_key(key), key_address(key, user.email, ISSUER))


def _fingerprint(settings: Settings, user_id: str, code: str) -> str:
    # Keyed: fifty random bits alone could be tried out on a copy of the database.
    typed = "".join(code.lower().split())
    return hmac.new(settings.secret.encode(), f"recovery:{user_id}:{typed}".encode(), hashlib.sha256).hexdigest()
