"""Who reads the record, how it is searched, and that an auditor's reading stands in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from tests.audit.conftest import RINA, YOSEF

Log = Callable[..., TestClient]
AUDIT = "/api/v1/audit"


def test_an_auditor_reads_what_was_done_and_why(three_entries: None, as_role: Log) -> None:
    first, *_ = as_role("auditor").get(AUDIT, params={"kind": "need", "sort": "number"}).json()["items"]
    assert (first["number"], first["actor_id"], first["action"]) == (1, YOSEF.id, "needs.propose")
    assert (first["reason"], first["after"], first["facts_hidden"]) == (
        "A reason.",
        {"state": "proposed", "score": 62},
        False,
    )


def test_each_of_an_auditors_reads_stands_in_the_record(three_entries: None, as_role: Log) -> None:
    siti = as_role("auditor", name="Siti")
    me = siti.get("/api/v1/me").json()["id"]
    siti.get("/api/v1/needs")
    siti.get("/api/v1/needs/0193b7a4-0000-7000-8000-000000000009")
    reads = siti.get(AUDIT, params={"actor": me, "action": "read.get", "sort": "number"}).json()["items"]
    assert [read["object_id"] for read in reads] == [
        "/api/v1/me",
        "/api/v1/needs",
        "/api/v1/needs/0193b7a4-0000-7000-8000-000000000009",
        "/api/v1/audit",
    ]


def test_an_administrator_sees_that_something_was_done_but_no_scores(three_entries: None, as_role: Log) -> None:
    admin = as_role("admin")
    of_needs = admin.get(AUDIT, params={"kind": "need"}).json()["items"]
    assert len(of_needs) == 3
    for entry in of_needs:
        assert (entry["reason"], entry["before"], entry["after"], entry["facts_hidden"]) == (None, None, None, True)
        assert admin.get(f"{AUDIT}/{entry['id']}").json() == entry
    (account,) = admin.get(AUDIT, params={"action": "users.create"}).json()["items"]
    assert (account["after"]["role"], account["facts_hidden"]) == ("admin", False)


@pytest.mark.parametrize("role", ["manager", "reviewer", "applicant", "sponsor", "officer", "partner", "host"])
def test_nobody_else_reads_it(three_entries: None, as_role: Log, role: str) -> None:
    assert as_role(role).get(AUDIT).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_writes_it(as_role: Log, method: str) -> None:
    assert as_role("auditor").request(method, AUDIT).status_code == 405


def test_the_record_is_searched_by_actor_action_kind_object_and_time(
    database: Database, three_entries: None, as_role: Log
) -> None:
    admin = as_role("admin")

    def numbers(**wanted: str | list[str]) -> list[int]:
        answer = admin.get(AUDIT, params={"sort": "number", "object": "n-1", **wanted})
        assert answer.status_code == 200, answer.text
        return [entry["number"] for entry in answer.json()["items"]]

    assert numbers() == [1, 2, 3]
    assert numbers(sort="-number") == [3, 2, 1]
    assert numbers(actor=RINA.id) == [3]
    assert numbers(role="officer") == [1, 2]
    assert numbers(action=["needs.verify", "needs.open"]) == [2, 3]
    assert numbers(kind="school") == []
    assert numbers(object="n-2") == []
    second = admin.get(AUDIT, params={"action": "needs.verify"}).json()["items"][0]["at"]
    assert numbers(since=second) == [2, 3]
    assert numbers(until=second) == [1]
    assert admin.get(AUDIT, params={"since": "2026-11-24T00:00:00"}).status_code == 422, "whose midnight?"


def test_the_record_is_paged_without_gap_or_repeat(three_entries: None, as_role: Log) -> None:
    admin = as_role("admin")
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = admin.get(AUDIT, params={"limit": 2, "kind": "need", **cursor}).json()
        seen += [entry["number"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [3, 2, 1]
