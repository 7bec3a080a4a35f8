"""How people come in: registration and invitation by a link in a mail, and a new password for whoever forgot the old one.

Nobody learns from an answer, or from the time it takes, whether an address has an account: the same work is done and a mail goes
out either way. The account is made when the link is used, by who reads the mail, with the password chosen then.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import ANONYMOUS, SYSTEM, Actor, require
from app.core.database import Database
from app.core.i18n import current_language
from app.core.problems import Invalid, TooManyRequests
from app.identity import links, queries, rates, service, sessions
from app.identity.actor import ROLE_NAMES
from app.identity.errors import EmailTaken, InvitationOver, LinkSpent
from app.identity.models import AccountLink, User
from app.identity.passwords import email_faults, normal_email, password_faults
from app.identity.secrets import hash_password
from app.notifications.outbox import notify
from app.settings import Settings

OPENING: Final = ("register", "invite")
RESETTING: Final = ("reset",)


def register(database: Database, settings: Settings, *, email: str, name: str, address: str) -> None:
    """Send a mail with which an applicant's account can be made, or one that says that there is one.

    Args:
        database: Where accounts are.
        settings: Limits and times.
        email: As typed.
        name: How the person wants to be called.
        address: The network address that asks.

    Raises:
        Invalid: With every wrong value.
        TooManyRequests: After too many requests for this mailbox or from this network.
    """
    normal = normal_email(email)
    errors = [*email_faults(normal), *service.name_faults(name)]
    if errors:
        raise Invalid(errors=errors)
    _count_mail(database, settings, normal, address)
    language = current_language()
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.email == normal)).one_or_none()
        record(session, ANONYMOUS, "identity.register", "user", "" if user is None else user.id)
        if user is not None:
            notify(session, normal, "identity/has_account", {"name": user.name}, user.language or language)
            return
        lives = dt.timedelta(hours=settings.link_hours)
        link, secret = links.issue(
            session, "register", normal, lives, name=name.strip(), role="applicant", language=language
        )
        _send(session, "identity/register", link, secret, language)


def ask_reset(database: Database, settings: Settings, *, email: str, address: str) -> None:
    """Send a mail with which a new password can be chosen, or one that says that there is no account.

    Raises:
        Invalid: For something that is not an address.
        TooManyRequests: After too many requests for this mailbox or from this network.
    """
    normal = normal_email(email)
    errors = email_faults(normal)
    if errors:
        raise Invalid(errors=errors)
    _count_mail(database, settings, normal, address)
    language = current_language()
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.email == normal, User.active)).one_or_none()
        record(session, ANONYMOUS, "identity.ask_reset", "user", "" if user is None else user.id)
        if user is None:
            notify(session, normal, "identity/no_account", {}, language)
            return
        lives = dt.timedelta(minutes=settings.reset_minutes)
        link, secret = links.issue(session, "reset", normal, lives, user_id=user.id, name=user.name)
        _send(session, "identity/reset", link, secret, user.language or language)


def welcome(database: Database, settings: Settings, secret: str, password: str, *, address: str) -> User:
    """Make the account of a registration or an invitation, with the password that its holder chooses.

    Raises:
        TooManyRequests: After too many tries from this network.
        LinkSpent: For a link that cannot be used.
        Invalid: For a password that is too easy; the link stays good.
        EmailTaken: Where the address has got an account meanwhile.
    """
    hashed = _chosen(database, settings, secret, password, OPENING, address)
    with database.transaction() as session:
        link = links.use(session, secret, OPENING)
        user = service.create_user(
            session,
            SYSTEM,
            email=link.email,
            name=link.name or "",
            role=link.role or "",
            organisation_id=link.organisation_id,
            region_code=link.region_code,
            language=link.language,
        )
        user.password_hash = hashed
        rates.give_back(session, rates.link_limit(settings, address))
        action = "identity.accept_invitation" if link.purpose == "invite" else "identity.confirm_email"
        record(session, sessions.actor_of(user), action, "user", user.id, after={"link": link.id, "role": user.role})
    return user


def reset(database: Database, settings: Settings, secret: str, password: str, *, address: str) -> User:
    """Give the account of a reset link the password that its holder chooses; all its log-ins end, a second step stays.

    Raises:
        TooManyRequests: After too many tries from this network.
        LinkSpent: For a link that cannot be used, or a closed account.
        Invalid: For a password that is too easy; the link stays good.
    """
    hashed = _chosen(database, settings, secret, password, RESETTING, address)
    with database.transaction() as session:
        link = links.use(session, secret, RESETTING)
        user = session.get(User, link.user_id, with_for_update=True)
        if user is None or not user.active:
            raise LinkSpent
        user.password_hash = hashed
        user.version += 1
        ended = sessions.end_all(session, user.id)
        # Whoever guesses passwords of others must not lock them out of their own mailbox's way in.
        rates.forget(session, rates.login_limits(settings, user.email, address)[0])
        rates.give_back(session, rates.link_limit(settings, address))
        tell_password_changed(session, user)
        record(session, sessions.actor_of(user), "identity.reset_password", "user", user.id, after={"ended": ended})
    return user


def look_at(database: Database, settings: Settings, secret: str, *, opening: bool, address: str) -> AccountLink:
    """Return a link for the page that asks for the password; looking uses nothing up, so mail scanners may.

    Raises:
        TooManyRequests: After too many tries from this network.
        LinkSpent: For a link that cannot be used.
    """
    _count_link(database, settings, address)
    purposes = OPENING if opening else RESETTING
    with database.transaction() as session:
        link = links.find(session, secret, purposes)
        rates.give_back(session, rates.link_limit(settings, address))
    return link


def tell_password_changed(session: Session, user: User) -> None:
    """Tell the account's holder, who may not have been the one."""
    language = user.language or current_language()
    notify(session, user.email, "identity/password_changed", {"name": user.name}, language)


