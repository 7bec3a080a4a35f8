"""Who sees people in service: each the own part, and incidents nobody but the two whom they concern."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from tests.deployments.conftest import LogIn, Travel, only_deployment
from tests.offers.conftest import offer_of

INCIDENT = {"happened_on": "2027-07-10", "severity": "serious", "text": "Rumah guru kemalingan."}


def test_each_role_sees_its_part(ayu: TestClient, rina: TestClient, here: str, log_in: LogIn) -> None:
    papua, sumba = log_in("officer", "peter", "93"), log_in("officer", "oni", "53")
    sponsor, budi, auditor = log_in("sponsor", "agro"), log_in("applicant", "budi"), log_in("auditor", "bpk")
    for visitor in (rina, auditor, papua, ayu):
        shown = visitor.get(here).json()
        assert (shown["name"], shown["school"], shown["starts_on"]) == ("Ayu Contoh", "SD Moa", "2027-07-01")
    paid = sponsor.get(here).json()
    assert (paid["name"], paid["applicant"], paid["school"]) == (None, None, "SD Moa")
    assert paid["late"] is None
    for stranger in (sumba, budi):
        assert stranger.get(here).status_code == 404
        assert stranger.get("/api/v1/deployments").json()["items"] == []
    assert log_in("reviewer", "ratna").get(here).status_code == 403


def test_an_officer_asks_who_arrives_when(here: str, log_in: LogIn) -> None:
    papua = log_in("officer", "peter", "93")
    address = "/api/v1/deployments?state=preparing&region=93.04"
    assert len(papua.get(f"{address}&starts_from=2027-07-01&starts_until=2027-07-31").json()["items"]) == 1
    assert papua.get(f"{address}&starts_from=2027-08-01").json()["items"] == []
    assert papua.get("/api/v1/deployments?need=agats").json()["items"] == []


def test_incidents_are_for_the_manager_and_the_volunteer_only(
    ayu: TestClient, rina: TestClient, here: str, log_in: LogIn, travel: Travel, database: Database
) -> None:
    travel("2027-07-12")
    told = ayu.post(f"{here}/incidents", json=INCIDENT)
    assert told.status_code == 201
    incident = told.headers["location"]
    assert rina.get(incident).json()["text"] == INCIDENT["text"]
    assert len(ayu.get(f"{here}/incidents").json()["items"]) == 1
    others = [log_in("auditor", "bpk"), log_in("officer", "peter", "93"), log_in("sponsor", "agro")]
    for other in others:
        assert other.get(incident).status_code == other.get(f"{here}/incidents").status_code == 403
    assert log_in("applicant", "budi").get(incident).status_code == 404

    closed = rina.post(f"{incident}/resolve", json={"resolution": "Pindah ke rumah kepala sekolah."})
    assert closed.json()["closed_at"] is not None
    assert rina.post(f"{incident}/resolve", json={"resolution": "Lagi"}).json()["code"] == "deployments.incident_closed"
    assert ayu.post(f"{incident}/resolve", json={"resolution": "Lagi"}).status_code == 403
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "incident")).all()
        assert [one.action for one in entries] == ["incidents.report", "incidents.close"]
        kept = json.dumps([[one.before, one.after, one.reason] for one in entries])
        assert "kemalingan" not in kept
        assert "kepala sekolah" not in kept


def test_an_incident_is_told_once_under_one_key_and_not_before_it_happens(
    ayu: TestClient, here: str, travel: Travel
) -> None:
    travel("2027-07-12")
    keys = [
        ayu.post(f"{here}/incidents", json=INCIDENT, headers={"Idempotency-Key": "malam-itu"}).json()["id"]
        for _ in range(2)
    ]
    assert keys[0] == keys[1]
    early = ayu.post(f"{here}/incidents", json={**INCIDENT, "happened_on": "2027-07-13"})
    assert (early.status_code, early.json()["code"]) == (409, "deployments.day_outside")


def test_a_handover_goes_to_a_named_successor_at_the_same_school(
    ayu: TestClient, rina: TestClient, here: str, log_in: LogIn, travel: Travel, database: Database
) -> None:
    words = {"text": "Kunci perpustakaan ada pada Ibu Maria."}
    assert ayu.post(f"{here}/handover", json=words).json()["code"] == "deployments.not_served"
    for name in ("budi", "citra"):
        visitor = log_in("applicant", name)
        with database.reading() as session:
            offer = offer_of(session, name).id
        visitor.post(f"/api/v1/offers/{offer}/accept")
        if name == "citra":
            citra = visitor
    theirs = {one["name"]: one["id"] for one in rina.get("/api/v1/deployments").json()["items"]}
    travel("2027-07-12")
    rina.post(f"{here}/start", json={})
    elsewhere = ayu.post(f"{here}/handover", json={**words, "successor_id": theirs["Budi Contoh"]})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "deployments.not_successor")
    written = ayu.post(f"{here}/handover", json={**words, "successor_id": theirs["Citra Contoh"]})
    assert written.json()["successor_id"] == theirs["Citra Contoh"]
    received = citra.get(f"/api/v1/deployments/{theirs['Citra Contoh']}/handover").json()["received"]
    assert [one["text"] for one in received] == [words["text"]]


def test_a_deployment_knows_its_placement(here: str, database: Database) -> None:
    with database.reading() as session:
        assert only_deployment(session).placement_id == offer_of(session, "ayu").placement_id
