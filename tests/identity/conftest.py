"""People before the door, and what their mailboxes hold."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from app.identity.totp import SECONDS, code_at
from app.notifications.models import Message

Document = dict[str, Any]
NEW_PASSWORD = "perahu kertas tujuh bukit"


@dataclass
class Mailbox:
    """What was written to people; nothing has to be delivered to be looked at."""

    database: Database

    def mails(self, address: str) -> list[Message]:
        """Return every mail to `address`, the oldest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(Message).where(Message.recipient == address).order_by(Message.id)))

    def templates(self, address: str) -> list[str]:
        """Return which mails `address` got."""
        return [mail.template for mail in self.mails(address)]

    def token(self, address: str) -> str:
        """Return the secret of the newest link that `address` got."""
        secrets = [mail.secrets for mail in self.mails(address) if mail.secrets]
        assert secrets, f"no link came to {address}"
        return secrets[-1]["token"]


@pytest.fixture
def mailbox(database: Database) -> Mailbox:
    """Everybody's mailbox."""
    return Mailbox(database)


@pytest.fixture
def acts(database: Database) -> Callable[[str], list[str]]:
    """Gives what is on record about an object."""

    def of(object_id: str) -> list[str]:
        with database.reading() as session:
            entries = select(AuditEntry.action).where(AuditEntry.object_id == object_id).order_by(AuditEntry.number)
            return list(session.scalars(entries))

    return of


class Browser:
    """Somebody with a browser: follows links and fills in forms, with the form keys that the pages bring."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page: Response | None = None

    def go(self, path: str) -> Response:
        """Open a page, and what it leads to."""
        self.page = self.client.get(path, follow_redirects=True)
        return self.page

    def send(self, path: str, **fields: str) -> Response:
        """Send a form of the present page to `path`; what it answers is the present page."""
        assert self.page is not None
        key = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.page.text)
        assert key is not None, "the page has no form"
        assert f'action="{path}"' in self.page.text, f"no form of the page goes to {path}"
        answer = self.client.post(path, data={"csrf_token": key[1], **fields})
        self.page = self.go(answer.headers["location"]) if answer.status_code == 303 else answer
        return self.page

    def log_in(self, email: str, password: str) -> Response:
        """Fill the log-in form in."""
        self.go("/login")
        return self.send("/login", email=email, password=password)

    @property
    def inside(self) -> bool:
        """Whether somebody is logged in."""
        return self.client.get("/account").status_code == 200


@pytest.fixture
def browse(web: FastAPI) -> Iterator[Callable[..., Browser]]:
    """Opens browsers, each with cookies of its own."""
    opened: list[TestClient] = []

    def open_one(*, language: str = "en", address: str = "http://testserver") -> Browser:
        headers = {"Accept": "text/html", "Accept-Language": language}
        opened.append(TestClient(web, base_url=address, follow_redirects=False, headers=headers))
        return Browser(opened[-1])

    yield open_one
    for client in opened:
        client.close()


def present_code(key: str, moment: float) -> str:
    """Return what an authenticator app shows, of the key as it was typed in."""
    padded = key + "=" * (-len(key) % 8)
    return code_at(base64.b32decode(padded), int(moment) // SECONDS)
