"""A worker that is killed at the worst moments: no mail and no event is lost, none is read twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.core.database import Database
from app.jobs import queue
from app.notifications.outbox import notify
from app.settings import Settings
from tests.jobs.crew import PROGRAM, ROOT, wait_for
from tests.notifications.conftest import Listen, Postman, tell
from tests.notifications.servers import MailServer, Receiver


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker with these settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
    names = ("environment", "database_url", "secret", "public_url", "worker_lease_seconds", "worker_poll_seconds")
    mail = ("smtp_host", "smtp_port", "smtp_security", "smtp_from")
    environment |= {f"GOTONG_{name.upper()}": str(getattr(settings, name)) for name in names + mail}
    environment |= {"PYTHONPATH": str(ROOT), "GOTONG_WEBHOOK_SECONDS": "30", "GOTONG_SMTP_SECONDS": "30"}
    # Without the optimizer, which takes the longest to load.
    environment["GOTONG_TASK_MODULES"] = "app.notifications.tasks"
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


def take_over(postman: Postman) -> None:
    """Do what another worker does when the first one's lease has run out."""

    def rescued() -> list[str]:
        with postman.database.transaction() as session:
            return queue.rescue(session, postman.settings)

    wait_for(rescued)
    assert postman.round() == ["done"]


# Before the text; with the text and before it is taken; taken, and before the server says so.
@pytest.mark.parametrize(
    ("database_url", "place", "handed_over"),
    [("sqlite", "RCPT", 1), ("sqlite", "END", 1), ("sqlite", "TAKEN", 2), ("postgresql", "TAKEN", 2)],
    indirect=["database_url"],
)
def test_a_mail_outlives_its_worker(
    database: Database, postman: Postman, server: MailServer, place: str, handed_over: int
) -> None:
    with database.transaction() as session:
        mail_id = notify(session, "ani@contoh.example", "identity/no_account", {}, "id").id

    def stand_still(verb: str) -> str | None:
        if verb != place:
            return ""
        server.whim = lambda _: ""
        server.wait_at_gate()
        return None

    server.whim = stand_still
    with worker(postman.settings) as first:
        assert server.at_gate.wait(timeout=90), "the worker has not come so far"
        first.kill()
        first.wait(timeout=60)
    server.gate.set()
    take_over(postman)
    assert postman.message(mail_id).state == "sent"
    assert len(server.mailbox) == 1, "the reader sees it once"
    assert len(server.received) == handed_over
    assert len(set(server.received)) == 1, "to the byte"
    assert postman.round() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_event_outlives_its_worker(postman: Postman, listener: Receiver, listen: Listen) -> None:
    gate = MailServer()
    listener.whim = gate.wait_at_gate
    listen("offers.*")
    event_id = tell(postman, "offers.accepted")
    with worker(postman.settings) as first:
        assert gate.at_gate.wait(timeout=90), "the worker has not come so far"
        first.kill()
        first.wait(timeout=60)
    gate.gate.set()
    listener.whim = lambda: None
    take_over(postman)
    assert postman.delivery(event_id).state == "delivered"
    assert {headers["webhook-id"] for headers, _ in listener.calls} == {event_id}
    assert len({body for _, body in listener.calls}) == 1
