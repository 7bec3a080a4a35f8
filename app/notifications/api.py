"""The outbox, webhooks and their events, as JSON.

A new webhook takes no Idempotency-Key: its answer holds a secret, and answers of keys are stored.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.core.access import Actor, requires
from app.core.database import reading, transaction
from app.core.etag import IfMatch, etag, with_etag
from app.core.filters import filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.notifications import outbox, queries, webhooks
from app.notifications.models import Message, Webhook, WebhookDelivery
from app.notifications.schemas import (
    DeliveryOut,
    DeliveryQuery,
    MessageOut,
    MessageQuery,
    MessageTextOut,
    NewWebhookOut,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
    WebhookQuery,
)
from app.notifications.signing import signing_secret
from app.settings import Settings

router = APIRouter(prefix="/api/v1", tags=["Notifications"])

UNSTORED = {"Cache-Control": "no-store"}
MESSAGE_SORTS = {"created": Message.created_at}
WEBHOOK_SORTS = {"created": Webhook.created_at}
DELIVERY_SORTS = {"created": WebhookDelivery.created_at}
Runner = Annotated[Actor, requires("webhooks.manage")]


def opened(settings: Settings, actor: Actor) -> bool:
    """Tell whether `actor` sees the links of mails: an administrator, where this is not the real service.

    Whoever reads a person's link is that person, so in production only the mailbox shows it.
    """
    return actor.role == "admin" and not settings.production


@router.get("/notifications", summary="List mails", responses=problem_responses(422))
def list_notifications(
    request: Request, query: Annotated[MessageQuery, Query()], actor: Annotated[Actor, requires("notifications.view")]
) -> Page[MessageOut]:
    """List the mails of the outbox, one page at a time, the newest first."""
    filters: dict[str, Any] = {"state": Message.state, "recipient": Message.recipient}
    with reading(request) as session:
        statement = filtered(queries.messages_visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=MESSAGE_SORTS, key=Message.id, shown=MessageOut.of)


@router.get("/notifications/{message_id}", summary="Show a mail", responses=problem_responses(404))
def show_notification(
    request: Request, message_id: str, actor: Annotated[Actor, requires("notifications.view")]
) -> MessageTextOut:
    """Show a mail with its text. A link that opens an account is not shown."""
    settings = request.app.state.settings
    with reading(request) as session:
        row = queries.message(session, actor, message_id)
    return MessageTextOut.with_text(row, site=settings.public_url, opened=opened(settings, actor))


@router.post(
    "/notifications/{message_id}/send",
    status_code=202,
    summary="Send a mail again",
    responses=problem_responses(404, 409),
)
def send_notification(
    request: Request, message_id: str, actor: Annotated[Actor, requires("notifications.send")]
) -> MessageOut:
    """Put a mail back on its way that was held for want of a mail server, or has failed."""
    with transaction(request) as session:
        row = outbox.send_again(session, actor, message_id)
    return MessageOut.of(row)


@router.get("/webhooks", summary="List webhooks", responses=problem_responses(422))
def list_webhooks(
    request: Request, query: Annotated[WebhookQuery, Query()], actor: Annotated[Actor, requires("webhooks.view")]
) -> Page[WebhookOut]:
    """List where programs of organisations listen, one page at a time."""
    filters: dict[str, Any] = {"organisation": Webhook.organisation_id, "active": Webhook.active}
    with reading(request) as session:
        statement = filtered(queries.webhooks_visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=WEBHOOK_SORTS, key=Webhook.id, shown=WebhookOut.model_validate)


@router.post(
    "/webhooks",
    status_code=201,
    summary="Make a webhook",
    response_model=NewWebhookOut,
    responses=problem_responses(422),
)
def create_webhook(request: Request, body: WebhookIn, actor: Runner) -> JSONResponse:
    """Let an organisation's program listen to events. The answer holds the secret with which they are signed.

    Each event is posted as JSON with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of the Standard
    Webhooks specification; any answer of 2xx takes it. It may come more than once, always with the same id.
    """
    settings = request.app.state.settings
    with transaction(request) as session:
        row = webhooks.create_webhook(session, actor, body, production=settings.production)
        out = NewWebhookOut.of(row, signing_secret(settings.secret, row))
    headers = {**UNSTORED, "ETag": etag(out.version), "Location": f"/api/v1/webhooks/{out.id}"}
    return JSONResponse(out.model_dump(mode="json"), 201, headers=headers)


@router.get(
    "/webhooks/{webhook_id}", summary="Show a webhook", response_model=WebhookOut, responses=problem_responses(404)
)
def show_webhook(request: Request, webhook_id: str, actor: Annotated[Actor, requires("webhooks.view")]) -> JSONResponse:
    """Show one webhook, without its secret."""
    with reading(request) as session:
        row = queries.webhook(session, actor, webhook_id)
    return with_etag(WebhookOut.model_validate(row), row.version)


@router.patch(
    "/webhooks/{webhook_id}",
    summary="Change a webhook",
    response_model=WebhookOut,
    responses=problem_responses(404, 412, 422, 428),
)
def edit_webhook(request: Request, webhook_id: str, body: WebhookPatch, actor: Runner, match: IfMatch) -> JSONResponse:
    """Change where a webhook listens, to what, and whether it does."""
    settings = request.app.state.settings
    with transaction(request) as session:
        row = webhooks.edit_webhook(session, actor, webhook_id, body, match, production=settings.production)
    return with_etag(WebhookOut.model_validate(row), row.version)


@router.delete("/webhooks/{webhook_id}", status_code=204, summary="Remove a webhook", responses=problem_responses(404))
def delete_webhook(request: Request, webhook_id: str, actor: Runner) -> Response:
    """Remove a webhook with every event that was written for it."""
    with transaction(request) as session:
        webhooks.delete_webhook(session, actor, webhook_id)
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook_id}/secret",
    summary="Replace a webhook's secret",
    response_model=NewWebhookOut,
    responses=problem_responses(404),
)
def replace_webhook_secret(request: Request, webhook_id: str, actor: Runner) -> JSONResponse:
    """Give a webhook a new signing secret; the next attempt is signed with it."""
    with transaction(request) as session:
        row = webhooks.replace_secret(session, actor, webhook_id)
        out = NewWebhookOut.of(row, signing_secret(request.app.state.settings.secret, row))
    return JSONResponse(out.model_dump(mode="json"), headers={**UNSTORED, "ETag": etag(out.version)})


@router.post(
    "/webhooks/{webhook_id}/ping", status_code=202, summary="Try a webhook out", responses=problem_responses(404)
)
def ping_webhook(request: Request, webhook_id: str, actor: Runner) -> DeliveryOut:
    """Send the event `webhooks.ping`, which means nothing, so that a receiver can be tried out."""
    with transaction(request) as session:
        row = webhooks.ping(session, actor, webhook_id)
    return DeliveryOut.of(row)


@router.get("/webhook-deliveries", summary="List events of webhooks", responses=problem_responses(422))
def list_webhook_deliveries(
    request: Request, query: Annotated[DeliveryQuery, Query()], actor: Annotated[Actor, requires("webhooks.view")]
) -> Page[DeliveryOut]:
    """List the events that were written for webhooks, the newest first; `state=failed` is the dead-letter list."""
    filters: dict[str, Any] = {
        "state": WebhookDelivery.state,
        "webhook": WebhookDelivery.webhook_id,
        "event": WebhookDelivery.event,
    }
    with reading(request) as session:
        statement = filtered(queries.deliveries_visible_to(actor), query, filters)
        return page_of(session, statement, query, sorts=DELIVERY_SORTS, key=WebhookDelivery.id, shown=DeliveryOut.of)


@router.get("/webhook-deliveries/{delivery_id}", summary="Show an event of a webhook", responses=problem_responses(404))
def show_webhook_delivery(
    request: Request, delivery_id: str, actor: Annotated[Actor, requires("webhooks.view")]
) -> DeliveryOut:
    """Show one event, how often it was tried and why the last attempt failed."""
    with reading(request) as session:
        return DeliveryOut.of(queries.delivery(session, actor, delivery_id))


@router.post(
    "/webhook-deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send an event again",
    responses=problem_responses(404, 409),
)
def redeliver_webhook_delivery(request: Request, delivery_id: str, actor: Runner) -> DeliveryOut:
    """Send an event again that has failed, or that the receiver has lost. Its id stays the same."""
    with transaction(request) as session:
        row = webhooks.redeliver(session, actor, delivery_id)
    return DeliveryOut.of(row)
