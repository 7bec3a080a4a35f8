"""Pustaka Pulau and Sehat Bersama say what they do, and see where they meet."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import Database
from app.geography.models import Region
from app.schools.models import School

LogIn = Callable[..., TestClient]


@pytest.fixture
def places(database: Database, papua: str) -> dict[str, str]:
    """Two regencies of the province 94 and one of 53; the id of a school in 94.01."""
    with database.transaction() as session:
        session.add(_region("53", None))
        session.flush()
        for code in ("94.01", "94.02", "53.01"):
            session.add(_region(code, code[:2]))
        session.flush()
        school = School(
            npsn="60300001",
            name="SD Inpres Nabire",
            level="SD",
            status="negeri",
            region_code="94.01",
            lat=-3.4,
            lon=135.5,
            tags=[],
            created_at=clock.now(),
        )
        session.add(school)
        session.flush()
        return {"school": school.id}


def _region(code: str, parent: str | None) -> Region:
    return Region(
        code=code,
        parent_code=parent,
        level="province" if parent is None else "regency",
        kind="provinsi" if parent is None else "kabupaten",
        name=f"Wilayah {code}",
        timezone="WIT",
        lat=-3.4,
        lon=135.5,
        population=1,
        monthly_wage=1,
        distance_km=1,
        languages=[],
    )


@pytest.fixture
def pustaka(as_role: LogIn, places: dict[str, str]) -> TestClient:
    """Somebody of Pustaka Pulau, which brings books."""
    return as_role("partner")


@pytest.fixture
def sehat(as_role: LogIn, places: dict[str, str]) -> TestClient:
    """Somebody of Sehat Bersama, another organisation."""
    return as_role("partner")


def activity(**fields: Any) -> dict[str, Any]:
    return {
        "sector": "education",
        "what_id": "perpustakaan kapal",
        "what_en": "library by boat",
        "region": "94.01",
        "first_month": "2027-07",
        "last_month": "2027-12",
    } | fields


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json()["items"]]


def test_what_is_recorded_is_what_is_shown(pustaka: TestClient, places: dict[str, str]) -> None:
    made = pustaka.post("/api/v1/activities", json=activity(school_id=places["school"]))
    assert made.status_code == 201, made.text
    said = made.json()
    assert said["overlaps"] == []
    assert {name: said[name] for name in activity()} == activity()
    assert said["school_id"] == places["school"]
    shown = pustaka.get(made.headers["location"])
    assert (shown.json(), shown.headers["etag"]) == (said, '"v1"')


# What the other organisation says differently, and whether the two meet.
MEETINGS: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"region": "94"}, True),
    ({"region": "94.02"}, False),
    ({"region": "53.01"}, False),
    ({"first_month": "2027-12", "last_month": "2028-03"}, True),
    ({"first_month": "2027-01", "last_month": "2027-07"}, True),
    ({"first_month": "2028-01", "last_month": "2028-03"}, False),
    ({"first_month": "2027-01", "last_month": "2027-06"}, False),
    ({"sector": "health"}, False),
]


def test_two_organisations_meet_in_the_same_place_sector_and_month(pustaka: TestClient, sehat: TestClient) -> None:
    ours = pustaka.post("/api/v1/activities", json=activity())
    for theirs, meets in MEETINGS:
        made = sehat.post("/api/v1/activities", json=activity(**theirs))
        assert [one["id"] for one in made.json()["overlaps"]] == ([ours.json()["id"]] if meets else []), theirs
        # The one who was there first sees it just the same, from above and from below.
        seen = pustaka.get(ours.headers["location"]).json()["overlaps"]
        assert [one["id"] for one in seen] == ([made.json()["id"]] if meets else []), theirs
        assert sehat.delete(made.headers["location"]).status_code == 204


def test_what_one_does_twice_oneself_is_no_overlap(pustaka: TestClient) -> None:
    pustaka.post("/api/v1/activities", json=activity())
    assert pustaka.post("/api/v1/activities", json=activity()).json()["overlaps"] == []


def test_a_change_can_bring_an_overlap(pustaka: TestClient, sehat: TestClient) -> None:
    ours = pustaka.post("/api/v1/activities", json=activity())
    theirs = sehat.post("/api/v1/activities", json=activity(region="53.01"))
    here = theirs.headers["location"]
    moved = sehat.patch(here, json={"region": "94"}, headers={"if-match": '"v1"'})
    assert (moved.status_code, moved.headers["etag"]) == (200, '"v2"')
    assert [one["id"] for one in moved.json()["overlaps"]] == [ours.json()["id"]]
    assert sehat.patch(here, json={"region": "53"}, headers={"if-match": '"v1"'}).status_code == 412


def test_a_partner_cannot_touch_what_belongs_to_another(pustaka: TestClient, sehat: TestClient, as_role: LogIn) -> None:
    made = pustaka.post("/api/v1/activities", json=activity())
    lent = pustaka.post("/api/v1/resources", json=resource())
    here, there = made.headers["location"], lent.headers["location"]
    assert sehat.get(here).status_code == sehat.get(there).status_code == 200
    any_version = {"if-match": "*"}
    assert sehat.patch(here, json={"sector": "health"}, headers=any_version).status_code == 403
    assert sehat.delete(here).status_code == 403
    assert sehat.patch(there, json={"amount": 0}, headers=any_version).status_code == 403
    taken = resource(code="other", organisation_id=lent.json()["organisation"]["id"])
    assert sehat.post("/api/v1/resources", json=taken).status_code == 403
    for role in ("manager", "sponsor", "officer"):
        assert as_role(role).delete(here).status_code == 403
    assert pustaka.get(here).json() == made.json()
    assert pustaka.get(there).json() == lent.json()


def test_what_is_taken_back_is_gone_but_stays_on_record(pustaka: TestClient, database: Database) -> None:
    made = pustaka.post("/api/v1/activities", json=activity())
    assert pustaka.delete(made.headers["location"]).status_code == 204
    assert pustaka.get(made.headers["location"]).status_code == 404
    assert ids(pustaka.get("/api/v1/activities")) == []
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.object_id == made.json()["id"])).all()
    assert {entry.action for entry in entries} == {"activities.create", "activities.delete"}
    assert all((entry.before or entry.after)["what_en"] == "library by boat" for entry in entries)


def test_everything_that_is_wrong_is_told_at_once(pustaka: TestClient, places: dict[str, str]) -> None:
    def wrong(**fields: Any) -> set[tuple[str, str]]:
        answer = pustaka.post("/api/v1/activities", json=activity(**fields))
        assert answer.status_code == 422
        assert all(error["message"] and error["remedy"] for error in answer.json()["errors"])
        return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}

    assert wrong(region="00", first_month="2028-01") == {
        ("/region", "unknown_region"),
        ("/last_month", "inverted_period"),
    }
    assert wrong(school_id="nowhere") == {("/school_id", "unknown_school")}
    assert wrong(school_id=places["school"], region="94.02") == {("/school_id", "school_elsewhere")}
    assert wrong(sector="edu", first_month="2027-13") == {
        ("/sector", "literal_error"),
        ("/first_month", "string_pattern_mismatch"),
    }
    made = pustaka.post("/api/v1/activities", json=activity(school_id=places["school"]))
    moved = pustaka.patch(made.headers["location"], json={"region": "53"}, headers={"if-match": "*"})
    assert [error["pointer"] for error in moved.json()["errors"]] == ["/region"]
    assert pustaka.get(made.headers["location"]).json()["region"] == "94.01"


def test_activities_are_found_by_who_what_where_and_when(
    pustaka: TestClient, sehat: TestClient, places: dict[str, str]
) -> None:
    books = pustaka.post("/api/v1/activities", json=activity(school_id=places["school"])).json()
    clinic = sehat.post(
        "/api/v1/activities",
        json=activity(sector="health", region="53", first_month="2028-01", last_month="2028-02"),
    ).json()

    def found(**wanted: Any) -> list[str]:
        return ids(sehat.get("/api/v1/activities", params=wanted))

    assert found() == [books["id"], clinic["id"]]
    assert found(sort="-first_month") == [clinic["id"], books["id"]]
    assert found(organisation=clinic["organisation"]["id"]) == [clinic["id"]]
    assert found(sector=["health", "water"]) == [clinic["id"]]
    assert found(region="94") == [books["id"]]
    assert found(school=places["school"]) == [books["id"]]
    assert found(since="2027-12") == [books["id"], clinic["id"]]
    assert found(since="2028-01") == [clinic["id"]]
    assert found(until="2027-12") == [books["id"]]
    first = sehat.get("/api/v1/activities", params={"limit": 1}).json()
    assert found(limit=1, cursor=first["next"]) == [clinic["id"]]


def resource(**fields: Any) -> dict[str, Any]:
    return {"code": "laptops", "name_id": "laptop", "name_en": "laptops", "amount": 40} | fields


def test_goods_are_offered_and_counted(pustaka: TestClient, sehat: TestClient) -> None:
    made = pustaka.post("/api/v1/resources", json=resource())
    assert (made.status_code, made.json()["amount"]) == (201, 40)
    here = made.headers["location"]
    fewer = pustaka.patch(here, json={"amount": 36}, headers={"if-match": '"v1"'})
    assert (fewer.json()["amount"], fewer.headers["etag"]) == (36, '"v2"')
    assert pustaka.patch(here, json={"amount": -1}, headers={"if-match": '"v2"'}).status_code == 422
    assert pustaka.patch(here, json={"amount": 1}, headers={"if-match": '"v1"'}).status_code == 412
    assert pustaka.patch(here, json={"amount": 1}).status_code == 428
    taken = sehat.post("/api/v1/resources", json=resource())
    assert (taken.status_code, taken.json()["code"]) == (409, "partners.resource_code_taken")
    assert sehat.get("/api/v1/resources").json()["items"] == [fewer.json()]
    assert ids(sehat.get("/api/v1/resources", params={"organisation": "nobody"})) == []


def test_a_manager_records_what_an_organisation_lends(pustaka: TestClient, as_role: LogIn) -> None:
    owner = pustaka.post("/api/v1/resources", json=resource()).json()["organisation"]
    rina = as_role("manager")
    made = rina.post("/api/v1/resources", json=resource(code="radios", organisation_id=owner["id"]))
    assert (made.status_code, made.json()["organisation"]) == (201, owner)
    assert rina.patch(made.headers["location"], json={"amount": 3}, headers={"if-match": "*"}).status_code == 200
    nameless = rina.post("/api/v1/resources", json=resource(code="boats"))
    assert [error["pointer"] for error in nameless.json()["errors"]] == ["/organisation_id"]


def test_the_same_request_twice_is_one_activity(pustaka: TestClient) -> None:
    once = {"idempotency-key": "books"}
    first, second = (pustaka.post("/api/v1/activities", json=activity(), headers=once) for _ in range(2))
    assert first.json() == second.json()
    assert len(ids(pustaka.get("/api/v1/activities"))) == 1


def test_those_who_have_no_use_for_it_are_kept_out(as_role: LogIn) -> None:
    for role in ("applicant", "reviewer", "host", "admin"):
        visitor = as_role(role)
        assert visitor.get("/api/v1/activities").status_code == 403
        assert visitor.get("/api/v1/resources").status_code == 403


def test_months_are_kept_as_their_first_days(pustaka: TestClient, database: Database) -> None:
    made = pustaka.post("/api/v1/activities", json=activity()).json()
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.object_id == made["id"])).one()
    assert entry.after is not None
    assert dt.date.fromisoformat(entry.after["first_month"]) == dt.date(2027, 7, 1)
