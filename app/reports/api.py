"""Reports, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request

from app.applicants import queries as applicants
from app.core.database import reading
from app.core.openapi import problem_responses
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.reports.funnel import funnel_of
from app.reports.permissions import FUNNEL
from app.reports.schemas import FunnelOut

router = APIRouter(prefix="/api/v1", tags=["Reports"])


@router.get("/cohorts/{cohort_id}/funnel", summary="Show a cohort's selection", responses=problem_responses(404))
def show_funnel(request: Request, cohort_id: str, actor: Annotated[Actor, requires(FUNNEL)]) -> FunnelOut:
    """Show how many applications came how far, by province and gender too; there, numbers below five are hidden."""
    with reading(request) as session:
        return funnel_of(session, applicants.cohort(session, actor, cohort_id).id)
