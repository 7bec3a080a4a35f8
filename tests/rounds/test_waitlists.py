"""Who steps in, and how full a round will be: worked out by a worker for a result, then read over the API and on its page."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.applicants.models import Applicant
from app.core.database import Database
from tests.rounds.test_round import created, proposed
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_result_gets_its_waitlists_and_its_fill(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World, database: Database
) -> None:
    with database.transaction() as session:
        for name, accept in (("ayu", 900), ("budi", 800), ("citra", 500), ("dedi", 600)):
            session.get_one(Applicant, world.people[name]).accept = accept
        session.get_one(Applicant, world.people["dedi"]).levels = ["SD"]
    rina, audit = log_in("manager", "rina"), log_in("auditor", "tia")
    draft = created(rina, world)
    assert rina.get(f"/api/v1/rounds/{draft}/waitlists").json()["code"] == "rounds.no_result"
    round_id = proposed(rina, work, world, needs=[world.needs["moa"], world.needs["waijelu"]])
    here = f"/api/v1/rounds/{round_id}/waitlists"
    assert rina.get(here).json() == {
        "asked": None,
        "plan": None,
        "work": {"state": None, "job_id": None, "error": None, "progress": None},
    }
    assert audit.post(here, json={}).status_code == 403
    assert rina.post(here, json={"certain": 80}).json()["work"]["state"] == "queued"
    assert 'http-equiv="refresh"' in rina.get(f"/rounds/{round_id}/waitlists").text
    work()

    plan = audit.get(here).json()["plan"]
    taken = {row["applicant"]: row["need"] for row in rina.get(f"/api/v1/rounds/{round_id}/placements").json()["items"]}
    chances = {"ayu": 0.9, "budi": 0.8, "citra": 0.5, "dedi": 0.6}
    assert plan["offers"] == len(taken) == 3
    assert plan["fill"]["expected"] == pytest.approx(sum(chances[name] for name in taken))
    (left,) = chances.keys() - taken.keys()
    for post in plan["posts"]:
        mine = [chances[name] for name, need in taken.items() if need == post["need"]]
        assert post["fill"]["expected"] == pytest.approx(sum(mine))
        assert [(one["rank"], one["applicant"], one["chance"]) for one in post["waitlist"]] == [
            (1, left, chances[left])
        ]
        assert post["waitlist"][0]["gains"][0] > 0
    assert [one["need"] for one in rina.get(here, params={"need": "moa"}).json()["plan"]["posts"]] == ["moa"]

    for language, title in (("en", "Who steps in"), ("id", "Siapa yang menggantikan")):
        page = rina.get(f"/rounds/{round_id}/waitlists", headers={"Accept-Language": language}).text
        assert title in page
        assert f"{left.title()} Contoh" in page
    sent = rina.post(f"/rounds/{round_id}/waitlists", data={"certain": "90"})
    assert sent.headers["location"] == f"/rounds/{round_id}/waitlists"
    assert rina.post(f"/rounds/{round_id}/waitlists", data={"certain": "many"}).status_code == 422
