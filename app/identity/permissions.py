"""Who may do what: the face that slices use, the rules of this slice, and the checks at start-up.

A slice states its rules in its `permissions.py`, each once:

    rule("rounds.freeze", roles={"manager"}, tells=mark("Only the programme manager freezes a round."))
    rule("needs.verify", roles={"officer"}, when=lambda actor, need: need.region_code.startswith(actor.region_code),
         tells=mark("You verify the needs of your own region only."))

A route names its permission, `actor: Annotated[Actor, requires("rounds.freeze")]`, and the service asks again with the
object: `require(actor, "rounds.freeze", round_)`. A route for everybody says why: `public("log-in form")`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from app.core.access import RULES, Marker, Rule, allows, public, require, requires, rule, visible_or_404
from app.core.i18n import mark
from app.identity.actor import ROLES

__all__ = [
    "RULES",
    "MarkedRoute",
    "Marker",
    "Rule",
    "allows",
    "check_routes",
    "marked_routes",
    "public",
    "require",
    "requires",
    "rule",
    "visible_or_404",
]

EVERYONE: Final = frozenset(ROLES)
INVITED_BY_MANAGERS: Final = frozenset({"sponsor", "officer", "partner", "reviewer", "host"})

rule("identity.own", roles=EVERYONE, tells=mark("You manage your own log-in only."))
rule(
    "users.view", roles={"admin", "auditor"}, tells=mark("Only administrators and auditors see the accounts of others.")
)
rule("users.manage", roles={"admin"}, tells=mark("Only an administrator manages accounts."))
rule(
    "organisations.view",
    roles=EVERYONE - {"applicant", "reviewer", "host"},
    tells=mark("Organisations are seen by those who work with them."),
)
rule("organisations.create", roles={"admin"}, tells=mark("Only an administrator registers organisations."))
rule(
    "invitations.view",
    roles={"admin", "manager", "auditor"},
    tells=mark("Invitations are seen by administrators, the programme manager and auditors."),
)
rule(
    "invitations.make",
    roles={"admin", "manager"},
    # The object is an invitation, made or to be made; a manager makes nobody who could make managers.
    when=lambda actor, invitation: actor.role == "admin" or invitation.role in INVITED_BY_MANAGERS,
    tells=mark(
        "The programme manager invites sponsors, officers, partners, reviewers and hosts; others an administrator."
    ),
)


@dataclass(frozen=True)
class MarkedRoute:
    """A route of the app as the checks see it."""

    path: str
    methods: frozenset[str]
    markers: tuple[Marker, ...]
    route: Any

    @property
    def permission(self) -> str | None:
        """The permission that the route asks for; None for a public one."""
        return self.markers[0].permission if self.markers else None


def marked_routes(app: FastAPI) -> Iterator[MarkedRoute]:
    """Yield every route of `app`, those of included routers too, with its markers; mounted files are left out."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        markers = tuple(_markers(getattr(context, "dependant", None)))
        yield MarkedRoute(context.path or "", frozenset(context.methods or ()), markers, context)


def _markers(dependant: Any) -> Iterator[Marker]:
    if dependant is None:
        return
    if isinstance(dependant.call, Marker):
        yield dependant.call
    for child in dependant.dependencies:
        yield from _markers(child)


def check_routes(app: FastAPI) -> None:
    """Refuse to start with a route without a marker, a permission without a rule, or a rule for an unknown role.

    Raises:
        RuntimeError: Naming every fault.
    """
    faults = [
        f"rule {stated.name}: unknown roles {sorted(stated.roles - EVERYONE)}"
        for stated in RULES.values()
        if stated.roles - EVERYONE
    ]
    for route in marked_routes(app):
        where = f"{' '.join(sorted(route.methods))} {route.path}"
        if len(route.markers) != 1:
            faults.append(f"{where}: {len(route.markers)} markers; give it one requires(...) or public(...)")
        elif route.permission is not None and route.permission not in RULES:
            faults.append(f"{where}: no rule for {route.permission}; state it in the slice's permissions.py")
    if faults:
        raise RuntimeError("the permissions are incomplete:\n" + "\n".join(sorted(faults)))
