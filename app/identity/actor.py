"""The person (or program) on whose behalf something is done."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

ROLES: Final = ("manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor")
EVERYTHING: Final = frozenset({"*"})


@dataclass(frozen=True)
class Actor:
    """Who acts, resolved once per request.

    Attributes:
        id: The user's id; empty for an anonymous visitor, `system` for the worker.
        role: One of `ROLES`, or `anonymous`, or `system`.
        organisation_id: The sponsor, partner or government that the person belongs to.
        region_code: The region an officer is responsible for; it covers the regions below it.
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
