"""Money on its way in: pledged, confirmed, in the ledger, closed; and who takes which step."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from tests.funding.conftest import pledge

Document = dict[str, Any]
EMPTY = {"available": 0, "reserved": 0, "committed": 0, "spent": 0}


def test_a_pledge_becomes_money_when_the_manager_confirms_it(
    database: Database, dewi: TestClient, rina: TestClient, agro_fund: Document
) -> None:
    address = f"/api/v1/funds/{agro_fund['id']}"
    assert (agro_fund["state"], agro_fund["balances"]) == ("pledged", EMPTY)
    assert dewi.post(f"{address}/confirm").status_code == 403, "nobody confirms the own pledge"

    confirmed = rina.post(f"{address}/confirm")
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.json()["state"] == "confirmed"
    assert confirmed.json()["balances"] == {**EMPTY, "available": 900_000_000}
    assert confirmed.headers["etag"] == '"v2"'
    assert dewi.get(address).json() == confirmed.json()

    again = rina.post(f"{address}/confirm")
    assert (again.status_code, again.json()["possible"]) == (409, ["edit", "exhaust", "close"])
    with database.reading() as session:
        acts = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.object_id == agro_fund["id"], AuditEntry.action.startswith("funds."))
            .order_by(AuditEntry.number)
        ).all()
    assert acts == ["funds.pledge", "funds.confirm"]


def test_the_ledger_shows_every_move_and_its_sum_is_the_balance(rina: TestClient, agro_fund: Document) -> None:
    address = f"/api/v1/funds/{agro_fund['id']}"
    rina.post(f"{address}/confirm")
    closed = rina.post(f"{address}/close", json={"reason": "Perusahaan memindahkan dananya ke tahun depan."})
    assert (closed.json()["state"], closed.json()["balances"]) == ("closed", EMPTY)
    entries = rina.get(f"{address}/ledger?sort=at").json()["items"]
    assert [(one["from_account"], one["to_account"], one["amount"]) for one in entries] == [
        ("outside", "available", 900_000_000),
        ("available", "outside", 900_000_000),
    ]
    assert rina.get(f"{address}/ledger?line=stipend").json()["items"] == []


def test_others_do_not_see_a_companys_fund(
    stranger: TestClient, agustina: TestClient, rina: TestClient, agro_fund: Document
) -> None:
    address = f"/api/v1/funds/{agro_fund['id']}"
    for visitor in (stranger, agustina):
        assert visitor.get("/api/v1/funds").json()["items"] == []
        assert visitor.get(address).status_code == 404
        assert visitor.get(f"{address}/ledger").status_code == 404
        edit = visitor.patch(address, json={"name": "Dana kami"}, headers={"If-Match": '"v1"'})
        assert edit.status_code == 404
    assert [fund["code"] for fund in rina.get("/api/v1/funds").json()["items"]] == ["agro-sd"]


def test_nobody_pledges_the_money_of_others(
    dewi: TestClient, agustina: TestClient, payers: dict[str, str], ntt_fund: Document
) -> None:
    body = {"code": "x", "name": "x", "amount": 1, "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    for visitor, whose in ((dewi, "tambang"), (dewi, "pemprov-ntt"), (agustina, "agro"), (agustina, "kemendik")):
        assert visitor.post("/api/v1/funds", json={**body, "organisation_id": payers[whose]}).status_code == 403
    assert ntt_fund["organisation"]["code"] == "pemprov-ntt"


def test_every_error_of_a_bad_pledge_comes_at_once(rina: TestClient) -> None:
    bad = {"code": "a b", "name": "", "amount": 1.5, "starts_on": "2027-01-01", "ends_on": "soon", "extra": 1}
    answer = rina.post("/api/v1/funds", json=bad)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/code", "/name", "/amount", "/ends_on", "/extra",
    }  # fmt: skip
    inverted = {"code": "a", "name": "a", "amount": 1, "starts_on": "2027-01-01", "ends_on": "2026-01-01"}
    answer = rina.post("/api/v1/funds", json=inverted)
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/ends_on", "inverted_period"),
        ("/organisation_id", "missing"),
    }


def test_the_same_key_twice_pledges_once(dewi: TestClient) -> None:
    body = {"code": "agro-sma", "name": "Dana SMA", "amount": 5, "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    key = {"Idempotency-Key": "agro-2027-1"}
    first = dewi.post("/api/v1/funds", json=body, headers=key)
    again = dewi.post("/api/v1/funds", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert len(dewi.get("/api/v1/funds").json()["items"]) == 1
    other = dewi.post("/api/v1/funds", json={**body, "amount": 6}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "identity.key_reused")
    taken = dewi.post("/api/v1/funds", json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "funding.code_taken")


def test_a_pledge_changes_in_the_version_one_has_read_and_its_amount_only_until_confirmed(
    dewi: TestClient, rina: TestClient, agro_fund: Document
) -> None:
    address = f"/api/v1/funds/{agro_fund['id']}"
    assert dewi.patch(address, json={"amount": 1_000_000_000}).status_code == 428
    raised = dewi.patch(address, json={"amount": 1_000_000_000}, headers={"If-Match": '"v1"'})
    assert (raised.status_code, raised.json()["amount"]) == (200, 1_000_000_000)
    assert rina.patch(address, json={"name": "Dana"}, headers={"If-Match": '"v1"'}).status_code == 412
    rina.post(f"{address}/confirm")
    held = dewi.patch(address, json={"amount": 1}, headers={"If-Match": '"v3"'})
    assert (held.status_code, held.json()["code"]) == (409, "funding.fund_held")
    named = dewi.patch(address, json={"name": "Guru SD NTT"}, headers={"If-Match": '"v3"'})
    assert (named.status_code, named.json()["name"]) == (200, "Guru SD NTT")


def test_funds_are_filtered_and_sorted(rina: TestClient, payers: dict[str, str]) -> None:
    for code, amount, owner in (("a", 30, "agro"), ("b", 10, "tambang"), ("c", 20, "agro")):
        pledge(rina, code, amount, organisation_id=payers[owner])
    first = rina.get("/api/v1/funds").json()["items"][0]
    rina.post(f"/api/v1/funds/{first['id']}/confirm")

    def codes(query: str) -> str:
        return "".join(fund["code"] for fund in rina.get(f"/api/v1/funds?{query}").json()["items"])

    assert codes("") == "abc"
    assert codes("sort=-amount") == "acb"
    assert codes("state=pledged") == "bc"
    assert codes(f"organisation={payers['agro']}") == "ac"
    assert codes("name=DANA B") == "b"
