"""The cookies of the door: their names, and the attributes with which they are set and deleted."""

from __future__ import annotations

from fastapi.responses import Response

from app.settings import Settings


def session_cookie(settings: Settings) -> str:
    """Return the session cookie's name; the prefix binds it to this host and to TLS in production."""
    return "__Host-gotong_session" if settings.production else "gotong_session"


def login_cookie(settings: Settings) -> str:
    """Return the name of the cookie under which a log-in form is shown."""
    return "__Host-gotong_login" if settings.production else "gotong_login"


def second_step_cookie(settings: Settings) -> str:
    """Return the name of the cookie of a log-in whose password was right and whose code is asked for."""
    return "__Host-gotong_second_step" if settings.production else "gotong_second_step"


def elsewhere_cookie(settings: Settings) -> str:
    """Return the name of the cookie of somebody who was sent to log in elsewhere."""
    return "__Host-gotong_elsewhere" if settings.production else "gotong_elsewhere"


def keep_cookie(response: Response, settings: Settings, name: str, value: str, seconds: int | None) -> None:
    """Set a cookie for `seconds`, or until the browser closes; no script and no other site's form gets it."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, secure=settings.production, samesite="lax"
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Delete a cookie, with the attributes it was set with: browsers ignore a `__Host-` cookie without Secure."""
    response.delete_cookie(name, path="/", httponly=True, secure=settings.production, samesite="lax")
