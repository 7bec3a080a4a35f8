"""Registration, invitations, forgotten passwords and the second step, as JSON.

What makes an account or opens one takes no Idempotency-Key: nobody is logged in, and a link is good once by itself.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity import joining, queries, second_factor
from app.identity import login as door
from app.identity.actor import EVERYTHING, Actor
from app.identity.authentication import client_address, credentials
from app.identity.idempotency import Once
from app.identity.joining_schemas import (
    AddressIn,
    CodeIn,
    InvitationIn,
    InvitationOut,
    InvitationQuery,
    KeyOut,
    LinkIn,
    MailOut,
    PasswordCheckIn,
    RecoveryCodesOut,
    RegistrationIn,
    SecondFactorOffIn,
    SecondFactorOut,
)
from app.identity.models import AccountLink
from app.identity.permissions import public, requires
from app.identity.schemas import MeOut

router = APIRouter(prefix="/api/v1", tags=["Accounts"])

UNSTORED = {"Cache-Control": "no-store"}
INVITATION_SORTS = {"created": AccountLink.created_at}
Own = Annotated[Actor, requires("identity.own")]
Inviter = Annotated[Actor, requires("invitations.make")]


@router.post(
    "/registrations",
    status_code=202,
    summary="Register",
    responses=problem_responses(422, 429),
    dependencies=[public("registration of applicants")],
)
def register(request: Request, body: RegistrationIn) -> MailOut:
    """Ask for an applicant's account. A mail brings the link with which it is made; the answer is the same for any address."""
    state = request.app.state
    joining.register(state.database, state.settings, email=body.email, name=body.name, address=client_address(request))
    return MailOut()


@router.post(
    "/registrations/confirm",
    status_code=201,
    summary="Make the account of a link",
    response_model=MeOut,
    responses=problem_responses(409, 410, 422, 429),
    dependencies=[public("registration of applicants, and accepting an invitation")],
)
def confirm_registration(request: Request, body: LinkIn) -> JSONResponse:
    """Make the account of a registration or an invitation, with the password that you choose. Then log in with it."""
    state = request.app.state
    user = joining.welcome(state.database, state.settings, body.token, body.password, address=client_address(request))
    return JSONResponse(MeOut.of(user, EVERYTHING).model_dump(mode="json"), 201, headers=UNSTORED)


@router.post(
    "/password-resets",
    status_code=202,
    summary="Ask for a new password",
    responses=problem_responses(422, 429),
    dependencies=[public("for whoever forgot the password")],
)
def ask_password_reset(request: Request, body: AddressIn) -> MailOut:
    """Ask for the mail with which a new password can be chosen; the answer is the same for any address."""
    state = request.app.state
    joining.ask_reset(state.database, state.settings, email=body.email, address=client_address(request))
    return MailOut()


@router.post(
    "/password-resets/confirm",
    status_code=204,
    summary="Choose a new password with a link",
    responses=problem_responses(410, 422, 429),
    dependencies=[public("for whoever forgot the password")],
)
def confirm_password_reset(request: Request, body: LinkIn) -> Response:
    """Choose a new password. Every session and token of the account ends; a second step at log-in stays."""
    state = request.app.state
    joining.reset(state.database, state.settings, body.token, body.password, address=client_address(request))
    return Response(status_code=204)


@router.get("/invitations", summary="List invitations", responses=problem_responses(422))
def list_invitations(
    request: Request, query: Annotated[InvitationQuery, Query()], actor: Annotated[Actor, requires("invitations.view")]
) -> Page[InvitationOut]:
    """List the invitations, one page at a time, the newest first."""
    filters: dict[str, Any] = {"role": AccountLink.role}
    with reading(request) as session:
        statement = filtered(queries.invitations_visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=INVITATION_SORTS, key=AccountLink.id, shown=InvitationOut.of)


@router.post(
    "/invitations",
    status_code=201,
    summary="Invite somebody",
    response_model=InvitationOut,
    responses=problem_responses(409, 422),
)
def create_invitation(request: Request, body: InvitationIn, once: Once, actor: Inviter) -> Response:
    """Send somebody a mail with a link that makes an account with this role, once. An older invitation is revoked."""

    def create(session: Session) -> tuple[int, InvitationOut, dict[str, str]]:
        wanted = AccountLink(**body.model_dump())
        made = joining.invite(session, request.app.state.settings, actor, wanted)
        return 201, InvitationOut.of(made), {"Location": f"/api/v1/invitations/{made.id}"}

    return once.answer(request, actor, body, create)


