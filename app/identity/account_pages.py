"""The page of one's own account: the password, and the second step at log-in."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.problems import Problem
from app.core.templating import navigation, render
from app.identity import login as door
from app.identity import queries, second_factor
from app.identity.actor import ROLE_NAMES, ROLES, Actor
from app.identity.authentication import client_address, credentials
from app.identity.passwords import LONGEST as LONGEST_PASSWORD
from app.identity.passwords import SHORTEST
from app.identity.permissions import requires
from app.identity.second_factor import LONGEST_CODE

router = APIRouter(include_in_schema=False)
navigation("/account", mark("Account"), set(ROLES), group="own")

Own = Annotated[Actor, requires("identity.own")]
PasswordField = Annotated[str, Form(max_length=LONGEST_PASSWORD)]
CodeField = Annotated[str, Form(max_length=LONGEST_CODE)]
DONE: Final = {
    "password": mark("Your password was changed. Every other log-in of yours has ended."),
    "off": mark("Your account does not ask for codes any more."),
}


@router.get("/account")
def account_page(request: Request, actor: Own, done: str = "") -> Response:
    """Show the own account."""
    return _page(request, actor, done=DONE.get(done))


@router.post("/account/password")
def change_password_page(
    request: Request, actor: Own, present_password: PasswordField = "", new_password: PasswordField = ""
) -> Response:
    """Change the own password."""
    state = request.app.state
    try:
        door.change_password(
            state.database,
            state.settings,
            actor,
            present=present_password,
            new=new_password,
            address=client_address(request),
            kept=_kept(request),
        )
    except Problem as problem:
        return _page(request, actor, problem=problem)
    return RedirectResponse("/account?done=password", 303)


@router.post("/account/second-factor")
def begin_second_factor_page(request: Request, actor: Own, password: PasswordField = "") -> Response:
    """Make a key for the app and show it."""
    state = request.app.state
    try:
        door.check_password(state.database, state.settings, actor, password, address=client_address(request))
        with transaction(request) as session:
            key = second_factor.begin(session, state.settings, actor)
    except Problem as problem:
        return _page(request, actor, problem=problem)
    return render(request, "identity/second_factor.html", key=key, problem=None)


@router.post("/account/second-factor/confirm")
def confirm_second_factor_page(request: Request, actor: Own, code: CodeField = "") -> Response:
    """Turn the second step on and show the recovery codes once."""
    state = request.app.state
    try:
        codes = second_factor.confirm(state.database, state.settings, actor, code, kept=_kept(request))
    except Problem as problem:
        with reading(request) as session:
            key = second_factor.waiting_key(session, state.settings, actor)
        if key is None:
            return _page(request, actor, problem=problem)
        return render(request, "identity/second_factor.html", key=key, problem=problem)
    return render(request, "identity/recovery_codes.html", codes=codes)


@router.post("/account/second-factor/off")
def turn_second_factor_off_page(
    request: Request, actor: Own, password: PasswordField = "", code: CodeField = ""
) -> Response:
    """Turn the second step off."""
    state = request.app.state
    try:
        door.check_password(state.database, state.settings, actor, password, address=client_address(request))
        second_factor.turn_off(state.database, state.settings, actor, code)
    except Problem as problem:
        return _page(request, actor, problem=problem)
    return RedirectResponse("/account?done=off", 303)


def _kept(request: Request) -> tuple[str, ...]:
    brought = credentials(request)
    return tuple(secret for secret in (brought.token, brought.session) if secret is not None)


def _page(request: Request, actor: Actor, *, problem: Problem | None = None, done: str | None = None) -> Response:
    with reading(request) as session:
        user = queries.own(session, actor)
        standing = second_factor.standing(session, request.app.state.settings, actor)
    values: dict[str, Any] = {"user": user, "role": ROLE_NAMES[user.role], "standing": standing, "shortest": SHORTEST}
    return render(request, "identity/account.html", problem=problem, done=done, **values)
