"""A what-if copy by wishes first: placed, checked and compared like every copy, and its promises are told."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import select

from app.core.database import Database
from app.rounds.models import Result
from app.rounds.replay import replay
from tests.rounds.test_choices import solved
from tests.rounds.test_round import proposed
from tests.world import World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]
BODY = {"name": "Keinginan lebih dahulu", "overrides": {"method": "wishes"}}


def test_a_copy_by_wishes_is_verified_compared_and_replayed(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina = log_in("manager", "rina")
    origin = proposed(rina, work, world)
    copy = rina.post(f"/api/v1/rounds/{origin}/scenarios", json=BODY).json()["id"]
    assert solved(rina, work, copy)
    result = rina.get(f"/api/v1/rounds/{copy}/result").json()
    assert (result["verified"], result["status"]) == (True, "feasible")
    wishes = result["wishes"]
    assert wishes["strategy_proof"] is (wishes["changed"] is None and wishes["groups"] == 0)
    assert rina.get(f"/api/v1/rounds/{origin}/result").json()["wishes"] is None
    sides = rina.get(f"/api/v1/rounds/{origin}/comparison", params={"other": copy}).json()["sides"]
    assert [side["round_id"] for side in sides] == [origin, copy]
    # What is best on the goals comes first there: a placement by wishes can only be as good.
    assert sides[1]["gains"][0] <= 0
    with database.reading() as session:
        (stored,) = session.scalars(select(Result).where(Result.round_id == copy)).all()
        assert replay(session, stored).differences == ()


def test_the_pages_offer_the_copy_and_tell_what_it_promises(log_in: LogIn, work: Work, world: World) -> None:
    rina = log_in("manager", "rina")
    origin = proposed(rina, work, world)
    assert 'name="method"' in rina.get(f"/rounds/{origin}", headers={"Accept-Language": "en"}).text
    copy = rina.post(f"/api/v1/rounds/{origin}/scenarios", json=BODY).json()["id"]
    solved(rina, work, copy)
    page = rina.get(f"/rounds/{copy}", headers={"Accept-Language": "en"}).text
    assert "Wishes first" in page
    assert "People are placed by their own wishes first." in page


def test_a_method_that_is_not_there_is_refused(log_in: LogIn, work: Work, world: World) -> None:
    rina = log_in("manager", "rina")
    origin = proposed(rina, work, world)
    answer = rina.post(f"/api/v1/rounds/{origin}/scenarios", json={"name": "x", "overrides": {"method": "dice"}})
    assert answer.status_code == 422
