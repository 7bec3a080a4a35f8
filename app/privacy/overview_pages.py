"""The page of whoever answers for the protection of data: what waits, what is late, and who has opened documents."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.core.database import reading
from app.core.i18n import mark
from app.core.templating import navigation, render
from app.documents.wording import KINDS
from app.identity.actor import ROLE_NAMES, Actor
from app.identity.permissions import requires
from app.privacy import overview

router = APIRouter(include_in_schema=False)
navigation("/data-protection", mark("Data protection"), {"admin", "auditor"}, group="running")
SHOWN: Final = 50
Desk = Annotated[Actor, requires("privacy.desk")]


@router.get("/data-protection")
def data_protection_page(
    request: Request, _: Desk, before: Annotated[int | None, Query(ge=1, le=10**12)] = None
) -> HTMLResponse:
    """Show what waits and what is late, and the documents that were opened, the newest first."""
    with reading(request) as session:
        reads = overview.latest_reads(session, before=before, most=SHOWN + 1)
        return render(
            request,
            "privacy/overview.html",
            figures=overview.overview_of(session, request.app.state.settings.retention_days),
            days=request.app.state.settings.retention_days,
            reads=reads[:SHOWN],
            more=reads[SHOWN - 1].number if len(reads) > SHOWN else None,
            kinds=KINDS,
            roles=ROLE_NAMES,
        )
