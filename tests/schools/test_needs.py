"""A need's way from the school's request to the round, and who may take which step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from app.schools.scoring import MOST

V1 = {"If-Match": '"v1"'}
Document = dict[str, Any]


def step(who: TestClient, need: Document, what: str, version: int | None = None, **body: str) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"v{version}"'}
    answer: httpx.Response = who.post(f"/api/v1/needs/{need['id']}/{what}", json=body or None, headers=headers)
    return answer


def acts(database: Database, need: Document) -> list[str]:
    with database.reading() as session:
        found = select(AuditEntry.action).where(AuditEntry.object_id == need["id"]).order_by(AuditEntry.number)
        return list(session.scalars(found))


def test_a_need_is_proposed_verified_opened_and_closed_by_those_who_may(
    database: Database, yosef: TestClient, rina: TestClient, proposed: Document
) -> None:
    assert (proposed["state"], proposed["score"], proposed["version"]) == ("proposed", None, 1)
    assert proposed["code"] == "n-50304321-class"
    assert (proposed["tags"], proposed["requires"]) == (["level:sd"], ["teach:sd"])

    verified = step(yosef, proposed, "verify", 1, reason="Telepon dengan kepala sekolah.")
    assert verified.status_code == 200, verified.text
    assert verified.headers["etag"] == '"v2"'
    assert verified.json()["state"] == "verified"

    assert step(yosef, proposed, "open").status_code == 403
    opened = step(rina, proposed, "open")
    assert opened.json()["state"] == "open"
    assert step(yosef, proposed, "close").status_code == 403
    closed = step(rina, proposed, "close", reason="Dua guru negeri datang.")
    assert closed.json()["state"] == "closed"
    assert acts(database, proposed) == ["needs.propose", "needs.verify", "needs.open", "needs.close"]


def test_a_verified_need_shows_its_score_with_parts_that_add_up(
    yosef: TestClient, rina: TestClient, proposed: Document
) -> None:
    shown = step(yosef, proposed, "verify", 1).json()
    assert list(shown["score_parts"]) == list(MOST)
    assert shown["score"] == sum(shown["score_parts"].values())
    assert (shown["score_parts"]["teachers_missing"], shown["score_parts"]["years_without"]) == (9, 4)
    assert shown["score_parts"]["underdeveloped"] == 25, "Timor Tengah Selatan stands on the list of Perpres 63/2020"
    assert rina.get(f"/api/v1/needs/{proposed['id']}").json() == shown


def test_the_officer_next_door_neither_sees_nor_verifies_the_need(maria: TestClient, proposed: Document) -> None:
    assert maria.get("/api/v1/needs").json()["items"] == []
    assert maria.get(f"/api/v1/needs/{proposed['id']}").status_code == 404
    assert step(maria, proposed, "verify", 1).status_code == 404
    assert step(maria, proposed, "reject", 1, reason="Bukan wilayah kami.").status_code == 404
    edit = maria.patch(f"/api/v1/needs/{proposed['id']}", json={"headcount": 3}, headers=V1)
    assert edit.status_code == 404


def test_the_officer_next_door_sees_the_school_but_asks_nothing_for_it(maria: TestClient, wish: Document) -> None:
    assert maria.get(f"/api/v1/schools/{wish['school_id']}").status_code == 200
    assert maria.post("/api/v1/needs", json=wish).status_code == 403


def test_the_officer_of_the_province_answers_for_its_regencies(
    as_role: Callable[..., TestClient], wish: Document
) -> None:
    province = as_role("officer", name="Agustina", region="53")
    need = province.post("/api/v1/needs", json=wish).json()
    assert step(province, need, "verify", 1).json()["state"] == "verified"


@pytest.mark.parametrize("role", ["applicant", "sponsor", "partner"])
def test_those_who_fund_and_fill_needs_see_them_once_verified(
    as_role: Callable[..., TestClient], yosef: TestClient, proposed: Document, role: str
) -> None:
    visitor = as_role(role)
    assert visitor.get("/api/v1/needs").json()["items"] == []
    assert visitor.get(f"/api/v1/needs/{proposed['id']}").status_code == 404
    step(yosef, proposed, "verify", 1)
    assert [one["id"] for one in visitor.get("/api/v1/needs").json()["items"]] == [proposed["id"]]
    assert step(visitor, proposed, "verify", 2).status_code == 403


def test_a_rejected_need_carries_the_reason_and_goes_no_further(
    yosef: TestClient, rina: TestClient, proposed: Document
) -> None:
    assert step(yosef, proposed, "reject", 1).status_code == 422
    rejected = step(yosef, proposed, "reject", 1, reason="Sudah ada dua guru baru.").json()
    assert (rejected["state"], rejected["rejection_reason"]) == ("rejected", "Sudah ada dua guru baru.")
    refused = step(rina, proposed, "open")
    assert refused.status_code == 409
    assert (refused.json()["state"], refused.json()["possible"]) == ("rejected", [])


def test_an_unverified_need_cannot_be_opened(rina: TestClient, proposed: Document) -> None:
    refused = step(rina, proposed, "open")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    assert refused.json()["possible"] == ["edit", "verify", "reject"]


def test_every_error_of_a_bad_need_comes_at_once(yosef: TestClient, wish: Document) -> None:
    bad = {
        **wish,
        "school_id": "no-such-school",
        "ends_on": "2027-01-01",
        "requires": ["gender:f", "gender:f"],
        "costs": {"travel": 1, "Stipend!": 2},
        "uses": {"boat": 1},
    }
    answer = yosef.post("/api/v1/needs", json=bad)
    assert answer.status_code == 422
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/school_id", "unknown_school"),
        ("/ends_on", "inverted_period"),
        ("/requires/1", "duplicate"),
        ("/requires/0", "protected_attribute"),
        ("/requires/1", "protected_attribute"),
        ("/costs/travel", "travel_line"),
        ("/costs/Stipend!", "bad_line"),
        ("/uses/boat", "unknown_resource"),
    }
    assert all(error["message"] and error["remedy"] for error in answer.json()["errors"])


def test_values_of_the_wrong_form_come_at_once_too(yosef: TestClient, wish: Document) -> None:
    answer = yosef.post("/api/v1/needs", json={**wish, "headcount": 0, "hardship": "3", "subject": "maths", "x": 1})
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/headcount", "/hardship", "/subject", "/x"}


def test_a_need_is_changed_in_the_version_that_one_has_read(
    yosef: TestClient, rina: TestClient, proposed: Document
) -> None:
    address = f"/api/v1/needs/{proposed['id']}"
    assert yosef.patch(address, json={"headcount": 3}).status_code == 428
    changed = yosef.patch(address, json={"headcount": 3}, headers=V1)
    assert (changed.status_code, changed.json()["headcount"], changed.headers["etag"]) == (200, 3, '"v2"')
    stale = rina.patch(address, json={"headcount": 9}, headers=V1)
    assert (stale.status_code, stale.headers["etag"]) == (412, '"v2"')
    assert step(rina, proposed, "verify", 1).status_code == 412, "nobody verifies what was changed meanwhile"
    assert step(rina, proposed, "verify").status_code == 428
    assert rina.get(address).json()["headcount"] == 3


def test_a_verified_need_that_is_changed_is_scored_again(yosef: TestClient, proposed: Document) -> None:
    before = step(yosef, proposed, "verify", 1).json()
    after = yosef.patch(
        f"/api/v1/needs/{proposed['id']}", json={"teachers_missing": 4}, headers={"If-Match": '"v2"'}
    ).json()
    assert (after["state"], after["score"]) == ("verified", before["score"] + 3)


def test_an_open_need_is_not_changed_any_more(yosef: TestClient, rina: TestClient, proposed: Document) -> None:
    step(yosef, proposed, "verify", 1)
    step(rina, proposed, "open")
    late = yosef.patch(f"/api/v1/needs/{proposed['id']}", json={"headcount": 3}, headers={"If-Match": '"v3"'})
    assert (late.status_code, late.json()["possible"]) == (409, ["fill", "close"])


def test_the_same_request_twice_proposes_one_need(yosef: TestClient, wish: Document) -> None:
    key = {"Idempotency-Key": "oelbubuk-2027"}
    first = yosef.post("/api/v1/needs", json=wish, headers=key)
    again = yosef.post("/api/v1/needs", json=wish, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"] == f"/api/v1/needs/{first.json()['id']}"
    assert len(yosef.get("/api/v1/needs").json()["items"]) == 1


def test_a_second_request_of_the_same_kind_gets_the_next_code(yosef: TestClient, wish: Document) -> None:
    codes = [yosef.post("/api/v1/needs", json=wish).json()["code"] for _ in range(2)]
    assert codes == ["n-50304321-class", "n-50304321-class-2"]
    taken = yosef.post("/api/v1/needs", json={**wish, "code": codes[0]})
    assert (taken.status_code, taken.json()["code"]) == (409, "schools.need_code_taken")


def test_needs_are_filtered_and_sorted(rina: TestClient, yosef: TestClient, wish: Document) -> None:
    for subject, missing in (("math", 0), ("physics", 4), (None, 2)):
        body = {**wish, "subject": subject, "level": "SMA", "teachers_missing": missing}
        need = yosef.post("/api/v1/needs", json=body).json()
        if subject:
            step(yosef, need, "verify", 1)

    def codes(query: str) -> list[str]:
        answer = rina.get(f"/api/v1/needs?{query}")
        assert answer.status_code == 200, answer.text
        return [one["code"].removeprefix("n-50304321-") for one in answer.json()["items"]]

    assert codes("") == ["physics", "math", "class"], "the most urgent first, those without a score last"
    assert codes("sort=code") == ["class", "math", "physics"]
    assert codes("state=verified&state=open&sort=code") == ["math", "physics"]
    assert codes("subject=math") == ["math"]
    assert codes("code=PHYS") == ["physics"]
    assert codes("region=53&sort=code") == ["class", "math", "physics"]
    assert codes("region=53.01") == []
    assert codes("level=SD") == []
    highest = rina.get("/api/v1/needs?limit=1").json()["items"][0]["score"]
    assert codes(f"min_score={highest}") == ["physics"]
    assert rina.get("/api/v1/needs?subject=maths").status_code == 422
