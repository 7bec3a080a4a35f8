"""The page of invitations, for who runs the programme."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.i18n import LANGUAGES, mark
from app.core.problems import Forbidden, Problem
from app.core.templating import navigation, render
from app.identity import joining, queries
from app.identity.actor import ROLE_NAMES, Actor
from app.identity.joining_schemas import InvitationOut, InvitedRole
from app.identity.models import AccountLink, Organisation
from app.identity.permissions import INVITED_BY_MANAGERS, allows, requires

router = APIRouter(include_in_schema=False)
navigation("/invitations", mark("Invitations"), {"admin", "manager"}, group="running")

SHOWN: Final = 100
STATES: Final = {
    "open": mark("not answered yet"),
    "accepted": mark("accepted"),
    "revoked": mark("taken back"),
    "expired": mark("too old"),
}
Inviter = Annotated[Actor, requires("invitations.make")]


@router.get("/invitations")
def invitations_page(request: Request, actor: Annotated[Actor, requires("invitations.view")]) -> Response:
    """Show who was invited, and the form for the next one."""
    return _page(request, actor, {})


@router.post("/invitations")
def invite_page(
    request: Request,
    actor: Inviter,
    *,
    email: Annotated[str, Form(max_length=254)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=20)] = "",
    organisation: Annotated[str, Form(max_length=36)] = "",
    region: Annotated[str, Form(max_length=5)] = "",
    language: Annotated[str, Form(max_length=2)] = "",
) -> Response:
    """Invite somebody."""
    wanted = AccountLink(
        email=email,
        name=name.strip(),
        role=role,
        organisation_id=organisation or None,
        region_code=region.strip() or None,
        language=language if language in LANGUAGES else None,
    )
    try:
        if role not in get_args(InvitedRole):
            raise Forbidden
        with transaction(request) as session:
            joining.invite(session, request.app.state.settings, actor, wanted)
    except Problem as problem:
        typed = {"email": email, "name": name, "role": role, "organisation": organisation, "region": region}
        return _page(request, actor, typed, problem)
    return RedirectResponse("/invitations", 303)


@router.post("/invitations/{invitation_id}/send")
def send_invitation_page(request: Request, invitation_id: str, actor: Inviter) -> Response:
    """Send an invitation again, with a new link."""
    with transaction(request) as session:
        joining.send_invitation_again(session, request.app.state.settings, actor, invitation_id)
    return RedirectResponse("/invitations", 303)


@router.post("/invitations/{invitation_id}/revoke")
def revoke_invitation_page(request: Request, invitation_id: str, actor: Inviter) -> Response:
    """Take an invitation back."""
    with transaction(request) as session:
        joining.revoke_invitation(session, actor, invitation_id)
    return RedirectResponse("/invitations", 303)


def _page(request: Request, actor: Actor, typed: dict[str, str], problem: Problem | None = None) -> Response:
    with reading(request) as session:
        newest = queries.invitations_visible_to(actor).order_by(AccountLink.id.desc()).limit(SHOWN)
        invitations = [
            (InvitationOut.of(link), allows(actor, "invitations.make", link)) for link in session.scalars(newest)
        ]
        organisations = _organisations(session, actor)
    invited = get_args(InvitedRole) if actor.role == "admin" else sorted(INVITED_BY_MANAGERS)
    return render(
        request,
        "identity/invitations.html",
        problem=problem,
        invitations=invitations,
        organisations=organisations,
        roles={code: ROLE_NAMES[code] for code in invited},
        role_names=ROLE_NAMES,
        states=STATES,
        typed=typed,
        may_invite=allows(actor, "invitations.make"),
    )


def _organisations(session: Session, actor: Actor) -> list[tuple[str, str]]:
    visible = queries.organisations_visible_to(actor).order_by(Organisation.name)
    return [(one.id, one.name) for one in session.scalars(visible)]
