"""Log-in through an OpenID Connect provider: who it confirms comes in, and nobody by a trick."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core.database import Database
from app.identity.models import User
from app.settings import Settings, SettingsRefused
from tests.identity import provider as providers
from tests.identity.provider import Claims, Provider

Bend = Callable[[Claims], None]
MAIL = "rina@contoh.example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providers.running() as one:
        yield one


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    """With the provider beside the passwords."""
    return replace(
        settings,
        public_url="http://testserver",
        oidc_issuer=provider.issuer,
        oidc_client_id=providers.CLIENT,
        oidc_client_secret=providers.SECRET,
        oidc_name="Masuk Bersama",
        oidc_seconds=5.0,
    )


@pytest.fixture
def rina(member: Callable[..., User], database: Database) -> str:
    """The id of Rina's account."""
    user = member("reviewer", name="Rina")
    with database.transaction() as session:
        session.execute(update(User).where(User.id == user.id).values(email=MAIL))
    return user.id


def go(browser: TestClient, target: str = "/reviews") -> dict[str, str]:
    """Follow the link of the log-in page; return what the provider is asked."""
    there = browser.get("/login/elsewhere", params={"next": target})
    assert there.status_code == 303, there.text
    return {name: values[0] for name, values in parse_qs(urlsplit(there.headers["location"]).query).items()}


def come_back(browser: TestClient, provider: Provider, asked: dict[str, str], **other: str) -> Response:
    """Log in at the provider and follow it back."""
    back = urlsplit(provider.authorise(asked))
    answer = {name: values[0] for name, values in parse_qs(back.query).items()}
    return browser.get(back.path, params={**answer, **other})


def log_in(browser: TestClient, provider: Provider) -> Response:
    return come_back(browser, provider, go(browser))


def is_in(browser: TestClient) -> bool:
    return browser.get("/home", headers={"accept": "text/html"}).status_code == 200


def test_who_the_provider_confirms_comes_in(
    client: TestClient, provider: Provider, rina: str, database: Database
) -> None:
    assert "Masuk Bersama" in client.get("/login?next=/reviews").text
    provider.email = "Rina@Contoh.example"
    answer = log_in(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews")
    assert is_in(client)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "identity.log_in")).all()
    assert [entry.actor_id for entry in entries] == [rina]


def test_nothing_of_it_is_there_where_it_is_off(web: FastAPI, client: TestClient) -> None:
    web.state.settings = replace(web.state.settings, oidc_issuer="")
    assert "Masuk Bersama" not in client.get("/login").text
    assert client.get("/login/elsewhere").status_code == 404
    assert client.get("/login/elsewhere/back").status_code == 404


def test_an_answer_fits_only_the_browser_that_was_sent(
    web: FastAPI, client: TestClient, provider: Provider, rina: str
) -> None:
    asked = go(client)
    with TestClient(web, follow_redirects=False) as victim:
        planted = come_back(victim, provider, asked)
        assert planted.status_code == 401, "without a cookie"
        go(victim)
        planted = come_back(victim, provider, asked)
        assert planted.status_code == 401, "with a cookie of another log-in"
        assert not is_in(victim)
    assert not [one for one in provider.asked if one == "/token_endpoint"], "the code was not even tried"
    assert come_back(client, provider, asked).status_code == 303


def test_an_answer_is_good_once(client: TestClient, provider: Provider, rina: str) -> None:
    asked = go(client)
    cookies = dict(client.cookies)
    back = urlsplit(provider.authorise(asked))
    answer = parse_qs(back.query)
    assert client.get(back.path, params=answer).status_code == 303
    client.cookies.clear()
    client.cookies.update(cookies)
    assert client.get(back.path, params=answer).status_code == 401


def test_another_issuers_answer_is_not_taken(client: TestClient, provider: Provider, rina: str) -> None:
    assert come_back(client, provider, go(client), iss="https://evil.example").status_code == 401
    assert come_back(client, provider, go(client), error="access_denied").status_code == 401
    assert not is_in(client)


def without(name: str) -> Bend:
    return lambda claims: claims.__delitem__(name)


def with_(**values: Any) -> Bend:
    return lambda claims: claims.update(values)


@pytest.mark.parametrize(
    "bend",
    [
        with_(nonce="another"),
        without("nonce"),
        with_(aud="another"),
        with_(aud=[providers.CLIENT, "another"]),
        with_(aud=[providers.CLIENT, "another"], azp="another"),
        with_(azp="another"),
        with_(iss="https://evil.example"),
        with_(exp=1_700_000_000),
        without("exp"),
        without("sub"),
        with_(iat=4_000_000_000),
        with_(email_verified=False),
        with_(email_verified="true"),
        without("email_verified"),
        without("email"),
        with_(email=["rina@contoh.example"]),
    ],
)
def test_a_token_that_does_not_prove_it_is_not_taken(
    client: TestClient, provider: Provider, rina: str, bend: Bend
) -> None:
    provider.bend = bend
    assert log_in(client, provider).status_code == 401
    assert not is_in(client)
    provider.bend = lambda _: None
    assert log_in(client, provider).status_code == 303


