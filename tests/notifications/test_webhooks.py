"""Events to a real receiver: signed, retried, given up and sent again; and never into the own network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.notifications import calling, webhooks
from app.notifications.calling import call, is_public, url_faults
from app.notifications.errors import AddressRefused, WebhookNotTaken
from app.settings import Settings
from tests.identity.test_second_factor import set_up
from tests.jobs.crew import wait_for
from tests.notifications.conftest import Listen, Postman, tell
from tests.notifications.servers import Receiver, silent_port


def expected_signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    """Return what the Standard Webhooks specification says, written down anew from its text."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_an_event_is_told_signed_to_those_whom_it_concerns(
    postman: Postman, listener: Receiver, listen: Listen, agro: str
) -> None:
    secret = listen("offers.*", "rounds.published")["secret"]
    event_id = tell(postman, "offers.accepted", {agro}, offer_id="o-1")
    with postman.database.transaction() as session:
        assert webhooks.announce(session, "offers.accepted", {}, organisations={"another"}) == 0
        assert webhooks.announce(session, "funds.closed", {}) == 0
    assert postman.round() == ["done"]
    ((headers, body),) = listener.calls
    document = json.loads(body)
    assert (document["id"], document["type"], document["data"]) == (event_id, "offers.accepted", {"offer_id": "o-1"})
    assert headers["webhook-id"] == event_id
    assert headers["webhook-signature"] == expected_signature(secret, headers, body)
    assert abs(int(headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    assert (headers["host"], headers["content-type"]) == (f"127.0.0.1:{listener.port}", "application/json")
    done = postman.delivery(event_id)
    assert (done.state, done.attempts, done.delivered_at is not None) == ("delivered", 1, True)


def test_what_is_undone_is_told_to_nobody(postman: Postman, listener: Receiver, listen: Listen) -> None:
    listen("rounds.published")
    with postman.database.transaction() as session:
        webhooks.announce(session, "rounds.published", {})
        session.rollback()
    assert (postman.round(), listener.calls) == ([], [])


def test_a_receiver_that_is_ill_gets_it_later_once(postman: Postman, listener: Receiver, listen: Listen) -> None:
    listen("offers.accepted")
    listener.answers = [500, 302, 404]
    listener.headers = {"Location": "http://127.0.0.1:1/elsewhere"}
    event_id = tell(postman, "offers.accepted")
    wait_for(lambda: [postman.round(), postman.delivery(event_id).state][1] == "delivered")
    assert len(listener.calls) == 4
    assert len({(headers["webhook-id"], body) for headers, body in listener.calls}) == 1
    assert postman.delivery(event_id).attempts == 4


def test_what_was_given_up_is_listed_and_sent_again(
    postman: Postman, listener: Receiver, listen: Listen, rina: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "ATTEMPTS", 2)
    listen("offers.accepted")
    listener.answers = [500, 503]
    event_id = tell(postman, "offers.accepted")
    wait_for(lambda: [postman.round(), postman.delivery(event_id).state][1] == "failed")
    dead = rina.get("/api/v1/webhook-deliveries?state=failed").json()["items"]
    assert [(one["id"], one["attempts"], one["error"]["code"]) for one in dead] == [
        (event_id, 2, "notifications.webhook_not_taken")
    ]
    assert "503" in dead[0]["error"]["detail"]
    assert "offers.accepted" in rina.get("/notifications").text

    again = rina.post(f"/api/v1/webhook-deliveries/{event_id}/redeliver")
    assert (again.status_code, again.json()["state"], again.json()["error"]) == (202, "waiting", None)
    assert rina.post(f"/api/v1/webhook-deliveries/{event_id}/redeliver").status_code == 409
    assert postman.round() == ["done"]
    shown = rina.get(f"/api/v1/webhook-deliveries/{event_id}").json()
    assert (shown["state"], shown["attempts"]) == ("delivered", 3)
    assert rina.get("/api/v1/webhook-deliveries?state=failed").json()["items"] == []


def test_gone_is_final_and_so_is_a_webhook_that_is_switched_off(
    postman: Postman, listener: Receiver, listen: Listen, rina: TestClient
) -> None:
    made = listen("offers.accepted")
    listener.answers = [410]
    tell(postman, "offers.accepted")
    assert postman.round() == ["dead"]
    event_id = tell(postman, "offers.accepted")
    address = f"/api/v1/webhooks/{made['id']}"
    assert rina.patch(address, json={"active": False}).status_code == 428
    off = rina.patch(address, json={"active": False}, headers={"If-Match": '"v1"'})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert rina.patch(address, json={"active": True}, headers={"If-Match": '"v1"'}).status_code == 412
    assert postman.round() == ["dead"]
    assert postman.delivery(event_id).state == "failed"
    assert len(listener.calls) == 1
    with postman.database.transaction() as session:
        assert webhooks.announce(session, "offers.accepted", {}) == 0


def test_a_new_secret_signs_the_next_attempt(
    postman: Postman, listener: Receiver, listen: Listen, rina: TestClient
) -> None:
    made = listen("offers.accepted")
    address = f"/api/v1/webhooks/{made['id']}"
    answer = rina.post(f"{address}/secret")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    secret = answer.json()["secret"]
    assert secret != made["secret"]
    assert rina.post(f"{address}/ping").status_code == 202
    assert postman.round() == ["done"]
    ((headers, body),) = listener.calls
    assert headers["webhook-signature"] == expected_signature(secret, headers, body)
    assert json.loads(body)["type"] == "webhooks.ping"
    assert secret not in rina.get(address).text + rina.get("/api/v1/webhooks").text
    assert rina.delete(address).status_code == 204
    assert rina.get(address).status_code == 404
    assert rina.get("/api/v1/webhook-deliveries").json()["items"] == []
    with postman.database.reading() as session:
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_id == made["id"]).order_by(AuditEntry.number)
        ).all()
    assert acts == ["webhooks.create", "webhooks.replace_secret", "webhooks.ping", "webhooks.delete"]


