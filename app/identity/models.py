"""Accounts, organisations, sessions and tokens. Of a secret only its hash is stored."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id

ROLE_CHECK = "role IN ('manager', 'reviewer', 'applicant', 'sponsor', 'officer', 'partner', 'host', 'admin', 'auditor')"


class Organisation(Base):
    """Who carries the load: the programme, a company, a government (with its region; None: the whole country) or an NGO."""

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("kind IN ('programme', 'company', 'government', 'ngo')", name="kind"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    invented: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class User(Base):
    """An account with one role. `email` is stored in lower case."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(ROLE_CHECK, name="role"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("role NOT IN ('sponsor', 'partner') OR organisation_id IS NOT NULL", name="organisation"),
        CheckConstraint("role <> 'officer' OR region_code IS NOT NULL", name="officer_region"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    language: Mapped[str | None] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class WebSession(Base):
    """A log-in in a browser; the cookie's value is known to the browser only."""

    __tablename__ = "web_sessions"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class ApiToken(Base):
    """An opaque token for the API, limited to `scopes`; revoked at once by setting `revoked_at`."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class AccountLink(Base):
    """What somebody can do once, with the secret of a link in a mail (or of a log-in's first step), until it expires.

    `register` and `invite` make an account of what stands here; `reset` and `second_step` belong to the account `user_id`.
    No account is made before the address has shown that it reads its mail, so nobody can plant one for somebody else.
    """

    __tablename__ = "account_links"
    __table_args__ = (
        CheckConstraint("purpose IN ('register', 'invite', 'reset', 'second_step')", name="purpose"),
        CheckConstraint("(purpose IN ('reset', 'second_step')) = (user_id IS NOT NULL)", name="user_id"),
        CheckConstraint(
            "purpose IN ('reset', 'second_step') OR (name IS NOT NULL AND role IS NOT NULL)", name="account"
        ),
        CheckConstraint("(purpose = 'invite') = (invited_by IS NOT NULL)", name="invited_by"),
        CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name="ended"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str | None] = mapped_column(String(20))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    language: Mapped[str | None] = mapped_column(String(2))
    invited_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """A person's authenticator app. Its key is derived from the server's secret and `nonce`, and stored nowhere.

    `last_step` is the time step of the last code that was taken: a code is good once.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One of the codes for whoever has lost the authenticator app; each is good once, and deleted with its use."""

    __tablename__ = "recovery_codes"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class RateCounter(Base):
    """How often something was tried in the present window, under a key such as `login:<hash of the address>`."""

    __tablename__ = "rate_counters"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"), Index("ix_rate_counters_ends_at", "ends_at"))

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    tries: Mapped[int]
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class IdempotencyKey(Base):
    """The answer that a creating request got, so that the same request twice is one thing."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str | None] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
