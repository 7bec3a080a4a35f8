"""The way to another service that knows who somebody is, and back."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.problems import NotFound, TooManyRequests
from app.identity import login as door
from app.identity.actor import Actor
from app.identity.authentication import client_address, credentials
from app.identity.cookies import drop_cookie, elsewhere_cookie, keep_cookie
from app.identity.elsewhere import CALLBACK, Asked, Elsewhere, service_of
from app.identity.errors import ElsewhereAway, ElsewhereRefused, NoAccountHere
from app.identity.pages import HOME, lead_in, open_door, safe_target
from app.identity.permissions import public
from app.identity.secrets import new_secret
from app.settings import Settings

router = APIRouter(include_in_schema=False)

GONE_SECONDS: Final = 600
"""How long somebody may take to log in there."""
LONGEST: Final = 4000


@router.get("/login/elsewhere")
def go_elsewhere(
    request: Request,
    actor: Annotated[Actor, public("log-in by another service")],
    next: str = HOME,  # noqa: A002 - the name in the address
) -> Response:
    """Send the browser to the other service, with a cookie by which its answer is known again."""
    settings: Settings = request.app.state.settings
    service, target = _service(request), safe_target(next[:LONGEST])
    if actor.known:
        return RedirectResponse(target, 303)
    cookie = f"{new_secret()}.{base64.urlsafe_b64encode(target.encode()).decode().rstrip('=')}"
    try:
        address = service.address(Asked(settings.secret, cookie))
    except ElsewhereAway as problem:
        return open_door(request, target=target, problem=problem)
    response = RedirectResponse(address, 303)
    keep_cookie(response, settings, elsewhere_cookie(settings), cookie, GONE_SECONDS)
    return response


@router.get(CALLBACK)
def come_back(request: Request, _: Annotated[Actor, public("log-in by another service")]) -> Response:
    """Let in whoever the other service confirms; the answer is good for one try."""
    settings: Settings = request.app.state.settings
    service, cookie = _service(request), request.cookies.get(elsewhere_cookie(settings), "")
    target = _target(cookie)
    response = _answered(request, service, cookie, target)
    drop_cookie(response, settings, elsewhere_cookie(settings))
    return response


def _answered(request: Request, service: Elsewhere, cookie: str, target: str) -> Response:
    state, address = request.app.state, client_address(request)
    answer = {name: value for name, value in request.query_params.items() if len(value) <= LONGEST}
    try:
        door.count_try_elsewhere(state.database, state.settings, address)
        email = service.confirmed_email(Asked(state.settings.secret, cookie), answer)
        entered = door.log_in_elsewhere(
            state.database, state.settings, email, address=address, before=credentials(request).session
        )
    except (ElsewhereAway, ElsewhereRefused, NoAccountHere, TooManyRequests) as problem:
        return open_door(request, target=target, problem=problem)
    return lead_in(state.settings, entered, target)


def _service(request: Request) -> Elsewhere:
    settings: Settings = request.app.state.settings
    if not settings.oidc_issuer:
        raise NotFound
    return service_of(settings)


def _target(cookie: str) -> str:
    """Return where somebody wanted to go; the cookie is bound to the answer's state, but is looked at all the same."""
    written = cookie.partition(".")[2]
    try:
        return safe_target(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError):
        return HOME
