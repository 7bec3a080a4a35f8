"""How far a cohort's applications have come; nobody is told by a small number."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from app.applicants.models import Applicant, Cohort
from app.core import clock
from app.core.database import Database
from app.reports.funnel import told


def people(database: Database, state: str, number: int, gender: str, home: str) -> None:
    """Write so many applications in one state."""
    with database.transaction() as session:
        cohort = session.scalars(select(Cohort.id)).one()
        sent = None if state == "draft" else clock.now()
        common = {"cohort_id": cohort, "name": "Ani", "gender": gender, "birth_year": 2000, "home_code": home}
        common |= {
            "levels": ["SD"],
            "subjects": [],
            "languages": [],
            "skills": [],
            "state": state,
            "created_at": clock.now(),
        }
        common |= {"submitted_at": sent, "suitability": 70 if state == "in_pool" else None}
        keys = [f"{state}-{gender}-{n}" for n in range(number)]
        rows = [{**common, "code": key, "email": f"{key}@contoh.example"} for key in keys]
        session.execute(insert(Applicant), rows)


def test_each_stage_counts_everybody_who_has_come_so_far(
    rina: TestClient, yuliana: TestClient, cohort: str, places: None, database: Database
) -> None:
    for state, gender, number in (("draft", "f", 9), ("submitted", "f", 6), ("submitted", "m", 7), ("in_pool", "f", 8)):
        people(database, state, number, gender, "53.04")
    people(database, "in_pool", 2, "m", "53.04")
    shown = rina.get(f"/api/v1/cohorts/{cohort}/funnel").json()
    assert shown["counts"] == [32, 23, 10, 10, 0, 0, 0]
    women, men = shown["genders"]
    assert (women["code"], women["counts"]) == ("f", [23, 14, None, None, 0, 0, 0]), "8 would tell that 2 are men"
    assert (men["code"], men["counts"]) == ("m", [9, 9, None, None, 0, 0, 0])
    assert [(one["code"], one["counts"][0]) for one in shown["provinces"]] == [("53", 32)]
    page = rina.get("/selection").text
    assert page.count("<rect") == 7
    assert "Nusa Tenggara Timur" in page
    assert yuliana.get(f"/api/v1/cohorts/{cohort}/funnel").status_code == 403


def test_a_sent_and_rejected_application_has_been_reviewed(rina: TestClient, cohort: str, sent: str) -> None:
    address = f"/api/v1/cohorts/{cohort}/funnel"
    assert rina.get(address).json()["counts"][:3] == [1, 1, 0]
    rina.post(f"/api/v1/applicants/{sent}/review")
    rina.post(f"/api/v1/applicants/{sent}/reject", json={"reason": "Cannot stay."})
    assert rina.get(address).json()["counts"][:4] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([12, 7], [12, 7]),
        ([12, 4], [None, None]),
        ([12, 4, 7], [12, None, None]),
        ([12, 4, 3, 0], [12, None, None, 0]),
        ([3], [None]),
    ],
)
def test_no_hidden_number_follows_from_the_others_and_their_sum(numbers: list[int], shown: list[int | None]) -> None:
    assert told(numbers) == shown
