"""The person (or program) on whose behalf something is done, and the roles there are."""

from __future__ import annotations

from typing import Final

from app.core.access import ANONYMOUS, EVERYTHING, SYSTEM, Actor

ROLES: Final = ("manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host", "admin", "auditor")

__all__ = ["ANONYMOUS", "EVERYTHING", "ROLES", "SYSTEM", "Actor"]
