"""Schools: who adds and changes them, and how they are found."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.schools.conftest import OELBUBUK

Document = dict[str, Any]


def test_a_school_is_added_once(rina: TestClient, yosef: TestClient, oelbubuk: Document) -> None:
    assert oelbubuk == {**oelbubuk, **OELBUBUK, "invented": False, "version": 1}
    again = rina.post("/api/v1/schools", json=OELBUBUK)
    assert (again.status_code, again.json()["code"]) == (409, "schools.number_taken")
    assert yosef.post("/api/v1/schools", json={**OELBUBUK, "npsn": "50304322"}).status_code == 403


def test_a_school_lies_in_a_regency_that_there_is(rina: TestClient) -> None:
    for region, code in (("53", "not_a_regency"), ("53.99", "unknown_region")):
        answer = rina.post("/api/v1/schools", json={**OELBUBUK, "region": region, "tags": ["remote", "remote"]})
        assert answer.status_code == 422
        found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
        assert found == {"/region": code, "/tags/1": "duplicate"}


def test_a_school_is_changed_in_the_version_that_one_has_read(
    rina: TestClient, yosef: TestClient, oelbubuk: Document
) -> None:
    address = f"/api/v1/schools/{oelbubuk['id']}"
    version = rina.get(address).headers["etag"]
    changed = rina.patch(address, json={"district": None}, headers={"If-Match": version})
    assert (changed.status_code, changed.json()["district"], changed.headers["etag"]) == (200, None, '"v2"')
    assert rina.patch(address, json={"name": "SDN Oelbubuk"}, headers={"If-Match": version}).status_code == 412
    assert yosef.patch(address, json={"name": "SDN Oelbubuk"}, headers={"If-Match": '"v2"'}).status_code == 403
    empty = rina.patch(address, json={"name": None}, headers={"If-Match": '"v2"'})
    assert empty.status_code == 422, "a name can be left out, but not taken away"


def test_a_school_that_moves_has_its_verified_needs_scored_again(
    rina: TestClient, yosef: TestClient, oelbubuk: Document, proposed: Document
) -> None:
    need = f"/api/v1/needs/{proposed['id']}"
    before = yosef.post(f"{need}/verify", headers={"If-Match": '"v1"'}).json()
    moved = rina.patch(f"/api/v1/schools/{oelbubuk['id']}", json={"region": "53.71"}, headers={"If-Match": '"v1"'})
    assert moved.status_code == 200, moved.text
    after = rina.get(need).json()
    assert after["score_parts"]["underdeveloped"] == 0, "Kota Kupang is not on the list"
    assert after["score"] < before["score"]
    assert yosef.get(need).status_code == 404, "the school lies in another officer's region now"


def test_schools_are_found_by_place_kind_condition_and_name(rina: TestClient, oelbubuk: Document) -> None:
    other = {
        **OELBUBUK,
        "npsn": "50309999",
        "name": "SMA Negeri 1 Kupang",
        "level": "SMA",
        "region": "53.71",
        "tags": [],
    }
    assert rina.post("/api/v1/schools", json=other).status_code == 201

    def found(query: str) -> list[str]:
        answer = rina.get(f"/api/v1/schools?{query}")
        assert answer.status_code == 200, answer.text
        return [one["npsn"] for one in answer.json()["items"]]

    assert found("") == ["50304321", "50309999"]
    assert found("sort=-name") == ["50309999", "50304321"]
    assert found("region=53") == ["50304321", "50309999"]
    assert found("region=53.02") == ["50304321"]
    assert found("level=SMA") == ["50309999"]
    assert found("tag=remote") == ["50304321"]
    assert found("tag=remot") == [], "a part of a condition is another condition"
    assert found("q=oelbubuk") == ["50304321"]
    assert found("q=9999") == ["50309999"]
    assert found("q=%25%25") == [], "a percent sign is an ordinary character"
