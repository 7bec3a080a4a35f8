"""Who acts, and one registry of who may do what; what no rule allows is refused.

The mechanism only: which roles exist, and how a visitor is recognised, is `app.identity`'s matter, which re-exports all of
this. It stands here so that the lowest slices (jobs, audit) can guard their routes too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.core.i18n import mark
from app.core.problems import Forbidden, NotFound, Unauthorised

T = TypeVar("T")
EVERYTHING: Final = frozenset({"*"})


@dataclass(frozen=True)
class Actor:
    """Who acts, resolved once per request.

    Attributes:
        id: The user's id; empty for an anonymous visitor, `system` for the worker.
        role: The role's code, or `anonymous`, or `system`.
        organisation_id: The organisation that the person belongs to.
        region_code: The region a person is responsible for; it covers the regions below it.
        scopes: What a token is limited to, as patterns over permission names (`rounds.*`, `*.view`); `*` is all.
        name: How the person is shown.
        language: The person's own language, or None to follow the browser.
    """

    id: str
    role: str
    organisation_id: str | None = None
    region_code: str | None = None
    scopes: frozenset[str] = EVERYTHING
    name: str = ""
    language: str | None = None

    @property
    def known(self) -> bool:
        """Whether somebody is logged in."""
        return self.role != "anonymous"

    def within_scope(self, permission: str) -> bool:
        """Tell whether the token's scopes cover `permission`."""
        return any(fnmatchcase(permission, scope) for scope in self.scopes)


ANONYMOUS: Final = Actor(id="", role="anonymous")
SYSTEM: Final = Actor(id="system", role="system", name="Gotong")

Condition = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Rule:
    """Who may do one thing: roles, and a condition on the object."""

    name: str
    roles: frozenset[str]
    when: Condition | None
    tells: str


RULES: Final[dict[str, Rule]] = {}


def rule(
    name: str,
    *,
    roles: set[str] | frozenset[str],
    when: Condition | None = None,
    tells: str = Forbidden.message,
) -> None:
    """State who may do `name` (`slice.verb`).

    Args:
        name: The permission, unique in the whole service.
        roles: The roles that may.
        when: A condition on (actor, object); asked only where an object is given.
        tells: What a person who may not is told; a catalogue key.

    Raises:
        ValueError: For a permission that has a rule already.
    """
    if name in RULES:
        raise ValueError(f"the permission {name} has a rule already")
    RULES[name] = Rule(name, frozenset(roles), when, tells)


def allows(actor: Actor, permission: str, obj: object | None = None) -> bool:
    """Tell whether `actor` may; without an object only the role and the token's scopes are looked at."""
    stated = RULES.get(permission)
    if stated is None or actor.role not in stated.roles or not actor.within_scope(permission):
        return False
    return obj is None or stated.when is None or bool(stated.when(actor, obj))


def require(actor: Actor, permission: str, obj: object | None = None) -> None:
    """Raise Unauthorised for an anonymous visitor, Forbidden for one who may not; return for one who may."""
    if allows(actor, permission, obj):
        return
    if not actor.known:
        raise Unauthorised
    stated = RULES.get(permission)
    if stated is not None and actor.role in stated.roles and not actor.within_scope(permission):
        raise Forbidden(mark("The token's scopes do not cover {permission}."), permission=permission)
    raise Forbidden(stated.tells if stated else None)


def visible_or_404(obj: T | None) -> T:
    """Return `obj`; None (not there, or not visible to the actor) is a 404."""
    if obj is None:
        raise NotFound
    return obj


def row_or_404(session: Session, statement: Select[T], *, writing: bool = False) -> T:
    """Return the one row that a statement of what the actor may see finds; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    if writing:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return visible_or_404(session.scalar(statement))


class Marker:
    """The dependency that names what a route asks of its visitor, and gives the endpoint its actor."""

    def __init__(self, permission: str | None, reason: str | None = None) -> None:
        self.permission = permission
        self.reason = reason

    async def __call__(self, request: Request) -> Actor:
        """Return the actor of `request`, who may do what the route does."""
        recognise: Callable[[Request, Marker], Awaitable[Actor]] = request.app.state.recognise
        return await recognise(request, self)


def requires(permission: str) -> Any:
    """Mark a route: only who may do `permission`; gives the endpoint its `Actor`."""
    return Depends(Marker(permission))


def public(reason: str) -> Any:
    """Mark a route as open to everybody, with the reason; gives the endpoint its `Actor`, perhaps `ANONYMOUS`."""
    return Depends(Marker(None, reason))
