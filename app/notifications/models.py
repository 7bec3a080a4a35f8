"""The outbox of mails, and webhooks with what was told to them.

Neither holds a secret that opens something for long: a mail's link is deleted when the mail has gone, and a webhook's signing
secret is derived from the server's own and stored nowhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id

ERASED: Final = "erased@invalid"
"""The recipient of a mail whose person was erased."""


class Message(Base):
    """One mail to one person. Its `id` is the Message-ID too, so that a receiver knows a repeated mail as the same.

    `facts` fill the template; `secrets` take the place of some of them when it is sent, and are gone once it is.
    `handed_over_at` is when an attempt began to hand the text to the mail server: from then until `sent_at` only that server
    knows whether it has the mail.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'held', 'sent', 'failed', 'expired')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("language IN ('id', 'en')", name="language"),
        Index("ix_messages_state", "state", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    template: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(2))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    secrets: Mapped[dict[str, str] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    job_id: Mapped[str | None] = mapped_column(String(36))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    useful_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    handed_over_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Webhook(Base):
    """Where an organisation's program listens. `secret_number` grows when its signing secret is replaced."""

    __tablename__ = "webhooks"
    __table_args__ = (CheckConstraint("secret_number > 0", name="secret_number"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True)
    secret_number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    version: Mapped[int] = mapped_column(default=1)


class WebhookDelivery(Base):
    """One event for one webhook. Its `id` goes out with every attempt, so that the receiver can ignore a repetition."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered"),
        Index("ix_webhook_deliveries_state", "state", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    job_id: Mapped[str | None] = mapped_column(String(36))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
