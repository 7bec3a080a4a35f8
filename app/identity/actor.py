"""The person (or program) on whose behalf something is done, and the roles there are."""

from __future__ import annotations

from typing import Final

from app.core.access import ANONYMOUS, EVERYTHING, SYSTEM, Actor
from app.core.i18n import mark

ROLES: Final = ("manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor")

# As people call them; keys of the catalogue.
ROLE_NAMES: Final = {
    "manager": mark("Programme manager"),
    "reviewer": mark("Reviewer"),
    "applicant": mark("Applicant"),
    "sponsor": mark("Sponsor"),
    "officer": mark("Government officer"),
    "partner": mark("Partner organisation"),
    "host": mark("Host school"),
    "admin": mark("Administrator"),
    "auditor": mark("Auditor"),
}

__all__ = ["ANONYMOUS", "EVERYTHING", "ROLES", "ROLE_NAMES", "SYSTEM", "Actor"]
