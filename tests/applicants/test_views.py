"""Who sees what of applications, and how the programme finds one among many."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from app.geography.models import Region
from tests.applicants.conftest import PROFILE

Log = Callable[..., TestClient]
PEOPLE = {
    "Agus": {"home": "53.02", "levels": ["SD"], "subjects": [], "languages": []},
    "Beni": {"home": "53.71", "levels": ["SMP"], "subjects": ["math"], "languages": ["aoz"]},
    "Citra": {"home": "53.71", "levels": ["SMA"], "subjects": ["physics", "math"], "languages": ["aaz"]},
    "Dewi": {"home": "94.01", "levels": ["SMK", "SMA"], "subjects": ["ict"], "languages": ["aoz", "aaz"]},
}


@pytest.fixture
def four(rina: TestClient, cohort: str, database: Database) -> dict[str, str]:
    """Four people by name, with the id of each one's application; Dewi is from Papua and has sent hers."""
    with database.transaction() as session:
        papua = session.get_one(Region, "94")
        copied = {name: getattr(papua, name) for name in ("timezone", "lat", "lon", "population", "monthly_wage")}
        session.add(
            Region(
                code="94.01",
                parent_code="94",
                level="regency",
                kind="kabupaten",
                name="Nabire",
                distance_km=3_300,
                underdeveloped=True,
                languages=[],
                **copied,
            )
        )
    keys = {}
    for name, facts in PEOPLE.items():
        body = {**PROFILE, "refuses": [], **facts, "name": name, "email": f"{name}@contoh.example", "cohort_id": cohort}
        answer = rina.post("/api/v1/applicants", json=body)
        assert answer.status_code == 201, answer.text
        keys[name] = answer.json()["id"]
    assert rina.post(f"/api/v1/applicants/{keys['Dewi']}/submit").status_code == 200
    return keys


def names(who: TestClient, **query: Any) -> list[str]:
    answer = who.get("/api/v1/applicants", params={"sort": "name", **query})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


def test_the_manager_finds_people(rina: TestClient, four: dict[str, str], cohort: str) -> None:
    assert names(rina) == ["Agus", "Beni", "Citra", "Dewi"]
    assert names(rina, sort="-name") == ["Dewi", "Citra", "Beni", "Agus"]
    assert names(rina, home="53") == ["Agus", "Beni", "Citra"]
    assert names(rina, home="53.71") == ["Beni", "Citra"]
    assert names(rina, home="94") == ["Dewi"]
    assert names(rina, state="submitted") == ["Dewi"]
    assert names(rina, state=["submitted", "draft"], subject=["math", "ict"]) == ["Beni", "Citra", "Dewi"]
    assert names(rina, level="SMA") == ["Citra", "Dewi"]
    assert names(rina, language="aaz", subject="math") == ["Citra"]
    assert names(rina, q="ewi") == ["Dewi"]
    assert names(rina, q="AGU") == ["Agus"]
    assert names(rina, cohort=cohort, q="__") == []
    assert names(rina, cohort="another") == []
    code = rina.get(f"/api/v1/applicants/{four['Beni']}").json()["code"]
    assert names(rina, q=code[2:]) == ["Beni"]


@pytest.mark.parametrize("sort", ["name", "-name", "code", "-created", "submitted", "-suitability"])
def test_pages_follow_each_other_and_miss_nobody(rina: TestClient, four: dict[str, str], sort: str) -> None:
    found: list[str] = []
    query: dict[str, Any] = {"limit": 1, "sort": sort}
    for _ in four:
        page = rina.get("/api/v1/applicants", params=query).json()
        found += [one["name"] for one in page["items"]]
        query["cursor"] = page["next"]
    assert page["next"] is None
    assert sorted(found) == sorted(four)


def test_a_reviewer_judges_blind(sari: TestClient, rina: TestClient, four: dict[str, str]) -> None:
    seen = sari.get("/api/v1/applicants").json()["items"]
    assert [one["id"] for one in seen] == [four["Dewi"]]
    shown = sari.get(f"/api/v1/applicants/{four['Dewi']}").json()
    for field in ("name", "email", "gender", "birth_year", "home", "regular_care", "preferences", "refuses", "user_id"):
        assert shown[field] is None
        assert field in shown["hidden"]
    assert shown["motivation"] == PROFILE["motivation"]
    assert shown["subjects"] == ["ict"]
    assert "Dewi" not in str(shown)
    # A draft is nobody's business yet.
    assert sari.get(f"/api/v1/applicants/{four['Agus']}").status_code == 404


