"""Everybody sees and takes along what is known of them, asks for corrections, and reads who has opened their documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.core import clock
from app.core.database import Database
from app.notifications.models import Message
from tests.applicants.conftest import JANUARY, PROFILE, agree
from tests.documents.files import pdf
from tests.reviews.conftest import RUBRIC


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.frozen_at(JANUARY):
        yield


def export(who: TestClient) -> dict[str, Any]:
    answer = who.get("/api/v1/privacy/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def judged(
    yuliana: TestClient, rina: TestClient, as_role: Callable[..., TestClient], draft: dict[str, Any], cohort: str
) -> str:
    """Yuliana's application with a document that Rina has opened, scored twice; its id."""
    agree(yuliana)
    key: str = draft["id"]
    files = {"file": ("ijazah.pdf", pdf(), "application/pdf")}
    document = yuliana.post(f"/api/v1/applicants/{key}/documents", data={"kind": "diploma"}, files=files).json()["id"]
    assert rina.get(f"/api/v1/documents/{document}/content").status_code == 200
    yuliana.post(f"/api/v1/applicants/{key}/submit")
    rina.post(f"/api/v1/cohorts/{cohort}/rubric", json=RUBRIC)
    people = [as_role("reviewer", name=name) for name in ("Sari", "Tono")]
    readers = {one.get("/api/v1/me").json()["id"]: one for one in people}
    rina.post(f"/api/v1/cohorts/{cohort}/assign-reviewers", json={})
    for one in rina.get("/api/v1/reviews").json()["items"]:
        scored = {"scores": {"motivation": 4, "teaching": 2}, "comment": "Writes clearly."}
        assert readers[one["reviewer_id"]].post(f"/api/v1/reviews/{one['id']}/score", json=scored).status_code == 200
    return key


def test_yuliana_takes_along_everything_that_is_known_of_her(
    yuliana: TestClient, rina: TestClient, judged: str
) -> None:
    assert export(yuliana)["reviews"] == [], "scores are told once it is decided"
    rina.post(f"/api/v1/applicants/{judged}/reject", json={"reason": "Cannot stay for a whole year."})
    found = export(yuliana)
    assert (found["format"], found["account"]["name"]) == ("gotong-own-data/1", "Yuliana Tefa")
    (application,) = found["applications"]
    for field in ("gender", "birth_year", "home", "languages", "motivation", "preferences", "refuses"):
        assert application[field] == PROFILE[field]
    assert (application["state"], application["rejection_reason"]) == ("rejected", "Cannot stay for a whole year.")
    assert [one["total_of_100"] for one in found["reviews"]] == [68.8, 68.8]
    assert found["reviews"][0]["comment"] == "Writes clearly."
    assert "Sari" not in str(found), "reviewers stay unknown"
    assert found["documents"][0]["name"] == "ijazah.pdf"
    assert [(one["role"], one["document_id"]) for one in found["reads"]] == [("manager", found["documents"][0]["id"])]
    assert [one["version"] for one in found["consents"]] == [agree(yuliana)["version"]]
    assert found["tokens"]


def test_nobody_gets_what_is_known_of_another(
    yuliana: TestClient, as_role: Callable[..., TestClient], judged: str
) -> None:
    for role in ("applicant", "manager", "reviewer", "host", "admin"):
        other = as_role(role, name="Somebody Else")
        assert "Tefa" not in other.get("/api/v1/privacy/export").text


def test_what_one_cannot_change_oneself_is_put_right_on_request_within_three_days(
    yuliana: TestClient, rina: TestClient, as_role: Callable[..., TestClient], judged: str, database: Database
) -> None:
    asked = yuliana.post("/api/v1/privacy/corrections", json={"wish": "My year of birth is 2000, not 2001."}).json()
    assert (asked["applicant_id"], asked["due_at"]) == (judged, "2027-01-18T03:00:00Z")
    address = f"/api/v1/privacy/corrections/{asked['id']}"
    assert as_role("applicant").get(address).status_code == 404
    assert as_role("admin").get(address).status_code == 404, "applications are the manager's"
    (waiting,) = rina.get("/api/v1/privacy/corrections", params={"state": "asked"}).json()["items"]
    assert waiting["overdue"] is False
    put_right = rina.patch(f"/api/v1/applicants/{judged}", json={"birth_year": 2000}, headers={"If-Match": "*"})
    assert put_right.status_code == 200
    settled = {"done": True, "answer": "The year is put right."}
    assert yuliana.post(f"{address}/settle", json=settled, headers={"If-Match": "*"}).status_code == 403
    assert rina.post(f"{address}/settle", json=settled).status_code == 428
    done = rina.post(f"{address}/settle", json=settled, headers={"If-Match": '"v1"'})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert rina.post(f"{address}/settle", json=settled, headers={"If-Match": "*"}).status_code == 409
    with database.reading() as session:
        mail = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert mail is not None
    assert (mail.template, mail.recipient) == ("privacy/settled", yuliana.get("/api/v1/me").json()["email"])
    assert "put right" not in str(mail.facts)
    told = export(yuliana)
    assert told["corrections"][0]["answer"] == "The year is put right."
    assert told["applications"][0]["birth_year"] == 2000


def test_a_wish_that_lies_for_more_than_three_days_is_overdue(yuliana: TestClient, draft: dict[str, Any]) -> None:
    asked = yuliana.post("/api/v1/privacy/corrections", json={"wish": "My home is Kupang."}).json()
    address = f"/api/v1/privacy/corrections/{asked['id']}"
    for hours, overdue in ((5, False), (73, True)):
        # Tokens live for a month, so the same log-in still holds.
        with clock.frozen_at(JANUARY + dt.timedelta(hours=hours)):
            assert yuliana.get(address).json()["overdue"] is overdue


def test_an_account_is_put_right_by_an_administrator(as_role: Callable[..., TestClient], places: None) -> None:
    reader, admin, manager = as_role("reviewer"), as_role("admin"), as_role("manager")
    asked = reader.post("/api/v1/privacy/corrections", json={"wish": "My name is written with a y."}).json()
    assert asked["applicant_id"] is None
    address = f"/api/v1/privacy/corrections/{asked['id']}"
    refusal = {"done": False, "answer": "The identity card says otherwise."}
    assert manager.post(f"{address}/settle", json=refusal, headers={"If-Match": "*"}).status_code == 404
    assert admin.post(f"{address}/settle", json=refusal, headers={"If-Match": "*"}).json()["state"] == "refused"
