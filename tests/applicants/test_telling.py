"""What the programme decides of an application is told by mail, in the language of the person, without what is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.core.database import Database
from app.identity.models import User
from app.notifications.models import Message
from app.notifications.outbox import is_mailbox, notify_all
from app.notifications.rendering import render_mail
from tests.applicants.conftest import agree

RECEIPT = "applicants/received"


def mails(database: Database) -> list[Message]:
    """Return the mails but for receipts."""
    with database.reading() as session:
        return list(session.scalars(select(Message).where(Message.template != RECEIPT).order_by(Message.id)))


@pytest.mark.parametrize(
    ("language", "subject"), [("id", "Lamaran Anda telah kami terima"), ("en", "Your application has arrived")]
)
def test_whoever_sends_an_application_gets_a_receipt_with_the_code_that_the_programme_sees(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any], database: Database, language: str, subject: str
) -> None:
    with database.transaction() as session:
        session.execute(update(User).values(language=language))
    agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{draft['id']}/submit").status_code == 200
    with database.reading() as session:
        mail = session.scalars(select(Message).where(Message.template == RECEIPT)).one()
    shown = render_mail(mail.template, mail.facts, mail.language, "https://gotong.contoh.example")
    assert (mail.recipient, shown.subject) == (draft["email"], subject)
    (found,) = rina.get("/api/v1/applicants", params={"q": mail.facts["receipt"]}).json()["items"]
    assert found["id"] == draft["id"]
    assert found["receipt"] in shown.text
    assert found["receipt"] in yuliana.get("/application").text


def test_a_rejected_person_is_told_that_it_is_decided_and_where_to_read_why(
    rina: TestClient, sent: str, database: Database
) -> None:
    rina.post(f"/api/v1/applicants/{sent}/review")
    assert mails(database) == [], "what goes its way is not worth a mail"
    assert rina.post(f"/api/v1/applicants/{sent}/reject", json={"reason": "Cannot stay."}).status_code == 200
    (mail,) = mails(database)
    shown = render_mail(mail.template, mail.facts, mail.language, "https://gotong.contoh.example")
    assert shown.subject == "Lamaran Anda telah diputuskan"
    assert "Halo Yuliana Tefa," in shown.text
    assert "https://gotong.contoh.example/my-data" in shown.text
    assert "Cannot stay." not in shown.text


def test_an_accepted_person_is_told_in_the_language_of_the_account(
    yuliana: TestClient, rina: TestClient, sent: str, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(User).where(User.id == yuliana.get("/api/v1/me").json()["id"]).values(language="en"))
    rina.post(f"/api/v1/applicants/{sent}/review")
    assert rina.post(f"/api/v1/applicants/{sent}/accept", json={"suitability": 70}).status_code == 200
    (mail,) = mails(database)
    assert render_mail(mail.template, mail.facts, mail.language, "").subject == "You are in the pool"
    assert rina.post(f"/api/v1/applicants/{sent}/withdraw", json={"reason": "Asked by telephone."}).status_code == 200
    mail = mails(database)[-1]
    assert render_mail(mail.template, mail.facts, mail.language, "").subject == "Your application has ended"


def test_nobody_is_told_of_what_is_undone(rina: TestClient, draft: dict[str, Any], database: Database) -> None:
    refused = rina.post(f"/api/v1/applicants/{draft['id']}/reject", json={"reason": "Too early."})
    assert refused.status_code == 409
    assert mails(database) == []


def test_who_is_erased_gets_no_mail_any_more(
    yuliana: TestClient, rina: TestClient, sent: str, database: Database, as_role: Callable[..., TestClient]
) -> None:
    assert rina.post(f"/api/v1/applicants/{sent}/erase", json={"reason": "Asked for it."}).status_code == 200
    assert mails(database) == []
    address = rina.get(f"/api/v1/applicants/{sent}").json()["email"]
    assert not is_mailbox(address)
    with database.transaction() as session:
        facts = {"name": "–", "code": "x-1"}
        people = [(address, facts, None), ("ani@contoh.example", facts, None)]
        assert notify_all(session, "applicants/accepted", people) == 1
