"""Log-in, tokens, accounts and organisations, as JSON.

Log-in and new tokens take no Idempotency-Key: their answer holds a secret, and answers of keys are stored.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import below, contains, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity import login as door
from app.identity import queries, service, sessions
from app.identity.actor import EVERYTHING, Actor
from app.identity.authentication import client_address, credentials
from app.identity.cookies import drop_cookie, session_cookie
from app.identity.idempotency import Once
from app.identity.models import ApiToken, Organisation, User
from app.identity.permissions import public, requires
from app.identity.schemas import (
    LoginIn,
    LoginOut,
    MeOut,
    NewTokenOut,
    OrganisationIn,
    OrganisationOut,
    OrganisationQuery,
    PasswordChangeIn,
    PasswordIn,
    TokenIn,
    TokenOut,
    TokenQuery,
    UserIn,
    UserOut,
    UserPatch,
    UserQuery,
)

router = APIRouter(prefix="/api/v1", tags=["Accounts"])

UNSTORED = {"Cache-Control": "no-store"}
USER_SORTS = {"name": User.name, "email": User.email, "created": User.created_at}
TOKEN_SORTS = {"created": ApiToken.created_at, "name": ApiToken.name}
ORGANISATION_SORTS = {"name": Organisation.name, "code": Organisation.code}


@router.post(
    "/login",
    summary="Log in",
    response_model=LoginOut,
    responses=problem_responses(401, 403, 422, 429),
    dependencies=[public("log-in of programs")],
)
def log_in(request: Request, body: LoginIn) -> JSONResponse:
    """Exchange an e-mail address and a password for a token. Send it as `Authorization: Bearer …`."""
    state = request.app.state
    row, secret, user = door.log_in_program(
        state.database, state.settings, body.email, body.password, address=client_address(request), code=body.code
    )
    out = LoginOut(token=secret, expires_at=row.expires_at, user=MeOut.of(user, EVERYTHING))
    return JSONResponse(out.model_dump(mode="json"), headers=UNSTORED)


@router.post("/logout", status_code=204, summary="Log out")
def log_out(request: Request, actor: Annotated[Actor, requires("identity.own")]) -> Response:
    """End the token, or the browser's session, with which you ask."""
    brought = credentials(request)
    with transaction(request) as session:
        door.log_out(session, actor, token=brought.token, cookie=brought.session)
    response = Response(status_code=204)
    if brought.token is None:
        drop_cookie(response, request.app.state.settings, session_cookie(request.app.state.settings))
    return response


@router.get("/me", summary="Show who you are", responses=problem_responses())
def show_me(request: Request, actor: Annotated[Actor, requires("identity.own")]) -> MeOut:
    """Show your own account and what the present token is limited to."""
    with reading(request) as session:
        return MeOut.of(queries.own(session, actor), actor.scopes)


@router.post(
    "/me/password", status_code=204, summary="Change your password", responses=problem_responses(403, 422, 429)
)
def change_own_password(
    request: Request, body: PasswordChangeIn, actor: Annotated[Actor, requires("identity.own")]
) -> Response:
    """Choose a new password. Every other session and token of yours ends."""
    state, brought = request.app.state, credentials(request)
    door.change_password(
        state.database,
        state.settings,
        actor,
        present=body.present_password,
        new=body.new_password,
        address=client_address(request),
        kept=tuple(secret for secret in (brought.token, brought.session) if secret is not None),
    )
    return Response(status_code=204)


@router.get("/tokens", summary="List your tokens", responses=problem_responses(422))
def list_tokens(
    request: Request, query: Annotated[TokenQuery, Query()], actor: Annotated[Actor, requires("identity.own")]
) -> Page[TokenOut]:
    """List your tokens that hold now, one page at a time."""
    with reading(request) as session:
        statement = queries.tokens_of(actor)
        return page_of(session, statement, query, sorts=TOKEN_SORTS, key=ApiToken.id, shown=TokenOut.of)


@router.post(
    "/tokens",
    status_code=201,
    summary="Make a token",
    response_model=NewTokenOut,
    responses=problem_responses(403, 422),
)
def make_token(request: Request, body: TokenIn, actor: Annotated[Actor, requires("identity.own")]) -> JSONResponse:
    """Make a token for a program. It allows no more than the one you use, and does not outlive it."""
    brought = credentials(request)
    with transaction(request) as session:
        maker = sessions.token_of(session, brought.token) if brought.token is not None else None
        row, secret = service.make_token(
            session,
            actor,
            name=body.name,
            scopes=body.scopes,
            days=body.days,
            no_later_than=maker.expires_at if maker is not None else None,
        )
        out = NewTokenOut(**TokenOut.of(row).model_dump(), token=secret)
    headers = {**UNSTORED, "Location": f"/api/v1/tokens/{out.id}"}
    return JSONResponse(out.model_dump(mode="json"), 201, headers=headers)