def invite(session: Session, settings: Settings, actor: Actor, wanted: AccountLink) -> AccountLink:
    """Invite somebody; an older invitation to the same address is revoked.

    Args:
        session: An open transaction.
        settings: How long it holds.
        actor: Who invites.
        wanted: Whom, with which role, and for whom; not stored yet.

    Raises:
        Forbidden: For a role that the actor does not invite.
        Invalid: With every wrong value.
        EmailTaken: Where the address has an account.
    """
    require(actor, "invitations.make", wanted)
    email = normal_email(wanted.email)
    errors = email_faults(email) + service.place_faults(
        session, wanted.role or "", wanted.organisation_id, wanted.region_code
    )
    if errors:
        raise Invalid(errors=errors)
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise EmailTaken(email=email)
    links.revoke_all(session, email=email, purpose="invite")
    account = ("name", "role", "organisation_id", "region_code", "language")
    lives = dt.timedelta(days=settings.invitation_days)
    link, secret = links.issue(
        session, "invite", email, lives, invited_by=actor.id, **{name: getattr(wanted, name) for name in account}
    )
    _send_invitation(session, actor, link, secret)
    record(session, actor, "invitations.make", "invitation", link.id, after=_facts(link))
    return link


def send_invitation_again(session: Session, settings: Settings, actor: Actor, invitation_id: str) -> AccountLink:
    """Send an invitation with a new link; the old link opens nothing any more.

    Raises:
        InvitationOver: For one that was accepted or revoked.
    """
    link = _open_invitation(session, actor, invitation_id)
    secret = links.renew(session, link, dt.timedelta(days=settings.invitation_days))
    _send_invitation(session, actor, link, secret)
    record(session, actor, "invitations.send_again", "invitation", link.id)
    return link


def revoke_invitation(session: Session, actor: Actor, invitation_id: str) -> AccountLink:
    """Take an invitation back.

    Raises:
        InvitationOver: For one that was accepted or revoked.
    """
    link = _open_invitation(session, actor, invitation_id)
    link.revoked_at = clock.now()
    session.flush()
    record(session, actor, "invitations.revoke", "invitation", link.id, before=_facts(link))
    return link


def _open_invitation(session: Session, actor: Actor, invitation_id: str) -> AccountLink:
    link = queries.invitation(session, actor, invitation_id, writing=True)
    require(actor, "invitations.make", link)
    if link.used_at is not None or link.revoked_at is not None:
        raise InvitationOver
    return link


def _send_invitation(session: Session, actor: Actor, link: AccountLink, secret: str) -> None:
    role = ROLE_NAMES[link.role or ""]
    _send(
        session, "identity/invitation", link, secret, link.language or current_language(), inviter=actor.name, role=role
    )


def _send(session: Session, template: str, link: AccountLink, secret: str, language: str, **facts: Any) -> None:
    notify(
        session,
        link.email,
        template,
        {"name": link.name, "until": link.expires_at, **facts},
        language,
        secrets={"token": secret},
        useful_until=link.expires_at,
    )


def _chosen(
    database: Database, settings: Settings, secret: str, password: str, purposes: tuple[str, ...], address: str
) -> str:
    """Return the hash of a password that will do for the link's account; made outside any transaction, as it takes long."""
    _count_link(database, settings, address)
    with database.reading() as session:
        link = links.find(session, secret, purposes)
    errors = password_faults(password, link.email)
    if errors:
        raise Invalid(errors=errors)
    return hash_password(password)


def _count_mail(database: Database, settings: Settings, email: str, address: str) -> None:
    with database.transaction() as session:
        wait = rates.count(session, rates.mail_limits(settings, email, address))
    if wait:
        raise TooManyRequests(wait)


def _count_link(database: Database, settings: Settings, address: str) -> None:
    with database.transaction() as session:
        wait = rates.count(session, [rates.link_limit(settings, address)])
    if wait:
        raise TooManyRequests(wait)


def _facts(link: AccountLink) -> dict[str, Any]:
    # Neither name nor address: the audit record outlives an erased person.
    return {name: getattr(link, name) for name in ("role", "organisation_id", "region_code")}
