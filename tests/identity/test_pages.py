"""The door as people see it, in both languages, without a script; and what another site cannot do with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core import clock
from app.core.database import Database
from app.identity.models import User
from app.identity.permissions import marked_routes
from tests.conftest import PASSWORD
from tests.identity.conftest import NEW_PASSWORD, Browser, Mailbox, present_code

ANI = "ani@contoh.example"
NOON = dt.datetime(2027, 1, 2, 12, 0, 1, tzinfo=dt.UTC)
Browse = Callable[..., Browser]
Member = Callable[..., User]
WORDS = {
    "id": ("Jadilah relawan", "Periksa kotak surel Anda", "Selamat datang, Ani", "Akun Anda siap"),
    "en": ("Become a volunteer", "Look into your mailbox", "Welcome, Ani", "Your account is ready"),
}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_volunteer_comes_in_by_the_pages(browse: Browse, mailbox: Mailbox, language: str) -> None:
    register, look, welcome, ready = WORDS[language]
    ani = browse(language=language)
    ani.go("/login")
    assert register in ani.go("/register").text
    assert look in ani.send("/register", name="Ani", email=ANI).text
    token = mailbox.token(ANI)
    assert mailbox.mails(ANI)[0].language == language
    assert welcome in ani.go(f"/welcome/{token}").text
    assert welcome in ani.go(f"/welcome/{token}").text, "a mail scanner that looks uses nothing up"
    easy = ani.send("/welcome", token=token, password="aaaaaaaaaaaa")
    assert (easy.status_code, welcome in easy.text) == (422, True)
    assert ready in ani.send("/welcome", token=token, password=NEW_PASSWORD).text
    assert not ani.inside
    ani.send("/login", email=ANI, password=NEW_PASSWORD)
    assert ani.inside
    assert "Ani" in ani.go("/account").text
    assert ani.go(f"/welcome/{token}").status_code == 410


def test_a_forgotten_password_by_the_pages(browse: Browse, member: Member, mailbox: Mailbox) -> None:
    email = member("reviewer", name="Sari").email
    sari, elsewhere = browse(), browse()
    elsewhere.log_in(email, PASSWORD)
    assert elsewhere.inside
    sari.go("/reset")
    assert "Look into your mailbox" in sari.send("/reset", email=email).text
    token = mailbox.token(email)
    sari.go(f"/reset/{token}")
    assert "Your new password is set" in sari.send("/new-password", token=token, password=NEW_PASSWORD).text
    assert not elsewhere.inside
    sari.log_in(email, NEW_PASSWORD)
    assert sari.inside
    assert sari.go(f"/reset/{token}").status_code == 410


def test_a_wrong_address_is_told_on_the_form_and_no_script_runs(browse: Browse) -> None:
    ani = browse()
    ani.go("/register")
    page = ani.send("/register", name='"><script>alert(1)</script>', email="ani@")
    assert page.status_code == 422
    assert "Write it like rina@example.org." in page.text
    assert "<script>" not in page.text
    ani.go("/register")
    for _ in range(3):
        ani.send("/register", name="Ani", email=ANI)
        ani.go("/register")
    refused = ani.send("/register", name="Ani", email=ANI)
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)


def test_no_form_of_another_site_gets_through(web: FastAPI, browse: Browse, member: Member) -> None:
    """Every form that is posted to, with everything but the key; whoever is not logged in has one too."""
    rina = browse()
    rina.log_in(member("manager").email, PASSWORD)
    own = {"/account", "/invitations", "/notifications"}
    strangers = {"/login", "/login/code", "/register", "/reset", "/welcome", "/new-password"}
    posted = {route.path for route in marked_routes(web) if "POST" in route.methods}
    mine = {path for path in posted if path.startswith(tuple(own)) or path in strangers}
    assert len(mine) >= 14
    for path in sorted(mine):
        address = path.replace("{invitation_id}", "x").replace("{message_id}", "x").replace("{delivery_id}", "x")
        for visitor in [browse()] if path in strangers else [rina]:
            for key in ({}, {"csrf_token": "0" * 64}):
                answer = visitor.client.post(address, data={"email": ANI, "password": PASSWORD, **key})
                assert (answer.status_code, "too old" in answer.text) == (403, True), path


def test_a_code_comes_after_the_password(browse: Browse, member: Member) -> None:
    email = member("reviewer", name="Sari").email
    with clock.frozen_at(NOON):
        sari = browse()
        sari.log_in(email, PASSWORD)
        sari.go("/account")
        assert "not right" in sari.send("/account/second-factor", password="stolen session").text
        shown = sari.send("/account/second-factor", password=PASSWORD).text
        key = shown.split("<code>")[1].split("</code>")[0]
        again = sari.send("/account/second-factor/confirm", code="000000")
        assert (again.status_code, key in again.text) == (403, True)
        codes = sari.send("/account/second-factor/confirm", code=present_code(key, NOON.timestamp())).text
        assert codes.count("<li><code>") == 10
        assert sari.inside, "this log-in goes on"
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        other = browse()
        page = other.log_in(email, PASSWORD)
        assert "One more step" in page.text
        assert not other.inside
        assert other.send("/login/code", code="000000").status_code == 403
        other.send("/login/code", code=present_code(key, clock.now().timestamp()))
        assert other.inside
        third = browse()
        third.log_in(email, PASSWORD)
    with clock.frozen_at(NOON + dt.timedelta(minutes=7)):
        late = third.send("/login/code", code=present_code(key, clock.now().timestamp()))
        assert (late.url.path, third.inside) == ("/login", False)


def test_half_a_log_in_ends_when_the_password_changes(
    browse: Browse, member: Member, as_role: Callable[..., TestClient], database: Database
) -> None:
    email = member("reviewer").email
    with clock.frozen_at(NOON):
        sari, thief = browse(), browse()
        sari.log_in(email, PASSWORD)
        sari.go("/account")
        key = sari.send("/account/second-factor", password=PASSWORD).text.split("<code>")[1].split("</code>")[0]
        sari.send("/account/second-factor/confirm", code=present_code(key, NOON.timestamp()))
    with clock.frozen_at(NOON + dt.timedelta(minutes=1)):
        thief.log_in(email, PASSWORD)
        sari.go("/account")
        done = sari.send("/account/password", present_password=PASSWORD, new_password=NEW_PASSWORD)
        assert "Your password was changed." in done.text
        thief.send("/login/code", code=present_code(key, clock.now().timestamp()))
        assert not thief.inside
        sari.go("/account")
        sari.send("/account/second-factor/off", password=NEW_PASSWORD, code=present_code(key, clock.now().timestamp()))
        assert "does not ask for codes" in (sari.page.text if sari.page else "")


def test_in_production_an_administrator_is_led_to_the_second_step(web: FastAPI, browse: Browse, member: Member) -> None:
    email = member("admin").email
    web.state.settings = replace(web.state.settings, environment="production", secret="x" * 40)
    with clock.frozen_at(NOON):
        admin = browse(address="https://testserver")
        page = admin.log_in(email, PASSWORD)
        assert page.url.path == "/account"
        assert "Your role needs it" in page.text
        assert admin.go("/home").status_code == 403
        admin.go("/account")
        key = admin.send("/account/second-factor", password=PASSWORD).text.split("<code>")[1].split("</code>")[0]
        admin.send("/account/second-factor/confirm", code=present_code(key, NOON.timestamp()))
        assert admin.go("/home").status_code == 200
    names = {cookie.name for cookie in admin.client.cookies.jar}
    assert "__Host-gotong_session" in names


def test_a_manager_invites_by_the_page(browse: Browse, member: Member, mailbox: Mailbox) -> None:
    rina, sari = browse(), browse()
    rina.log_in(member("manager", name="Rina").email, PASSWORD)
    rina.go("/invitations")
    wrong = rina.send("/invitations", name="Yosef", email="yosef@ntt.example", role="officer", language="id")
    assert (wrong.status_code, "Officers act for a region." in wrong.text, "yosef@ntt.example" in wrong.text) == (
        422, True, True,
    )  # fmt: skip
    assert rina.send("/invitations", name="Yosef", email="yosef@ntt.example", role="admin").status_code == 403
    rina.go("/invitations")
    done = rina.send(
        "/invitations", name="Yosef", email="yosef@ntt.example", role="officer", region="94", language="id"
    )
    assert "yosef@ntt.example" in done.text
    token = mailbox.token("yosef@ntt.example")
    assert token not in done.text
    assert "Government officer" in sari.go(f"/welcome/{token}").text
    link_id = done.text.split('action="/invitations/')[1].split("/")[0]
    rina.send(f"/invitations/{link_id}/revoke")
    assert sari.go(f"/welcome/{token}").status_code == 410
