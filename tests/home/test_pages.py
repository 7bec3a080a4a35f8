"""The pages as a browser without scripts meets them: log in, home, language, log out."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from app.demo.accounts import LOGINS, PASSWORD, open_accounts
from app.demo.cohort import PRESETS, make_cohort
from app.demo.loading import load
from app.geography.service import load_reference


@pytest.fixture
def demo(database: Database) -> None:
    with database.transaction() as session:
        load_reference(session)
        open_accounts(session, load(session, make_cohort(PRESETS["demo"], 7)))


def log_in(client: TestClient, email: str, password: str) -> int:
    form = client.get("/login").text
    key = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert key is not None
    return client.post("/login", data={"csrf_token": key[1], "email": email, "password": password}).status_code


def test_every_demo_account_comes_to_its_home_page(demo: None, client: TestClient) -> None:
    for login in LOGINS:
        client.cookies.clear()
        assert log_in(client, login.email, PASSWORD) == 303
        page = client.get("/home")
        assert page.status_code == 200
        assert login.name in page.text
        assert len(page.content) < 100_000


def test_a_wrong_password_comes_to_nothing(demo: None, client: TestClient) -> None:
    assert log_in(client, LOGINS[0].email, "not the password") == 401
    assert client.get("/home").status_code in {303, 401}


def test_indonesian_first_english_by_the_browser(client: TestClient) -> None:
    assert "Kata sandi" in client.get("/login").text
    assert "Password" in client.get("/login", headers={"accept-language": "en"}).text


def test_the_description_of_the_api_is_whole(client: TestClient, as_role: Callable[[str], TestClient]) -> None:
    document = client.get("/openapi.json").json()
    assert "/api/v1/funds" in document["paths"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), (method, path)
    assert client.get("/docs").status_code == 200