def test_a_reviewer_does_not_find_out_by_asking_cleverly(
    sari: TestClient, rina: TestClient, four: dict[str, str]
) -> None:
    assert sari.get("/api/v1/applicants", params={"q": "Dewi"}).json()["items"] == []
    for query in ({"home": "94"}, {"sort": "name"}, {"sort": "-name"}):
        refused = sari.get("/api/v1/applicants", params=query)
        assert (refused.status_code, refused.json()["code"]) == (403, "applicants.blind")
    code = rina.get(f"/api/v1/applicants/{four['Dewi']}").json()["code"]
    assert len(sari.get("/api/v1/applicants", params={"q": code, "sort": "-submitted"}).json()["items"]) == 1


def test_a_reviewer_changes_nothing(sari: TestClient, sent: str) -> None:
    for action in ("submit", "withdraw", "review", "accept", "reject"):
        assert sari.post(f"/api/v1/applicants/{sent}/{action}", json={"reason": "no"}).status_code == 403
    assert sari.patch(f"/api/v1/applicants/{sent}", json={}, headers={"If-Match": "*"}).status_code == 403


def test_another_applicant_does_not_exist(as_role: Log, yuliana: TestClient, draft: dict[str, Any]) -> None:
    markus = as_role("applicant", name="Markus Boimau")
    address = f"/api/v1/applicants/{draft['id']}"
    assert markus.get(address).status_code == 404
    assert markus.patch(address, json={"home": None}, headers={"If-Match": "*"}).status_code == 404
    assert markus.post(f"{address}/submit").status_code == 404
    assert markus.post(f"{address}/withdraw", json={}).status_code == 404
    assert markus.get("/api/v1/applicants").json()["items"] == []
    assert markus.post(f"{address}/accept", json={"suitability": 100}).status_code == 403
    assert len(yuliana.get("/api/v1/applicants").json()["items"]) == 1


def test_an_applicant_does_not_see_the_programmes_estimates(yuliana: TestClient, rina: TestClient, sent: str) -> None:
    rina.post(f"/api/v1/applicants/{sent}/review")
    rina.post(f"/api/v1/applicants/{sent}/accept", json={"suitability": 78})
    shown = yuliana.get(f"/api/v1/applicants/{sent}").json()
    assert (shown["suitability"], shown["accept"], shown["hidden"]) == (None, None, ["accept", "suitability"])


@pytest.mark.parametrize("role", ["sponsor", "officer", "partner", "host", "admin"])
def test_applications_are_not_for_others(as_role: Log, sent: str, role: str) -> None:
    other = as_role(role)
    assert other.get("/api/v1/applicants").status_code == 403
    assert other.get(f"/api/v1/applicants/{sent}").status_code == 403
    assert other.get("/api/v1/cohorts").status_code == (403 if role == "host" else 200)


def test_an_auditor_reads_everything_and_changes_nothing(as_role: Log, sent: str) -> None:
    auditor = as_role("auditor")
    assert auditor.get(f"/api/v1/applicants/{sent}").json()["name"] == "Yuliana Tefa"
    assert auditor.post(f"/api/v1/applicants/{sent}/review").status_code == 403


def test_a_couple_goes_together_until_one_withdraws(
    rina: TestClient, yuliana: TestClient, four: dict[str, str]
) -> None:
    couple = {"members": [four["Agus"], four["Dewi"]]}
    made = rina.post("/api/v1/applicants/groups", json=couple)
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    assert sorted(rina.get(address).json()["members"]) == sorted(couple["members"])
    grouped = rina.post("/api/v1/applicants/groups", json={"members": [four["Agus"], four["Beni"]]})
    assert (grouped.status_code, grouped.json()["code"]) == (409, "applicants.grouped_already")
    assert [error["pointer"] for error in grouped.json()["errors"]] == ["/members/0"]
    assert yuliana.post("/api/v1/applicants/groups", json=couple).status_code == 403
    rina.post(f"/api/v1/applicants/{four['Dewi']}/withdraw", json={})
    assert rina.get(address).status_code == 404
    assert rina.get(f"/api/v1/applicants/{four['Agus']}").json()["group_id"] is None


def test_a_group_is_of_two_people_who_can_be_placed(rina: TestClient, four: dict[str, str]) -> None:
    rina.post(f"/api/v1/applicants/{four['Dewi']}/withdraw", json={})
    for wrong in (four["Agus"], four["Dewi"], "nobody"):
        refused = rina.post("/api/v1/applicants/groups", json={"members": [four["Agus"], wrong]})
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/members/1"]
    made = rina.post("/api/v1/applicants/groups", json={"members": [four["Agus"], four["Beni"]]})
    assert rina.delete(made.headers["location"]).status_code == 204
    assert rina.delete(made.headers["location"]).status_code == 404
