"""The second step at log-in: the codes of RFC 6238, each good once, and what who lacks it cannot do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core import clock
from app.identity.models import User
from app.identity.totp import code_at, step_of
from tests.conftest import PASSWORD
from tests.identity.conftest import NEW_PASSWORD, Mailbox, present_code

AsRole = Callable[..., TestClient]
NOON = dt.datetime(2027, 1, 2, 12, 0, 1, tzinfo=dt.UTC)
SECRET = "a-secret-for-production-with-more-than-32-characters"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, its eight digits cut to six."""
    key = b"12345678901234567890"
    assert code_at(key, seconds // 30) == code
    assert step_of(key, code, seconds, after=0) == seconds // 30
    assert step_of(key, code, seconds + 30, after=0) == seconds // 30, "a phone that is a little late"
    assert step_of(key, code, seconds + 60, after=0) is None
    assert step_of(key, code, seconds, after=seconds // 30) is None, "used up"
    assert step_of(key, "", seconds, after=0) is None


def set_up(who: TestClient) -> tuple[str, list[str]]:
    """Turn the second step on at noon; return the key and the recovery codes."""
    begun = who.post("/api/v1/me/second-factor", json={"password": PASSWORD})
    assert (begun.status_code, begun.headers["cache-control"]) == (201, "no-store"), begun.text
    key = begun.json()["key"]
    code = present_code(key, clock.now().timestamp())
    done = who.post("/api/v1/me/second-factor/confirm", json={"code": f" {code[:3]} {code[3:]} "})
    assert (done.status_code, done.headers["cache-control"]) == (200, "no-store"), done.text
    return key, done.json()["recovery_codes"]


def log_in(client: TestClient, email: str, code: str | None = None, password: str = PASSWORD) -> tuple[int, str]:
    answer = client.post("/api/v1/login", json={"email": email, "password": password, "code": code})
    return answer.status_code, answer.json().get("code", "")


def address_of(who: TestClient) -> str:
    return str(who.get("/api/v1/me").json()["email"])


def test_a_password_alone_opens_nothing_any_more(
    client: TestClient, as_role: AsRole, mailbox: Mailbox, acts: Callable[[str], list[str]]
) -> None:
    with clock.frozen_at(NOON):
        sari = as_role("reviewer", name="Sari")
        email = address_of(sari)
        other = client.post("/api/v1/login", json={"email": email, "password": PASSWORD}).json()["token"]
        assert sari.get("/api/v1/me/second-factor").json() == {"on": False, "required": False, "recovery_codes": 0}
        key, recovery = set_up(sari)
        assert len(set(recovery)) == 10
        assert sari.get("/api/v1/me/second-factor").json() == {"on": True, "required": False, "recovery_codes": 10}
        assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {other}"}).status_code == 401
        assert log_in(client, email) == (401, "identity.code_needed")
        assert log_in(client, email, "000000") == (403, "identity.code_wrong")
        used = present_code(key, NOON.timestamp())
        assert log_in(client, email, used) == (403, "identity.code_wrong"), "the code of the set-up is used up"
    with clock.frozen_at(NOON + dt.timedelta(seconds=30)):
        code = present_code(key, clock.now().timestamp())
        assert log_in(client, email, code, "not the password at all") == (401, "identity.login_refused")
        assert log_in(client, email, code) == (200, "")
        assert log_in(client, email, code) == (403, "identity.code_wrong"), "seen over the shoulder"
        assert log_in(client, email, recovery[3].upper()) == (200, "")
        assert log_in(client, email, recovery[3]) == (403, "identity.code_wrong")
    assert mailbox.templates(email) == ["identity/second_factor_changed"]
    assert "identity.second_factor_on" in acts(sari.get("/api/v1/me").json().get("id", ""))


def test_codes_cannot_be_tried_out(client: TestClient, as_role: AsRole) -> None:
    with clock.frozen_at(NOON):
        sari = as_role("reviewer")
        email = address_of(sari)
        key, recovery = set_up(sari)
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        wrong = [log_in(client, email, f"{number:06}")[0] for number in range(1, 5)]
        assert wrong == [403] * 4
        # The password's own counter stops a sixth try, right or wrong.
        assert log_in(client, email, "000005")[0] == 403
        assert log_in(client, email, present_code(key, clock.now().timestamp()))[0] == 429
        assert log_in(client, email, recovery[0])[0] == 429
    with clock.frozen_at(NOON + dt.timedelta(minutes=20)):
        assert log_in(client, email, present_code(key, clock.now().timestamp())) == (200, "")


def test_the_right_password_forgives_no_wrong_codes(client: TestClient, as_role: AsRole, web: FastAPI) -> None:
    """Codes have a counter of their own, which a right password does not clear."""
    web.state.settings = replace(web.state.settings, login_tries=5, login_tries_per_address=1000)
    with clock.frozen_at(NOON):
        sari = as_role("reviewer")
        key, _ = set_up(sari)
        for number in range(5):
            answer = sari.post("/api/v1/me/second-factor/off", json={"password": PASSWORD, "code": f"{number:06}"})
            assert answer.status_code == 403
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        code = present_code(key, clock.now().timestamp())
        body = {"password": PASSWORD, "code": code}
        assert sari.post("/api/v1/me/second-factor/off", json=body).status_code == 429


def test_it_takes_the_password_to_set_it_up_and_both_to_turn_it_off(as_role: AsRole) -> None:
    with clock.frozen_at(NOON):
        sari = as_role("reviewer")
        assert sari.post("/api/v1/me/second-factor", json={"password": "stolen session"}).status_code == 403
        assert sari.post("/api/v1/me/second-factor/confirm", json={"code": "123456"}).status_code == 409
        key, recovery = set_up(sari)
        again = sari.post("/api/v1/me/second-factor", json={"password": PASSWORD})
        assert (again.status_code, again.json()["code"]) == (409, "identity.second_factor_on")
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        off = "/api/v1/me/second-factor/off"
        code = present_code(key, clock.now().timestamp())
        assert sari.post(off, json={"password": "stolen session", "code": code}).status_code == 403
        assert sari.post(off, json={"password": PASSWORD, "code": "000000"}).status_code == 403
        assert sari.post(off, json={"password": PASSWORD, "code": recovery[0]}).status_code == 204
        assert sari.post(off, json={"password": PASSWORD, "code": code}).status_code == 409
        assert sari.get("/api/v1/me/second-factor").json()["recovery_codes"] == 0


def test_a_key_that_was_not_confirmed_asks_for_nothing(client: TestClient, as_role: AsRole) -> None:
    with clock.frozen_at(NOON):
        sari = as_role("reviewer")
        first = sari.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()["key"]
        second = sari.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()["key"]
        assert first != second
        assert log_in(client, address_of(sari)) == (200, "")
        code = present_code(first, NOON.timestamp())
        assert sari.post("/api/v1/me/second-factor/confirm", json={"code": code}).status_code == 403


def test_anothers_codes_are_no_good(client: TestClient, as_role: AsRole) -> None:
    with clock.frozen_at(NOON):
        sari, budi = as_role("reviewer"), as_role("reviewer")
        set_up(sari)
        his_key, his_recovery = set_up(budi)
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        for code in (present_code(his_key, clock.now().timestamp()), his_recovery[0]):
            assert log_in(client, address_of(sari), code) == (403, "identity.code_wrong")
        assert log_in(client, address_of(budi), his_recovery[0]) == (200, "")


def test_a_reset_of_the_password_is_no_way_around(client: TestClient, as_role: AsRole, mailbox: Mailbox) -> None:
    with clock.frozen_at(NOON):
        sari = as_role("reviewer")
        email = address_of(sari)
        set_up(sari)
        client.post("/api/v1/password-resets", json={"email": email})
        body = {"token": mailbox.token(email), "password": NEW_PASSWORD}
        assert client.post("/api/v1/password-resets/confirm", json=body).status_code == 204
        assert log_in(client, email, password=NEW_PASSWORD) == (401, "identity.code_needed")


def test_an_administrator_helps_who_has_lost_everything(client: TestClient, as_role: AsRole) -> None:
    with clock.frozen_at(NOON):
        sari, admin = as_role("reviewer"), as_role("admin")
        email, user_id = address_of(sari), sari.get("/api/v1/me").json()["id"]
        address = f"/api/v1/users/{user_id}/second-factor"
        assert admin.delete(address).status_code == 409
        set_up(sari)
        assert as_role("manager").delete(address).status_code == 403
        assert admin.delete(address).status_code == 204
        assert sari.get("/api/v1/me").status_code == 401
        assert log_in(client, email) == (200, "")


def test_in_production_who_runs_it_does_nothing_without(
    web: FastAPI, as_role: AsRole, member: Callable[..., User]
) -> None:
    with clock.frozen_at(NOON):
        admin, sari = as_role("admin"), as_role("reviewer")
        made = admin.post("/api/v1/tokens", json={"name": "narrow", "scopes": ["users.*"]}).json()["token"]
        web.state.settings = replace(web.state.settings, environment="production", secret=SECRET)
        assert admin.get("/api/v1/me/second-factor").json() == {"on": False, "required": True, "recovery_codes": 0}
        for path in ("/api/v1/users", "/api/v1/audit", "/api/v1/funds", "/home"):
            refused = admin.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "identity.second_factor_missing"), path
        wide = admin.post("/api/v1/tokens", json={"name": "wide", "scopes": ["*"]})
        assert (wide.status_code, wide.json()["code"]) == (403, "identity.scope_too_wide")
        narrow = {"Authorization": f"Bearer {made}"}
        assert sari.get("/api/v1/users", headers=narrow).status_code == 403
        assert sari.get("/api/v1/me", headers=narrow).status_code == 403
        assert sari.get("/api/v1/cohorts").status_code == 200, "other roles may, and need not"
        set_up(admin)
        assert admin.get("/api/v1/users").status_code == 200
