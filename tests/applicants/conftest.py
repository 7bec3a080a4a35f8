"""The cohort of 2027, four places in the east, and the people who meet over applications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from app.core import clock
from app.core.database import Database
from app.geography import reference
from app.geography.models import Region

Log = Callable[..., TestClient]
JANUARY = dt.datetime(2027, 1, 15, 3, 0, tzinfo=dt.UTC)
COHORT = {
    "code": "angkatan-2027",
    "name_id": "Angkatan 2027",
    "name_en": "Cohort of 2027",
    "year": 2027,
    "intake_opens_on": "2027-01-10",
    "intake_closes_on": "2027-01-20",
}
PROFILE: dict[str, Any] = {
    "gender": "f",
    "birth_year": 2001,
    "home": "53.71",
    "levels": ["SD", "SMP"],
    "subjects": ["math"],
    "languages": ["aoz"],
    "skills": ["library"],
    "max_hardship": 4,
    "motivation": "My own first teacher came from far away and stayed; I want to be that teacher.",
    "preferences": ["53.04", "53"],
    "refuses": ["94"],
}


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.frozen_at(JANUARY):
        yield


@pytest.fixture
def places(database: Database, papua: str) -> None:
    """Nusa Tenggara Timur with three of its regencies, beside Papua Tengah."""
    province = reference.provinces()["53"]
    shared = {"timezone": "WITA", "population": 1, "monthly_wage": 2_328_970, "distance_km": 1_900, "languages": []}
    with database.transaction() as session:
        session.execute(
            insert(Region),
            [
                {"code": "53", "parent_code": None, "level": "province", "kind": "provinsi", "name": province.name}
                | {"lat": -9.7, "lon": 123.6}
                | shared
            ],
        )
        session.execute(
            insert(Region),
            [
                {"code": code, "parent_code": "53", "level": "regency", "kind": "kabupaten", "name": name}
                | {"lat": -9.9, "lon": 123.9}
                | shared
                for code, name in (("53.02", "Timor Tengah Selatan"), ("53.04", "Belu"), ("53.71", "Kota Kupang"))
            ],
        )


@pytest.fixture
def rina(places: None, as_role: Log) -> TestClient:
    """Rina, the programme manager."""
    return as_role("manager", name="Rina")


@pytest.fixture
def sari(places: None, as_role: Log) -> TestClient:
    """Sari, a reviewer."""
    return as_role("reviewer", name="Sari")


@pytest.fixture
def yuliana(places: None, as_role: Log) -> TestClient:
    """Yuliana Tefa, who wants to teach."""
    return as_role("applicant", name="Yuliana Tefa")


@pytest.fixture
def cohort(rina: TestClient) -> str:
    """The id of the cohort of 2027."""
    answer = rina.post("/api/v1/cohorts", json=COHORT)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["id"]
    return key


@pytest.fixture
def draft(yuliana: TestClient, cohort: str) -> dict[str, Any]:
    """Yuliana's complete draft, as the API shows it to her."""
    answer = yuliana.post("/api/v1/applicants", json={"cohort_id": cohort, **PROFILE})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def sent(yuliana: TestClient, draft: dict[str, Any]) -> str:
    """The id of Yuliana's application, which she has sent."""
    key: str = draft["id"]
    agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{key}/submit").status_code == 200
    return key


def agree(who: TestClient) -> dict[str, Any]:
    """Agree to the present words about how one's data is used."""
    version = who.get("/api/v1/privacy/consent-text").json()["version"]
    answer = who.post("/api/v1/privacy/consents", json={"version": version})
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given
