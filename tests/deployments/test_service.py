"""A year of service: preparation, arrival, months, the end; and what each does to the money, to the rupiah."""

from __future__ import annotations

from itertools import pairwise

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.applicants.models import Applicant
from app.core.database import Database
from app.deployments.vocabulary import CHECKLIST
from app.funding import ledger
from app.schools.models import Need
from tests.deployments.conftest import EACH, LogIn, Travel, money_of, only_deployment
from tests.world import FARE, STIPEND, TRAINING, World

ALL = 500_000_000
RESERVED = 2 * EACH  # Budi's and Citra's offers


def person(database: Database, name: str) -> str:
    with database.reading() as session:
        return session.scalars(select(Applicant.state).where(Applicant.code == name)).one()


def test_what_is_prepared_is_ticked_off(rina: TestClient, ayu: TestClient, here: str) -> None:
    before = ayu.get(f"{here}/checklist").json()
    assert before["open"] == len(CHECKLIST)
    ticked = rina.post(f"{here}/checklist", json={"item": "training"}).json()
    assert ticked["open"] == len(CHECKLIST) - 1
    assert [one["item"] for one in ticked["items"] if one["done_at"]] == ["training"]
    assert rina.post(f"{here}/checklist", json={"item": "training"}).json()["open"] == len(CHECKLIST) - 1
    assert rina.post(f"{here}/checklist", json={"item": "training", "done": False}).json()["open"] == len(CHECKLIST)
    assert ayu.post(f"{here}/checklist", json={"item": "training"}).status_code == 403


def test_the_arrival_spends_what_is_paid_in_one_sum(
    rina: TestClient, here: str, travel: Travel, world: World, database: Database
) -> None:
    travel("2027-07-03")
    started = rina.post(f"{here}/start", json={})
    assert (started.json()["state"], started.json()["arrived_on"]) == ("in_service", "2027-07-03")
    assert money_of(database, world) == {
        "available": ALL - RESERVED - EACH,
        "reserved": RESERVED,
        "committed": STIPEND,
        "spent": TRAINING + FARE,
    }
    again = rina.post(f"{here}/start", json={})
    assert (again.status_code, again.json()["possible"]) == (409, ["prepare", "confirm", "complete", "end_early"])


def test_an_arrival_is_neither_tomorrow_nor_a_year_too_early(rina: TestClient, here: str, travel: Travel) -> None:
    travel("2027-07-03")
    for day in ("2027-07-04", "2026-07-01"):
        answer = rina.post(f"{here}/start", json={"arrived_on": day})
        assert (answer.status_code, answer.json()["code"]) == (409, "deployments.day_outside")


def test_twelve_months_pay_the_stipend_to_the_last_rupiah(
    rina: TestClient, here: str, travel: Travel, world: World, database: Database
) -> None:
    travel("2027-07-01")
    rina.post(f"{here}/start", json={})
    travel("2028-06-30")
    spent = [money_of(database, world)["spent"]]
    for month in [f"2027-{number:02}" for number in range(7, 13)] + [f"2028-{number:02}" for number in range(1, 7)]:
        assert rina.post(f"{here}/attendance", json={"month": month}).status_code == 200
        spent.append(money_of(database, world)["spent"])
    parts = [after - before for before, after in pairwise(spent)]
    assert len(parts) == 12
    assert set(parts) == {STIPEND // 12, STIPEND // 12 + 1}
    assert sum(parts) == STIPEND
    # A month that is confirmed twice is paid once.
    assert rina.post(f"{here}/attendance", json={"month": "2027-09"}).status_code == 200
    assert money_of(database, world)["spent"] == EACH
    assert rina.post(f"{here}/complete", json={}).json()["state"] == "completed"
    assert money_of(database, world)["spent"] == EACH
    assert person(database, "ayu") == "alumnus"


def test_a_completed_service_spends_the_rest_also_where_nobody_confirmed(
    rina: TestClient, here: str, travel: Travel, world: World, database: Database
) -> None:
    travel("2027-07-01")
    rina.post(f"{here}/start", json={})
    travel("2028-06-30")
    rina.post(f"{here}/complete", json={})
    balances = money_of(database, world)
    assert (balances["committed"], balances["spent"]) == (0, EACH)


def test_a_month_that_has_not_begun_cannot_be_confirmed(rina: TestClient, here: str, travel: Travel) -> None:
    travel("2027-07-03")
    assert rina.post(f"{here}/attendance", json={"month": "2027-07"}).status_code == 409
    rina.post(f"{here}/start", json={})
    answer = rina.post(f"{here}/attendance", json={"month": "2027-08"})
    assert (answer.status_code, answer.json()["code"]) == (409, "deployments.no_such_month")
    assert "2027-07" in answer.json()["detail"]


def test_who_goes_home_in_november_is_paid_to_november_and_the_rest_is_free(
    rina: TestClient, here: str, travel: Travel, world: World, database: Database
) -> None:
    travel("2027-07-01")
    rina.post(f"{here}/start", json={})
    travel("2027-11-20")
    rina.post(f"{here}/attendance", json={"month": "2027-08"})
    ended = rina.post(f"{here}/end", json={"reason": "Sakit"})
    assert (ended.json()["state"], ended.json()["ended_on"]) == ("ended_early", "2027-11-20")
    due = TRAINING + FARE + STIPEND * 5 // 12
    assert money_of(database, world) == {
        "available": ALL - RESERVED - due,
        "reserved": RESERVED,
        "committed": 0,
        "spent": due,
    }
    assert person(database, "ayu") == "alumnus"
    assert rina.post(f"{here}/end", json={"reason": "Sakit"}).json()["possible"] == []


def test_a_drop_out_before_the_first_day_costs_nothing_and_frees_the_seat(
    rina: TestClient, here: str, log_in: LogIn, world: World, database: Database
) -> None:
    with database.transaction() as session:
        need = session.get_one(Need, world.needs["moa"])
        need.headcount, need.state = 1, "filled"
    assert rina.post(f"{here}/end", json={"reason": "Sudah bekerja"}).json()["state"] == "ended_early"
    balances = money_of(database, world)
    assert (balances["committed"], balances["spent"], balances["reserved"]) == (0, 0, RESERVED)
    assert person(database, "ayu") == "withdrawn"
    with database.reading() as session:
        assert session.get_one(Need, world.needs["moa"]).state == "open"
        assert {one.account for one in ledger.standing(session, only_deployment(session).placement_id)} == set()


def test_an_early_end_has_a_reason(rina: TestClient, here: str) -> None:
    assert rina.post(f"{here}/end", json={}).status_code == 422