def test_every_error_of_a_bad_webhook_comes_at_once(rina: TestClient, agro: str) -> None:
    bad = {"organisation_id": "nobody", "url": "https://user:pw@agro.example/", "events": ["offers.*"]}
    answer = rina.post("/api/v1/webhooks", json=bad)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/organisation_id", "/url"}
    bad = {"organisation_id": agro, "url": "x", "events": ["everything"], "secret": "mine"}
    answer = rina.post("/api/v1/webhooks", json=bad)
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/events/0", "/secret"}


@pytest.mark.parametrize(
    ("url", "production", "code"),
    [
        ("https://agro.example/gotong?x=1", True, None),
        ("http://127.0.0.1:8000/", False, None),
        ("http://agro.example/", True, "private_url"),
        ("https://127.0.0.1/", True, "private_url"),
        ("https://[::1]/", True, "private_url"),
        ("https://[::ffff:10.0.0.1]/", True, "private_url"),
        ("https://169.254.169.254/latest/meta-data", True, "private_url"),
        ("https://localhost/", True, "private_url"),
        ("https://database.internal./", True, "private_url"),
        ("ftp://agro.example/", False, "bad_url"),
        ("file:///etc/passwd", False, "bad_url"),
        ("https://agro.example:99999/", False, "bad_url"),
        ("https://agro.example/a b", False, "bad_url"),
        ("https://agro.example/\r\nX: y", False, "bad_url"),
        ("https://agro.example/#x", False, "bad_url"),
        ("https://[", False, "bad_url"),
        ("", False, "bad_url"),
    ],
)
def test_addresses_as_they_are_written(url: str, production: bool, code: str | None) -> None:
    faults = url_faults(url, production=production)
    assert [fault.code for fault in faults] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:192.168.1.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d822", True),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
    ],
)
def test_addresses_as_they_are_reached(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_public_name_that_leads_into_the_own_network_is_not_called(
    settings: Settings, listener: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with DNS rebinding: the first look is public, the next one is not; only what was looked at is called."""
    answers = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]]

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    monkeypatch.setattr(calling.socket, "getaddrinfo", look_up)
    real = replace(settings, environment="production")
    for _ in range(2):
        with pytest.raises(AddressRefused):
            call(f"https://agro.example:{listener.port}/", b"{}", {}, real)
    assert (answers, listener.calls) == ([], [])


def test_in_production_a_webhook_cannot_listen_inside(
    web: FastAPI, settings: Settings, rina: TestClient, agro: str
) -> None:
    set_up(rina)
    web.state.settings = replace(settings, environment="production")
    body = {"organisation_id": agro, "url": "https://10.0.0.8/", "events": ["offers.*"]}
    answer = rina.post("/api/v1/webhooks", json=body)
    assert [one["code"] for one in answer.json()["errors"]] == ["private_url"]


def test_a_receiver_that_says_nothing_does_not_hold_the_worker(settings: Settings) -> None:
    hasty = replace(settings, webhook_seconds=0.3)
    with silent_port() as port, pytest.raises(WebhookNotTaken):
        call(f"http://127.0.0.1:{port}/", b"{}", {}, hasty)


def test_a_receiver_that_drips_its_answer_does_not_hold_the_worker(settings: Settings, listener: Receiver) -> None:
    """Each byte comes in time, and yet the whole does not; what was cut off is no success, whatever its first line said."""
    listener.dripping = True
    began = time.monotonic()
    with pytest.raises(WebhookNotTaken, match="Timeout"):
        call(listener.url, b"{}", {}, replace(settings, webhook_seconds=0.5))
    assert time.monotonic() - began < 3
