"""Two criteria, four reviewers, and people who have applied."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

# The people and places are those of the tests of applications.
from tests.applicants.conftest import (
    PROFILE,
    Log,
    _in_january,
    cohort,
    draft,
    places,
    rina,
    sari,
    sent,
    yuliana,
)

__all__ = ["_in_january", "cohort", "draft", "places", "rina", "sari", "sent", "yuliana"]

RUBRIC: dict[str, Any] = {
    "criteria": [
        {"code": "motivation", "name_id": "Motivasi", "name_en": "Motivation", "weight": 3},
        {"code": "teaching", "name_id": "Mengajar", "name_en": "Teaching", "weight": 1, "lowest": 0, "highest": 4},
    ],
    "allowed_difference": 20,
}


@pytest.fixture
def rubric(rina: TestClient, cohort: str) -> dict[str, Any]:
    """The rubric of the cohort: motivation counts three times as much as teaching."""
    answer = rina.post(f"/api/v1/cohorts/{cohort}/rubric", json=RUBRIC)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def readers(sari: TestClient, as_role: Log) -> dict[str, TestClient]:
    """Sari, Tono, Uli and Vera, who review; by their account."""
    people = [sari, *(as_role("reviewer", name=name) for name in ("Tono", "Uli", "Vera"))]
    return {one.get("/api/v1/me").json()["id"]: one for one in people}


@pytest.fixture
def six(rina: TestClient, cohort: str) -> list[str]:
    """Six applications that were sent, by id."""
    keys = []
    for number in range(1, 7):
        body = {**PROFILE, "name": f"Ani {number}", "email": f"ani{number}@contoh.example", "cohort_id": cohort}
        keys.append(rina.post("/api/v1/applicants", json=body).json()["id"])
        assert rina.post(f"/api/v1/applicants/{keys[-1]}/submit").status_code == 200
    return keys
