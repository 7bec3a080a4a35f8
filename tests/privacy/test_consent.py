"""Nothing is sent without consent, to a version; and taking it back ends what is not yet a contract."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.applicants.consents import CURRENT, VERSIONS
from app.applicants.models import Applicant
from app.core import clock
from app.core.database import Database
from app.funding import ledger
from tests.applicants.conftest import JANUARY, agree
from tests.offers.conftest import offer_of
from tests.world import World


@pytest.fixture
def in_january() -> Iterator[None]:
    with clock.frozen_at(JANUARY):
        yield


def test_an_application_is_sent_only_with_consent(in_january: None, yuliana: TestClient, draft: dict[str, Any]) -> None:
    address = f"/api/v1/applicants/{draft['id']}/submit"
    refused = yuliana.post(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "applicants.consent_missing")
    assert (refused.json()["purpose"], refused.json()["version"]) == ("application", CURRENT)
    old = yuliana.post("/api/v1/privacy/consents", json={"version": "2020-1"})
    assert (old.status_code, old.json()["errors"][0]["code"]) == (422, "old_version")
    yuliana.headers["Accept-Language"] = "id"
    given = agree(yuliana)
    words = VERSIONS[CURRENT].indonesian
    assert (given["language"], given["digest"]) == ("id", hashlib.sha256(words.encode()).hexdigest())
    assert agree(yuliana)["id"] == given["id"], "once is enough"
    assert yuliana.post(address).status_code == 200


def test_taking_consent_back_ends_the_application(
    in_january: None, yuliana: TestClient, rina: TestClient, draft: dict[str, Any]
) -> None:
    given = agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{draft['id']}/submit").status_code == 200
    back = yuliana.post(f"/api/v1/privacy/consents/{given['id']}/withdraw")
    assert back.json()["withdrawn_at"] is not None
    assert yuliana.get(f"/api/v1/applicants/{draft['id']}").json()["state"] == "withdrawn"
    again = yuliana.post(f"/api/v1/privacy/consents/{given['id']}/withdraw")
    assert again.json()["withdrawn_at"] == back.json()["withdrawn_at"]
    assert [one["id"] for one in yuliana.get("/api/v1/privacy/consents").json()["items"]] == [given["id"]]
    assert rina.get("/api/v1/privacy/consents").status_code == 403


def test_nobody_sees_or_takes_back_the_consent_of_another(
    in_january: None, yuliana: TestClient, as_role: Callable[..., TestClient], draft: dict[str, Any]
) -> None:
    given = agree(yuliana)
    markus = as_role("applicant", name="Markus Boimau")
    assert markus.get(f"/api/v1/privacy/consents/{given['id']}").status_code == 404
    assert markus.post(f"/api/v1/privacy/consents/{given['id']}/withdraw").status_code == 404
    assert as_role("auditor").get(f"/api/v1/privacy/consents/{given['id']}").status_code == 200


def test_an_open_offer_is_declined_and_its_money_is_free(
    published: str, log_in: Callable[..., TestClient], world: World, database: Database
) -> None:
    ayu = log_in("applicant", "ayu")
    given = agree(ayu)
    with database.reading() as session:
        before = ledger.balances_of(session, [world.company_fund])[world.company_fund]["reserved"]
    assert ayu.post(f"/api/v1/privacy/consents/{given['id']}/withdraw").status_code == 200
    with database.reading() as session:
        assert offer_of(session, "ayu").state == "declined"
        assert session.scalars(select(Applicant.state).where(Applicant.code == "ayu")).one() == "withdrawn"
        assert ledger.balances_of(session, [world.company_fund])[world.company_fund]["reserved"] < before


def test_for_who_has_accepted_a_place_the_contract_goes_on(
    published: str, log_in: Callable[..., TestClient], database: Database
) -> None:
    ayu = log_in("applicant", "ayu")
    given = agree(ayu)
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    assert ayu.post(f"/api/v1/privacy/consents/{given['id']}/withdraw").json()["withdrawn_at"]
    with database.reading() as session:
        assert session.scalars(select(Applicant.state).where(Applicant.code == "ayu")).one() == "volunteer"
