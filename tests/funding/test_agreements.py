"""An agreement: drafted, signed by each party for itself, in force, ended."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from app.funding.models import Agreement
from tests.funding.conftest import pledge

Document = dict[str, Any]


def sign(who: TestClient, agreement: Document, version: int, **body: str) -> httpx.Response:
    answer: httpx.Response = who.post(
        f"/api/v1/agreements/{agreement['id']}/sign", json=body, headers={"If-Match": f'"v{version}"'}
    )
    return answer


def signers(agreement: Document) -> list[str]:
    return [party["organisation"]["code"] for party in agreement["parties"] if party["signed_at"]]


def test_an_agreement_is_in_force_once_every_party_has_signed(
    database: Database, dewi: TestClient, agustina: TestClient, rina: TestClient, draft: Document
) -> None:
    assert [party["organisation"]["code"] for party in draft["parties"]] == ["agro", "pemprov-ntt"]
    assert draft["state"] == "draft"
    first = sign(dewi, draft, 1)
    assert first.status_code == 200, first.text
    assert (first.json()["state"], signers(first.json())) == ("draft", ["agro"])
    last = sign(agustina, draft, 2)
    assert last.status_code == 200, last.text
    assert (last.json()["state"], signers(last.json())) == ("signed", ["agro", "pemprov-ntt"])
    usable = rina.get("/api/v1/agreements?state=signed&region=53.02").json()["items"]
    assert [one["code"] for one in usable] == ["ntt-agro"], "NTT's agreement can be used in each of its regencies"
    assert rina.get("/api/v1/agreements?state=signed&region=94").json()["items"] == []
    with database.reading() as session:
        assert session.get_one(Agreement, draft["id"]).state == "signed", "what a round looks for"


def test_only_a_party_signs_and_only_for_itself(
    stranger: TestClient, dewi: TestClient, rina: TestClient, payers: dict[str, str], draft: Document
) -> None:
    assert sign(stranger, draft, 1).status_code == 404, "a stranger does not even see it"
    for_ntt = sign(dewi, draft, 1, organisation_id=payers["pemprov-ntt"])
    assert for_ntt.status_code == 403
    outsider = sign(dewi, draft, 1, organisation_id=payers["tambang"])
    assert [(error["pointer"], error["code"]) for error in outsider.json()["errors"]] == [
        ("/organisation_id", "not_a_party")
    ]
    manager = sign(rina, draft, 1, organisation_id=payers["agro"], reason="Surat 421/0117/2027")
    assert manager.status_code == 403, "a manager does not sign for a company"
    assert signers(rina.get(f"/api/v1/agreements/{draft['id']}").json()) == []


def test_a_manager_records_what_the_national_government_signed_and_says_by_which_letter(
    rina: TestClient, payers: dict[str, str]
) -> None:
    fund = pledge(rina, "kemendik-2027", organisation_id=payers["kemendik"])
    body = {
        "code": "apbn",
        "title_id": "Pusat membayar semuanya",
        "title_en": "The ministry pays everything",
        "lines": [{"line": "*", "fund_id": fund["id"]}],
    }
    agreement = rina.post("/api/v1/agreements", json=body).json()
    without = sign(rina, agreement, 1)
    assert [error["pointer"] for error in without.json()["errors"]] == ["/reason"]
    signed = sign(rina, agreement, 1, reason="Surat 421/0117/2027")
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")


def test_nobody_signs_twice_or_what_they_have_not_read(dewi: TestClient, rina: TestClient, draft: Document) -> None:
    address = f"/api/v1/agreements/{draft['id']}"
    assert dewi.post(f"{address}/sign", json={}).status_code == 428
    changed = rina.patch(address, json={"max_placements": 3}, headers={"If-Match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert sign(dewi, draft, 1).status_code == 412, "the text is another one than Dewi has read"
    assert sign(dewi, draft, 2).status_code == 200
    again = sign(dewi, draft, 3)
    assert (again.status_code, again.json()["code"]) == (409, "funding.already_signed")


def test_what_somebody_has_signed_stays_as_it_is(dewi: TestClient, rina: TestClient, draft: Document) -> None:
    sign(dewi, draft, 1)
    late = rina.patch(f"/api/v1/agreements/{draft['id']}", json={"max_placements": 3}, headers={"If-Match": '"v2"'})
    assert (late.status_code, late.json()["code"]) == (409, "funding.agreement_signed")
    assert "Organisasi agro" in late.json()["detail"]


def test_an_ended_agreement_is_signed_by_nobody(dewi: TestClient, rina: TestClient, draft: Document) -> None:
    assert dewi.post(f"/api/v1/agreements/{draft['id']}/end", json={"reason": "Berubah."}).status_code == 403
    ended = rina.post(f"/api/v1/agreements/{draft['id']}/end", json={"reason": "NTT menarik diri."})
    assert ended.json()["state"] == "ended"
    assert sign(dewi, draft, 2).status_code == 409


def test_a_fund_that_a_signed_agreement_counts_on_is_not_closed(
    dewi: TestClient, agustina: TestClient, rina: TestClient, draft: Document, agro_fund: Document
) -> None:
    sign(dewi, draft, 1)
    sign(agustina, draft, 2)
    address = f"/api/v1/funds/{agro_fund['id']}/close"
    refused = rina.post(address, json={"reason": "Tidak dipakai lagi."})
    assert (refused.status_code, refused.json()["code"]) == (409, "funding.fund_in_use")
    assert [error["code"] for error in refused.json()["errors"]] == ["agreement_signed"]
    rina.post(f"/api/v1/agreements/{draft['id']}/end", json={"reason": "Masa berlaku habis."})
    assert rina.post(address, json={"reason": "Tidak dipakai lagi."}).json()["state"] == "closed"


def test_a_line_cannot_count_on_a_closed_fund(rina: TestClient, draft: Document, ntt_fund: Document) -> None:
    rina.post(f"/api/v1/funds/{ntt_fund['id']}/close", json={"reason": "APBD dipotong."})
    body = {**{name: draft[name] for name in ("title_id", "title_en", "regions")}, "code": "second"}
    lines = [{"line": "*", "fund_id": ntt_fund["id"]}]
    refused = rina.post("/api/v1/agreements", json={**body, "lines": lines}, headers={"Accept-Language": "id"})
    assert (refused.status_code, refused.json()["code"]) == (409, "funding.fund_unusable")
    assert refused.json()["errors"][0]["message"] == "Dana ntt-apbd berstatus ditutup."


def test_every_error_of_a_bad_draft_comes_at_once(rina: TestClient, agro_fund: Document) -> None:
    bad = {
        "code": "bad",
        "title_id": "x",
        "title_en": "x",
        "lines": [
            {"line": "stipend", "fund_id": agro_fund["id"]},
            {"line": "stipend", "fund_id": agro_fund["id"]},
            {"line": "*", "fund_id": "no-such-fund"},
        ],
        "regions": ["53", "99"],
        "tags": ["remote", "remote"],
        "min_placements": 5,
        "max_placements": 4,
    }
    answer = rina.post("/api/v1/agreements", json=bad)
    assert answer.status_code == 422
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/lines/1/line", "duplicate"),
        ("/lines/2/fund_id", "unknown_fund"),
        ("/regions/1", "unknown_region"),
        ("/tags/1", "duplicate"),
        ("/max_placements", "inverted_bounds"),
    }


def test_the_same_key_twice_drafts_once(rina: TestClient, agro_fund: Document) -> None:
    body = {
        "code": "agro-all",
        "title_id": "Agro Lestari membayar semuanya",
        "title_en": "Agro Lestari pays everything",
        "lines": [{"line": "*", "fund_id": agro_fund["id"]}],
    }
    answers = [rina.post("/api/v1/agreements", json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(rina.get("/api/v1/agreements").json()["items"]) == 1


@pytest.mark.parametrize("role", ["reviewer", "applicant", "partner", "host", "admin"])
def test_those_who_do_not_pay_see_no_agreements(as_role: Any, draft: Document, role: str) -> None:
    visitor = as_role(role)
    assert visitor.get("/api/v1/agreements").status_code == 403
    assert visitor.get(f"/api/v1/agreements/{draft['id']}").status_code == 403


def test_sponsors_and_officers_see_the_agreements_that_concern_them(
    as_role: Any, dewi: TestClient, stranger: TestClient, draft: Document
) -> None:
    def seen(visitor: TestClient) -> list[str]:
        return [one["code"] for one in visitor.get("/api/v1/agreements").json()["items"]]

    assert seen(dewi) == ["ntt-agro"]
    assert seen(stranger) == []
    assert seen(as_role("officer", region="53.02")) == ["ntt-agro"], "it can be used in Timor Tengah Selatan"
    assert seen(as_role("officer", region="94")) == []
