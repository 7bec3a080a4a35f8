"""What the worker delivers: mails to the mail server, events to webhooks.

Each is one job. The outside is told between two fenced transactions: the first makes sure, at the last moment, that this worker
still holds the job, the second writes down that it is done and ends the job. So a worker that was only paused tells nobody
anything, and what a crash interrupts is told again under the same id.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.jobs.models import Job
from app.jobs.registry import JobContext, JobEnd, handler
from app.notifications import outbox, webhooks
from app.notifications.calling import call
from app.notifications.errors import WebhookGone
from app.notifications.lifecycle import DELIVERY, MESSAGE
from app.notifications.mailing import compose, hand_over
from app.notifications.models import Message, Webhook, WebhookDelivery
from app.notifications.signing import signed, signing_secret


def message_ended(session: Session, end: JobEnd) -> None:
    """A mail's job was given up: the mail has failed."""
    message = session.get(Message, end.payload["message"], with_for_update=True)
    if message is not None and message.state == "waiting":
        message.state = MESSAGE.move(message.state, "fail")
        message.error = None if end.error is None else dict(end.error)
        message.attempts += _attempts(session, end.job_id)


@handler(outbox.KIND, ended=message_ended)
def deliver(context: JobContext) -> None:
    """Hand one mail to the mail server."""
    message_id = context.payload["message"]
    with context.database.reading() as session:
        message = session.get(Message, message_id)
    if message is None or message.state != "waiting":
        return
    if message.useful_until is not None and message.useful_until <= clock.now():
        _end_message(context, message_id, "expire")
    elif not context.settings.mails:
        _end_message(context, message_id, "hold")
    else:
        written = compose(message, context.settings)
        hand_over(context.settings, message.recipient, written, before=lambda: _hand_over(context, message_id))
        _end_message(context, message_id, "deliver")


def _hand_over(context: JobContext, message_id: str) -> None:
    with context.holding() as session:
        session.get_one(Message, message_id, with_for_update=True).handed_over_at = clock.now()


def _end_message(context: JobContext, message_id: str, action: str) -> None:
    with context.finishing({"state": action}) as session:
        message = session.get_one(Message, message_id, with_for_update=True)
        # Erased while its text was on the way: it has gone, and is as it should be.
        if message.state != "waiting":
            return
        message.state = MESSAGE.move(message.state, action)
        if action == "hold":
            return
        message.secrets = None
        if action == "deliver":
            message.sent_at = clock.now()
            message.attempts += _attempts(session, context.job_id)
            outbox.release_held(session)


def delivery_ended(session: Session, end: JobEnd) -> None:
    """A webhook's job was given up: the event waits in the dead-letter list for somebody to send it again."""
    delivery = session.get(WebhookDelivery, end.payload["delivery"], with_for_update=True)
    if delivery is not None and delivery.state == "waiting":
        delivery.state = DELIVERY.move(delivery.state, "fail")
        delivery.error = None if end.error is None else dict(end.error)
        delivery.attempts += _attempts(session, end.job_id)


@handler(webhooks.KIND, ended=delivery_ended)
def deliver_event(context: JobContext) -> None:
    """Tell one event to one webhook."""
    delivery_id = context.payload["delivery"]
    with context.database.reading() as session:
        delivery = session.get(WebhookDelivery, delivery_id)
        webhook = None if delivery is None else session.get(Webhook, delivery.webhook_id)
    if delivery is None or webhook is None or delivery.state != "waiting":
        return
    if not webhook.active:
        raise WebhookGone
    body = webhooks.body_of(delivery)
    secret = signing_secret(context.settings.secret, webhook)
    with context.holding():
        headers = signed(secret, delivery.id, body)
    call(webhook.url, body, headers, context.settings)
    with context.finishing() as session:
        done = session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
        done.state, done.delivered_at = DELIVERY.move(done.state, "deliver"), clock.now()
        done.error = None
        done.attempts += _attempts(session, context.job_id)


def _attempts(session: Session, job_id: str) -> Any:
    return session.get_one(Job, job_id).attempt
