"""Forms for people who are not logged in yet, each with a key of its own.

Without it another site could log a visitor in under the attacker's account, or register in the visitor's name, and read afterwards
what the visitor wrote there.
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.core.problems import Problem
from app.core.templating import render
from app.identity.authentication import check_form_key
from app.identity.cookies import keep_cookie, login_cookie
from app.identity.errors import FormKeyWrong
from app.identity.secrets import form_key, new_secret
from app.settings import Settings


async def shown_by_us(request: Request) -> None:
    """Raise FormKeyWrong unless the form was shown by us to this browser."""
    settings: Settings = request.app.state.settings
    cookie = request.cookies.get(login_cookie(settings))
    if not cookie:
        raise FormKeyWrong
    await check_form_key(request, form_key(settings.secret, "login", cookie))


def open_form(request: Request, template: str, *, problem: Problem | None = None, **values: Any) -> HTMLResponse:
    """Return the page of a form for whoever is not logged in, with what was wrong the last time.

    Args:
        request: The request; its cookie is kept where there is one.
        template: The page.
        problem: Why the form is shown again; its status becomes the page's.
        values: What the page shows.
    """
    settings: Settings = request.app.state.settings
    cookie = request.cookies.get(login_cookie(settings)) or new_secret()
    page = render(
        request,
        template,
        headers={} if problem is None else {k: v for k, v in problem.headers.items() if k == "Retry-After"},
        problem=problem,
        csrf_token=form_key(settings.secret, "login", cookie),
        **values,
    )
    keep_cookie(page, settings, login_cookie(settings), cookie, None)
    return page
