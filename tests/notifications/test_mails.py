"""Mails from the outbox to a real mail server: nothing is lost, nothing is read twice, nothing leaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from jinja2 import TemplateNotFound, UndefinedError
from sqlalchemy import func, select, update

from app.core import clock
from app.core.database import Database
from app.jobs import queue
from app.jobs.models import Job
from app.notifications import outbox
from app.notifications.models import Message
from app.notifications.outbox import forget_person, notify
from tests.jobs.crew import wait_for
from tests.notifications.conftest import Postman
from tests.notifications.servers import MailServer, silent_port

ANI = "ani@contoh.example"
LINK = "a-secret-that-opens-an-account"
UNTIL = dt.datetime(2027, 1, 2, 3, 0, tzinfo=dt.UTC)


def write(database: Database, name: str = "Ani", language: str = "id", **more: object) -> str:
    """Write the mail with a link to Ani; return its id."""
    with database.transaction() as session:
        facts = {"name": name, "until": UNTIL}
        return notify(session, ANI, "identity/reset", facts, language, secrets={"token": LINK}, **more).id  # type: ignore[arg-type]


def test_a_mail_comes_as_it_was_meant_in_both_languages(
    database: Database, postman: Postman, server: MailServer
) -> None:
    mail_id = write(database)
    write(database, language="en")
    assert postman.round() == ["done", "done"]
    indonesian, english = server.mails
    assert indonesian["Subject"] == "Buat kata sandi baru"
    assert english["Subject"] == "Choose a new password"
    assert (indonesian["To"], indonesian["From"]) == (ANI, "Gotong <program@contoh.example>")
    assert indonesian["Message-ID"] == f"<{mail_id}@contoh.example>"
    text = indonesian.get_content().replace("\r\n", "\n")
    assert "Halo Ani," in text
    assert f"https://gotong.contoh.example/reset/{LINK}\n" in text
    assert "2 Januari 2027 10.00 WIB" in text
    assert server.dialogue[1:4] == ["mail FROM:<program@contoh.example>", f"rcpt TO:<{ANI}>", "data"]
    sent = postman.message(mail_id)
    assert (sent.state, sent.attempts, sent.secrets) == ("sent", 1, None)
    assert LINK not in str(sent.facts)


def test_without_the_deed_there_is_no_mail(database: Database, postman: Postman, server: MailServer) -> None:
    with database.transaction() as session:
        notify(session, ANI, "identity/no_account", {}, "id")
        session.rollback()
    assert postman.round() == []
    assert server.received == []


def test_a_mail_that_cannot_be_written_is_refused_where_it_is_written(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(TemplateNotFound):
            notify(session, ANI, "identity/no_such_mail", {}, "id")
        with pytest.raises(UndefinedError):
            notify(session, ANI, "identity/reset", {"name": "Ani", "until": UNTIL}, "id")
        for address in (
            "ani",
            "ani@contoh.example, budi@contoh.example",
            "ani@contoh.example\nBcc: x@y.z",
            "a@b@c",
            "",
        ):
            with pytest.raises(ValueError, match="one mailbox"):
                notify(session, address, "identity/no_account", {}, "id")
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_hostile_name_forges_no_header_and_no_paragraph(
    database: Database, postman: Postman, server: MailServer
) -> None:
    write(database, name="Ani\r\nBcc: all@contoh.example\r\n\r\n.\r\nMAIL FROM:<x@y.z>\u2028<b>")
    assert postman.round() == ["done"]
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert "Halo Ani Bcc: all@contoh.example . MAIL FROM:<x@y.z> <b>," in mail.get_content()
    assert [line for line in server.dialogue if line.lower().startswith("mail from")] == [
        "mail FROM:<program@contoh.example>"
    ]


@pytest.mark.parametrize("place", ["MAIL", "RCPT", "DATA", "END"])
def test_a_server_that_wants_it_later_gets_it_later(
    database: Database, postman: Postman, server: MailServer, place: str
) -> None:
    answers = iter(["451 later", "421 busy"])
    server.whim = lambda verb: next(answers, "") if verb == place else ""
    mail_id = write(database)
    while postman.message(mail_id).state == "waiting":
        postman.round()
    assert len(server.received) == 1
    assert (postman.message(mail_id).state, postman.message(mail_id).attempts) == ("sent", 3)


@pytest.mark.parametrize("place", ["EHLO", "RCPT", "END"])
def test_a_server_that_hangs_up_gets_it_again(
    database: Database, postman: Postman, server: MailServer, place: str
) -> None:
    answers = iter([None])
    server.whim = lambda verb: next(answers, "") if verb == place else ""
    mail_id = write(database)
    wait_for(lambda: [postman.round(), postman.message(mail_id).state][1] == "sent")
    assert len(server.received) == 1


def test_a_refusal_is_final_and_can_be_sent_again_when_mended(
    database: Database, postman: Postman, server: MailServer, as_role: Callable[..., TestClient]
) -> None:
    server.whim = lambda verb: "550 no such user ani" if verb == "RCPT" else ""
    mail_id = write(database)
    assert postman.round() == ["dead"]
    rina = as_role("manager", name="Rina")
    shown = rina.get(f"/api/v1/notifications/{mail_id}", headers={"Accept-Language": "en"}).json()
    assert (shown["state"], shown["attempts"], shown["error"]["code"]) == ("failed", 1, "notifications.mail_refused")
    assert "550" in shown["error"]["detail"]
    assert "ani" not in shown["error"]["detail"], "what a server says may name people"

    server.whim = lambda _: ""
    again = rina.post(f"/api/v1/notifications/{mail_id}/send")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert rina.post(f"/api/v1/notifications/{mail_id}/send").status_code == 409
    assert postman.round() == ["done"]
    assert LINK in server.mails[0].get_content()


def test_a_server_that_is_ill_for_long_makes_no_mail_lost(
    database: Database, postman: Postman, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ATTEMPTS", 3)
    server.whim = lambda verb: "454 out of order" if verb == "MAIL" else ""
    mail_id = write(database)
    ends: list[str] = []
    wait_for(lambda: [ends.extend(postman.round()), "dead" in ends][1])
    assert ends == ["queued", "queued", "dead"]
    assert postman.message(mail_id).state == "failed"
    assert (postman.message(mail_id).secrets or {})["token"] == LINK


def test_a_silent_server_does_not_hold_the_worker(database: Database, postman: Postman) -> None:
    with silent_port() as port:
        postman.settings = replace(postman.settings, smtp_port=port, smtp_seconds=0.2)
        mail_id = write(database)
        lease = postman.claim()
        assert lease is not None
        assert postman.attempt(lease) == "queued"
    error = postman.job(postman.message(mail_id).job_id).error or {}
    assert error["facts"]["what"] == "SMTPServerDisconnected"


def test_no_password_goes_over_an_open_line(database: Database, postman: Postman, server: MailServer) -> None:
    postman.settings = replace(postman.settings, smtp_security="starttls", smtp_user="gotong", smtp_password="rahasia")
    mail_id = write(database)
    lease = postman.claim()
    assert lease is not None
    assert postman.attempt(lease) == "queued", "the server offers no STARTTLS, so nothing is sent"
    assert server.received == []
    assert not [line for line in server.dialogue if line.upper().startswith("AUTH")]
    assert (postman.job(postman.message(mail_id).job_id).error or {})["facts"]["what"] == "SMTPNotSupportedError"


def test_without_a_mail_server_mails_are_held_and_go_with_the_next_one(
    database: Database, postman: Postman, server: MailServer
) -> None:
    with_server, postman.settings = postman.settings, replace(postman.settings, smtp_host="")
    held = [write(database), write(database)]
    assert postman.round() == ["done", "done"]
    assert [postman.message(one).state for one in held] == ["held", "held"]
    assert server.received == []
    postman.settings = with_server
    last = write(database)
    assert postman.round() == ["done"] * 3
    assert [postman.message(one).state for one in [*held, last]] == ["sent"] * 3
    assert len(server.mailbox) == len(server.received) == 3


def test_a_mail_that_is_of_no_use_any_more_is_not_sent(
    database: Database, postman: Postman, server: MailServer
) -> None:
    mail_id = write(database, useful_until=clock.now() - dt.timedelta(seconds=1))
    assert postman.round() == ["done"]
    gone = postman.message(mail_id)
    assert (gone.state, gone.secrets, server.received) == ("expired", None, [])


def test_a_worker_that_slept_past_its_lease_sends_nothing(
    database: Database, postman: Postman, server: MailServer
) -> None:
    """It wakes up when the mail server is ready for the text, and finds that another has taken over."""
    mail_id = write(database)
    sleeper = postman.claim()
    assert sleeper is not None

    def oversleep(verb: str) -> str:
        if verb == "RCPT":
            server.whim = lambda _: ""
            with database.transaction() as session:
                long_ago = clock.now() - dt.timedelta(hours=1)
                session.execute(update(Job).where(Job.id == sleeper.job_id).values(lease_until=long_ago))
                assert queue.rescue(session, postman.settings) == [sleeper.job_id]
            assert postman.round() == ["done"]
        return ""

    server.whim = oversleep
    assert postman.attempt(sleeper) == "lost"
    assert len(server.received) == 1
    assert postman.message(mail_id).state == "sent"


def test_an_erased_person_gets_no_mail_and_leaves_no_trace(
    database: Database, postman: Postman, server: MailServer, as_role: Callable[..., TestClient]
) -> None:
    sent = write(database)
    assert postman.round() == ["done"]
    waiting = write(database)
    with database.transaction() as session:
        assert forget_person(session, ANI) == 2
    assert postman.round() == ["done"]
    assert len(server.received) == 1
    assert [postman.message(one).state for one in (sent, waiting)] == ["sent", "expired"]
    shown = as_role("admin").get("/api/v1/notifications").text
    assert "Ani" not in shown
    assert ANI not in shown


def test_the_outbox_shows_everything_but_what_opens_an_account(
    database: Database, postman: Postman, as_role: Callable[..., TestClient]
) -> None:
    mail_id = write(database)
    rina, admin = as_role("manager", name="Rina"), as_role("admin")
    for page in (f"/api/v1/notifications/{mail_id}", f"/notifications/{mail_id}"):
        seen = rina.get(page)
        assert (seen.status_code, "Halo Ani," in seen.text, LINK in seen.text) == (200, True, False), page
        assert LINK in admin.get(page).text, "an installation for trying out has no mailbox to look into"
    listed = rina.get("/api/v1/notifications?state=waiting").json()["items"]
    assert [one["subject"] for one in listed] == ["Buat kata sandi baru"]
    assert rina.get(f"/api/v1/notifications?recipient={ANI}&state=sent").json()["items"] == []
    assert "Buat kata sandi baru" in rina.get("/notifications").text
    assert as_role("auditor").post(f"/api/v1/notifications/{mail_id}/send").status_code == 403
    assert as_role("sponsor").get("/notifications").status_code == 403
