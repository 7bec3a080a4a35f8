"""What people do with accounts: make and change them, set passwords, make and revoke tokens; and organisations.

The audit record outlives an erased account, so it holds roles and regions but neither names nor addresses of people.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.etag import Match
from app.core.i18n import LANGUAGES, mark
from app.core.problems import FieldError, Invalid, NotFound
from app.identity import queries, sessions
from app.identity.actor import ROLES, Actor
from app.identity.errors import CodeTaken, EmailTaken, LastAdministrator, ScopeTooWide
from app.identity.models import ApiToken, Organisation, User
from app.identity.passwords import email_faults, normal_email, password_faults
from app.identity.permissions import require
from app.identity.schemas import OrganisationIn, UserPatch
from app.identity.scopes import first_beyond, scope_faults
from app.identity.secrets import hash_password

BELONGING = frozenset({"sponsor", "partner"})


def create_user(
    session: Session,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: str,
    password: str | None = None,
    organisation_id: str | None = None,
    organisation_code: str | None = None,
    region_code: str | None = None,
    language: str | None = None,
) -> User:
    """Make an account; without a password nobody can log in with it until one is set.

    Raises:
        Invalid: With every wrong value.
        EmailTaken: Where the address has an account.
    """
    _may_manage(actor)
    address = normal_email(email)
    errors = [*email_faults(address), *name_faults(name)]
    if password is not None:
        errors += password_faults(password, address)
    if organisation_code is not None:
        organisation_id = session.scalar(select(Organisation.id).where(Organisation.code == organisation_code)) or ""
    errors += place_faults(session, role, organisation_id, region_code)
    if language is not None and language not in LANGUAGES:
        errors.append(_not_one_of("/language", LANGUAGES))
    if errors:
        raise Invalid(errors=errors)
    _refuse_taken(session, address)
    user = User(
        email=address,
        name=name.strip(),
        role=role,
        password_hash=None if password is None else hash_password(password),
        organisation_id=organisation_id,
        region_code=region_code,
        language=language,
        active=True,
        created_at=clock.now(),
        version=1,
    )
    session.add(user)
    session.flush()
    record(session, actor, "users.create", "user", user.id, after=_facts(user))
    return user


def edit_user(session: Session, actor: Actor, user_id: str, body: UserPatch, match: Match) -> User:
    """Change an account. Closing it, or giving it another role, ends its sessions and tokens.

    Raises:
        Stale: When somebody changed it meanwhile.
        Invalid: With every wrong value.
        LastAdministrator: Where nobody could manage accounts afterwards.
    """
    user = queries.user(session, actor, user_id, writing=True)
    require(actor, "users.manage", user)
    match.check(user.version)
    changes = body.model_dump(exclude_unset=True)
    after = {**_facts(user), **changes}
    errors = place_faults(session, after["role"], after["organisation_id"], after["region_code"])
    if errors:
        raise Invalid(errors=errors)
    before = _facts(user)
    if user.role == "admin" and user.active and not (after["role"] == "admin" and after["active"]):
        _keep_an_administrator(session, user)
    for field, value in changes.items():
        setattr(user, field, value)
    user.version += 1
    session.flush()
    if before["role"] != user.role or not user.active:
        sessions.end_all(session, user.id)
    record(session, actor, "users.edit", "user", user.id, before=before, after=_facts(user))
    return user


def set_password(session: Session, actor: Actor, email: str, password: str) -> User:
    """Give the account of this address a new password, as an administrator; its sessions and tokens end.

    Raises:
        NotFound: Where no account has the address.
        Invalid: For a password that is too easy.
    """
    _may_manage(actor)
    user = session.scalars(select(User).where(User.email == normal_email(email))).one_or_none()
    if user is None:
        raise NotFound(mark("There is no account with the address {email}."), email=email)
    return _with_new_password(session, actor, user, password)


def set_password_of(session: Session, actor: Actor, user_id: str, password: str) -> User:
    """Give an account a new password by its id, as an administrator; its sessions and tokens end."""
    _may_manage(actor)
    user = queries.user(session, actor, user_id, writing=True)
    return _with_new_password(session, actor, user, password)


def make_token(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scopes: list[str],
    days: int,
    no_later_than: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for oneself that allows no more than the actor's own, and return it with its secret.

    Args:
        session: An open transaction.
        actor: Whose token it is.
        name: What the person calls it.
        scopes: Patterns over permission names.
        days: How long it holds.
        no_later_than: When the maker's own token ends, so that a leaked one does not renew itself for ever.

    Raises:
        Invalid: For scopes that no permission matches.
        ScopeTooWide: For a scope that the actor's own do not cover.
    """
    require(actor, "identity.own")
    errors = scope_faults(scopes)
    if errors:
        raise Invalid(errors=errors)
    beyond = first_beyond(actor.scopes, scopes)
    if beyond is not None:
        raise ScopeTooWide(scope=beyond)
    ends = clock.now() + dt.timedelta(days=days)
    if no_later_than is not None:
        ends = min(ends, no_later_than)
    row, secret = sessions.issue_token(session, queries.own(session, actor), name=name, scopes=scopes, expires_at=ends)
    record(session, actor, "identity.make_token", "token", row.id, after={"scopes": list(scopes)})
    return row, secret


