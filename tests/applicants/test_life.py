"""An application from its first saved line into the pool, and the ways on which it ends before."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.applicants.lifecycle import APPLICANT
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import Database
from tests.applicants.conftest import COHORT, PROFILE, agree

Log = Callable[..., TestClient]


def move(who: TestClient, key: str, action: str, body: dict[str, Any] | None = None) -> Any:
    return who.post(f"/api/v1/applicants/{key}/{action}", json=body)


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def test_yuliana_saves_step_by_step_from_her_phone_and_comes_into_the_pool(
    yuliana: TestClient, rina: TestClient, cohort: str
) -> None:
    begun = yuliana.post("/api/v1/applicants", json={"cohort_id": cohort})
    assert begun.status_code == 201
    assert begun.json()["name"] == "Yuliana Tefa"
    assert begun.json()["state"] == "draft"
    key, tag = begun.json()["id"], begun.headers["etag"]
    for step in (
        {"gender": "f", "birth_year": 2001, "home": "53.71"},
        {"levels": ["SD"], "languages": ["aoz"], "skills": ["library"]},
        {"preferences": ["53", "53.04"], "refuses": ["94"]},
        # The wishes change places: the row of each is the key of the other.
        {"preferences": ["53.04", "53"], "max_hardship": 3, "motivation": PROFILE["motivation"]},
    ):
        saved = yuliana.patch(f"/api/v1/applicants/{key}", json=step, headers={"If-Match": tag})
        assert saved.status_code == 200, saved.text
        tag = saved.headers["etag"]
    shown = yuliana.get(f"/api/v1/applicants/{key}").json()
    assert (shown["home"], shown["preferences"], shown["refuses"]) == ("53.71", ["53.04", "53"], ["94"])
    agree(yuliana)
    assert move(yuliana, key, "submit").json()["state"] == "submitted"
    assert move(rina, key, "review").json()["state"] == "in_review"
    pooled = move(rina, key, "accept", {"suitability": 78, "accept": 900}).json()
    assert (pooled["state"], pooled["suitability"], pooled["accept"]) == ("in_pool", 78, 900)


def test_everything_that_is_missing_is_told_at_once(yuliana: TestClient, cohort: str) -> None:
    begun = yuliana.post(
        "/api/v1/applicants", json={"cohort_id": cohort, "levels": ["SMA"], "motivation": "I like it."}
    )
    refused = move(yuliana, begun.json()["id"], "submit")
    assert refused.status_code == 422
    assert pointers(refused) == ["/gender", "/birth_year", "/home", "/subjects", "/motivation"]
    assert all(error["message"] and error["remedy"] for error in refused.json()["errors"])
    assert yuliana.get(f"/api/v1/applicants/{begun.json()['id']}").json()["state"] == "draft"


def test_everything_that_is_wrong_is_told_at_once(rina: TestClient, cohort: str) -> None:
    wrong = {
        "cohort_id": cohort,
        "name": "Markus Boimau",
        "email": "no address",
        "home": "53",
        "languages": ["zzz"],
        "levels": ["SD", "SD"],
        "preferences": ["53.04", "99"],
        "refuses": ["53"],
    }
    refused = rina.post("/api/v1/applicants", json=wrong)
    assert refused.status_code == 422
    assert sorted(pointers(refused)) == [
        "/email", "/home", "/languages/0", "/levels/1", "/preferences/0", "/preferences/1",
    ]  # fmt: skip
    unnamed = rina.post("/api/v1/applicants", json={"cohort_id": "nowhere"})
    assert pointers(unnamed) == ["/cohort_id", "/name", "/email"]


def test_who_is_a_child_when_service_begins_cannot_send(yuliana: TestClient, draft: dict[str, Any]) -> None:
    young = yuliana.patch(f"/api/v1/applicants/{draft['id']}", json={"birth_year": 2010}, headers={"If-Match": "*"})
    assert young.status_code == 200
    assert pointers(move(yuliana, draft["id"], "submit")) == ["/birth_year"]


def test_values_that_no_application_can_have_are_refused_in_a_draft_too(yuliana: TestClient, cohort: str) -> None:
    odd = {"gender": "x", "subjects": ["maths"], "skills": ["magic"], "max_hardship": 6, "regular_care": "yes"}
    refused = yuliana.post("/api/v1/applicants", json={"cohort_id": cohort, **odd})
    assert refused.status_code == 422
    assert sorted(pointers(refused)) == ["/gender", "/max_hardship", "/regular_care", "/skills/0", "/subjects/0"]


@pytest.mark.parametrize(
    ("day", "code", "fact"),
    [
        (dt.datetime(2027, 1, 9, 16, 0, tzinfo=dt.UTC), "applicants.intake_not_open", ("opens_on", "2027-01-10")),
        (dt.datetime(2027, 1, 20, 18, 0, tzinfo=dt.UTC), "applicants.intake_closed", ("closes_on", "2027-01-20")),
    ],
)
def test_outside_the_intake_nobody_begins_or_sends(
    yuliana: TestClient, as_role: Log, draft: dict[str, Any], cohort: str, day: dt.datetime, code: str, fact: Any
) -> None:
    markus = as_role("applicant", name="Markus Boimau")
    with clock.frozen_at(day):
        for refused in (
            move(yuliana, draft["id"], "submit"),
            markus.post("/api/v1/applicants", json={"cohort_id": cohort}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, code)
            assert refused.json()[fact[0]] == fact[1]
        assert "2027" in refused.json()["detail"]
        assert yuliana.get("/api/v1/cohorts", params={"open": True}).json()["items"] == []


def test_the_last_day_ends_at_midnight_in_jakarta(yuliana: TestClient, draft: dict[str, Any]) -> None:
    with clock.frozen_at(dt.datetime(2027, 1, 20, 16, 59, tzinfo=dt.UTC)):
        agree(yuliana)
        assert move(yuliana, draft["id"], "submit").status_code == 200


def test_what_was_sent_is_corrected_by_the_manager_only_and_stays_complete(
    yuliana: TestClient, rina: TestClient, sent: str
) -> None:
    address = f"/api/v1/applicants/{sent}"
    refused = yuliana.patch(address, json={"home": "53.02"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "applicants.no_longer_draft")
    emptied = rina.patch(address, json={"home": None, "subjects": []}, headers={"If-Match": "*"})
    assert (emptied.status_code, pointers(emptied)) == (422, ["/home", "/subjects"])
    corrected = rina.patch(address, json={"home": "53.02"}, headers={"If-Match": "*"})
    assert (corrected.status_code, corrected.json()["state"]) == (200, "submitted")
    assert yuliana.get(address).json()["home"] == "53.02"


def test_two_who_edit_at_once_do_not_overwrite_each_other(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any]
) -> None:
    address, tag = f"/api/v1/applicants/{draft['id']}", yuliana.get(f"/api/v1/applicants/{draft['id']}").headers["etag"]
    assert rina.patch(address, json={"home": "53.02"}, headers={"If-Match": tag}).status_code == 200
    assert yuliana.patch(address, json={"home": "53.04"}, headers={"If-Match": tag}).status_code == 412
    assert yuliana.patch(address, json={"home": "53.04"}).status_code == 428
    assert yuliana.get(address).json()["home"] == "53.02"


def test_a_rejected_person_reads_why(yuliana: TestClient, rina: TestClient, sent: str) -> None:
    early = move(rina, sent, "reject", {"reason": "Cannot stay for a whole year."})
    assert (early.status_code, early.json()["possible"]) == (409, ["correct", "review", "withdraw"])
    move(rina, sent, "review")
    assert pointers(move(rina, sent, "reject", {"reason": ""})) == ["/reason"]
    assert move(rina, sent, "reject", {"reason": "Cannot stay for a whole year."}).json()["state"] == "rejected"
    told = yuliana.get(f"/api/v1/applicants/{sent}").json()
    assert (told["state"], told["rejection_reason"]) == ("rejected", "Cannot stay for a whole year.")
    assert move(yuliana, sent, "withdraw", {}).status_code == 409


@pytest.mark.parametrize("moves", [[], ["submit"], ["submit", "review"], ["submit", "review", "accept"]])
def test_withdrawing_is_possible_until_a_place_is_offered_and_is_final(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any], cohort: str, moves: list[str]
) -> None:
    agree(yuliana)
    for action in moves:
        body = {"suitability": 60} if action == "accept" else None
        assert move(yuliana if action == "submit" else rina, draft["id"], action, body).status_code == 200
    gone = move(yuliana, draft["id"], "withdraw", {"reason": "Found work at home."})
    assert gone.json()["state"] == "withdrawn"
    assert move(yuliana, draft["id"], "submit").status_code == 409
    again = yuliana.post("/api/v1/applicants", json={"cohort_id": cohort})
    assert (again.status_code, again.json()["code"]) == (409, "applicants.applied_already")


def test_the_whole_life_as_a_table() -> None:
    state = APPLICANT.initial
    for action in (
        "edit",
        "submit",
        "review",
        "accept",
        "offer",
        "decline",
        "offer",
        "expire",
        "offer",
        "take",
        "finish",
    ):
        state = APPLICANT.move(state, action)
    assert state == "alumnus"
    assert [end for end in APPLICANT.states if not APPLICANT.possible(end)] == ["withdrawn", "rejected", "alumnus"]


def test_one_application_per_person_and_cohort(yuliana: TestClient, rina: TestClient, draft: dict[str, Any]) -> None:
    by_manager = rina.post(
        "/api/v1/applicants", json={"cohort_id": draft["cohort_id"], "name": "Y. Tefa", "email": draft["email"].upper()}
    )
    assert (by_manager.status_code, by_manager.json()["code"]) == (409, "applicants.applied_already")
    later = {**COHORT, "code": "angkatan-2028", "year": 2028}
    next_cohort = rina.post("/api/v1/cohorts", json=later).json()["id"]
    assert yuliana.post("/api/v1/applicants", json={"cohort_id": next_cohort}).status_code == 201


def test_the_same_key_twice_is_one_application(yuliana: TestClient, cohort: str) -> None:
    body, key = {"cohort_id": cohort, **PROFILE}, {"Idempotency-Key": "from-my-phone"}
    first = yuliana.post("/api/v1/applicants", json=body, headers=key)
    second = yuliana.post("/api/v1/applicants", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(yuliana.get("/api/v1/applicants").json()["items"]) == 1
    other = yuliana.post("/api/v1/applicants", json={**body, "skills": []}, headers=key)
    assert other.status_code in {409, 422}


def test_a_manager_writes_for_somebody_who_then_sees_it(rina: TestClient, as_role: Log, cohort: str) -> None:
    markus = as_role("applicant", name="Markus Boimau")
    email = markus.get("/api/v1/me").json()["email"]
    made = rina.post("/api/v1/applicants", json={"cohort_id": cohort, "name": "Markus Boimau", "email": email})
    assert made.status_code == 201
    assert [one["id"] for one in markus.get("/api/v1/applicants").json()["items"]] == [made.json()["id"]]


def test_nobody_applies_under_the_address_of_another(yuliana: TestClient, cohort: str) -> None:
    refused = yuliana.post("/api/v1/applicants", json={"cohort_id": cohort, "email": "markus@contoh.example"})
    assert (refused.status_code, pointers(refused)) == (422, ["/email"])


def test_the_record_tells_what_happened_but_not_who_somebody_is(
    yuliana: TestClient, rina: TestClient, sent: str, database: Database
) -> None:
    move(rina, sent, "review")
    move(rina, sent, "reject", {"reason": "Cannot stay for a whole year."})
    with database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.object_id == sent).order_by(AuditEntry.number)
        ).all()
    assert [entry.action for entry in entries] == [
        "applicants.create", "applicants.submit", "applicants.review", "applicants.reject",
    ]  # fmt: skip
    assert entries[-1].reason == "Cannot stay for a whole year."
    assert "motivation" in (entries[0].after or {})["changed"]
    written = " ".join(str((entry.before, entry.after)) for entry in entries)
    assert "Tefa" not in written
    assert "@" not in written
    assert PROFILE["motivation"] not in written


def test_an_intake_closes_after_it_opens_and_codes_are_unique(rina: TestClient, cohort: str) -> None:
    inverted = rina.post("/api/v1/cohorts", json={**COHORT, "code": "x", "intake_closes_on": "2026-12-31"})
    assert (inverted.status_code, pointers(inverted)) == (422, ["/intake_closes_on"])
    assert rina.post("/api/v1/cohorts", json=COHORT).json()["code"] == "applicants.cohort_code_taken"
    assert rina.get(f"/api/v1/cohorts/{cohort}").json()["open"] is True
