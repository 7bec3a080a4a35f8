"""Two read each application blind; a third where they differ; the suitability follows from what they gave."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from tests.applicants.conftest import Log
from tests.reviews.conftest import RUBRIC

Readers = dict[str, TestClient]
HIGH, LOW, MIDDLE = ({"motivation": m, "teaching": t} for m, t in ((5, 4), (2, 1), (4, 2)))


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def assign_all(rina: TestClient, cohort: str, **body: Any) -> dict[str, Any]:
    answer = rina.post(f"/api/v1/cohorts/{cohort}/assign-reviewers", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def reviews_of(rina: TestClient, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rina.get("/api/v1/reviews", params={"applicant": key}).json()["items"]
    return found


def score(readers: Readers, review: dict[str, Any], points: dict[str, int], **more: str) -> Any:
    reader = readers[review["reviewer_id"]]
    return reader.post(f"/api/v1/reviews/{review['id']}/score", json={"scores": points, **more})


def judgement(rina: TestClient, key: str) -> dict[str, Any]:
    shown: dict[str, Any] = rina.get(f"/api/v1/applicants/{key}/judgement").json()
    return shown


def test_two_who_agree_bring_yuliana_into_the_pool(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assert assign_all(rina, cohort, seed=7) == {"seed": 7, "taken_into_review": 1, "assigned": 2, "missing": 0}
    first, second = reviews_of(rina, sent)
    assert first["reviewer_id"] != second["reviewer_id"]
    early = rina.post(f"/api/v1/applicants/{sent}/accept", json={})
    assert (early.status_code, early.json()["code"]) == (409, "reviews.reviews_missing")
    assert score(readers, first, MIDDLE, comment="Clear and warm.").status_code == 200
    assert judgement(rina, sent)["verdict"] == "waiting"
    assert score(readers, second, {"motivation": 4, "teaching": 4}).status_code == 200
    shown = judgement(rina, sent)
    assert (shown["verdict"], shown["difference"], shown["suitability"]) == ("complete", 12.5, 75)
    assert [one["total"] for one in shown["reviews"]] == [68.8, 81.2]
    pooled = rina.post(f"/api/v1/applicants/{sent}/accept", json={"accept": 900})
    assert (pooled.json()["state"], pooled.json()["suitability"]) == ("in_pool", 75)


def test_a_third_is_drawn_where_two_differ_by_more_than_the_rubric_allows(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    first, second = reviews_of(rina, sent)
    score(readers, first, HIGH)
    score(readers, second, LOW)
    shown = judgement(rina, sent)
    assert (shown["verdict"], shown["done"], shown["wanted"]) == ("differing", 2, 3)
    third = next(one for one in reviews_of(rina, sent) if one["state"] == "assigned")
    assert third["reviewer_id"] not in {first["reviewer_id"], second["reviewer_id"]}
    assert score(readers, third, MIDDLE).status_code == 200
    assert judgement(rina, sent)["suitability"] == 69
    fourth = next(key for key in readers if key not in {one["reviewer_id"] for one in reviews_of(rina, sent)})
    refused = rina.post("/api/v1/reviews", json={"applicant_id": sent, "reviewer_id": fourth})
    assert refused.json()["code"] == "reviews.enough_reviewers"


def test_another_suitability_needs_a_reason_that_the_record_keeps(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str, database: Database
) -> None:
    assign_all(rina, cohort)
    for one in reviews_of(rina, sent):
        score(readers, one, MIDDLE)
    address = f"/api/v1/applicants/{sent}/accept"
    refused = rina.post(address, json={"suitability": 90})
    assert (refused.status_code, pointers(refused)) == (422, ["/reason"])
    assert rina.post(address, json={"suitability": 90, "reason": "Met her in the class."}).json()["suitability"] == 90
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "applicants.accept")).one()
    assert entry.reason == "Met her in the class."


def test_reviewers_do_not_see_each_other_until_they_have_scored(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    first, second = reviews_of(rina, sent)
    one, other = readers[first["reviewer_id"]], readers[second["reviewer_id"]]
    score(readers, first, HIGH, comment="Wonderful.")
    assert [seen["id"] for seen in other.get("/api/v1/reviews").json()["items"]] == [second["id"]]
    assert other.get(f"/api/v1/reviews/{first['id']}").status_code == 404
    assert other.get(f"/api/v1/applicants/{sent}/judgement").status_code == 403
    score(readers, second, {"motivation": 5, "teaching": 3})
    seen = other.get(f"/api/v1/reviews/{first['id']}").json()
    assert (seen["scores"], seen["comment"], seen["reviewer_id"]) == (HIGH, "Wonderful.", None)
    assert len(one.get("/api/v1/reviews", params={"mine": False}).json()["items"]) == 1
    peeking = one.get("/api/v1/reviews", params={"reviewer": second["reviewer_id"]})
    assert (peeking.status_code, peeking.json()["code"]) == (403, "applicants.blind")


def test_nobody_scores_for_another_or_twice_or_outside_the_rubric(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    first, second = reviews_of(rina, sent)
    wrong = {"motivation": 6, "charm": 3}
    refused = score(readers, first, wrong)
    assert refused.status_code == 422
    assert sorted(pointers(refused)) == ["/scores/charm", "/scores/motivation", "/scores/teaching"]
    stranger = readers[second["reviewer_id"]].post(f"/api/v1/reviews/{first['id']}/score", json={"scores": HIGH})
    assert stranger.status_code == 404
    assert rina.post(f"/api/v1/reviews/{first['id']}/score", json={"scores": HIGH}).status_code == 403
    assert score(readers, first, HIGH).status_code == 200
    again = score(readers, first, LOW)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    score(readers, second, HIGH)
    # Also one's colleague's, once one sees it, stays the colleague's.
    other = readers[second["reviewer_id"]].post(f"/api/v1/reviews/{first['id']}/release", json={"reason": "Mine."})
    assert other.status_code == 403


def test_six_applications_are_read_evenly_and_the_draw_can_be_repeated(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, six: list[str], database: Database
) -> None:
    told = assign_all(rina, cohort)
    assert (told["taken_into_review"], told["assigned"]) == (6, 12)
    drawn = rina.get("/api/v1/reviews", params={"cohort": cohort}).json()["items"]
    assert Counter(one["reviewer_id"] for one in drawn) == dict.fromkeys(readers, 3)
    assert {one["seed"] for one in drawn} == {told["seed"]}
    assert assign_all(rina, cohort)["assigned"] == 0
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reviews.assign_all")).first()
    assert entry is not None
    assert (entry.after or {})["seed"] == told["seed"]


def test_the_programme_sees_how_far_its_reviewers_agree_and_nobody_else_does(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, six: list[str], as_role: Log
) -> None:
    assign_all(rina, cohort, seed=7)
    mild = next(iter(readers))
    for review in rina.get("/api/v1/reviews", params={"cohort": cohort}).json()["items"]:
        points = {"motivation": 5, "teaching": 4} if review["reviewer_id"] == mild else {"motivation": 4, "teaching": 3}
        assert score(readers, review, points).status_code == 200
    address = f"/api/v1/cohorts/{cohort}/raters"
    shown = rina.get(address).json()
    items = {one["reviewer_id"]: one for one in shown["items"]}
    assert (items[mild]["done"], items[mild]["mean"], items[mild]["milder"]) == (3, 100.0, 25.0)
    # Three of six applications have totals of 100 and 75, the others 75 twice.
    assert (shown["spread"], shown["uncertainty"]) == (12.5, 8.8)
    assert [one["name"] for one in shown["items"]] == sorted(one["name"] for one in shown["items"])
    assert as_role("auditor").get(address).json() == shown
    assert readers[mild].get(address).status_code == 403


def test_who_knows_the_person_gives_the_review_back_and_does_not_get_it_again(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    assign_all(rina, cohort)
    known = reviews_of(rina, sent)[0]
    reader = readers[known["reviewer_id"]]
    back = reader.post(f"/api/v1/reviews/{known['id']}/release", json={"reason": "She is my cousin."})
    assert back.json()["state"] == "released"
    again = rina.post("/api/v1/reviews", json={"applicant_id": sent, "reviewer_id": known["reviewer_id"]})
    assert again.json()["code"] == "reviews.assigned_already"
    assert assign_all(rina, cohort)["assigned"] == 1
    active = [one["reviewer_id"] for one in reviews_of(rina, sent) if one["state"] == "assigned"]
    assert len(active) == 2
    assert known["reviewer_id"] not in active


def test_the_manager_chooses_a_reviewer(
    rina: TestClient, readers: Readers, as_role: Log, rubric: dict[str, Any], sent: str
) -> None:
    key = next(iter(readers))
    early = rina.post("/api/v1/reviews", json={"applicant_id": sent, "reviewer_id": key})
    assert early.json()["code"] == "reviews.not_in_review"
    rina.post(f"/api/v1/applicants/{sent}/review")
    made = rina.post("/api/v1/reviews", json={"applicant_id": sent, "reviewer_id": key})
    assert (made.status_code, made.json()["seed"]) == (201, None)
    officer = as_role("officer").get("/api/v1/me").json()["id"]
    refused = rina.post("/api/v1/reviews", json={"applicant_id": "nobody", "reviewer_id": officer})
    assert (refused.status_code, pointers(refused)) == (422, ["/applicant_id", "/reviewer_id"])


def test_what_somebody_was_scored_by_stays_as_it_is(
    rina: TestClient, readers: Readers, rubric: dict[str, Any], cohort: str, sent: str
) -> None:
    address = f"/api/v1/cohorts/{cohort}/rubric"
    second = rina.post(address, json={**RUBRIC, "allowed_difference": 10})
    assert (second.json()["number"], rina.get(address).json()["allowed_difference"]) == (2, 10)
    assign_all(rina, cohort)
    score(readers, reviews_of(rina, sent)[0], HIGH)
    refused = rina.post(address, json=RUBRIC)
    assert (refused.status_code, refused.json()["code"]) == (409, "reviews.rubric_in_use")


def test_a_rubric_that_cannot_be_scored_is_refused(rina: TestClient, cohort: str) -> None:
    one = RUBRIC["criteria"][0]
    flat = {**one, "lowest": 5}
    refused = rina.post(f"/api/v1/cohorts/{cohort}/rubric", json={"criteria": [one, flat], "allowed_difference": 20})
    assert (refused.status_code, pointers(refused)) == (422, ["/criteria/1/code", "/criteria/1/highest"])
    assert rina.get(f"/api/v1/cohorts/{cohort}/rubric").status_code == 404


def test_without_a_rubric_the_manager_says_the_suitability(rina: TestClient, cohort: str, sent: str) -> None:
    refused = rina.post(f"/api/v1/cohorts/{cohort}/assign-reviewers", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "reviews.no_rubric")
    rina.post(f"/api/v1/applicants/{sent}/review")
    assert judgement(rina, sent)["verdict"] == "no_rubric"
    refused = rina.post(f"/api/v1/applicants/{sent}/accept", json={})
    assert (refused.status_code, pointers(refused)) == (422, ["/suitability"])
    assert rina.post(f"/api/v1/applicants/{sent}/accept", json={"suitability": 60}).status_code == 200
