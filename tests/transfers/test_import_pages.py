"""The pages of imports as a browser without scripts meets them, with its cookie and the forms' hidden key."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from app.identity.models import User
from tests.conftest import PASSWORD
from tests.transfers.conftest import A_NEED, A_SCHOOL, Work, file_of
from tests.world import World

Open = Callable[..., TestClient]


@pytest.fixture
def browser(web: FastAPI, member: Callable[..., User], world: World) -> Iterator[Open]:
    """Gives a browser in which a fresh account of a role is logged in, in English."""
    opened: list[TestClient] = []

    def log_in(role: str, **fields: str) -> TestClient:
        user = member(role, **fields)
        client = TestClient(web, headers={"accept-language": "en", "accept": "text/html"})
        opened.append(client)
        key = re.search(r'name="form_key" value="([^"]+)"|name="csrf_token" value="([^"]+)"', client.get("/login").text)
        assert key is not None
        sent = {"email": user.email, "password": PASSWORD, "csrf_token": key[1] or key[2]}
        assert client.post("/login", data=sent).status_code == 200
        return client

    yield log_in
    for client in opened:
        client.close()


def key_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: TestClient, kind: str, text: str) -> Response:
    """Send a file by the form of the page, and follow where it leads."""
    key = key_of(client.get("/imports").text)
    return client.post(
        "/imports", data={"csrf_token": key, "kind": kind}, files={"file": (f"{kind}.csv", text.encode())}
    )


def test_a_manager_sends_a_file_looks_at_what_is_wrong_and_imports_the_rest(browser: Open, work: Work) -> None:
    rina = browser("manager")
    page = send(rina, "schools", file_of("schools", A_SCHOOL, {**A_SCHOOL, "npsn": "5", "level": "<b>TK</b>"}))
    assert page.status_code == 200
    assert 'http-equiv="refresh"' in page.text
    assert "is being checked" in page.text
    assert work() == ["done"]
    shown = rina.get(page.url.path).text
    assert 'http-equiv="refresh"' not in shown
    assert "<b>TK" not in shown
    text = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    assert re.search(r"1\s+would be new", text)
    assert re.search(r"1\s+wrong rows", text)
    assert re.search(r"3\s+npsn\s+5\s+The text does not have the expected form.", text)
    assert "Import without the wrong rows" in text
    saved = rina.get(f"{page.url.path}/errors")
    assert saved.headers["content-disposition"] == 'attachment; filename="errors-schools.csv"'
    assert saved.text.count("\n") == 3
    done = rina.post(f"{page.url.path}/apply", data={"csrf_token": key_of(shown), "mode": "skip"})
    assert "is being stored" in done.text
    assert work() == ["done"]
    last = rina.get(page.url.path).text
    assert re.search(r"1</span>new", last)
    again = rina.post(f"{page.url.path}/apply", data={"csrf_token": key_of(shown), "mode": "skip"})
    assert again.status_code == 409
    assert 'role="alert"' in again.text
    gone = rina.post(f"{page.url.path}/discard", data={"csrf_token": key_of(last)})
    assert "Delete the list" not in gone.text
    assert "schools.csv" in rina.get("/imports").text


def test_a_file_that_is_none_comes_back_with_what_is_wrong(browser: Open) -> None:
    rina = browser("manager")
    key = key_of(rina.get("/imports").text)
    answer = rina.post(
        "/imports", data={"csrf_token": key, "kind": "schools"}, files={"file": ("a.exe", b"MZ\x00\x00")}
    )
    assert answer.status_code == 422
    assert "is neither a CSV file nor an XLSX workbook" in html.unescape(answer.text)
    assert rina.post("/imports", data={"kind": "schools"}, files={"file": ("a.csv", b"a")}).status_code == 403


def test_an_officer_is_offered_needs_only_and_an_auditor_nothing(browser: Open, work: Work) -> None:
    officer = browser("officer", region="53")
    assert re.findall(r'<option value="(\w+)"', officer.get("/imports").text) == ["needs"]
    page = send(officer, "needs", file_of("needs", A_NEED))
    assert work() == ["done"]
    auditor = browser("auditor")
    assert "<option" not in auditor.get("/imports").text
    seen = auditor.get(page.url.path).text
    assert "would be new" in seen
    assert "<button>" not in seen.partition("<main")[2]
    assert "Import the file" in officer.get(page.url.path).text
