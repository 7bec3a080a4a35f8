"""Webhooks: who listens where, and events written in the transaction of what they tell.

    announce(session, "offers.accepted", {"offer_id": offer.id}, organisations={fund.organisation_id})

An event carries ids and states, never a person's name: the receiver asks the API with its own token, which knows who may see what.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import Actor, require
from app.core.etag import Match
from app.core.i18n import mark
from app.core.ids import new_id
from app.core.problems import FieldError, Invalid
from app.jobs.queue import enqueue, enqueue_all
from app.notifications import queries
from app.notifications.calling import url_faults
from app.notifications.lifecycle import DELIVERY
from app.notifications.models import Webhook, WebhookDelivery
from app.notifications.outbox import ATTEMPTS
from app.notifications.schemas import WebhookIn, WebhookPatch

KIND: Final = "notifications.deliver_event"
PING: Final = "webhooks.ping"


def announce(
    session: Session, event: str, data: Mapping[str, Any], *, organisations: Collection[str] | None = None
) -> int:
    """Write an event for every webhook that listens to it, in the caller's transaction; return how many.

    Args:
        session: The open transaction.
        event: `slice.what`, one of `schemas.Event`.
        data: Ids, states and figures, as JSON can hold them.
        organisations: Ids of those whom it concerns; None for all.
    """
    return announce_all(session, event, [(data, organisations)])


def announce_all(session: Session, event: str, told: Iterable[tuple[Mapping[str, Any], Collection[str] | None]]) -> int:
    """Write many events of one kind, each with whom it concerns, in the caller's transaction; return how many.

    It asks who listens once, and `told` is not looked at where nobody does.
    """
    active = session.scalars(select(Webhook).where(Webhook.active).order_by(Webhook.id))
    listening = [one for one in active if listens(one, event)]
    if not listening:
        return 0
    rows = [
        _written(webhook, event, data)
        for data, organisations in told
        for webhook in listening
        if organisations is None or webhook.organisation_id in organisations
    ]
    jobs = enqueue_all(session, KIND, [{"delivery": row["id"]} for row in rows], max_attempts=ATTEMPTS)
    if rows:
        session.execute(insert(WebhookDelivery), [{**row, "job_id": job} for row, job in zip(rows, jobs, strict=True)])
    return len(rows)


def listens(webhook: Webhook, event: str) -> bool:
    """Tell whether `webhook` wants to hear of `event`; `offers.*` is every event of offers."""
    return event in webhook.events or f"{event.partition('.')[0]}.*" in webhook.events


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return what is posted, the same to the byte in every attempt."""
    document = {
        "id": delivery.id,
        "type": delivery.event,
        "timestamp": delivery.created_at.isoformat(),
        "data": delivery.payload,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def create_webhook(session: Session, actor: Actor, body: WebhookIn, *, production: bool) -> Webhook:
    """Let an organisation's program listen.

    Raises:
        Invalid: For an address that is not called, or an organisation that is not there.
    """
    require(actor, "webhooks.manage")
    errors = url_faults(body.url, production=production)
    if not queries.organisation_exists(session, body.organisation_id):
        errors.append(
            FieldError(
                "/organisation_id",
                "unknown_organisation",
                mark("There is no such organisation."),
                mark("Register the organisation first."),
            )
        )
    if errors:
        raise Invalid(errors=errors)
    webhook = Webhook(
        id=new_id(),
        organisation_id=body.organisation_id,
        url=body.url,
        events=sorted(set(body.events)),
        active=True,
        secret_number=1,
        created_at=clock.now(),
        version=1,
    )
    session.add(webhook)
    session.flush()
    facts = {**_facts(webhook), "organisation_id": webhook.organisation_id}
    record(session, actor, "webhooks.create", "webhook", webhook.id, after=facts)
    return webhook


def edit_webhook(
    session: Session, actor: Actor, webhook_id: str, body: WebhookPatch, match: Match, *, production: bool
) -> Webhook:
    """Change where a webhook listens, to what, and whether it does.

    Raises:
        Stale: When somebody changed it meanwhile.
        Invalid: For an address that is not called.
    """
    webhook = queries.webhook(session, actor, webhook_id, writing=True)
    require(actor, "webhooks.manage", webhook)
    match.check(webhook.version)
    changes = body.model_dump(exclude_unset=True)
    errors = url_faults(changes["url"], production=production) if "url" in changes else []
    if errors:
        raise Invalid(errors=errors)
    before = _facts(webhook)
    if "events" in changes:
        changes["events"] = sorted(set(changes["events"]))
    for field, value in changes.items():
        setattr(webhook, field, value)
    webhook.version += 1
    session.flush()
    record(session, actor, "webhooks.edit", "webhook", webhook.id, before=before, after=_facts(webhook))
    return webhook


def delete_webhook(session: Session, actor: Actor, webhook_id: str) -> None:
    """Remove a webhook with every event that was written for it."""
    webhook = queries.webhook(session, actor, webhook_id, writing=True)
    require(actor, "webhooks.manage", webhook)
    session.delete(webhook)
    session.flush()
    record(session, actor, "webhooks.delete", "webhook", webhook.id, before=_facts(webhook))


def replace_secret(session: Session, actor: Actor, webhook_id: str) -> Webhook:
    """Give a webhook a new signing secret; the next attempt is signed with it."""
    webhook = queries.webhook(session, actor, webhook_id, writing=True)
    require(actor, "webhooks.manage", webhook)
    webhook.secret_number += 1
    webhook.version += 1
    session.flush()
    record(session, actor, "webhooks.replace_secret", "webhook", webhook.id)
    return webhook


def ping(session: Session, actor: Actor, webhook_id: str) -> WebhookDelivery:
    """Send an event that means nothing, so that a receiver can be tried out."""
    webhook = queries.webhook(session, actor, webhook_id, writing=True)
    require(actor, "webhooks.manage", webhook)
    record(session, actor, "webhooks.ping", "webhook", webhook.id)
    delivery = WebhookDelivery(**_written(webhook, PING, {}))
    session.add(delivery)
    _queue(session, delivery)
    return delivery


def redeliver(session: Session, actor: Actor, delivery_id: str) -> WebhookDelivery:
    """Send an event again that has failed, or that the receiver has lost; its id stays the same.

    Raises:
        IllegalMove: For one that is on its way.
    """
    delivery = queries.delivery(session, actor, delivery_id, writing=True)
    require(actor, "webhooks.manage", delivery)
    before = delivery.state
    delivery.state = DELIVERY.move(before, "redeliver")
    delivery.delivered_at = delivery.error = None
    _queue(session, delivery)
    after = {"state": delivery.state}
    record(session, actor, "webhooks.redeliver", "delivery", delivery.id, before={"state": before}, after=after)
    return delivery


def _written(webhook: Webhook, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "webhook_id": webhook.id,
        "event": event,
        "payload": dict(data),
        "state": DELIVERY.initial,
        "attempts": 0,
        "created_at": clock.now(),
    }


def _queue(session: Session, delivery: WebhookDelivery) -> None:
    job = enqueue(session, KIND, {"delivery": delivery.id}, key=f"{KIND}:{delivery.id}", max_attempts=ATTEMPTS)
    delivery.job_id = job.id
    session.flush()


def _facts(webhook: Webhook) -> dict[str, Any]:
    return {"url": webhook.url, "events": list(webhook.events), "active": webhook.active}
