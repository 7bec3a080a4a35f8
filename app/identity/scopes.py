"""What a token is limited to: patterns over permission names, and which pattern lies within which."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Final

from app.core.access import RULES
from app.core.i18n import mark
from app.core.problems import FieldError

# `*`, `rounds.*`, `*.view`, `rounds.solve`. Within these forms a pattern lies within another exactly where it, read as a
# plain text, is matched by the other; wider forms (`r?unds.*`) would need an algorithm for that.
_SCOPE: Final = re.compile(r"\*|(?:\*|[a-z_]+)\.(?:\*|[a-z_]+)")


def scope_faults(scopes: Iterable[str], pointer: str = "/scopes") -> list[FieldError]:
    """Return an error for each scope that is badly written or matches no permission of the service."""
    return [
        FieldError(
            f"{pointer}/{index}",
            "unknown_scope",
            mark("No permission is called {scope}."),
            mark("Use * for all, a slice (rounds.*), a verb (*.view) or one permission (rounds.solve)."),
            {"scope": scope},
        )
        for index, scope in enumerate(scopes)
        if not _SCOPE.fullmatch(scope) or not any(fnmatchcase(name, scope) for name in RULES)
    ]


def first_beyond(own: Collection[str], wanted: Iterable[str]) -> str | None:
    """Return the first of the `wanted` scopes that is not within one of the `own`; None where all are."""
    return next((scope for scope in wanted if not any(fnmatchcase(scope, mine) for mine in own)), None)
