"""Pins, bans, what-if copies and their comparison on the round's page, with plain forms."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi.testclient import TestClient

from tests.rounds.test_choices import solved
from tests.rounds.test_round import created, proposed
from tests.rounds.test_round_pages import pressed, shown
from tests.world import World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]


def test_a_manager_pins_and_bans_with_a_reason_and_takes_it_back(log_in: LogIn, work: Work, world: World) -> None:
    rina, auditor = log_in("manager", "rina"), log_in("auditor", "sri")
    round_id = created(rina, world)
    here = f"/rounds/{round_id}"
    page = shown(rina, here)
    assert '<option value="ayu">Ayu Contoh</option>' in page
    assert '<option value="agats">' in page
    pin = {"kind": "pin", "person": "ayu", "need": "agats", "reason": "Lanjut tahun kedua"}
    pressed(rina, f"{here}/choices", **pin)
    page = pressed(rina, f"{here}/choices", 409, **pin)
    assert "Take it back first" in page
    assert "Ayu Contoh (ayu) – SD Agats (agats)" in page
    assert "not in the pool" in pressed(rina, f"{here}/choices", 422, **{**pin, "person": "nobody"})
    assert "/reason" in pressed(rina, f"{here}/choices", 422, **{**pin, "person": "budi", "reason": " "})
    pressed(rina, f"{here}/choices", kind="ban", person="budi", need="waijelu", reason="Sakit malaria di sana")
    page = shown(auditor, here)
    assert "Sakit malaria di sana" in page
    assert "/choices" not in page
    drops = re.findall(rf'action="({here}/choices/[^"]+/drop)"', shown(rina, here))
    assert len(drops) == 2
    pressed(rina, drops[1])
    assert "Sakit malaria" not in shown(rina, here)
    assert solved(rina, work, round_id)["ayu"] == "agats"
    page = shown(rina, here)
    assert "Lanjut tahun kedua" in page
    assert "/drop" not in page


def test_a_what_if_copy_is_made_solved_and_set_beside_the_round(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    round_id = proposed(rina, work, world)
    here = f"/rounds/{round_id}"
    assert 'name="rule" value="sumba-first"' in shown(rina, here)
    form = {
        "name": "Kurang uang",
        "rule": ["sumba-first"],
        "change": ["off"],
        "penalty": [""],
        "fund": ["agro-2027", "", ""],
        "budget": ["80.000.000", "", ""],
    }
    page = rina.post(f"{here}/scenarios", data={**form, "budget": ["banyak", "", ""]}, headers={"accept": "text/html"})
    assert page.status_code == 422
    made = rina.post(f"{here}/scenarios", data=form)
    assert made.status_code == 303
    copy = made.headers["location"]
    page = shown(rina, copy)
    assert "A what-if copy of Putaran 1" in page
    assert "Sumba gets a teacher: left out" in page
    assert "80,000,000" in page
    assert "Make a what-if copy" not in page
    assert "Compare the chosen ones" not in shown(rina, here)
    pressed(rina, f"{copy}/freeze")
    pressed(rina, f"{copy}/solve")
    work()
    assert "/approve" not in shown(bayu, copy)
    assert "Compare the chosen ones" in shown(rina, here)
    page = shown(rina, f"{here}/comparison?other={copy.rsplit('/', 1)[1]}")
    assert "Side by side" in page
    assert "Who moves: Kurang uang" in page
    assert re.search(r"(Ayu|Budi|Citra) Contoh: SD \w+ → no place", page)
    assert "gives way, goal 1: −" in page
    assert "Asmat" in page


def test_the_comparison_over_the_api_adds_up(log_in: LogIn, work: Work, world: World) -> None:
    rina, sponsor = log_in("manager", "rina"), log_in("sponsor", "agro")
    round_id = proposed(rina, work, world)
    body = {"name": "Kurang uang", "overrides": {"funds": {"agro-2027": {"budget": 80_000_000}}}}
    copy = rina.post(f"/api/v1/rounds/{round_id}/scenarios", json=body).json()["id"]
    address = f"/api/v1/rounds/{round_id}/comparison"
    early = rina.get(address, params={"other": copy})
    assert (early.status_code, early.json()["code"]) == (409, "rounds.not_comparable")
    few = len(solved(rina, work, copy))
    found = rina.get(address, params={"other": copy}).json()
    first, second = found["sides"]
    assert [side["measures"]["placed"] for side in (first, second)] == [3, few]
    assert first["gains"] == [0, 0, 0]
    assert first["moved"] == first["prefer_this"] == first["prefer_first"] == 0
    # Whoever has no place any more was better off before.
    assert second["prefer_first"] >= 3 - few > 0
    assert second["gains"][0] == second["tiers"][0]["value"] - first["tiers"][0]["value"] < 0
    provinces = [row for row in found["regions"] if len(row["code"]) == 2]
    assert [sum(row["figures"][side]["placed"] for row in provinces) for side in (0, 1)] == [3, few]
    paid = [sum(row["figures"][side]["cost"] for row in found["sponsors"]) for side in (0, 1)]
    assert paid == [side["measures"]["cost"] for side in (first, second)]
    assert sponsor.get(address, params={"other": copy}).status_code == 403
    assert rina.get(address).json() == found
    assert rina.get(address, params={"other": "nowhere"}).status_code == 404