@router.get("/tokens/{token_id}", summary="Show a token", responses=problem_responses(404))
def show_token(request: Request, token_id: str, actor: Annotated[Actor, requires("identity.own")]) -> TokenOut:
    """Show one of your tokens that hold now, without its text."""
    with reading(request) as session:
        return TokenOut.of(queries.token(session, actor, token_id))


@router.delete("/tokens/{token_id}", status_code=204, summary="Revoke a token", responses=problem_responses(404))
def revoke_token(request: Request, token_id: str, actor: Annotated[Actor, requires("identity.own")]) -> Response:
    """End one of your tokens at once."""
    with transaction(request) as session:
        service.revoke_token(session, actor, token_id)
    return Response(status_code=204)


@router.get("/users", summary="List accounts", responses=problem_responses(422))
def list_users(
    request: Request, query: Annotated[UserQuery, Query()], actor: Annotated[Actor, requires("users.view")]
) -> Page[UserOut]:
    """List the accounts, one page at a time."""
    filters: dict[str, Any] = {
        "role": User.role,
        "organisation": User.organisation_id,
        "region": below(User.region_code),
        "active": User.active,
        "name": contains(User.name),
    }
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=USER_SORTS, key=User.id, shown=UserOut.model_validate)


@router.post(
    "/users",
    status_code=201,
    summary="Make an account",
    response_model=UserOut,
    responses=problem_responses(409, 422),
)
def create_user(
    request: Request, body: UserIn, once: Once, actor: Annotated[Actor, requires("users.manage")]
) -> Response:
    """Make an account with one role. Without a password nobody can log in until one is set."""

    def create(session: Session) -> tuple[int, UserOut, dict[str, str]]:
        user = service.create_user(session, actor, **body.model_dump())
        return 201, UserOut.model_validate(user), {"ETag": etag(user.version), "Location": f"/api/v1/users/{user.id}"}

    return once.answer(request, actor, body, create)


@router.get("/users/{user_id}", summary="Show an account", response_model=UserOut, responses=problem_responses(404))
def show_user(request: Request, user_id: str, actor: Annotated[Actor, requires("users.view")]) -> JSONResponse:
    """Show one account."""
    with reading(request) as session:
        user = queries.user(session, actor, user_id)
    return with_etag(UserOut.model_validate(user), user.version)


@router.patch(
    "/users/{user_id}",
    summary="Change an account",
    response_model=UserOut,
    responses=problem_responses(404, 409, 412, 422, 428),
)
def edit_user(
    request: Request,
    user_id: str,
    body: UserPatch,
    # Before the precondition, so that who may not learns only that.
    actor: Annotated[Actor, requires("users.manage")],
    match: IfMatch,
) -> JSONResponse:
    """Change an account. Closing it, or giving it another role, ends its sessions and tokens."""
    with transaction(request) as session:
        user = service.edit_user(session, actor, user_id, body, match)
    return with_etag(UserOut.model_validate(user), user.version)


@router.post(
    "/users/{user_id}/password",
    status_code=204,
    summary="Set an account's password",
    responses=problem_responses(404, 422),
)
def set_user_password(
    request: Request, user_id: str, body: PasswordIn, actor: Annotated[Actor, requires("users.manage")]
) -> Response:
    """Give an account a new password. Its sessions and tokens end."""
    with transaction(request) as session:
        service.set_password_of(session, actor, user_id, body.password)
    return Response(status_code=204)


@router.get("/organisations", summary="List organisations", responses=problem_responses(422))
def list_organisations(
    request: Request,
    query: Annotated[OrganisationQuery, Query()],
    actor: Annotated[Actor, requires("organisations.view")],
) -> Page[OrganisationOut]:
    """List the organisations that carry the load, one page at a time."""
    filters: dict[str, Any] = {
        "kind": Organisation.kind,
        "region": below(Organisation.region_code),
        "name": contains(Organisation.name),
    }
    with reading(request) as session:
        statement = filtered(queries.organisations_visible_to(actor), query, filters)
        return page_of(
            session,
            statement,
            query,
            sorts=ORGANISATION_SORTS,
            key=Organisation.id,
            shown=OrganisationOut.model_validate,
        )


@router.post(
    "/organisations",
    status_code=201,
    summary="Register an organisation",
    response_model=OrganisationOut,
    responses=problem_responses(409, 422),
)
def create_organisation(
    request: Request, body: OrganisationIn, once: Once, actor: Annotated[Actor, requires("organisations.create")]
) -> Response:
    """Register a company, a government, an NGO or the programme itself."""

    def create(session: Session) -> tuple[int, OrganisationOut, dict[str, str]]:
        made = service.create_organisation(session, actor, body)
        return 201, OrganisationOut.model_validate(made), {"Location": f"/api/v1/organisations/{made.id}"}

    return once.answer(request, actor, body, create)


@router.get("/organisations/{organisation_id}", summary="Show an organisation", responses=problem_responses(404))
def show_organisation(
    request: Request, organisation_id: str, actor: Annotated[Actor, requires("organisations.view")]
) -> OrganisationOut:
    """Show one organisation."""
    with reading(request) as session:
        return OrganisationOut.model_validate(queries.organisation(session, actor, organisation_id))
