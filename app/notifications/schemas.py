"""What crosses the API about mails, webhooks and their events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.core.bodies import LEFT_OUT, body
from app.core.paging import PageQuery
from app.jobs.failures import told
from app.notifications.models import ERASED, Message, Webhook, WebhookDelivery
from app.notifications.rendering import HIDDEN, Mail, render_mail

MessageState = Literal["waiting", "held", "sent", "failed", "expired"]
DeliveryState = Literal["waiting", "delivered", "failed"]
# What a webhook can listen to; `offers.*` is every event of offers, those of later versions too.
Event = Literal["rounds.published", "offers.*", "offers.sent", "offers.accepted", "offers.declined", "offers.expired"]
Url = Annotated[str, Field(min_length=1, max_length=500)]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]

AN_ID: Final = "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a11"
A_MESSAGE: Final[dict[str, Any]] = {
    "id": AN_ID,
    "recipient": "rina@contoh.example",
    "template": "identity/reset",
    "language": "id",
    "subject": "Buat kata sandi baru",
    "state": "held",
    "attempts": 0,
    "error": None,
    "job_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12",
    "created_at": "2027-01-02T03:00:00Z",
    "useful_until": "2027-01-02T04:00:00Z",
    "sent_at": None,
}
A_WEBHOOK: Final[dict[str, Any]] = {
    "id": AN_ID,
    "organisation_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a13",
    "url": "https://agro.example/gotong",
    "events": ["offers.*", "rounds.published"],
    "active": True,
    "created_at": "2027-01-02T03:00:00Z",
    "version": 1,
}
A_DELIVERY: Final[dict[str, Any]] = {
    "id": AN_ID,
    "webhook_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a14",
    "event": "offers.accepted",
    "payload": {"offer_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a15"},
    "state": "failed",
    "attempts": 50,
    "error": {
        "code": "notifications.webhook_not_taken",
        "detail": "The receiver did not take the event (500). It is tried again.",
    },
    "job_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a12",
    "created_at": "2027-01-02T03:00:00Z",
    "delivered_at": None,
}


class FailureOut(BaseModel):
    """Why the last attempt failed. `code` is stable; `detail` is in the language of the request."""

    code: str = Field(examples=["notifications.mail_refused"])
    detail: str = Field(examples=["The mail server refuses the mail (code 550). Check the address."])

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """Return what is sent of a stored failure."""
        return None if stored is None else cls(code=stored["code"], detail=told(stored))


class MessageOut(BaseModel):
    """A mail of the outbox."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_MESSAGE]})

    id: str
    recipient: str
    template: str = Field(description="slice/name of the text.")
    language: str
    subject: str
    state: MessageState = Field(description="held: there is no mail server. failed: given up; it can be sent again.")
    attempts: int = Field(description="How many attempts it took, or were made before it was given up.")
    error: FailureOut | None
    job_id: str | None = Field(description="The job that delivers it; see /jobs.")
    created_at: dt.datetime
    useful_until: dt.datetime | None = Field(description="After this it is not sent any more.")
    sent_at: dt.datetime | None

    @classmethod
    def of(cls, row: Message) -> Self:
        """Return the mail's row as it is sent."""
        return cls.model_validate(_message_values(row, {}))


class MessageTextOut(MessageOut):
    """A mail of the outbox with its text; what would open an account is not shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**A_MESSAGE, "text": "Halo Rina, …"}]})

    text: str

    @classmethod
    def with_text(cls, row: Message, *, site: str, opened: bool) -> Self:
        """Return the mail with its text; its secrets only where `opened`."""
        secrets = (row.secrets or {}) if opened else {}
        return cls.model_validate(_message_values(row, secrets, site))


def _message_values(row: Message, secrets: Mapping[str, str], site: str = "") -> dict[str, Any]:
    values = {name: getattr(row, name) for name in MessageOut.model_fields if name not in {"error", "subject"}}
    mail = Mail(HIDDEN, HIDDEN)
    if row.recipient != ERASED:
        mail = render_mail(row.template, {**row.facts, **secrets}, row.language, site)
    return {**values, "subject": mail.subject, "text": mail.text, "error": FailureOut.of(row.error)}


class MessageQuery(PageQuery):
    """Filters and sort of the outbox."""

    sort: Literal["created", "-created"] = Field(default="-created", description="Newest first unless told otherwise.")
    state: list[MessageState] | None = Field(default=None, description="One or more states.")
    recipient: str | None = Field(default=None, max_length=254, description="The whole address.")


class WebhookIn(BaseModel):
    """Where an organisation's program listens, and to what."""

    model_config = body({name: A_WEBHOOK[name] for name in ("organisation_id", "url", "events")})

    organisation_id: Annotated[str, Field(min_length=1, max_length=36)]
    url: Url = Field(description="https, and public in production.")
    events: Events


class WebhookPatch(BaseModel):
    """What changes of a webhook; what is left out stays."""

    model_config = body({"active": False})

    url: Url = LEFT_OUT
    events: Events = LEFT_OUT
    active: bool = Field(default=LEFT_OUT, description="False: nothing is written for it any more.")


class WebhookOut(BaseModel):
    """A webhook, without its signing secret."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [A_WEBHOOK]})

    id: str
    organisation_id: str
    url: str
    events: list[str]
    active: bool
    created_at: dt.datetime
    version: int


class NewWebhookOut(WebhookOut):
    """A webhook with its signing secret, which is shown here only and stored nowhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**A_WEBHOOK, "secret": "whsec_bXkgc2VjcmV0…"}]})

    secret: str = Field(repr=False)

    @classmethod
    def of(cls, row: Webhook, secret: str) -> Self:
        """Return the webhook's row with its secret."""
        return cls(**WebhookOut.model_validate(row).model_dump(), secret=secret)


class WebhookQuery(PageQuery):
    """Filters and sort of the webhooks."""

    sort: Literal["created", "-created"] = "-created"
    organisation: str | None = Field(default=None, max_length=36)
    active: bool | None = None


class DeliveryOut(BaseModel):
    """An event for one webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_DELIVERY]})

    id: str = Field(description="Sent as webhook-id with every attempt.")
    webhook_id: str
    event: str
    payload: dict[str, Any]
    state: DeliveryState = Field(description="failed: given up; it can be sent again.")
    attempts: int
    error: FailureOut | None
    job_id: str | None
    created_at: dt.datetime
    delivered_at: dt.datetime | None

    @classmethod
    def of(cls, row: WebhookDelivery) -> Self:
        """Return the event's row as it is sent."""
        values = {name: getattr(row, name) for name in cls.model_fields if name != "error"}
        return cls(**values, error=FailureOut.of(row.error))


class DeliveryQuery(PageQuery):
    """Filters and sort of the events."""

    sort: Literal["created", "-created"] = "-created"
    state: list[DeliveryState] | None = Field(
        default=None, description="One or more states; failed is the dead-letter list.", examples=[["failed"]]
    )
    webhook: str | None = Field(default=None, max_length=36)
    event: str | None = Field(default=None, max_length=60)
