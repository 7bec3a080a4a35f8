"""Editing by two: an ETag from the row's version, and If-Match required on every edit.

def edit(request: Request, school_id: str, body: SchoolIn, match: IfMatch, actor: ...) -> Response:
    with transaction(request) as session:
        school = service.edit(session, actor, school_id, body, match)   # calls match.check(school.version)
        ...
    return with_etag(out, school.version)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.core.i18n import mark
from app.core.problems import Problem


class PreconditionRequired(Problem):
    """428: an edit without If-Match could overwrite another person's work."""

    code = "precondition_required"
    status = 428
    title = mark("Say which version you edit")
    message = mark("Load the thing first and send its ETag in If-Match, so that nobody's change is overwritten.")


class Stale(Problem):
    """412: somebody changed the thing meanwhile."""

    code = "stale"
    status = 412
    title = mark("Changed by somebody else")
    message = mark("Somebody changed this while you edited it. Load it again and repeat your change.")


def etag(version: int) -> str:
    """Return the ETag of a row's version."""
    return f'"v{version}"'


@dataclass(frozen=True)
class Match:
    """The versions that the client knows; None for `*`, any version."""

    versions: frozenset[int] | None

    def check(self, version: int) -> None:
        """Raise Stale unless the row's present `version` is one that the client knows."""
        if self.versions is not None and version not in self.versions:
            raise Stale(headers={"ETag": etag(version)}, more={"current": etag(version)})


ANY_VERSION = Match(None)


def if_match(
    if_match: Annotated[
        str | None, Header(description="ETag of the version that is edited.", examples=['"v3"'])
    ] = None,
) -> Match:
    """Read If-Match; raise PreconditionRequired where it is missing."""
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() == "*":
        return ANY_VERSION
    return Match(frozenset(int(found) for found in re.findall(r'"v(\d{1,18})"', if_match)))


IfMatch = Annotated[Match, Depends(if_match)]


def with_etag(body: BaseModel, version: int, *, status_code: int = 200, **headers: str) -> JSONResponse:
    """Return `body` as JSON with the ETag of `version`."""
    content: Any = body.model_dump(mode="json")
    return JSONResponse(content, status_code, headers={"ETag": etag(version), **headers})
