"""From a request to its actor: a bearer token or a session cookie, and the form key where a cookie writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.audit.record import record
from app.core.access import ANONYMOUS, Actor, Marker, require
from app.core.database import glance, transaction
from app.core.i18n import LANGUAGE_COOKIE, set_language
from app.identity import second_factor
from app.identity.cookies import session_cookie
from app.identity.errors import FormKeyWrong, SecondFactorMissing, TokenRefused
from app.identity.secrets import form_key, keys_equal
from app.identity.sessions import actor_of_session, actor_of_token, needs_touch, touch

OWN: Final = "identity.own"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Credentials:
    """What a request brings: at most one of the two counts, the token first."""

    token: str | None
    session: str | None


def credentials(request: Request) -> Credentials:
    """Read the token and the session id of `request`."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    token = value.strip() if kind.lower() == "bearer" else None
    return Credentials(token or None, request.cookies.get(session_cookie(request.app.state.settings)))


def client_address(request: Request) -> str:
    """Return the network address that asks; behind a trusted proxy the server has put the real one there."""
    return request.client.host if request.client is not None else ""


async def recognise(request: Request, marker: Marker) -> Actor:
    """Return the actor of `request`, who may do what `marker` names.

    Raises:
        TokenRefused: For a token that does not hold, on a route that asks for a permission.
        Unauthorised: For an anonymous visitor of such a route.
        Forbidden: Where role, scope or form key do not allow it.
    """
    brought = credentials(request)
    actor, waits = ANONYMOUS, False
    if brought.token or brought.session:
        actor, waits = await run_in_threadpool(_look_up, request, brought)
    if brought.token and not actor.known and marker.permission is not None:
        raise TokenRefused
    request.state.actor = actor
    if actor.language and LANGUAGE_COOKIE not in request.cookies:
        set_language(actor.language)
    if brought.session and not brought.token and actor.known:
        request.state.csrf_token = form_key(request.app.state.settings.secret, "session", brought.session)
        # A public route that writes (log-in, language) looks after itself.
        if request.method not in SAFE_METHODS and marker.permission is not None:
            await check_form_key(request, request.state.csrf_token)
    if marker.permission is not None:
        if waits and not actor.within_scope(marker.permission):
            raise SecondFactorMissing
        require(actor, marker.permission)
        if actor.role == "auditor":
            await run_in_threadpool(_note_read, request, actor)
    return actor


def _look_up(request: Request, brought: Credentials) -> tuple[Actor, bool]:
    """Return who asks, and whether a second step has to be set up before anything else."""
    with glance(request) as session:
        if brought.token:
            return _narrowed(session, request, actor_of_token(session, brought.token))
        found, waits = _narrowed(session, request, actor_of_session(session, brought.session or ""))
        stale = needs_touch(session, brought.session or "") if found.known else False
    if stale:
        with transaction(request) as session:
            touch(session, brought.session or "")
    return found, waits


def _narrowed(session: Session, request: Request, actor: Actor) -> tuple[Actor, bool]:
    """Let who needs a second step and has none do nothing but set it up: no rule, whoever asks it, allows more."""
    if not second_factor.required(request.app.state.settings, actor.role) or second_factor.is_on(session, actor.id):
        return actor, False
    return replace(actor, scopes=actor.scopes & {OWN} if "*" not in actor.scopes else frozenset({OWN})), True


def _note_read(request: Request, actor: Actor) -> None:
    """An auditor reads everything, so each of the reads is itself on record."""
    with transaction(request) as session:
        record(session, actor, f"read.{request.method.lower()}", "address", request.url.path)


async def check_form_key(request: Request, expected: str) -> None:
    """Raise FormKeyWrong unless the form, or the X-CSRF-Token header, carries `expected`."""
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith(FORM_TYPES):
        value = (await request.form()).get("csrf_token")
        given = value if isinstance(value, str) else ""
    if not keys_equal(given, expected):
        await request.close()  # a form that nobody reads any more may hold files
        raise FormKeyWrong
