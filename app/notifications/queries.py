"""Reads of the outbox and of webhooks, each limited to what the actor may see."""

from __future__ import annotations

from sqlalchemy import Select, column, false, select, table
from sqlalchemy.orm import Session

from app.core.access import Actor, allows, visible_or_404
from app.core.database import for_update
from app.notifications.models import Message, Webhook, WebhookDelivery


def messages_visible_to(actor: Actor) -> Select[Message]:
    """Select the mails that `actor` may see: all, or none."""
    statement = select(Message)
    return statement if allows(actor, "notifications.view") else statement.where(false())


def message(session: Session, actor: Actor, message_id: str, *, writing: bool = False) -> Message:
    """Return one mail; raise NotFound where it is not there or not visible."""
    statement = messages_visible_to(actor).where(Message.id == message_id)
    found: Message | None = session.scalars(for_update(statement) if writing else statement).one_or_none()
    return visible_or_404(found)


def webhooks_visible_to(actor: Actor) -> Select[Webhook]:
    """Select the webhooks that `actor` may see: all, or none."""
    statement = select(Webhook)
    return statement if allows(actor, "webhooks.view") else statement.where(false())


def webhook(session: Session, actor: Actor, webhook_id: str, *, writing: bool = False) -> Webhook:
    """Return one webhook; raise NotFound where it is not there or not visible."""
    statement = webhooks_visible_to(actor).where(Webhook.id == webhook_id)
    found: Webhook | None = session.scalars(for_update(statement) if writing else statement).one_or_none()
    return visible_or_404(found)


def deliveries_visible_to(actor: Actor) -> Select[WebhookDelivery]:
    """Select the events for webhooks that `actor` may see: all, or none."""
    statement = select(WebhookDelivery)
    return statement if allows(actor, "webhooks.view") else statement.where(false())


def delivery(session: Session, actor: Actor, delivery_id: str, *, writing: bool = False) -> WebhookDelivery:
    """Return one event for a webhook; raise NotFound where it is not there or not visible."""
    statement = deliveries_visible_to(actor).where(WebhookDelivery.id == delivery_id)
    found: WebhookDelivery | None = session.scalars(for_update(statement) if writing else statement).one_or_none()
    return visible_or_404(found)


def organisation_exists(session: Session, organisation_id: str) -> bool:
    """Tell whether there is such an organisation; by the table's name, because identity stands above this slice."""
    organisations = table("organisations", column("id"))
    found = session.scalar(select(organisations.c.id).where(organisations.c.id == organisation_id))
    return found is not None
