"""Screening rules are data with a legal basis and their time: they stop whom the law stops, and say why."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.applicants.screening import KINDS, Facts
from tests.applicants.conftest import agree

RULE: dict[str, Any] = {
    "kind": "minimum_age",
    "parameters": {"years": 27},
    "effect": "bar",
    "legal_basis": "Peraturan Menteri 1/2027, pasal 3",
    "reason_id": "Yang bertugas sendirian harus berpengalaman.",
    "reason_en": "Whoever serves alone needs experience.",
    "valid_from": "2027-01-01",
}
YULIANA = Facts(2001, ("SD", "SMP"), regular_care=True, max_hardship=4, motivation="x" * 80)


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def made(rina: TestClient, **changes: Any) -> dict[str, Any]:
    answer = rina.post("/api/v1/screening-rules", json={**RULE, **changes})
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("minimum_age", {"years": 26}, {"years": 27}),
        ("maximum_age", {"years": 26}, {"years": 25}),
        ("level", {"levels": ["SMP", "SMA"]}, {"levels": ["SMA"]}),
        ("health_hardship", {"hardship": 4}, {"hardship": 3}),
        ("motivation", {"characters": 80}, {"characters": 81}),
    ],
)
def test_each_kind_of_rule(kind: str, fits: dict[str, Any], does_not: dict[str, Any]) -> None:
    assert KINDS[kind].meets(YULIANA, fits, 2027)
    assert not KINDS[kind].meets(YULIANA, does_not, 2027)


def test_who_is_well_goes_anywhere_and_no_limit_is_the_hardest_place() -> None:
    meets = KINDS["health_hardship"].meets
    assert meets(Facts(2001, ("SD",), regular_care=False, max_hardship=None, motivation=""), {"hardship": 0}, 2027)
    assert not meets(Facts(2001, ("SD",), regular_care=True, max_hardship=None, motivation=""), {"hardship": 5}, 2027)


def test_who_does_not_meet_a_rule_is_told_it_with_its_law_before_sending(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any]
) -> None:
    made(rina)
    yuliana.headers["Accept-Language"] = "en"
    refused = yuliana.post(f"/api/v1/applicants/{draft['id']}/submit")
    assert (refused.status_code, pointers(refused)) == (422, ["/birth_year"])
    told = refused.json()["errors"][0]
    assert told["message"] == "Whoever serves has to be at least 27 years old in 2027."
    assert told["remedy"] == "Whoever serves alone needs experience. Legal basis: Peraturan Menteri 1/2027, pasal 3."


def test_a_rule_holds_only_in_its_time_and_its_cohort(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any]
) -> None:
    other = rina.post(
        "/api/v1/cohorts",
        json={
            "code": "angkatan-2028",
            "name_id": "Angkatan 2028",
            "name_en": "Cohort of 2028",
            "year": 2028,
            "intake_opens_on": "2028-01-10",
            "intake_closes_on": "2028-01-20",
        },
    ).json()["id"]
    made(rina, cohort_id=other)
    made(rina, valid_from="2027-02-01")
    made(rina, valid_from="2026-01-01", valid_until="2027-01-14")
    made(rina, effect="flag")
    agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{draft['id']}/submit").status_code == 200
    listed = yuliana.get("/api/v1/screening-rules", params={"holds": True}).json()["items"]
    assert [(one["cohort_id"], one["effect"]) for one in listed] == [(other, "bar"), (None, "flag")][::-1]


def test_a_rule_that_came_later_stops_the_acceptance_and_a_flag_is_only_shown(rina: TestClient, sent: str) -> None:
    rina.post(f"/api/v1/applicants/{sent}/review")
    flag = made(rina, effect="flag")
    bar = made(rina, kind="level", parameters={"levels": ["SMA"]})
    shown = rina.get(f"/api/v1/applicants/{sent}/judgement").json()["findings"]
    assert [(one["rule_id"], one["effect"]) for one in shown] == [(flag["id"], "flag"), (bar["id"], "bar")]
    refused = rina.post(f"/api/v1/applicants/{sent}/accept", json={"suitability": 70})
    assert (refused.status_code, refused.json()["code"]) == (409, "applicants.screened_out")
    assert pointers(refused) == ["/levels"]
    # It ended yesterday, so it does not stop anybody today.
    ended = rina.post(
        f"/api/v1/screening-rules/{bar['id']}/end",
        json={"valid_until": "2027-01-14", "reason": "The regulation was replaced."},
        headers={"If-Match": "*"},
    )
    assert ended.status_code == 200
    assert rina.post(f"/api/v1/applicants/{sent}/accept", json={"suitability": 70}).json()["state"] == "in_pool"


def test_a_rule_does_not_end_before_it_began(rina: TestClient, places: None) -> None:
    rule = made(rina)
    refused = rina.post(
        f"/api/v1/screening-rules/{rule['id']}/end",
        json={"valid_until": "2026-12-31", "reason": "It was a mistake."},
        headers={"If-Match": "*"},
    )
    assert (refused.status_code, pointers(refused)) == (422, ["/valid_until"])


def test_parameters_are_those_of_the_kind(rina: TestClient, cohort: str) -> None:
    for kind, parameters in (
        ("minimum_age", {"years": 17}),
        ("minimum_age", {"levels": ["SD"]}),
        ("level", {"levels": []}),
        ("level", {"levels": ["SD", "SD"]}),
        ("level", {"levels": ["TK"]}),
        ("health_hardship", {"hardship": 6}),
        ("motivation", {"characters": 10, "years": 20}),
    ):
        refused = rina.post("/api/v1/screening-rules", json={**RULE, "kind": kind, "parameters": parameters})
        assert (refused.status_code, pointers(refused)) == (422, ["/parameters"]), (kind, parameters)
    bare = {name: value for name, value in RULE.items() if name != "legal_basis"}
    assert pointers(rina.post("/api/v1/screening-rules", json=bare)) == ["/legal_basis"]
    unknown = {**RULE, "cohort_id": "nowhere", "valid_until": "2026-01-01"}
    assert pointers(rina.post("/api/v1/screening-rules", json=unknown)) == ["/cohort_id", "/valid_until"]


def test_an_ended_rule_does_not_come_back(rina: TestClient, places: None) -> None:
    rule = made(rina, valid_from="2026-01-01", valid_until="2026-12-31")
    end = {"valid_until": "2027-12-31", "reason": "Again, please."}
    address = f"/api/v1/screening-rules/{rule['id']}/end"
    assert rina.post(address, json=end).status_code == 428
    refused = rina.post(address, json=end, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "applicants.rule_ended")
