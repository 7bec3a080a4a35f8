"""Pages from Jinja templates: `render(request, "rounds/show.html", actor=actor, ...)` finds `app/rounds/templates/show.html`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from app.core.i18n import APP_FOLDER, LANGUAGES, current_language, day, gettext, mark, moment, ngettext, number, rupiah
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


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the menu that leads somewhere; `label` is a catalogue key."""

    path: str
    label: str

    def marks(self, path: str) -> str | None:
        """Return the value of `aria-current` where the reader is at `path`: `page`, `true` below it, or None."""
        if path == self.path:
            return "page"
        return "true" if path.startswith(f"{self.path}/") else None


@dataclass(frozen=True, slots=True)
class Group:
    """An entry of the menu that opens into links of one kind."""

    label: str
    links: tuple[Link, ...]

    def marks(self, path: str) -> str | None:
        """Return `true` where the reader is at one of its links, or below."""
        return "true" if any(link.marks(path) for link in self.links) else None


# In the order of the menu; links of no group stand before them.
GROUPS: Final = {
    "people": mark("Applicants"),
    "placing": mark("Placing"),
    "service": mark("Service"),
    "running": mark("Programme"),
    "own": mark("My account"),
}
_navigation: list[tuple[str, str, frozenset[str], str]] = []


def navigation(path: str, label: str, roles: set[str], *, group: str = "", first: bool = False) -> None:
    """Show a link in the menu of these roles; called once by a slice's `pages.py`. `label` is a catalogue key.

    Links of one `group` (a key of GROUPS) stand together, in the order of the calls; `first` puts a link before all others.
    """
    entry = (path, label, frozenset(roles), group)
    if entry not in _navigation:
        _navigation.insert(0 if first else len(_navigation), entry)


def navigation_for(actor: Any) -> list[Link | Group]:
    """Return the menu of this actor's role: links, and groups of two links or more."""
    role = getattr(actor, "role", None)
    found: dict[str, list[Link]] = {"": [], **{group: [] for group in GROUPS}}
    for path, label, roles, group in _navigation:
        if role in roles:
            found[group].append(Link(path, label))
    menu: list[Link | Group] = list(found.pop(""))
    for group, links in found.items():
        menu += [Group(GROUPS[group], tuple(links))] if len(links) > 1 else links
    return menu
