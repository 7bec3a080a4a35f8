"""How groups fared, and what a floor under the least served costs: over the API and as a curve with its table."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.rounds.curve import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, drawn
from app.rounds.fairness_schemas import PointOut
from tests.rounds.test_round import created, proposed
from tests.world import World

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def point(least: float, price: float | None) -> PointOut:
    return PointOut(floor=least, least=least, price=price, proven=True, tiers=[])


def test_a_curve_is_drawn_within_its_frame_and_rises_with_the_price() -> None:
    found = drawn([point(0.25, 0.0), point(0.5, 0.013), point(1.0, 0.07)])
    assert found is not None
    across, up = zip(*found.dots, strict=True)
    assert list(across) == sorted(across)
    assert list(up) == sorted(up, reverse=True)
    assert up[0] == HEIGHT - BOTTOM
    assert LEFT < min(across) < LEFT + 20
    assert max(across) == WIDTH - RIGHT
    assert min(up) > TOP
    assert [tick.part for tick in found.across] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert [tick.part for tick in found.up] == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert drawn([point(0.5, 0.0), point(0.6, None)]) is None


@only_sqlite
def test_the_price_of_fairness_is_worked_out_once_and_drawn(
    log_in: Callable[..., TestClient], work: Callable[[], int], world: World
) -> None:
    rina = log_in("manager", "rina")
    draft = created(rina, world)
    assert rina.get(f"/api/v1/rounds/{draft}/fairness").json()["code"] == "rounds.no_snapshot"
    round_id = proposed(rina, work, world)
    here = f"/api/v1/rounds/{round_id}/fairness"
    before = rina.get(here).json()
    assert {one["group"]: (one["people"], one["placed"]) for one in before["groups"]} == {
        "gender:f": (2, 2),
        "gender:m": (2, 1),
    }
    assert (before["curve"], before["work"]["state"]) == (None, None)
    assert rina.post(here, json={"over": "health"}).json()["code"] == "rounds.no_such_group"
    assert rina.post(here, json={"steps": 2}).status_code == 202
    work()
    curve = rina.get(here).json()["curve"]
    first, *others = curve["points"]
    assert (first["floor"], first["price"], first["proven"]) == (0.0, 0.0, True)
    # Asmat has three seats and Sumba Timur one; three people can teach there, so two thirds is the most for both.
    assert first["least"] == pytest.approx(2 / 3, abs=0.001)
    assert not others
    assert curve["impossible"] > first["least"]
    assert rina.get(here, params={"over": "gender"}).json()["curve"] is None

    for language, words in (("en", "What does a floor cost?"), ("id", "Berapa harga batas bawah?")):
        page = rina.get(f"/rounds/{round_id}/fairness", headers={"Accept-Language": language}).text
        assert words in page
        assert "<circle" not in page  # one point is no curve
    refused = rina.post(f"/rounds/{round_id}/fairness", data={"over": "experience"}, headers={"Accept-Language": "en"})
    assert (refused.status_code, "Nobody belongs to these groups" in refused.text) == (409, True)
    sent = rina.post(f"/rounds/{round_id}/fairness", data={"over": "gender"})
    assert sent.headers["location"] == f"/rounds/{round_id}/fairness?over=gender"
    assert 'http-equiv="refresh"' in rina.get(sent.headers["location"]).text
