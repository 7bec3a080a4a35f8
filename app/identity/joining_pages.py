"""Pages for who is not inside yet: registration, the links of mails, a forgotten password, the code after the password."""

from __future__ import annotations

import logging
import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.problems import Invalid, Problem, TooManyRequests
from app.identity import joining
from app.identity import login as door
from app.identity.actor import ROLE_NAMES
from app.identity.authentication import client_address, credentials
from app.identity.cookies import drop_cookie, keep_cookie, login_cookie, second_step_cookie, session_cookie
from app.identity.errors import CodeWrong, EmailTaken, LinkSpent
from app.identity.forms import open_form, shown_by_us
from app.identity.pages import safe_target
from app.identity.passwords import LONGEST as LONGEST_PASSWORD
from app.identity.passwords import SHORTEST
from app.identity.permissions import public
from app.identity.second_factor import LONGEST_CODE

router = APIRouter(include_in_schema=False)

AddressField = Annotated[str, Form(max_length=254)]
PasswordField = Annotated[str, Form(max_length=LONGEST_PASSWORD)]
SecretField = Annotated[str, Form(max_length=100)]


class WithoutSecrets(logging.Filter):
    """Keeps the secrets of links out of the web server's log."""

    SECRET: Final = re.compile(r"/(welcome|reset)/[^ ?#\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the line through without the secret."""
        if isinstance(record.args, tuple):
            record.args = tuple(self.SECRET.sub(r"/\1/…", one) if isinstance(one, str) else one for one in record.args)
        return True


logging.getLogger("uvicorn.access").addFilter(WithoutSecrets())


@router.get("/register", dependencies=[public("registration of applicants")])
def register_form(request: Request) -> Response:
    """Show the form for who wants to become a volunteer."""
    return open_form(request, "identity/register.html", email="", name="")


@router.post("/register", dependencies=[public("registration of applicants"), Depends(shown_by_us)])
def register_page(
    request: Request, email: AddressField = "", name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Send the mail, and say so, the same for every address."""
    state = request.app.state
    try:
        joining.register(state.database, state.settings, email=email, name=name, address=client_address(request))
    except (Invalid, TooManyRequests) as problem:
        return open_form(request, "identity/register.html", problem=problem, email=email, name=name)
    return RedirectResponse("/mail-sent", 303)


@router.get("/mail-sent", dependencies=[public("what follows a registration or a reset")])
def mail_sent_page(request: Request) -> Response:
    """Tell to look into the mailbox."""
    return open_form(request, "identity/mail_sent.html", mail_server=request.app.state.settings.mails)


@router.get("/welcome/{token}", dependencies=[public("the link of a registration or an invitation")])
def welcome_form(request: Request, token: str) -> Response:
    """Ask for the password of the account to be."""
    return _password_form(request, token, opening=True)


@router.post("/welcome", dependencies=[public("the link of a registration or an invitation"), Depends(shown_by_us)])
def welcome_page(request: Request, token: SecretField = "", password: PasswordField = "") -> Response:
    """Make the account and lead to the log-in."""
    state = request.app.state
    try:
        joining.welcome(state.database, state.settings, token, password, address=client_address(request))
    except (Invalid, TooManyRequests, EmailTaken) as problem:
        return _password_form(request, token, opening=True, problem=problem)
    return RedirectResponse("/login?done=welcome", 303)


@router.get("/reset", dependencies=[public("for whoever forgot the password")])
def ask_reset_form(request: Request) -> Response:
    """Ask whose password was forgotten."""
    return open_form(request, "identity/ask_reset.html", email="")


@router.post("/reset", dependencies=[public("for whoever forgot the password"), Depends(shown_by_us)])
def ask_reset_page(request: Request, email: AddressField = "") -> Response:
    """Send the mail, and say so, the same for every address."""
    state = request.app.state
    try:
        joining.ask_reset(state.database, state.settings, email=email, address=client_address(request))
    except (Invalid, TooManyRequests) as problem:
        return open_form(request, "identity/ask_reset.html", problem=problem, email=email)
    return RedirectResponse("/mail-sent", 303)


@router.get("/reset/{token}", dependencies=[public("the link of a reset")])
def reset_form(request: Request, token: str) -> Response:
    """Ask for the new password."""
    return _password_form(request, token, opening=False)


@router.post("/new-password", dependencies=[public("the link of a reset"), Depends(shown_by_us)])
def reset_page(request: Request, token: SecretField = "", password: PasswordField = "") -> Response:
    """Set the new password and lead to the log-in."""
    state = request.app.state
    try:
        joining.reset(state.database, state.settings, token, password, address=client_address(request))
    except (Invalid, TooManyRequests) as problem:
        return _password_form(request, token, opening=False, problem=problem)
    return RedirectResponse("/login?done=reset", 303)


@router.get("/login/code", dependencies=[public("log-in form")])
def code_form(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Ask for the code after the password."""
    if second_step_cookie(request.app.state.settings) not in request.cookies:
        return RedirectResponse("/login", 303)
    return open_form(request, "identity/code.html", next=safe_target(next))


@router.post("/login/code", dependencies=[public("log-in form"), Depends(shown_by_us)])
def code_page(
    request: Request,
    code: Annotated[str, Form(max_length=LONGEST_CODE)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 - the name in the form
) -> Response:
    """Finish the log-in and lead on."""
    state = request.app.state
    waiting = request.cookies.get(second_step_cookie(state.settings), "")
    before, address = credentials(request).session, client_address(request)
    try:
        secret = door.finish_log_in(state.database, state.settings, waiting, code, address=address, before=before)
    except (CodeWrong, TooManyRequests) as problem:
        return open_form(request, "identity/code.html", problem=problem, next=safe_target(next))
    except LinkSpent:
        return RedirectResponse("/login", 303)
    response = RedirectResponse(safe_target(next), 303)
    keep_cookie(response, state.settings, session_cookie(state.settings), secret, state.settings.session_hours * 3600)
    for name in (login_cookie(state.settings), second_step_cookie(state.settings)):
        drop_cookie(response, state.settings, name)
    return response


def _password_form(request: Request, token: str, *, opening: bool, problem: Problem | None = None) -> Response:
    state = request.app.state
    link = joining.look_at(state.database, state.settings, token, opening=opening, address=client_address(request))
    return open_form(
        request,
        "identity/choose_password.html",
        problem=problem,
        token=token,
        opening=opening,
        link=link,
        role=ROLE_NAMES.get(link.role or ""),
        shortest=SHORTEST,
    )
