"""The door for people: the log-in form, logging out, the switch of language."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.database import transaction
from app.core.i18n import LANGUAGE_COOKIE, LANGUAGES, mark
from app.core.problems import FieldError, Invalid, Problem, TooManyRequests
from app.identity import login as door
from app.identity import service
from app.identity.actor import Actor
from app.identity.authentication import client_address, credentials
from app.identity.cookies import drop_cookie, keep_cookie, login_cookie, second_step_cookie, session_cookie
from app.identity.errors import FormKeyWrong, LoginRefused
from app.identity.forms import open_form, shown_by_us
from app.identity.permissions import public, requires
from app.settings import Settings

router = APIRouter(include_in_schema=False)

HOME: Final = "/home"
YEAR: Final = 365 * 24 * 3600
DONE: Final = {
    "welcome": mark("Your account is ready. Log in with your password."),
    "reset": mark("Your new password is set. Log in with it."),
}


def safe_target(wanted: str) -> str:
    """Return `wanted` where it is a path of this site, else the home page: no address of another site gets through.

    Browsers read a backslash as a slash and drop tabs and line breaks, so none of these is taken.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return HOME
    return wanted


def from_elsewhere(request: Request) -> bool:
    """Tell whether the browser says that another site's page sent this request."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


@router.get("/")
def front_door(actor: Annotated[Actor, public("front door")]) -> RedirectResponse:
    """Lead to the home page, or to the log-in form."""
    return RedirectResponse(HOME if actor.known else "/login", 303)


@router.get("/login")
def login_form(
    request: Request,
    actor: Annotated[Actor, public("log-in form")],
    next: str = HOME,  # noqa: A002 - the name in the address
    done: str = "",
) -> Response:
    """Show the log-in form, with what was just done where something was."""
    if actor.known:
        return RedirectResponse(safe_target(next), 303)
    return open_door(request, target=safe_target(next), done=DONE.get(done))


def open_door(
    request: Request,
    *,
    target: str,
    email: str = "",
    done: str | None = None,
    problem: Problem | None = None,
) -> Response:
    """Return the log-in form, with the way through another service where there is one."""
    settings: Settings = request.app.state.settings
    elsewhere = settings.oidc_name if settings.oidc_issuer else None
    values = {"next": target, "email": email, "done": done, "elsewhere": elsewhere}
    return open_form(request, "identity/login.html", problem=problem, **values)


@router.post("/login", dependencies=[public("log-in form"), Depends(shown_by_us)])
def log_in_page(
    request: Request,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = HOME,  # noqa: A002 - the name in the form
) -> Response:
    """Log in and lead on to the page that was asked for."""
    state = request.app.state
    try:
        entered = door.log_in_browser(
            state.database,
            state.settings,
            email,
            password,
            address=client_address(request),
            before=credentials(request).session,
        )
    except (LoginRefused, TooManyRequests) as problem:
        return open_door(request, target=safe_target(next), email=email, problem=problem)
    return lead_in(state.settings, entered, safe_target(next))


def lead_in(settings: Settings, entered: door.Entered, target: str) -> RedirectResponse:
    """Lead on whoever has come in, or half in, with the cookie of that."""
    if entered.session is None:
        response = RedirectResponse(f"/login/code?next={quote(target)}", 303)
        keep_cookie(response, settings, second_step_cookie(settings), entered.second_step or "", None)
        return response
    response = RedirectResponse("/account" if entered.incomplete else target, 303)
    keep_cookie(response, settings, session_cookie(settings), entered.session, settings.session_hours * 3600)
    drop_cookie(response, settings, login_cookie(settings))
    return response


@router.post("/logout")
def log_out_page(request: Request, actor: Annotated[Actor, requires("identity.own")]) -> RedirectResponse:
    """End the session and lead back to the log-in form."""
    brought = credentials(request)
    with transaction(request) as session:
        door.log_out(session, actor, token=brought.token, cookie=brought.session)
    response = RedirectResponse("/login", 303)
    drop_cookie(response, request.app.state.settings, session_cookie(request.app.state.settings))
    return response


@router.post("/language")
def choose_language(
    request: Request,
    actor: Annotated[Actor, public("switch of language")],
    language: Annotated[str, Form()] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the name in the form
) -> RedirectResponse:
    """Remember the language, in the browser and with the account, and lead back."""
    if from_elsewhere(request):
        raise FormKeyWrong
    if language not in LANGUAGES:
        raise Invalid(
            errors=[
                FieldError(
                    "/language",
                    "not_one_of",
                    mark("This is not one of the possible values."),
                    mark("Use one of: {expected}."),
                    {"expected": ", ".join(LANGUAGES)},
                )
            ]
        )
    if actor.known and language != actor.language:
        with transaction(request) as session:
            service.choose_language(session, actor, language)
    response = RedirectResponse(safe_target(next), 303)
    keep_cookie(response, request.app.state.settings, LANGUAGE_COOKIE, language, YEAR)
    return response
