"""The pages of a round without a browser: what each person may see and press, and what is said where something is not possible."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.core.database import Database
from app.core.i18n import speaking
from app.rounds import showing
from app.rounds.schemas import ReasonOut, RegionCount, UnplacedOut
from tests.rounds.test_round import a_ban, created, proposed
from tests.world import World

LogIn = Callable[..., TestClient]
Work = Callable[[], int]
ENGLISH = {"accept-language": "en", "accept": "text/html"}


def shown(visitor: TestClient, path: str, status: int = 200) -> str:
    answer = visitor.get(path, headers=ENGLISH)
    assert answer.status_code == status, answer.text
    return answer.text


def pressed(visitor: TestClient, path: str, status: int = 303, **fields: str) -> str:
    answer = visitor.post(path, data=fields, headers=ENGLISH)
    assert answer.status_code == status, answer.text
    return answer.text


def buttons(page: str) -> set[str]:
    """Return the steps that can be taken; the forms of pins and what-if copies are none."""
    return set(re.findall(r'action="/rounds/[^/"]+/([a-z]+)"', page)) - {"choices", "scenarios"}


def test_a_manager_takes_the_round_from_its_form_to_the_offers(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    made = rina.post("/rounds", data={"name": "Putaran 1", "cohort": world.cohort, "work": "60", "keep_best": "true"})
    assert made.status_code == 303
    here = made.headers["location"]
    assert buttons(shown(rina, here)) == {"freeze", "cancel"}
    pressed(rina, f"{here}/freeze")
    assert buttons(shown(rina, here)) == {"solve", "reopen", "cancel"}
    pressed(rina, f"{here}/solve")
    assert buttons(shown(rina, here)) == {"stop"}
    work()
    page = shown(rina, here)
    assert "approve" not in buttons(page)
    assert "A second programme manager has to look at it" in page
    assert "Sumba gets a teacher" in page
    assert "1 of 1 rules are kept" in page
    assert "Dedi Contoh" in page
    assert "Nobody in the pool" in page or "Everybody who fits" in page or "used up" in page
    assert buttons(shown(bayu, here)) == {"approve", "refuse", "solve", "cancel"}
    pressed(bayu, f"{here}/approve")
    assert buttons(shown(bayu, here)) == {"publish", "cancel"}
    pressed(bayu, f"{here}/publish")
    assert buttons(shown(bayu, here)) == {"close"}
    assert "Budi Contoh" in shown(bayu, f"{here}/placements")
    pressed(rina, f"{here}/close")
    assert buttons(shown(rina, here)) == set()


def test_each_sees_the_own_part_only(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    officer, sponsor = log_in("officer", "oni", "53"), log_in("sponsor", "agro")
    ayu, dedi, auditor = log_in("applicant", "ayu"), log_in("applicant", "dedi"), log_in("auditor", "ani")
    here = f"/rounds/{proposed(rina, work, world)}"
    part = shown(officer, here)
    assert "SD Waijelu" in part
    assert "SD Moa" not in part
    assert buttons(part) == {"approve", "refuse"}
    assert buttons(shown(auditor, here)) == set()
    for nobody in (sponsor, ayu, dedi):
        shown(nobody, here, 404)
        assert here not in shown(nobody, "/rounds")
    pressed(bayu, f"{here}/approve")
    pressed(bayu, f"{here}/publish")
    paid = shown(sponsor, here)
    assert "3 <" not in paid
    assert "Contoh" not in paid.replace("(contoh)", "")
    mine = shown(ayu, here)
    assert "Your place" in mine
    assert not [name for name in ("Budi", "Citra", "Dedi") if name in mine]
    shown(ayu, f"{here}/placements", 403)
    shown(dedi, here, 404)


def test_a_region_says_its_word_and_the_programme_reads_it(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu, officer = log_in("manager", "rina"), log_in("manager", "bayu"), log_in("officer", "oni", "53")
    here = f"/rounds/{proposed(rina, work, world, regions_approve=True)}"
    assert "Regions have not approved yet" in pressed(bayu, f"{here}/approve", 409)
    pressed(officer, f"{here}/refuse", 422, reason="x")
    pressed(officer, f"{here}/refuse", reason="Sekolah ini <b>tutup</b>")
    page = shown(bayu, here)
    assert "Sekolah ini &lt;b&gt;tutup&lt;/b&gt;" in page
    assert "A region has refused its part" in pressed(bayu, f"{here}/approve", 409)
    pressed(bayu, f"{here}/refuse", reason="Ikuti kata NTT")
    assert buttons(shown(rina, here)) == {"solve", "reopen", "cancel"}


def test_an_impossible_round_says_which_rules_clash_and_what_would_help(
    log_in: LogIn, work: Work, world: World, database: Database
) -> None:
    rina = log_in("manager", "rina")
    with database.transaction() as session:
        session.add(a_ban(world, "nobody-to-sumba"))
    here = f"/rounds/{created(rina, world)}"
    pressed(rina, f"{here}/freeze")
    pressed(rina, f"{here}/solve")
    work()
    page = shown(rina, here)
    assert "impossible: the rules clash" in page
    assert "Nobody to Sumba: leave this rule out." in page
    assert "0 of" not in page
    assert buttons(page) == {"solve", "reopen", "cancel"}


def test_a_step_out_of_turn_is_told_on_the_round_itself(log_in: LogIn, world: World) -> None:
    rina = log_in("manager", "rina")
    here = f"/rounds/{created(rina, world)}"
    told = pressed(rina, f"{here}/publish", 409)
    assert 'role="alert"' in told
    assert buttons(told) == {"freeze", "cancel"}
    pressed(rina, f"{here}/stop", 409)


@pytest.mark.parametrize("fields", [{"name": " "}, {"cohort": "nobody"}, {"work": "much"}, {"work": "0"}])
def test_a_wrong_form_comes_back_as_it_was_filled_in(log_in: LogIn, world: World, fields: dict[str, str]) -> None:
    rina = log_in("manager", "rina")
    page = pressed(rina, "/rounds", 422, **{"name": "Putaran <1>", "cohort": world.cohort, "work": "60", **fields})
    assert 'role="alert"' in page
    assert fields.get("name", "Putaran &lt;1&gt;") in page
    assert "There is no round yet." in page


def test_a_thousand_reasons_and_regions_stay_readable() -> None:
    why = [ReasonOut(code="not-better", text="Tidak lebih baik")]
    behind = showing.unplaced_by_reason(UnplacedOut(applicant=f"v-{n}", why=why) for n in range(1000))
    assert [(one.number, len(one.named), one.more) for one in behind] == [(1000, showing.NAMED, 1000 - showing.NAMED)]
    many = [
        UnplacedOut(applicant=f"v-{n}", why=[ReasonOut(code="policy", text=f"Aturan {n % 40}")]) for n in range(1000)
    ]
    grouped = showing.unplaced_by_reason(many)
    assert len(grouped) == showing.MOST_REASONS + 1
    assert sum(one.number for one in grouped) == 1000
    assert sum(len(one.named) for one in grouped) <= showing.NAMED_ON_PAGE
    rows = showing.region_rows(
        [RegionCount(code=f"{11 + n % 3}.{n:02}", name=f"R{n}", province="P", asked=2, filled=1) for n in range(90)]
    )
    assert [(row.code, row.filled, row.asked) for row in rows] == [("11", 30, 60), ("12", 30, 60), ("13", 30, 60)]


def test_what_is_not_proven_never_looks_proven() -> None:
    with speaking("id"):
        assert [showing.percent(gap) for gap in (None, 0.0, 0.000001, 0.0123, 1.5)] == [
            "–",
            "0%",
            "0,01%",
            "1,23%",
            "150%",
        ]
        assert showing.short_rupiah(4_764_040_000) == "Rp\N{NO-BREAK SPACE}4,76 miliar"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_home_page_says_what_waits_for_the_second_person(log_in: LogIn, work: Work, world: World) -> None:
    rina, bayu = log_in("manager", "rina"), log_in("manager", "bayu")
    round_id = proposed(rina, work, world)
    assert "results to approve" in bayu.get("/home", headers=ENGLISH).text
    own = rina.get("/home", headers=ENGLISH).text
    assert "Nothing waits for you." in own
    assert f'href="/rounds/{round_id}"' in own
    bayu.post(f"/api/v1/rounds/{round_id}/approve", json={})
    assert "rounds to publish" in rina.get("/home", headers=ENGLISH).text