@router.get("/invitations/{invitation_id}", summary="Show an invitation", responses=problem_responses(404))
def show_invitation(
    request: Request, invitation_id: str, actor: Annotated[Actor, requires("invitations.view")]
) -> InvitationOut:
    """Show one invitation, without its link."""
    with reading(request) as session:
        return InvitationOut.of(queries.invitation(session, actor, invitation_id))


@router.post(
    "/invitations/{invitation_id}/send",
    status_code=202,
    summary="Send an invitation again",
    responses=problem_responses(404, 409),
)
def send_invitation(request: Request, invitation_id: str, actor: Inviter) -> InvitationOut:
    """Send an invitation with a new link and new time; the old link opens nothing any more."""
    with transaction(request) as session:
        link = joining.send_invitation_again(session, request.app.state.settings, actor, invitation_id)
        return InvitationOut.of(link)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    responses=problem_responses(404, 409),
)
def revoke_invitation(request: Request, invitation_id: str, actor: Inviter) -> Response:
    """Take an invitation back; its link opens nothing any more."""
    with transaction(request) as session:
        joining.revoke_invitation(session, actor, invitation_id)
    return Response(status_code=204)


@router.get("/me/second-factor", summary="Show your second step", responses=problem_responses())
def show_second_factor(request: Request, actor: Own) -> SecondFactorOut:
    """Show whether your account asks for codes at log-in, and whether it has to."""
    with reading(request) as session:
        found = second_factor.standing(session, request.app.state.settings, actor)
    return SecondFactorOut(on=found.on, required=found.required, recovery_codes=found.recovery_codes)


@router.post(
    "/me/second-factor",
    status_code=201,
    summary="Begin a second step",
    response_model=KeyOut,
    responses=problem_responses(403, 409, 422, 429),
)
def begin_second_factor(request: Request, body: PasswordCheckIn, actor: Own) -> JSONResponse:
    """Get a key for an authenticator app (RFC 6238). Codes are asked for only after you confirm one."""
    state = request.app.state
    door.check_password(state.database, state.settings, actor, body.password, address=client_address(request))
    with transaction(request) as session:
        key = second_factor.begin(session, state.settings, actor)
    return JSONResponse(KeyOut(key=key.written, address=key.address).model_dump(), 201, headers=UNSTORED)


@router.post(
    "/me/second-factor/confirm",
    summary="Turn your second step on",
    response_model=RecoveryCodesOut,
    responses=problem_responses(403, 409, 422, 429),
)
def confirm_second_factor(request: Request, body: CodeIn, actor: Own) -> JSONResponse:
    """Confirm the app with its first code. The answer holds the recovery codes; your other log-ins end."""
    state, brought = request.app.state, credentials(request)
    kept = tuple(secret for secret in (brought.token, brought.session) if secret is not None)
    codes = second_factor.confirm(state.database, state.settings, actor, body.code, kept=kept)
    return JSONResponse(RecoveryCodesOut(recovery_codes=codes).model_dump(), headers=UNSTORED)


@router.post(
    "/me/second-factor/off",
    status_code=204,
    summary="Turn your second step off",
    responses=problem_responses(403, 409, 422, 429),
)
def turn_second_factor_off(request: Request, body: SecondFactorOffIn, actor: Own) -> Response:
    """Turn the codes at log-in off; it takes the password and a code."""
    state = request.app.state
    door.check_password(state.database, state.settings, actor, body.password, address=client_address(request))
    second_factor.turn_off(state.database, state.settings, actor, body.code)
    return Response(status_code=204)


@router.delete(
    "/users/{user_id}/second-factor",
    status_code=204,
    summary="Turn an account's second step off",
    responses=problem_responses(404, 409),
)
def remove_second_factor(request: Request, user_id: str, actor: Annotated[Actor, requires("users.manage")]) -> Response:
    """Turn the second step of somebody off who has lost app and recovery codes. Sessions and tokens end."""
    with transaction(request) as session:
        second_factor.remove_for(session, actor, user_id)
    return Response(status_code=204)
