"""The outbox as a page: what has gone, what waits, what failed, and the dead-letter list of webhooks."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.core.access import Actor, allows, requires
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.templating import navigation, render
from app.notifications import outbox, permissions, queries, webhooks
from app.notifications.api import opened
from app.notifications.models import Message, WebhookDelivery
from app.notifications.schemas import DeliveryOut, MessageOut, MessageState, MessageTextOut

router = APIRouter(include_in_schema=False)
navigation("/notifications", mark("Mails"), set(permissions.RUNS) | {"auditor"}, group="running")

SHOWN: Final = 100
STATES: Final = {
    "waiting": mark("on its way"),
    "held": mark("held: no mail server"),
    "sent": mark("sent"),
    "failed": mark("failed"),
    "expired": mark("too old"),
}


@router.get("/notifications")
def outbox_page(
    request: Request,
    actor: Annotated[Actor, requires("notifications.view")],
    state: Annotated[MessageState | None, Query()] = None,
) -> HTMLResponse:
    """Show the newest mails, and the events that no webhook has taken."""
    statement = queries.messages_visible_to(actor).order_by(Message.id.desc()).limit(SHOWN)
    if state is not None:
        statement = statement.where(Message.state == state)
    dead = queries.deliveries_visible_to(actor).where(WebhookDelivery.state == "failed")
    with reading(request) as session:
        mails = [MessageOut.of(row) for row in session.scalars(statement)]
        events = [DeliveryOut.of(row) for row in session.scalars(dead.order_by(WebhookDelivery.id.desc()).limit(SHOWN))]
    return render(
        request,
        "notifications/outbox.html",
        mails=mails,
        events=events,
        states=STATES,
        chosen=state,
        mail_server=request.app.state.settings.mails,
        may_send=allows(actor, "notifications.send"),
    )


@router.get("/notifications/{message_id}")
def mail_page(
    request: Request, message_id: str, actor: Annotated[Actor, requires("notifications.view")]
) -> HTMLResponse:
    """Show one mail as its reader gets it, without what opens an account."""
    settings = request.app.state.settings
    with reading(request) as session:
        row = queries.message(session, actor, message_id)
    mail = MessageTextOut.with_text(row, site=settings.public_url, opened=opened(settings, actor))
    may_send = mail.state in {"held", "failed"} and allows(actor, "notifications.send")
    return render(request, "notifications/mail.html", mail=mail, states=STATES, may_send=may_send)


@router.post("/notifications/{message_id}/send")
def send_mail_page(
    request: Request, message_id: str, actor: Annotated[Actor, requires("notifications.send")]
) -> RedirectResponse:
    """Put a mail back on its way and show it."""
    with transaction(request) as session:
        outbox.send_again(session, actor, message_id)
    return RedirectResponse(f"/notifications/{message_id}", 303)


@router.post("/notifications/events/{delivery_id}/redeliver")
def redeliver_page(
    request: Request, delivery_id: str, actor: Annotated[Actor, requires("webhooks.manage")]
) -> RedirectResponse:
    """Send an event again and show the list."""
    with transaction(request) as session:
        webhooks.redeliver(session, actor, delivery_id)
    return RedirectResponse("/notifications", 303)
