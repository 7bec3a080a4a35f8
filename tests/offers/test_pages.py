"""The offer as the person reads it on a phone, and the manager's pages of offers and replacements."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.core.database import Database
from app.geography.models import Region
from app.schools.models import School
from tests.conftest import PASSWORD
from tests.offers.browsing import Browser
from tests.offers.conftest import LogIn, let_pass, offer_of
from tests.world import World

Browse = Callable[..., Browser]


@pytest.fixture
def browse(web: FastAPI, log_in: LogIn) -> Iterator[Browse]:
    """Gives the browser of a person of the programme: `browse("applicant", "ayu")`."""
    opened: list[TestClient] = []

    def enter(role: str, name: str, language: str = "en") -> Browser:
        log_in(role, name)
        client = TestClient(web, follow_redirects=False)
        opened.append(client)
        return Browser(client, language).log_in(f"{name}@log-in.example", PASSWORD)

    yield enter
    for client in opened:
        client.close()


def test_an_offer_is_read_and_accepted_on_a_phone(published: str, browse: Browse, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Region, "93.04").languages = ["asc"]
        for school in session.query(School).all():
            school.tags = ["no-signal", "remote"]
    ayu = browse("applicant", "ayu")
    assert "Look at the offer" in ayu.open("/home")
    page = ayu.open("/offer")
    for told in ("SD Moa", "Asmat", "Papua Selatan", "There is no mobile signal at the school.", "50,000,000",
                 "71,000,000", "agro (contoh)", "2: a village far from town"):  # fmt: skip
        assert told in page, told
    assert "Other people of the programme at this school" in page
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    page = ayu.send(f"/offer/{offer}/accept")
    assert "You have accepted on" in page
    assert "Accept the place" not in page
    assert "SD Moa" in ayu.open("/service")
    assert "/service" in ayu.open("/home")


def test_a_no_needs_a_reason_and_leads_back_to_the_pool(published: str, browse: Browse, database: Database) -> None:
    budi = browse("applicant", "budi", "id")
    with database.reading() as session:
        offer = offer_of(session, "budi").id
    assert "Tolak tempat ini" in budi.open("/offer")
    page = budi.send(f"/offer/{offer}/decline", reason=" ")
    assert budi.page.status_code == 422
    assert "terlalu pendek" in page
    page = budi.send(f"/offer/{offer}/decline", reason="Beasiswa <b>S2</b>")
    assert "Anda kembali ke daftar siap" in page
    assert "<b>S2</b>" not in budi.page.text


def test_an_offer_that_has_run_out_has_no_buttons(published: str, browse: Browse, database: Database) -> None:
    ayu = browse("applicant", "ayu")
    ayu.open("/offer")
    with database.transaction() as session:
        let_pass(session, "ayu")
        offer = offer_of(session, "ayu").id
    # The page was opened in time, the answer comes too late.
    page = ayu.send(f"/offer/{offer}/accept")
    assert ayu.page.status_code == 409
    assert "The offer has run out" in page
    assert "Accept the place" not in ayu.open("/offer")


def test_who_has_no_offer_is_told_so_and_nobody_answers_for_others(
    published: str, browse: Browse, database: Database
) -> None:
    dedi = browse("applicant", "dedi")
    assert "No place has been offered to you yet" in dedi.open("/offer")
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    browse("applicant", "ayu").open("/offer")
    dedi.open("/application")
    key = dedi.client.get("/application").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert dedi.client.post(f"/offer/{offer}/accept", data={"csrf_token": key}).status_code == 404
    assert dedi.client.post(f"/offer/{offer}/accept").status_code == 403


def test_the_manager_replaces_somebody_from_the_list_of_offers(
    published: str, browse: Browse, database: Database, world: World, work: Callable[[], int]
) -> None:
    budi = browse("applicant", "budi")
    with database.reading() as session:
        offer = offer_of(session, "budi").id
    budi.open("/offer")
    budi.send(f"/offer/{offer}/decline", reason="Beasiswa")
    rina = browse("manager", "rina")
    page = rina.open(f"/rounds/{published}/offers")
    assert "Beasiswa" in page
    assert "Budi Contoh" in page
    page = rina.send(f"/rounds/{published}/offers/{offer}/replacement")
    assert "A worker is looking" in page
    work()
    page = rina.open(str(rina.page.url.path))
    # Nobody else in this small pool can teach at SD.
    assert "Why nobody was found" in page
    assert "replacement-" not in page
    assert "SD Waijelu" in rina.open("/replacements")
