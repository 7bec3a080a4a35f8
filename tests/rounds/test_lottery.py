"""A lottery between placements that are equally good: chances before the draw, one draw, and a result that anybody replays."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.applicants.models import Applicant
from app.core.database import Database
from app.rounds.lottery_pages import rows_of
from app.rounds.lottery_schemas import LevelOut
from app.rounds.models import Result
from app.rounds.replay import replay
from optimizer import digest, verify
from optimizer.verification.draws import draw_findings
from tests.rounds.test_round import created
from tests.world import World

PUBLIC = "drand 4512345 8f2c6a"


def frozen(manager: TestClient, database: Database, world: World) -> str:
    """Freeze a round in which four people are alike for its only goal, and three seats are free."""
    with database.transaction() as session:
        session.get_one(Applicant, world.people["dedi"]).levels = ["SD"]
    needs = [world.needs["moa"], world.needs["waijelu"]]
    round_id = created(manager, world, needs=needs, objective=[{"need": 1}, {"fit": 1}])
    assert manager.post(f"/api/v1/rounds/{round_id}/freeze").status_code == 200
    return round_id


def test_chances_are_known_before_one_draw_whose_outcome_anybody_replays(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World, database: Database
) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    round_id = frozen(rina, database, world)
    here = f"/api/v1/rounds/{round_id}/lottery"
    assert rina.get(here).json()["chances"] is None
    assert rina.post(f"{here}/draw", json={"public": PUBLIC}).json()["code"] == "rounds.no_lottery"
    assert rina.post(here, json={"tiers": 3, "source": "drand"}).json()["code"] == "rounds.no_such_goal"
    assert rina.post(here, json={"source": "drand, round 4512345"}).status_code == 202
    work()

    chances = bayu.get(here).json()["chances"]
    assert [(one["chance"], sorted(one["people"])) for one in chances["levels"]] == [
        ("3/4", ["ayu", "budi", "citra", "dedi"])
    ]
    assert chances["exact"]
    assert digest(rina.get(f"{here}/document").json()) == chances["digest"]

    assert rina.post(f"{here}/draw", json={"public": PUBLIC}).status_code == 202
    assert rina.get(f"/api/v1/rounds/{round_id}").json()["state"] == "solving"
    work()
    problem = rina.get(f"/api/v1/rounds/{round_id}/snapshot").json()
    drawn = rina.get(f"{here}/draw").json()
    assert draw_findings(problem, drawn) == ()
    assert verify(problem, drawn["solution"]).ok
    assert drawn["lottery"] == rina.get(f"{here}/document").json()
    assert rina.get(here).json()["draw"]["placed"] == 3
    # It is the round's result, which the second person approves; nobody draws until the outcome pleases.
    assert rina.get(f"/api/v1/rounds/{round_id}").json()["state"] == "proposed"
    result = rina.get(f"/api/v1/rounds/{round_id}/result").json()
    assert (result["verified"], result["filled"]) == (True, 3)
    for path, body in ((f"{here}/draw", {"public": "another"}), (here, {"source": "another"})):
        assert rina.post(path, json=body).json()["code"] == "rounds.already_drawn"
    assert rina.post(f"/api/v1/rounds/{round_id}/approve", json={}).status_code == 403
    assert bayu.post(f"/api/v1/rounds/{round_id}/approve", json={}).json()["state"] == "approved"
    with database.reading() as session:
        (stored,) = session.scalars(select(Result).where(Result.round_id == round_id)).all()
        assert replay(session, stored).differences == ()


def test_chances_that_only_rounding_tells_apart_are_one_row() -> None:
    levels = [("1/5", 20.0, ["a"]), ("681159417/1000000000", 68.12, ["b"]), ("340579709/500000000", 68.12, ["c", "d"])]
    rows = rows_of([LevelOut(chance=chance, percent=percent, people=people) for chance, percent, people in levels])
    assert [(row.percent, row.fraction, row.people) for row in rows] == [
        (68.12, None, ["c", "d", "b"]),
        (20.0, "1/5", ["a"]),
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_leads_from_the_chances_to_the_draw(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World, database: Database
) -> None:
    rina = log_in("manager", "rina")
    round_id = frozen(rina, database, world)
    page = f"/rounds/{round_id}/lottery"
    assert page in rina.get(f"/rounds/{round_id}").text
    refused = rina.post(page, data={"tiers": "many", "source": ""}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert rina.post(page, data={"tiers": "1", "first": "regions", "source": "drand, round 4512345"}).status_code == 303
    assert 'http-equiv="refresh"' in rina.get(page).text
    work()
    for language, words in (("en", "Digest to publish"), ("id", "Sidik untuk diumumkan")):
        told = rina.get(page, headers={"Accept-Language": language}).text
        assert words in told
        assert "75%" in told
        assert "Ayu Contoh" in told
        assert "Sumba Timur" in told
    assert rina.post(f"{page}/draw", data={"public": PUBLIC}).headers["location"] == page
    job = rina.get(f"/api/v1/rounds/{round_id}/lottery").json()["draw_work"]["job_id"]
    rina.post(f"/api/v1/jobs/{job}/cancel")
    # A draw that was stopped leaves the round as it was, and only the same value draws then.
    assert rina.get(f"/api/v1/rounds/{round_id}").json()["state"] == "frozen"
    other = rina.post(f"{page}/draw", data={"public": "another"}, headers={"Accept-Language": "en"})
    assert (other.status_code, "The round was drawn" in other.text) == (409, True)
    assert rina.post(f"{page}/draw", data={"public": PUBLIC}).status_code == 303
    work()
    assert "gotong verify problem.json --draw draw.json" in rina.get(page).text
