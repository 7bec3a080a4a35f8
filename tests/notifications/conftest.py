"""A mail server, a receiver of webhooks, and a postman who works the queue off without a process of his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.core.database import Database
from app.core.ids import new_id
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import RunningJob, Stop
from app.jobs.models import Job
from app.jobs.registry import load_handlers
from app.notifications import webhooks
from app.notifications.models import Message, WebhookDelivery
from app.settings import Settings
from tests.notifications.servers import MailServer, Receiver, mail_server, receiver

Document = dict[str, Any]
Listen = Callable[..., Document]


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that takes everything, until told otherwise."""
    with mail_server() as running:
        yield running


@pytest.fixture
def listener() -> Iterator[Receiver]:
    """A program that listens to webhooks."""
    with receiver() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, server: MailServer) -> Settings:
    """With a mail server, and without patience."""
    return replace(
        settings,
        public_url="https://gotong.contoh.example",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        smtp_from="program@contoh.example",
        smtp_seconds=5.0,
        webhook_seconds=1.0,
        job_backoff_seconds=0.001,
        job_backoff_limit_seconds=0.001,
        worker_lease_seconds=2.0,
        worker_poll_seconds=0.1,
    )


@dataclass
class Postman:
    """Does what a worker does with a job, in this process."""

    database: Database
    settings: Settings

    def claim(self) -> queue.Lease | None:
        """Take the next job."""
        with self.database.transaction() as session:
            return queue.claim(session, new_id(), self.settings)

    def attempt(self, lease: queue.Lease) -> str:
        """Run a job once and return how it ended."""
        load_handlers(self.settings.task_modules)
        stop = Stop()
        context = RunningJob(self.database, lease, lambda _: None, stop, self.settings)
        try:
            ended, failure = attempt(context, lease, stop)
        finally:
            context.close()
        if failure is not None:
            with self.database.transaction() as session:
                return queue.fail(session, lease, failure, self.settings)
        return ended

    def round(self) -> list[str]:
        """Work everything off that is due now, and return how each attempt ended."""
        ends = []
        while (lease := self.claim()) is not None:
            ends.append(self.attempt(lease))
        return ends

    def message(self, message_id: str) -> Message:
        """Return a mail as it is now."""
        with self.database.reading() as session:
            return session.get_one(Message, message_id)

    def delivery(self, delivery_id: str) -> WebhookDelivery:
        """Return an event as it is now."""
        with self.database.reading() as session:
            return session.get_one(WebhookDelivery, delivery_id)

    def job(self, job_id: str | None) -> Job:
        """Return a job as it is now."""
        with self.database.reading() as session:
            return session.get_one(Job, job_id)


@pytest.fixture
def postman(database: Database, settings: Settings) -> Postman:
    """The postman."""
    return Postman(database, settings)


@pytest.fixture
def rina(as_role: Callable[..., TestClient]) -> TestClient:
    """Rina, the programme manager."""
    return as_role("manager", name="Rina")


@pytest.fixture
def listen(rina: TestClient, agro: str, listener: Receiver) -> Listen:
    """Lets the company's program listen to events; returns the webhook with its secret."""

    def make(*events: str, **fields: str) -> Document:
        body = {"organisation_id": agro, "url": listener.url, "events": list(events), **fields}
        answer = rina.post("/api/v1/webhooks", json=body)
        assert answer.status_code == 201, answer.text
        made: Document = answer.json()
        return made

    return make


def tell(postman: Postman, event: str, organisations: set[str] | None = None, **data: Any) -> str:
    """Announce an event that one webhook listens to; return its id."""
    with postman.database.transaction() as session:
        assert webhooks.announce(session, event, data, organisations=organisations) == 1
        return session.scalars(select(WebhookDelivery.id).order_by(WebhookDelivery.id.desc()).limit(1)).one()
