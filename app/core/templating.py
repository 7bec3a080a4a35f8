"""Pages from Jinja templates: `render(request, "rounds/show.html", actor=actor, ...)` finds `app/rounds/templates/show.html`."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from app.core.i18n import APP_FOLDER, LANGUAGES, current_language, day, gettext, moment, ngettext, number, rupiah
from app.core.problems import Problem


@cache
def environment() -> Environment:
    """Return the one environment; every slice's `templates/` folder is a prefix."""
    loaders = {path.parent.name: FileSystemLoader(path) for path in sorted(APP_FOLDER.glob("*/templates"))}
    jinja = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    jinja.install_gettext_callables(_gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    jinja.globals["_"] = _gettext
    jinja.filters.update({"rupiah": rupiah, "number": number, "day": day, "moment": moment})
    return jinja


@pass_context
def _gettext(context: Context, message: str, **facts: Any) -> str:
    """Translate a literal of a template; facts are escaped with the rest of the expression."""
    del context
    return gettext(message, **facts)


def render(
    request: Request,
    template: str,
    /,
    *,
    status_code: int = 200,
    problem: Problem | None = None,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return the page in the request's language; where it shows a `problem`, with that problem's status.

    `actor`, `csrf_token` and `navigation` come from the request when a permission marker has resolved them.
    """
    state = request.state
    shown = {
        "actor": getattr(state, "actor", None),
        "csrf_token": getattr(state, "csrf_token", ""),
        "navigation": navigation_for(getattr(state, "actor", None)),
        "language": current_language(),
        "languages": LANGUAGES,
        "path": request.url.path,
        "query": request.url.query,
        "problem": problem,
        **values,
    }
    text = environment().get_template(template).render(shown)
    if problem is not None:
        status_code = problem.status
    return HTMLResponse(text, status_code=status_code, headers={"Cache-Control": "no-store", **(headers or {})})


_navigation: list[tuple[str, str, frozenset[str]]] = []


def navigation(path: str, label: str, roles: set[str], *, first: bool = False) -> None:
    """Show a link in the menu of these roles; called once by a slice's `pages.py`. `label` is a catalogue key.

    The menu is in the order of the calls; `first` puts a link before all others.
    """
    entry = (path, label, frozenset(roles))
    if entry not in _navigation:
        _navigation.insert(0 if first else len(_navigation), entry)


def navigation_for(actor: Any) -> list[tuple[str, str]]:
    """Return (path, label) of the links that this actor's role sees."""
    role = getattr(actor, "role", None)
    return [(path, label) for path, label, roles in _navigation if role in roles]
