"""Invitations: who makes them, for whom, and that the link is good once and for nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core import clock
from app.identity.models import User
from tests.identity.conftest import NEW_PASSWORD, Document, Mailbox

DEWI = "dewi@agro.example"
AsRole = Callable[..., TestClient]


@pytest.fixture
def rina(as_role: AsRole) -> TestClient:
    """Rina, the programme manager."""
    return as_role("manager", name="Rina")


def dewi(agro: str, **fields: Any) -> Document:
    return {"email": DEWI, "name": "Dewi Lestari", "role": "sponsor", "organisation_id": agro, **fields}


def invite(who: TestClient, body: Document) -> Document:
    answer = who.post("/api/v1/invitations", json=body)
    assert answer.status_code == 201, answer.text
    made: Document = answer.json()
    return made


def accept(client: TestClient, token: str) -> int:
    body = {"token": token, "password": NEW_PASSWORD}
    return client.post("/api/v1/registrations/confirm", json=body).status_code


def test_the_manager_invites_a_sponsor_who_comes_in_once(
    client: TestClient, rina: TestClient, agro: str, mailbox: Mailbox, acts: Callable[[str], list[str]]
) -> None:
    made = invite(rina, dewi(agro, language="en"))
    address = f"/api/v1/invitations/{made['id']}"
    token = mailbox.token(DEWI)
    (mail,) = mailbox.mails(DEWI)
    assert (mail.language, mail.facts["inviter"], mail.facts["role"]) == ("en", "Rina", "Sponsor")
    assert token not in rina.get(address).text + rina.get("/api/v1/invitations").text + str(made)
    assert accept(client, token) == 201
    assert accept(client, token) == 410
    body = {"email": DEWI, "password": NEW_PASSWORD}
    me = client.post("/api/v1/login", json=body).json()["user"]
    assert (me["role"], me["organisation_id"], me["language"]) == ("sponsor", agro, "en")
    assert rina.get(address).json()["state"] == "accepted"
    for gone in (rina.delete(address), rina.post(f"{address}/send")):
        assert (gone.status_code, gone.json()["code"]) == (409, "identity.invitation_over")
    assert acts(made["id"]) == ["invitations.make"]
    assert acts(me["id"])[:2] == ["users.create", "identity.accept_invitation"]


def test_a_manager_makes_nobody_who_could_make_managers(
    rina: TestClient, as_role: AsRole, agro: str, client: TestClient, mailbox: Mailbox
) -> None:
    for role in ("admin", "manager", "auditor"):
        body = {"email": f"{role}@contoh.example", "name": "Budi", "role": role}
        assert rina.post("/api/v1/invitations", json=body).status_code == 403, role
        assert invite(as_role("admin"), body)["role"] == role
    made = rina.get("/api/v1/invitations?role=admin").json()["items"][0]
    assert rina.delete(f"/api/v1/invitations/{made['id']}").status_code == 403
    assert rina.post(f"/api/v1/invitations/{made['id']}/send").status_code == 403
    for role in ("sponsor", "applicant", "officer"):
        assert as_role(role).post("/api/v1/invitations", json=dewi(agro)).status_code == 403
    assert as_role("auditor").post("/api/v1/invitations", json=dewi(agro)).status_code == 403
    assert as_role("auditor").get(f"/api/v1/invitations/{made['id']}").status_code == 200
    assert mailbox.mails(DEWI) == []


def test_a_link_that_was_taken_back_or_replaced_opens_nothing(
    client: TestClient, rina: TestClient, agro: str, mailbox: Mailbox
) -> None:
    made = invite(rina, dewi(agro))
    first = mailbox.token(DEWI)
    assert rina.post(f"/api/v1/invitations/{made['id']}/send").status_code == 202
    second = mailbox.token(DEWI)
    assert accept(client, first) == 410, "sent again under a new link"
    newer = invite(rina, dewi(agro))
    assert rina.get(f"/api/v1/invitations/{made['id']}").json()["state"] == "revoked"
    assert accept(client, second) == 410, "invited anew"
    assert rina.delete(f"/api/v1/invitations/{newer['id']}").status_code == 204
    assert accept(client, mailbox.token(DEWI)) == 410, "taken back"
    last = invite(rina, dewi(agro))
    with clock.frozen_at(clock.now() + dt.timedelta(days=14, seconds=1)):
        assert rina.get(f"/api/v1/invitations/{last['id']}").json()["state"] == "expired"
        assert accept(client, mailbox.token(DEWI)) == 410
        assert rina.post(f"/api/v1/invitations/{last['id']}/send").json()["state"] == "open"
        assert accept(client, mailbox.token(DEWI)) == 201


def test_every_error_of_a_bad_invitation_comes_at_once(
    rina: TestClient, agro: str, member: Callable[..., User]
) -> None:
    bad = {"email": "dewi", "name": "Dewi", "role": "sponsor", "region_code": "99"}
    answer = rina.post("/api/v1/invitations", json=bad)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/email", "/organisation_id", "/region_code"}
    taken = dewi(agro, email=member("reviewer").email)
    assert rina.post("/api/v1/invitations", json=taken).json()["code"] == "identity.email_taken"
    assert rina.post("/api/v1/invitations", json=dewi(agro, role="applicant")).status_code == 422


def test_the_same_invitation_twice_is_one(rina: TestClient, agro: str, mailbox: Mailbox) -> None:
    key = {"Idempotency-Key": "invite-dewi"}
    answers = [rina.post("/api/v1/invitations", json=dewi(agro), headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(mailbox.mails(DEWI)) == 1