def unsigned(claims: Claims) -> str:
    return jwt.encode(claims, None, "none")


def test_a_token_that_nobody_or_somebody_else_signed_is_not_taken(
    client: TestClient, provider: Provider, rina: str
) -> None:
    def symmetric(claims: Claims) -> str:
        # By hand: the library refuses to sign with a public key.
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in ({"alg": "HS256", "typ": "JWT", "kid": provider.kid}, claims)
        )
        algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        signature = algorithm.sign(head + b"." + body, providers.public_text(provider))
        return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()

    def stranger(claims: Claims) -> str:
        return jwt.encode(claims, providers.OTHER_KEY, "RS256", headers={"kid": provider.kid})

    def unknown(claims: Claims) -> str:
        return jwt.encode(claims, providers.OTHER_KEY, "RS256", headers={"kid": "unknown"})

    for sign in (unsigned, symmetric, stranger, unknown, lambda _: "not.a.token", lambda _: ""):
        provider.sign = sign
        assert log_in(client, provider).status_code == 401
    assert not is_in(client)


def test_keys_that_change_are_asked_for_again(client: TestClient, provider: Provider, rina: str) -> None:
    provider.key, provider.kid, provider.algorithm = providers.elliptic(), "second", "ES256"
    assert log_in(client, provider).status_code == 303
    assert [one for one in provider.asked if one == "/jwks_uri"] == ["/jwks_uri"]


@pytest.mark.parametrize("is_there", [False, True])
def test_without_an_open_account_there_is_none_made(
    client: TestClient, provider: Provider, rina: str, database: Database, is_there: bool
) -> None:
    provider.email = MAIL if is_there else "stranger@contoh.example"
    with database.transaction() as session:
        session.execute(update(User).where(User.id == rina).values(active=False))
        before = len(session.scalars(select(User.id)).all())
    answer = log_in(client, provider)
    assert answer.status_code == 403
    assert provider.email in answer.text
    with database.reading() as session:
        assert len(session.scalars(select(User.id)).all()) == before


def test_nobody_is_led_to_another_site(client: TestClient, provider: Provider, rina: str) -> None:
    answer = come_back(client, provider, go(client, "//evil.example/home"))
    assert answer.headers["location"] == "/home"


@pytest.mark.parametrize(
    "wrong", [{"issuer": "https://evil.example"}, {"token_endpoint": "ftp://127.0.0.1/"}, {"jwks_uri": None}]
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    client: TestClient, provider: Provider, rina: str, wrong: dict[str, Any]
) -> None:
    provider.described = wrong
    there = client.get("/login/elsewhere")
    if there.status_code == 303:
        there = come_back(client, provider, go(client))
    assert there.status_code == 503
    assert "Masuk Bersama" in there.text


def test_a_provider_that_is_away_leaves_the_password(client: TestClient, provider: Provider, rina: str) -> None:
    provider.status = 500
    there = client.get("/login/elsewhere")
    assert there.status_code == 503
    assert 'name="password"' in there.text


def test_tries_are_counted_with_those_by_password(
    web: FastAPI, client: TestClient, provider: Provider, rina: str
) -> None:
    web.state.settings = replace(web.state.settings, login_tries_per_address=2)
    for _ in range(3):
        assert log_in(client, provider).status_code == 303, "who comes in gets the try back"
        client.cookies.clear()
    provider.is_verified = False
    assert [log_in(client, provider).status_code for _ in range(3)] == [401, 401, 429]


def test_a_code_is_asked_for_all_the_same(
    web: FastAPI, client: TestClient, provider: Provider, rina: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.identity.second_factor.is_on", lambda _, user_id: user_id == rina)
    answer = log_in(client, provider)
    assert answer.headers["location"] == "/login/code?next=/reviews"
    monkeypatch.undo()
    assert not is_in(client)


def test_settings_that_cannot_work_are_named() -> None:
    def faults(**given: str) -> str:
        with pytest.raises(SettingsRefused) as refused:
            Settings.from_environment({f"GOTONG_OIDC_{name.upper()}": value for name, value in given.items()})
        return str(refused.value)

    assert "GOTONG_OIDC_ISSUER" in faults(client_id="gotong")
    assert "GOTONG_OIDC_CLIENT_ID" in faults(issuer="https://login.example")
    for issuer in ("http://login.example", "login.example", "https://login.example?a=b"):
        assert "GOTONG_OIDC_ISSUER" in faults(issuer=issuer, client_id="gotong")
    taken = Settings.from_environment(
        {
            "GOTONG_OIDC_ISSUER": "https://login.example",
            "GOTONG_OIDC_CLIENT_ID": "gotong",
            "GOTONG_OIDC_CLIENT_SECRET": "x",
        }
    )
    assert "x" not in repr(taken).split("oidc_client_id")[1].split("oidc_name")[0].replace("gotong", "")
