"""A school in Timor Tengah Selatan (53.02), and the people who care about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from app.geography.service import load_reference

Log = Callable[..., TestClient]

OELBUBUK: dict[str, Any] = {
    "npsn": "50304321",
    "name": "SD Negeri Oelbubuk",
    "level": "SD",
    "status": "negeri",
    "region": "53.02",
    "district": "Mollo Tengah",
    "lat": -9.71,
    "lon": 124.27,
    "tags": ["no-signal", "remote"],
}


@pytest.fixture
def places(database: Database) -> None:
    """Every province and regency."""
    with database.transaction() as session:
        load_reference(session)


@pytest.fixture
def rina(places: None, as_role: Log) -> TestClient:
    """Rina, the programme manager."""
    return as_role("manager", name="Rina")


@pytest.fixture
def yosef(places: None, as_role: Log) -> TestClient:
    """Yosef, of the education office of Timor Tengah Selatan."""
    return as_role("officer", name="Yosef", region="53.02")


@pytest.fixture
def maria(places: None, as_role: Log) -> TestClient:
    """Maria, of the education office of Kupang, a regency next door."""
    return as_role("officer", name="Maria", region="53.01")


@pytest.fixture
def oelbubuk(rina: TestClient) -> dict[str, Any]:
    """The school, as the API shows it."""
    answer = rina.post("/api/v1/schools", json=OELBUBUK)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def wish(oelbubuk: dict[str, Any]) -> dict[str, Any]:
    """What the school asks for: two class teachers for a year."""
    return {
        "school_id": oelbubuk["id"],
        "headcount": 2,
        "starts_on": "2027-07-01",
        "ends_on": "2028-06-30",
        "hardship": 3,
        "prefers": ["lang:aoz"],
        "teachers_missing": 3,
        "years_without": 2,
        "costs": {"stipend": 27_960_000, "training": 9_000_000},
    }


@pytest.fixture
def proposed(yosef: TestClient, wish: dict[str, Any]) -> dict[str, Any]:
    """The need that Yosef has proposed."""
    answer = yosef.post("/api/v1/needs", json=wish)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
