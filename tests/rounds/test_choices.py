"""Pins, bans and what-if scenarios: a person decides, and the solve keeps to it and says so."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from tests.rounds.test_round import created, proposed
from tests.world import World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]


def solved(manager: TestClient, work: Work, round_id: str) -> dict[str, str]:
    """Freeze and solve a round; return the need of each person by code."""
    assert manager.post(f"/api/v1/rounds/{round_id}/freeze").status_code == 200
    manager.post(f"/api/v1/rounds/{round_id}/solve")
    work()
    placements = manager.get(f"/api/v1/rounds/{round_id}/placements").json()["items"]
    return {row["applicant"]: row["need"] for row in placements}


def decide(manager: TestClient, round_id: str, world: World, kind: str, person: str, need: str) -> Any:
    body = {
        "kind": kind,
        "applicant_id": world.people[person],
        "need_id": world.needs[need],
        "reason": "Lanjut tahun kedua",
    }
    return manager.post(f"/api/v1/rounds/{round_id}/choices", json=body)


def test_a_pin_and_a_ban_hold_and_are_shown_as_rules(log_in: LogIn, work: Work, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world)
    assert decide(rina, round_id, world, "pin", "ayu", "agats").status_code == 201
    assert decide(rina, round_id, world, "ban", "budi", "waijelu").status_code == 201
    made = solved(rina, work, round_id)
    assert made["ayu"] == "agats"
    assert made["citra"] == "waijelu"
    rules = {rule["id"]: rule for rule in rina.get(f"/api/v1/rounds/{round_id}/snapshot").json()["policies"]}
    assert rules["pin:ayu:agats"]["kind"] == "pin"
    assert rules["ban:budi:waijelu"]["kind"] == "forbid"


def test_only_the_pool_and_the_rounds_needs_can_be_decided_on(log_in: LogIn, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world, needs=[world.needs["moa"]])
    answer = decide(rina, round_id, world, "pin", "ayu", "agats")
    assert [error["code"] for error in answer.json()["errors"]] == ["not_in_round"]
    assert decide(rina, round_id, world, "pin", "ayu", "moa").status_code == 201
    again = decide(rina, round_id, world, "ban", "ayu", "moa")
    assert (again.status_code, again.json()["code"]) == (409, "rounds.choice_taken")


def test_nothing_is_decided_after_the_freeze(log_in: LogIn, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world)
    choice = decide(rina, round_id, world, "pin", "ayu", "agats").json()
    rina.post(f"/api/v1/rounds/{round_id}/freeze")
    assert decide(rina, round_id, world, "pin", "budi", "moa").status_code == 409
    assert rina.delete(f"/api/v1/rounds/{round_id}/choices/{choice['id']}").status_code == 409


def test_a_choice_that_is_taken_back_does_not_bind(log_in: LogIn, work: Work, world: World) -> None:
    rina = log_in("manager", "rina")
    round_id = created(rina, world)
    choice = decide(rina, round_id, world, "pin", "ayu", "agats").json()
    assert rina.delete(f"/api/v1/rounds/{round_id}/choices/{choice['id']}").status_code == 204
    assert rina.get(f"/api/v1/rounds/{round_id}/choices").json()["items"] == []
    assert solved(rina, work, round_id)["ayu"] != "agats"


def test_a_scenario_shows_what_a_rule_costs_and_is_never_published(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    origin = proposed(rina, work, world)
    body = {
        "name": "Tanpa aturan Sumba, dana setengah",
        "overrides": {
            "policies": {"sumba-first": {"active": False}},
            "funds": {"agro-2027": {"budget": 150_000_000}, "ntt-2027": {"budget": 0}},
        },
    }
    scenario = rina.post(f"/api/v1/rounds/{origin}/scenarios", json=body).json()
    assert scenario["scenario_of"] == origin
    made = solved(rina, work, scenario["id"])
    assert len(made) == 2
    assert set(made.values()) == {"moa"}
    refused = bayu.post(f"/api/v1/rounds/{scenario['id']}/approve", json={})
    assert refused.json()["code"] == "rounds.only_a_scenario"
    listed = rina.get("/api/v1/rounds", params={"scenario_of": origin}).json()["items"]
    assert [row["id"] for row in listed] == [scenario["id"]]


def test_overrides_of_what_does_not_exist_are_refused_whole(log_in: LogIn, world: World) -> None:
    rina = log_in("manager", "rina")
    origin = created(rina, world)
    body = {"name": "Salah", "overrides": {"policies": {"x": {"active": False}}, "funds": {"y": {"budget": 1}}}}
    answer = rina.post(f"/api/v1/rounds/{origin}/scenarios", json=body)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/overrides/policies/x", "/overrides/funds/y"]
