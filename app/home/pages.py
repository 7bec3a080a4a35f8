"""The home page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.applicants.wording import STATES
from app.core.access import Actor, requires
from app.core.database import reading
from app.core.i18n import mark
from app.core.templating import navigation, render
from app.home import permissions, queries
from app.identity.actor import ROLE_NAMES, ROLES
from app.offers.place import latest_own
from app.rounds.steps import STATES as ROUND_STATES

router = APIRouter(include_in_schema=False)
navigation("/home", mark("Home"), set(ROLES), first=True)

WAITS = {
    "to approve": mark("results to approve"),
    "to publish": mark("rounds to publish"),
    "to fill": mark("free seats with a proposal"),
    "to review": mark("applications to read"),
    "corrections": mark("corrections to settle"),
    "breaches": mark("breaches to close"),
}
__all__ = ["permissions", "router"]


@router.get("/home")
def home(request: Request, actor: Annotated[Actor, requires("home.view")]) -> HTMLResponse:
    """Show what concerns the person who looks: applications, needs and money, each as far as the role sees them."""
    with reading(request) as session:
        application = queries.own_application(session, actor)
        return render(
            request,
            "home/home.html",
            role=ROLE_NAMES[actor.role],
            states=STATES,
            applicants=queries.applicants_by_state(session, actor),
            application=application,
            offer=latest_own(session, actor) if actor.role == "applicant" else None,
            needs=queries.needs_by_province(session, actor),
            rounds=queries.newest_rounds(session, actor),
            round_states=ROUND_STATES,
            calm=actor.role in queries.COUNTS_PEOPLE,
            waiting=queries.waiting(session, actor),
            waits=WAITS,
            funds=queries.own_funds(session, actor),
        )
