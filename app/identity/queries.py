"""Reads of accounts, tokens and organisations, each limited to what the actor may see."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.access import allows, visible_or_404
from app.core.database import for_update
from app.core.problems import Unauthorised
from app.identity.actor import Actor
from app.identity.models import AccountLink, ApiToken, Organisation, User


def visible_to(actor: Actor) -> Select[User]:
    """Select the accounts that `actor` may see: all for administrators and auditors, else the own one."""
    statement = select(User)
    return statement if allows(actor, "users.view") else statement.where(User.id == actor.id)


def user(session: Session, actor: Actor, user_id: str, *, writing: bool = False) -> User:
    """Return one account; raise NotFound where it is not there or not visible."""
    statement = visible_to(actor).where(User.id == user_id)
    found: User | None = session.scalars(for_update(statement) if writing else statement).one_or_none()
    return visible_or_404(found)


def own(session: Session, actor: Actor) -> User:
    """Return the actor's own account; raise Unauthorised for an actor that has none, such as the worker."""
    found = session.get(User, actor.id)
    if found is None:
        raise Unauthorised
    return found


def active_users(session: Session, roles: Collection[str]) -> list[User]:
    """Return every open account with one of `roles`, for mails that go to all whom something concerns."""
    return list(session.scalars(select(User).where(User.role.in_(roles), User.active).order_by(User.id)))


def tokens_of(actor: Actor) -> Select[ApiToken]:
    """Select the actor's own tokens that hold now."""
    return select(ApiToken).where(
        ApiToken.user_id == actor.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now()
    )


def token(session: Session, actor: Actor, token_id: str) -> ApiToken:
    """Return one of the actor's own tokens that hold now; raise NotFound for any other."""
    return visible_or_404(session.scalars(tokens_of(actor).where(ApiToken.id == token_id)).one_or_none())


def invitations_visible_to(actor: Actor) -> Select[AccountLink]:
    """Select the invitations that `actor` may see: all, or none. Other links are nobody's to see."""
    statement = select(AccountLink).where(AccountLink.purpose == "invite")
    return statement if allows(actor, "invitations.view") else statement.where(false())


def invitation(session: Session, actor: Actor, invitation_id: str, *, writing: bool = False) -> AccountLink:
    """Return one invitation; raise NotFound where it is not there or not visible."""
    statement = invitations_visible_to(actor).where(AccountLink.id == invitation_id)
    found: AccountLink | None = session.scalars(for_update(statement) if writing else statement).one_or_none()
    return visible_or_404(found)


def organisations_visible_to(actor: Actor) -> Select[Organisation]:
    """Select the organisations that `actor` may see: all, or none."""
    statement = select(Organisation)
    return statement if allows(actor, "organisations.view") else statement.where(false())


def organisation(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    """Return one organisation; raise NotFound where it is not there or not visible."""
    statement = organisations_visible_to(actor).where(Organisation.id == organisation_id)
    return visible_or_404(session.scalars(statement).one_or_none())
