"""A round from draft to offers, as the people of a programme live it."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.applicants.models import Applicant
from app.core import clock
from app.core.database import Database
from app.funding import ledger
from app.offers.models import Offer
from app.policies.models import Policy
from app.rounds.models import Snapshot
from optimizer import verify
from tests.world import FARE, STIPEND, TRAINING, World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]


def created(manager: TestClient, world: World, **more: Any) -> str:
    answer = manager.post("/api/v1/rounds", json={"cohort_id": world.cohort, "name": "Putaran 1", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def proposed(manager: TestClient, work: Work, world: World, **more: Any) -> str:
    round_id = created(manager, world, **more)
    assert manager.post(f"/api/v1/rounds/{round_id}/freeze").status_code == 200
    assert manager.post(f"/api/v1/rounds/{round_id}/solve").status_code == 202
    work()
    assert manager.get(f"/api/v1/rounds/{round_id}").json()["state"] == "proposed"
    return round_id


def test_a_round_from_draft_to_offers(log_in: LogIn, real_worker: Work, world: World, database: Database) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    round_id = proposed(rina, real_worker, world)
    here = f"/api/v1/rounds/{round_id}"

    result = rina.get(f"{here}/result").json()
    assert (result["status"], result["verified"], result["filled"], result["seats"]) == ("optimal", True, 3, 4)
    assert all(tier["proven"] and tier["gap"] == 0 for tier in result["tiers"])
    assert {row["code"]: (row["asked"], row["filled"]) for row in result["regions"]} == {
        "53.11": (1, 1),
        "93.04": (3, 2),
    }
    assert [row["applicant"] for row in result["unplaced"]] == ["dedi"]
    assert [row["need"] for row in result["unfilled"]] == ["agats"]

    itself = rina.post(f"{here}/approve", json={})
    assert itself.status_code == 403
    assert bayu.post(f"{here}/approve", json={}).json()["state"] == "approved"
    assert rina.post(f"{here}/publish").json()["state"] == "published"
    with database.reading() as session:
        assert ledger.reconcile(session) == []
        balances = ledger.balances_of(session, [world.company_fund, world.government_fund])
        states = dict(session.execute(select(Applicant.code, Applicant.state)).all())
        offers = len(session.scalars(select(Offer.id)).all())
    assert offers == 3
    assert sum(one["reserved"] for one in balances.values()) == 3 * (STIPEND + TRAINING + FARE)
    assert states == {"ayu": "offered", "budi": "offered", "citra": "offered", "dedi": "in_pool"}


def test_what_was_solved_can_be_checked_by_anybody(log_in: LogIn, work: Work, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = proposed(rina, work, world)
    snapshot = rina.get(f"/api/v1/rounds/{round_id}/snapshot")
    solution = rina.get(f"/api/v1/rounds/{round_id}/solution")
    shown = rina.get(f"/api/v1/rounds/{round_id}").json()
    assert hashlib.sha256(snapshot.content).hexdigest() == shown["snapshot_digest"] == solution.json()["problem"]
    assert verify(snapshot.json(), solution.json()).ok
    revealed = f"{shown['seed']}:{shown['seed_salt']}"
    assert hashlib.sha256(revealed.encode()).hexdigest() == shown["seed_commitment"]


def test_the_seed_is_hidden_until_the_pool_is_frozen(log_in: LogIn, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world)
    draft = rina.get(f"/api/v1/rounds/{round_id}").json()
    assert draft["seed"] is None
    assert draft["seed_salt"] is None
    frozen = rina.post(f"/api/v1/rounds/{round_id}/freeze").json()
    assert frozen["seed_commitment"] == draft["seed_commitment"]
    assert frozen["seed"] is not None


def test_each_sees_what_is_theirs(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    officer, elsewhere = log_in("officer", "oni", "53"), log_in("officer", "eli", "31")
    sponsor, ayu, dedi = log_in("sponsor", "agro"), log_in("applicant", "ayu"), log_in("applicant", "dedi")
    round_id = proposed(rina, work, world)
    here = f"/api/v1/rounds/{round_id}"

    part = officer.get(f"{here}/result").json()
    assert [row["code"] for row in part["regions"]] == ["53.11"]
    assert part["unplaced"] == []
    assert part["tiers"] == []
    assert [row["need"] for row in officer.get(f"{here}/placements").json()["items"]] == ["waijelu"]
    assert officer.get(f"{here}/snapshot").status_code == 403
    for nobody in (elsewhere, sponsor, ayu):
        assert nobody.get(here).status_code == 404

    bayu.post(f"{here}/approve", json={})
    rina.post(f"{here}/publish")
    mine = ayu.get("/api/v1/placements/mine").json()
    assert mine["applicant"] == "ayu"
    assert mine["fit"] is None
    assert sum(line["amount"] for line in mine["lines"]) == STIPEND + TRAINING + FARE
    assert dedi.get("/api/v1/placements/mine").status_code == 404
    assert dedi.get(here).status_code == 404
    paid = sponsor.get("/api/v1/placements/funded").json()["items"]
    assert len(paid) == 3
    assert all(row["name"] is None and row["applicant"] is None for row in paid)
    assert {line["fund"] for row in paid for line in row["lines"]} == {"agro-2027"}


def test_a_region_that_refuses_holds_the_round(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu, officer = log_in("manager", "rina"), log_in("manager", "bayu"), log_in("officer", "oni", "53")
    round_id = proposed(rina, work, world, regions_approve=True)
    here = f"/api/v1/rounds/{round_id}"
    missing = bayu.post(f"{here}/approve", json={}).json()
    assert (missing["code"], missing["regions"]) == ("rounds.regions_missing", ["53.11", "93.04"])
    officer.post(f"{here}/refuse", json={"reason": "Sekolah ini tutup"})
    refused = bayu.post(f"{here}/approve", json={}).json()
    assert (refused["code"], refused["regions"]) == ("rounds.region_refused", ["53"])
    assert bayu.post(f"{here}/refuse", json={"reason": "Ikuti kata NTT"}).json()["state"] == "frozen"


def test_what_does_not_fit_is_told_whole_and_nothing_is_stored(log_in: LogIn, world: World, database: Database) -> None:
    rina = log_in("manager", "rina")
    answer = rina.post(
        "/api/v1/rounds",
        json={"cohort_id": "nobody", "name": "Salah", "needs": [world.needs["moa"], "x", world.needs["moa"]]},
    )
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/cohort_id", "unknown"),
        ("/needs/1", "unknown"),
        ("/needs/2", "twice"),
    ]
    assert rina.get("/api/v1/rounds").json()["items"] == []


def test_an_impossible_round_names_the_rules_that_clash(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina = log_in("manager", "rina")
    with database.transaction() as session:
        ban = a_ban(world, "nobody-to-sumba")
        session.add(ban)
    round_id = created(rina, world)
    rina.post(f"/api/v1/rounds/{round_id}/freeze")
    rina.post(f"/api/v1/rounds/{round_id}/solve")
    work()
    assert rina.get(f"/api/v1/rounds/{round_id}").json()["state"] == "frozen"
    result = rina.get(f"/api/v1/rounds/{round_id}/result").json()
    assert result["status"] == "infeasible"
    assert {row["code"] for row in result["conflict"]} == {"sumba-first", "nobody-to-sumba"}
    assert {row["code"] for row in result["relaxations"]} == {"sumba-first", "nobody-to-sumba"}


def a_ban(world: World, code: str, parameters: dict[str, Any] | None = None) -> Policy:
    return Policy(
        cohort_id=world.cohort,
        code=code,
        kind="forbid",
        title_id="Tidak ke Sumba",
        title_en="Nobody to Sumba",
        reason_id="Uji",
        reason_en="Test",
        parameters=parameters or {"posts": {"regions": ["53"]}},
        created_at=clock.now(),
    )


def test_an_accepted_offer_commits_its_money_and_a_declined_one_gives_it_back(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    ayu, budi = log_in("applicant", "ayu"), log_in("applicant", "budi")
    round_id = proposed(rina, work, world)
    bayu.post(f"/api/v1/rounds/{round_id}/approve", json={})
    rina.post(f"/api/v1/rounds/{round_id}/publish")
    offer = ayu.get("/api/v1/offers").json()["items"][0]
    assert ayu.post(f"/api/v1/offers/{offer['id']}/accept").json()["state"] == "accepted"
    assert ayu.post(f"/api/v1/offers/{offer['id']}/accept").status_code == 409
    his = budi.get("/api/v1/offers").json()["items"][0]
    assert ayu.post(f"/api/v1/offers/{his['id']}/accept").status_code == 404
    assert budi.post(f"/api/v1/offers/{his['id']}/decline", json={"reason": "Beasiswa"}).json()["state"] == "declined"
    with database.reading() as session:
        total = {"reserved": 0, "committed": 0}
        for one in ledger.balances_of(session, [world.company_fund, world.government_fund]).values():
            for account in total:
                total[account] += one[account]
        assert total == {"reserved": STIPEND + TRAINING + FARE, "committed": STIPEND + TRAINING + FARE}
        assert ledger.reconcile(session) == []


@pytest.mark.parametrize("action", ["freeze", "solve", "approve", "publish", "close"])
def test_a_step_out_of_turn_is_refused_with_what_is_possible(log_in: LogIn, world: World, action: str) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world)
    rina.post(f"/api/v1/rounds/{round_id}/cancel", json={"reason": "Salah buat"})
    answer = rina.post(f"/api/v1/rounds/{round_id}/{action}", json={} if action == "approve" else None)
    assert answer.status_code == 409
    assert answer.json()["possible"] == []


def test_a_second_round_fills_only_the_seats_that_are_left(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    first = proposed(rina, work, world)
    bayu.post(f"/api/v1/rounds/{first}/approve", json={})
    rina.post(f"/api/v1/rounds/{first}/publish")
    second = created(rina, world)
    rina.post(f"/api/v1/rounds/{second}/freeze")
    posts = rina.get(f"/api/v1/rounds/{second}/snapshot").json()["posts"]
    assert {post["id"]: post["seats"] for post in posts} == {"agats": 1, "moa": 0, "waijelu": 0}


def test_what_a_policy_names_and_the_round_does_not_have_is_left_out(
    log_in: LogIn, world: World, database: Database
) -> None:
    rina = log_in("manager", "rina")
    with database.transaction() as session:
        session.add(a_ban(world, "not-there", {"posts": {"ids": ["moa", "agats"]}, "volunteers": {"ids": ["ayu"]}}))
    round_id = created(rina, world, needs=[world.needs["agats"], world.needs["waijelu"]])
    assert rina.post(f"/api/v1/rounds/{round_id}/freeze").status_code == 200
    rules = {rule["id"]: rule for rule in rina.get(f"/api/v1/rounds/{round_id}/snapshot").json()["policies"]}
    assert rules["not-there"]["posts"] == {"ids": ["agats"]}
    with database.reading() as session:
        assert session.scalars(select(Snapshot.names)).one()["left_out"] == {"not-there": ["moa"]}
