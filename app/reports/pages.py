"""The page of a cohort's selection: how many came how far, as a drawing and as tables."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.applicants import queries as applicants
from app.applicants.wording import GENDERS
from app.core.database import reading
from app.core.i18n import mark
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.reports import funnel
from app.reports.permissions import FUNNEL
from app.reports.schemas import STAGES

router = APIRouter(include_in_schema=False)
navigation("/selection", mark("Selection"), {"manager", "auditor"}, group="people")

STAGE_NAMES: Final = {
    "applied": mark("Begun"),
    "complete": mark("Sent"),
    "reviewed": mark("Reviewed"),
    "in_pool": mark("Taken into the pool"),
    "placed": mark("Offered a place"),
    "accepted": mark("Place accepted"),
    "arrived": mark("Arrived"),
}


@router.get("/selection")
def selection_page(
    request: Request,
    actor: Annotated[Actor, requires(FUNNEL)],
    cohort: Annotated[str, Query(max_length=36)] = "",
) -> HTMLResponse:
    """Show the funnel of a cohort, of the newest where none is named."""
    with reading(request) as session:
        cohorts = applicants.cohorts_by_year(session, actor)
        chosen = applicants.cohort(session, actor, cohort) if cohort else next(iter(cohorts), None)
        return render(
            request,
            "reports/selection.html",
            cohorts=cohorts,
            chosen=chosen,
            found=None if chosen is None else funnel.funnel_of(session, chosen.id),
            stages=[STAGE_NAMES[stage] for stage in STAGES],
            genders=GENDERS,
            fewest=funnel.FEWEST,
        )
