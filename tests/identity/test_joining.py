"""Coming in by a link in a mail: registration, invitation, a forgotten password; and everybody who tries without."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from app.core import clock
from app.core.database import Database
from app.identity.joining_pages import WithoutSecrets
from app.identity.models import AccountLink, User
from tests.conftest import PASSWORD
from tests.identity.conftest import NEW_PASSWORD, Mailbox

ANI = "ani@contoh.example"
Member = Callable[..., User]
Acts = Callable[[str], list[str]]


def register(client: TestClient, email: str = ANI, name: str = "Ani Wulandari") -> int:
    answer = client.post("/api/v1/registrations", json={"email": email, "name": name})
    assert answer.status_code in {202, 429}, answer.text
    return answer.status_code


def ask(client: TestClient, email: str) -> int:
    return client.post("/api/v1/password-resets", json={"email": email}).status_code


def confirm(client: TestClient, token: str, password: str = NEW_PASSWORD) -> int:
    return client.post("/api/v1/registrations/confirm", json={"token": token, "password": password}).status_code


def choose(client: TestClient, token: str, password: str = NEW_PASSWORD) -> int:
    return client.post("/api/v1/password-resets/confirm", json={"token": token, "password": password}).status_code


def log_in(client: TestClient, email: str, password: str) -> int:
    return client.post("/api/v1/login", json={"email": email, "password": password}).status_code


def accounts(database: Database, email: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(User).where(User.email == email)) or 0


def test_a_volunteer_registers_and_is_in_after_the_mail(
    client: TestClient, database: Database, mailbox: Mailbox, acts: Acts
) -> None:
    assert register(client, email=" Ani@Contoh.Example ") == 202
    assert accounts(database, ANI) == 0, "no account before the mail was read"
    token = mailbox.token(ANI)
    answer = client.post("/api/v1/registrations/confirm", json={"token": token, "password": NEW_PASSWORD})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = answer.json()
    assert (made["email"], made["name"], made["role"]) == (ANI, "Ani Wulandari", "applicant")
    assert log_in(client, ANI, NEW_PASSWORD) == 200
    assert acts(made["id"]) == ["users.create", "identity.confirm_email", "identity.log_in"]
    assert confirm(client, token) == 410
    with database.reading() as session:
        stored = session.scalars(select(AccountLink.fingerprint)).one()
    assert token not in stored


def test_no_answer_tells_who_has_an_account(client: TestClient, member: Member, mailbox: Mailbox) -> None:
    sari = member("reviewer", name="Sari").email
    answers = {
        client.post(path, json=body).text
        for address in (sari, "nobody@contoh.example")
        for path, body in (
            ("/api/v1/registrations", {"email": address, "name": "Budi"}),
            ("/api/v1/password-resets", {"email": address}),
        )
    }
    assert answers == {'{"sent":true}'}
    assert mailbox.templates(sari) == ["identity/has_account", "identity/reset"]
    assert mailbox.templates("nobody@contoh.example") == ["identity/register", "identity/no_account"]
    assert mailbox.mails(sari)[0].facts["name"] == "Sari", "the name that a stranger typed goes to nobody"


def test_a_registration_says_nothing_about_a_role(client: TestClient) -> None:
    body = {"email": ANI, "name": "Ani", "role": "admin"}
    answer = client.post("/api/v1/registrations", json=body)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/role"]
    bad = client.post("/api/v1/registrations", json={"email": "ani", "name": "\u200b \u2028"})
    assert {one["pointer"] for one in bad.json()["errors"]} == {"/email", "/name"}


def test_who_forgot_the_password_gets_a_new_one_and_every_thief_is_out(
    client: TestClient, as_role: Callable[..., TestClient], mailbox: Mailbox, acts: Acts
) -> None:
    thief = as_role("reviewer", name="Sari")
    sari = thief.get("/api/v1/me").json()
    assert (ask(client, sari["email"]), ask(client, sari["email"])) == (202, 202)
    older, token = (str((mail.secrets or {})["token"]) for mail in mailbox.mails(sari["email"]))
    assert choose(client, token, "sari") == 422
    assert choose(client, token, sari["email"]) == 422
    assert choose(client, token) == 204, "a password that will not do leaves the link good"
    assert thief.get("/api/v1/me").status_code == 401
    assert (log_in(client, sari["email"], PASSWORD), log_in(client, sari["email"], NEW_PASSWORD)) == (401, 200)
    assert (choose(client, token), choose(client, older)) == (410, 410)
    assert mailbox.templates(sari["email"])[-1] == "identity/password_changed"
    assert acts(sari["id"])[-4:] == [
        "identity.ask_reset", "identity.ask_reset", "identity.reset_password", "identity.log_in",
    ]  # fmt: skip


def test_a_reset_lets_in_who_was_locked_out_by_guessing_strangers(
    client: TestClient, member: Member, mailbox: Mailbox
) -> None:
    sari = member("reviewer").email
    while log_in(client, sari, "guessed again and again") != 429:
        pass
    assert log_in(client, sari, PASSWORD) == 429
    ask(client, sari)
    assert choose(client, mailbox.token(sari)) == 204
    assert log_in(client, sari, NEW_PASSWORD) == 200


@pytest.mark.parametrize(("kind", "lives"), [("register", dt.timedelta(hours=24)), ("reset", dt.timedelta(hours=1))])
def test_a_link_grows_old(client: TestClient, member: Member, mailbox: Mailbox, kind: str, lives: dt.timedelta) -> None:
    address = ANI if kind == "register" else member("reviewer").email
    use = confirm if kind == "register" else choose
    _ = register(client) if kind == "register" else ask(client, address)
    with clock.frozen_at(clock.now() + lives + dt.timedelta(seconds=1)):
        assert use(client, mailbox.token(address)) == 410
    with clock.frozen_at(clock.now() + lives - dt.timedelta(minutes=1)):
        assert use(client, mailbox.token(address)) in {201, 204}


def test_a_link_is_good_for_its_own_purpose_only(
    client: TestClient, database: Database, member: Member, mailbox: Mailbox
) -> None:
    sari = member("reviewer")
    register(client)
    ask(client, sari.email)
    assert choose(client, mailbox.token(ANI)) == 410
    assert confirm(client, mailbox.token(sari.email)) == 410
    with database.transaction() as session:
        session.execute(update(AccountLink).where(AccountLink.user_id == sari.id).values(purpose="second_step"))
    assert choose(client, mailbox.token(sari.email)) == 410


def test_a_closed_account_is_not_opened_by_a_reset(
    client: TestClient, database: Database, member: Member, mailbox: Mailbox
) -> None:
    sari = member("reviewer")
    ask(client, sari.email)
    with database.transaction() as session:
        session.get_one(User, sari.id).active = False
    assert choose(client, mailbox.token(sari.email)) == 410
    ask(client, sari.email)
    assert mailbox.templates(sari.email) == ["identity/reset", "identity/no_account"]
    assert log_in(client, sari.email, NEW_PASSWORD) == 401


def test_changing_the_password_ends_links_that_somebody_asked_for(
    as_role: Callable[..., TestClient], client: TestClient, mailbox: Mailbox
) -> None:
    sari = as_role("reviewer")
    address = sari.get("/api/v1/me").json()["email"]
    ask(client, address)
    body = {"present_password": PASSWORD, "new_password": "another pass of seven hills"}
    assert sari.post("/api/v1/me/password", json=body).status_code == 204
    assert choose(client, mailbox.token(address)) == 410
    assert mailbox.templates(address)[-1] == "identity/password_changed"


def test_nobody_fills_the_mailbox_of_another(client: TestClient, member: Member, mailbox: Mailbox) -> None:
    sari = member("reviewer").email
    assert [ask(client, sari), register(client, sari), ask(client, sari)] == [202] * 3
    refused = client.post("/api/v1/password-resets", json={"email": sari.upper()})
    assert (refused.status_code, int(refused.headers["retry-after"]) > 3000) == (429, True)
    assert register(client, "another@contoh.example") == 202
    assert len(mailbox.mails(sari)) == 3
    with clock.frozen_at(clock.now() + dt.timedelta(hours=1, seconds=1)):
        assert ask(client, sari) == 202


def test_nobody_sends_mails_to_everybody(client: TestClient) -> None:
    ends = [register(client, f"p{number}@contoh.example") for number in range(21)]
    assert ends == [202] * 20 + [429]


def test_links_cannot_be_guessed(client: TestClient, member: Member, mailbox: Mailbox) -> None:
    register(client)
    ends = [confirm(client, f"guess-{number}") for number in range(51)]
    assert ends == [410] * 50 + [429]
    assert confirm(client, mailbox.token(ANI)) == 429, "also the right one"
    with clock.frozen_at(clock.now() + dt.timedelta(minutes=16)):
        assert confirm(client, mailbox.token(ANI)) == 201


def test_of_many_who_use_a_link_at_once_one_gets_in(
    web: FastAPI, client: TestClient, database: Database, mailbox: Mailbox
) -> None:
    register(client)
    token = mailbox.token(ANI)
    with ThreadPoolExecutor(8) as crowd, TestClient(web) as visitor:
        ends = list(crowd.map(lambda _: confirm(visitor, token), range(8)))
    assert sorted(ends) == [201] + [410] * 7
    assert accounts(database, ANI) == 1


def test_two_registrations_of_one_address_make_one_account(
    client: TestClient, database: Database, mailbox: Mailbox
) -> None:
    register(client)
    first = mailbox.token(ANI)
    register(client)
    assert confirm(client, mailbox.token(ANI)) == 201
    assert confirm(client, first) == 409
    assert accounts(database, ANI) == 1


def test_the_web_servers_log_does_not_hold_links() -> None:
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1", "GET", "/welcome/8Jx-secret?x=/reset/other", "1.1", 200), None,
    )  # fmt: skip
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == '127.0.0.1 - "GET /welcome/…?x=/reset/… HTTP/1.1" 200'
    assert any(isinstance(one, WithoutSecrets) for one in logging.getLogger("uvicorn.access").filters)
