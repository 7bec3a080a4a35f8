"""Service as the volunteer, the school and the manager see it, on pages that need no script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core.database import Database
from app.deployments import host
from app.settings import Settings
from tests.conftest import PASSWORD
from tests.deployments.conftest import LogIn, Travel, money_of, only_deployment
from tests.offers.browsing import Browser
from tests.offers.conftest import offer_of
from tests.world import FARE, STIPEND, TRAINING, World

Enter = Callable[..., Browser]


@pytest.fixture
def enter(web: FastAPI) -> Iterator[Enter]:
    """Gives the browser of somebody who has an account: `enter("rina")`, or of nobody: `enter()`."""
    opened: list[TestClient] = []

    def log_in(name: str | None = None, language: str = "en") -> Browser:
        client = TestClient(web, follow_redirects=False)
        opened.append(client)
        visitor = Browser(client, language)
        return visitor if name is None else visitor.log_in(f"{name}@log-in.example", PASSWORD)

    yield log_in
    for client in opened:
        client.close()


def link_of(rina: TestClient, here: str) -> str:
    answer = rina.post(f"{here}/host-link")
    assert answer.status_code == 200
    return "/host/" + str(answer.json()["url"]).rsplit("/", 1)[1]


def test_a_school_confirms_arrival_and_months_without_an_account(
    rina: TestClient, here: str, travel: Travel, enter: Enter, world: World, database: Database
) -> None:
    link = link_of(rina, here)
    travel("2027-07-03")
    school = enter(language="id")
    page = school.open(link)
    assert "SD Moa" in page
    assert "Ayu Contoh sudah tiba" in page
    page = school.send(f"{link}/arrival", day="2027-07-02")
    assert "Terima kasih" in page
    assert money_of(database, world)["spent"] == TRAINING + FARE
    shown = rina.get(here).json()
    assert (shown["state"], shown["arrived_on"], shown["host_confirmed"]) == ("in_service", "2027-07-02", True)
    travel("2027-08-31")
    school.open(link)
    school.send(f"{link}/month", month="2027-07")
    assert money_of(database, world)["spent"] == TRAINING + FARE + STIPEND // 12
    school.send(f"{link}/feedback", text="Anak-anak senang. <script>alert(1)</script>")
    heard = rina.get(f"{here}/feedback").json()["items"]
    assert [one["text"] for one in heard] == ["Anak-anak senang. <script>alert(1)</script>"]
    assert school.page.headers["referrer-policy"] == "no-referrer"


def test_a_day_that_cannot_be_is_told_to_the_school(rina: TestClient, here: str, travel: Travel, enter: Enter) -> None:
    link = link_of(rina, here)
    travel("2027-07-03")
    school = enter()
    school.open(link)
    page = school.send(f"{link}/arrival", day="2027-07-20")
    assert school.page.status_code == 409
    assert "cannot be that day" in page


def test_a_link_holds_only_as_it_was_signed_and_only_the_newest(
    rina: TestClient, here: str, travel: Travel, enter: Enter, settings: Settings, database: Database
) -> None:
    old = link_of(rina, here)
    new = link_of(rina, here)
    school = enter()
    assert school.client.get(new).status_code == 200
    assert school.client.get(old).status_code == 404
    key, number, until, signature = new.removeprefix("/host/").split(".")
    forged = [
        f"{key}.{number}.{int(until) + 1}.{signature}",
        f"{key}.{int(number) + 1}.{until}.{signature}",
        f"{key}.{number}.{until}.{signature[:-1]}",
        f"{key}.{number}.{until}.",
        "x",
        "....",
        "é.1.2.3",
    ]
    for token in forged:
        assert school.client.get(f"/host/{token}").status_code == 404, token
        assert school.client.post(f"/host/{token}/feedback", data={"text": "Halo semua"}).status_code == 404
    with database.reading() as session:
        deployment = only_deployment(session)
        others = host.token_of(deployment.id, deployment.host_link, deployment.created_at, secret="another")
    assert school.client.get(f"/host/{others}").status_code == 404
    travel("2028-09-30")
    assert school.client.get(new).status_code == 404


def test_a_link_opens_no_other_deployment(
    rina: TestClient, here: str, log_in: LogIn, enter: Enter, database: Database
) -> None:
    budi = log_in("applicant", "budi")
    with database.reading() as session:
        offer = offer_of(session, "budi").id
    assert budi.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    others = f"/api/v1/deployments/{budi.get('/api/v1/deployments').json()['items'][0]['id']}"
    link, other_link = link_of(rina, here), link_of(rina, others)
    school = enter()
    assert "Ayu Contoh" in school.open(link)
    assert "Budi Contoh" in school.open(other_link)
    swapped = link.replace(here.rsplit("/", 1)[1], others.rsplit("/", 1)[1])
    assert swapped != link
    assert school.client.get(swapped).status_code == 404
    assert school.client.post(f"{swapped}/arrival", data={"day": ""}).status_code == 404


def test_the_volunteer_keeps_a_draft_and_sends_it(rina: TestClient, here: str, travel: Travel, enter: Enter) -> None:
    travel("2027-07-03")
    rina.post(f"{here}/start", json={})
    travel("2027-08-10")
    key = here.rsplit("/", 1)[1]
    ayu = enter("ayu")
    page = ayu.open("/service")
    assert "1 check-in late" in page
    page = ayu.send(f"/service/{key}/check-in", nth=1, note="Murid kelas 3 <mulai>", then="keep")
    assert "Murid kelas 3 <mulai>" in page
    assert "<mulai>" not in ayu.page.text
    page = ayu.send(f"/service/{key}/check-in", nth=1, note="Murid kelas 3 mulai membaca.", then="send")
    assert "check-in late" not in page
    assert "2027-07 – sent" in page
    page = ayu.send(f"/service/{key}/incident", happened_on="2027-08-01", severity="serious", text="ab")
    assert ayu.page.status_code == 422
    page = ayu.send(f"/service/{key}/incident", happened_on="2027-08-01", severity="serious", text="Rumah kemalingan")
    assert "Rumah kemalingan" in page
    page = ayu.send(f"/service/{key}/handover", handover="Kunci ada pada Ibu Maria.", successor="")
    assert "Change the handover" in page


def test_the_manager_runs_a_deployment_from_its_page(
    rina: TestClient, here: str, travel: Travel, enter: Enter, ayu: TestClient, world: World, database: Database
) -> None:
    travel("2027-07-03")
    address = here.removeprefix("/api/v1")
    ayu.post(f"{here}/incidents", json={"happened_on": "2027-07-01", "severity": "note", "text": "Rumah bocor"})
    boss = enter("rina")
    assert "Ayu Contoh" in boss.open("/deployments?state=preparing")
    page = boss.open(address)
    assert "Rumah bocor" in page
    page = boss.send(f"{address}/checklist", nth=0)
    assert "✓ Letter of assignment is handed over" in page
    page = boss.send(f"{address}/start", day="2027-07-03")
    assert "in service" in page
    page = boss.send(f"{address}/attendance")
    assert "confirmed" in page
    incident = re.search(rf'action="({address}/incidents/[^"]+)"', boss.page.text)
    assert incident is not None
    assert "Atap diperbaiki" in boss.send(incident[1], resolution="Atap diperbaiki")
    page = boss.send(f"{address}/host-link")
    assert "/host/" in page
    page = boss.send(f"{address}/end", day="2027-07-03", reason="Sakit")
    assert "Look for a replacement" in page
    assert money_of(database, world)["committed"] == 0
    page = boss.send(f"{address}/replacement")
    assert "A worker is looking" in page


def test_officer_and_sponsor_see_who_arrives_when_and_no_more(here: str, log_in: LogIn, enter: Enter) -> None:
    address = here.removeprefix("/api/v1")
    log_in("officer", "peter", "93")
    log_in("sponsor", "agro")
    officer, sponsor = enter("peter"), enter("agro")
    assert "Ayu Contoh" in officer.open("/deployments")
    assert "Preparation" not in officer.open(address)
    page = sponsor.open("/deployments")
    assert "SD Moa" in page
    assert "Ayu" not in page
    assert "Ayu" not in sponsor.open(address)
