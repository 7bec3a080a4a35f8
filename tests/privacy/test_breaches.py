"""The log of breaches: what happened, whom it concerns, what was done, and that people and the authority were told in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core import clock

NOW = dt.datetime(2027, 1, 15, 3, 0, tzinfo=dt.UTC)
BREACH: dict[str, Any] = {
    "what": "A list with names and addresses was sent to the wrong office.",
    "data_kinds": ["names", "addresses"],
    "people": 40,
    "happened_at": "2027-01-14T02:00:00Z",
    "found_at": "2027-01-15T02:00:00Z",
}
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.frozen_at(NOW):
        yield


@pytest.fixture
def joko(as_role: Callable[..., TestClient], papua: str) -> TestClient:
    """Joko, the administrator."""
    return as_role("admin", name="Joko")


def test_a_breach_is_told_within_three_days_and_then_closed(joko: TestClient) -> None:
    made = joko.post("/api/v1/privacy/breaches", json=BREACH)
    assert made.status_code == 201, made.text
    assert (made.json()["due_at"], made.json()["overdue"]) == ("2027-01-18T02:00:00Z", False)
    address = made.headers["location"]
    early = joko.post(f"{address}/close")
    assert (early.status_code, early.json()["code"]) == (409, "privacy.not_told_yet")
    with clock.frozen_at(NOW + dt.timedelta(days=4)):
        assert joko.get(address).json()["overdue"] is True
    known = {
        "measures": "The list was deleted there.",
        "told_people_at": "2027-01-15T02:30:00Z",
        "told_authority_at": "2027-01-15T02:40:00Z",
    }
    assert joko.patch(address, json=known).status_code == 428
    assert joko.patch(address, json=known, headers={"If-Match": made.headers["etag"]}).status_code == 200
    assert joko.patch(address, json={"people": 41}, headers={"If-Match": made.headers["etag"]}).status_code == 412
    closed = joko.post(f"{address}/close").json()
    assert (closed["state"], closed["people"], closed["overdue"]) == ("closed", 40, False)
    assert joko.patch(address, json={"people": 41}, headers=ANY).status_code == 409
    assert joko.get("/api/v1/privacy/breaches", params={"state": "open"}).json()["items"] == []


def test_times_that_cannot_be_are_refused(joko: TestClient) -> None:
    wrong = {**BREACH, "found_at": "2027-01-16T02:00:00Z", "happened_at": "2027-01-17T02:00:00Z"}
    refused = joko.post("/api/v1/privacy/breaches", json=wrong)
    assert refused.status_code == 422
    assert sorted((one["pointer"], one["code"]) for one in refused.json()["errors"]) == [
        ("/found_at", "in_the_future"), ("/happened_at", "after_found"), ("/happened_at", "in_the_future"),
    ]  # fmt: skip
    address = joko.post("/api/v1/privacy/breaches", json=BREACH).headers["location"]
    future = joko.patch(address, json={"told_people_at": "2028-01-01T00:00:00Z"}, headers=ANY)
    assert (future.status_code, future.json()["errors"][0]["code"]) == (422, "in_the_future")
    naive = joko.post("/api/v1/privacy/breaches", json={**BREACH, "found_at": "2027-01-15T02:00:00"})
    assert naive.status_code == 422


def test_only_administrators_write_and_auditors_read(joko: TestClient, as_role: Callable[..., TestClient]) -> None:
    address = joko.post("/api/v1/privacy/breaches", json=BREACH).headers["location"]
    assert as_role("auditor").get(address).status_code == 200
    assert as_role("auditor").post("/api/v1/privacy/breaches", json=BREACH).status_code == 403
    for role in ("manager", "reviewer", "applicant", "sponsor"):
        assert as_role(role).get(address).status_code == 403