def revoke_token(session: Session, actor: Actor, token_id: str) -> None:
    """End one of the actor's own tokens at once.

    Raises:
        NotFound: For a token that is unknown, another person's, or has ended.
    """
    require(actor, "identity.own")
    row = queries.token(session, actor, token_id)
    row.revoked_at = clock.now()
    record(session, actor, "identity.revoke_token", "token", row.id)


def choose_language(session: Session, actor: Actor, language: str) -> None:
    """Remember in which language the person wants to be spoken to.

    Raises:
        Invalid: For a language that Gotong does not speak.
    """
    if language not in LANGUAGES:
        raise Invalid(errors=[_not_one_of("/language", LANGUAGES)])
    user = queries.own(session, actor)
    if user.language != language:
        before, user.language = {"language": user.language}, language
        record(session, actor, "identity.choose_language", "user", user.id, before=before, after={"language": language})


def create_organisation(session: Session, actor: Actor, body: OrganisationIn) -> Organisation:
    """Register an organisation.

    Raises:
        Invalid: For a region that does not exist.
        CodeTaken: For a code that another organisation has.
    """
    require(actor, "organisations.create")
    if body.region_code is not None and not _region_exists(session, body.region_code):
        raise Invalid(errors=[_no_region()])
    if session.scalar(select(Organisation.id).where(Organisation.code == body.code)) is not None:
        raise CodeTaken(taken=body.code)
    organisation = Organisation(**body.model_dump(), invented=False, created_at=clock.now())
    session.add(organisation)
    session.flush()
    after = body.model_dump()
    record(session, actor, "organisations.create", "organisation", organisation.id, after=after)
    return organisation


def _may_manage(actor: Actor) -> None:
    """The shell and the demo act as the system, which no rule names."""
    if actor.role != "system":
        require(actor, "users.manage")


def _with_new_password(session: Session, actor: Actor, user: User, password: str) -> User:
    errors = password_faults(password, user.email)
    if errors:
        raise Invalid(errors=errors)
    user.password_hash = hash_password(password)
    user.version += 1
    session.flush()
    ended = sessions.end_all(session, user.id)
    record(session, actor, "users.set_password", "user", user.id, after={"ended": ended})
    return user


def _refuse_taken(session: Session, address: str) -> None:
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise EmailTaken(email=address)


def _keep_an_administrator(session: Session, leaving: User) -> None:
    # Locked in one order, so that two administrators who close each other's account do not both succeed.
    open_ones = select(User.id).where(User.role == "admin", User.active).order_by(User.id).with_for_update()
    if not set(session.scalars(open_ones)) - {leaving.id}:
        raise LastAdministrator


def place_faults(session: Session, role: str, organisation_id: str | None, region_code: str | None) -> list[FieldError]:
    """Return what is wrong with a role and where it acts; empty where the two fit."""
    errors = []
    if role not in ROLES:
        errors.append(_not_one_of("/role", ROLES))
    if organisation_id is None and role in BELONGING:
        errors.append(
            FieldError(
                "/organisation_id",
                "organisation_missing",
                mark("Sponsors and partners act for an organisation."),
                mark("Name the organisation."),
            )
        )
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        errors.append(
            FieldError(
                "/organisation_id",
                "unknown_organisation",
                mark("There is no such organisation."),
                mark("Register the organisation first."),
            )
        )
    if region_code is None and role == "officer":
        errors.append(
            FieldError(
                "/region_code",
                "region_missing",
                mark("Officers act for a region."),
                mark("Name the region by its code, for example 53 or 53.18."),
            )
        )
    if region_code is not None and not _region_exists(session, region_code):
        errors.append(_no_region())
    return errors


def _region_exists(session: Session, code: str) -> bool:
    # By the table's name: geography stands above identity and must not be imported here.
    regions = table("regions", column("code"))
    return session.scalar(select(regions.c.code).where(regions.c.code == code)) is not None


def _no_region() -> FieldError:
    return FieldError(
        "/region_code",
        "unknown_region",
        mark("There is no region with this code."),
        mark("Use an official code, for example 53 or 53.18."),
    )


def _not_one_of(pointer: str, allowed: tuple[str, ...]) -> FieldError:
    return FieldError(
        pointer,
        "not_one_of",
        mark("This is not one of the possible values."),
        mark("Use one of: {expected}."),
        {"expected": ", ".join(allowed)},
    )


def name_faults(name: str) -> list[FieldError]:
    """Return why `name` cannot be the name of an account; empty where it can."""
    if 0 < len(name.strip()) <= 200 and name.isprintable():
        return []
    return [FieldError("/name", "bad_name", mark("The name cannot be used."), mark("Write 1 to 200 characters."))]


def _facts(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in ("role", "organisation_id", "region_code", "language", "active")}
