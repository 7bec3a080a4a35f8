"""A round as its people live it: Rina runs it, Bayu approves, and everybody else sees what concerns them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.applicants.models import Applicant
from app.core.database import Database
from app.demo.accounts import give_application
from app.identity.models import User
from app.rounds.models import Placement
from tests.journeys.visitor import DESKTOP, HEAVIEST, PHONE, Make, Visitor

RINA, BAYU = "rina@contoh.example", "bayu@contoh.example"
SPONSOR, OFFICER, APPLICANT, AUDITOR = (f"{name}@contoh.example" for name in ("agro", "dinas", "relawan", "auditor"))
SOLVED = 90_000
# Enough for a good result; for the pictures the round is solved to the end.
WORK = 120 if os.environ.get("GOTONG_SCREENSHOTS") else 4
Worker = Callable[[], AbstractContextManager[None]]


def look_everywhere(visitor: Visitor, name: str) -> None:
    for width in (DESKTOP, PHONE):
        for language in ("en", "id"):
            visitor.look(name, width, language=language)


def press(visitor: Visitor, label: str) -> None:
    visitor.page.get_by_role("button", name=label, exact=True).click()


def expect_state(visitor: Visitor, state: str) -> None:
    expect(visitor.page.locator(".way [aria-current]")).to_have_text(state)


def make_round(visitor: Visitor, name: str, work: int) -> str:
    visitor.go("/rounds")
    visitor.page.locator("#name").fill(name)
    visitor.page.locator("#work").fill(str(work))
    press(visitor, "Buat putaran ini")
    expect(visitor.page.locator("h1")).to_have_text(name)
    return visitor.page.url.removeprefix(visitor.site)


def practise_without_scripts(rina: Visitor) -> None:
    """A round by hand on the plainest browser: frozen, asked for, stopped while it waits, given up."""
    make_round(rina, "Putaran latihan", WORK)
    press(rina, "Bekukan putaran")
    press(rina, "Hitung putaran")
    expect_state(rina, "sedang dihitung")
    assert rina.page.locator("meta[http-equiv=refresh]").count() == 1
    press(rina, "Hentikan penghitungan")
    expect_state(rina, "dibekukan")
    rina.page.get_by_text("Batalkan putaran").first.click()
    rina.page.locator("#reason-cancel").fill("Hanya latihan")
    press(rina, "Batalkan putaran")
    expect(rina.page.locator("main .state")).to_have_text("dibatalkan")


def ask_what_follows(manager: Visitor, here: str, worker: Worker) -> None:
    """Why somebody is where, who steps in, what fairness costs, a lottery: a manager finds each page and reads it."""
    manager.page.locator("tbody th a").first.click()
    expect(manager.page.locator(".lead")).to_contain_text("ditempatkan")
    look_everywhere(manager, "round-why")
    manager.go(here)
    manager.page.get_by_role("link", name="Siapa yang menggantikan").click()
    press(manager, "Hitung daftarnya")
    with worker():
        expect(manager.page.get_by_text("diharapkan diterima")).to_be_visible(timeout=SOLVED)
    manager.page.locator("main details").last.click()
    look_everywhere(manager, "round-waitlists")
    for link, name in (("Keadilan", "fairness"), ("Undian", "lottery")):
        manager.go(here)
        manager.page.get_by_role("link", name=link).click()
        manager.look(f"round-{name}", PHONE)


def give_a_placed_person_to_the_applicant(environment: dict[str, str]) -> str:
    """The demo's applicant stands for somebody who is placed; return the name of that person."""
    with Database(environment["GOTONG_DATABASE_URL"]) as database, database.transaction() as session:
        placed = session.scalars(select(Placement.applicant_id).order_by(Placement.id)).first()
        assert placed is not None
        give_application(session, session.scalars(select(User).where(User.email == APPLICANT)).one(), placed)
        return session.get_one(Applicant, placed).name


@pytest.fixture
def others(environment: dict[str, str]) -> list[str]:
    """Names of all people of the pool."""
    with Database(environment["GOTONG_DATABASE_URL"]) as database, database.reading() as session:
        return list(session.scalars(select(Applicant.name)))


def test_a_round_from_its_form_to_the_people_it_sends(
    visit: Make, worker: Worker, environment: dict[str, str], others: list[str]
) -> None:
    practise_without_scripts(visit(RINA, scripts=False))
    rina = visit(RINA)
    here = make_round(rina, "Putaran 2027-1", WORK)
    look_everywhere(rina, "round-draft")
    press(rina, "Bekukan putaran")
    expect_state(rina, "dibekukan")
    press(rina, "Hitung putaran")
    expect_state(rina, "sedang dihitung")
    rina.look("round-solving", PHONE)
    rina.look("round-solving", DESKTOP)
    with worker():
        # The result comes by itself; nobody touches the page. The solve may be over before its first figure is drawn.
        expect(rina.page.locator(".way [aria-current]")).to_have_text("diusulkan", timeout=SOLVED)
    look_everywhere(rina, "round-proposed")
    assert rina.weigh(here) < HEAVIEST
    expect(rina.page.get_by_role("button", name="Setujui hasil")).to_have_count(0)

    officer = visit(OFFICER)
    officer.go(here)
    look_everywhere(officer, "round-officer")
    press(officer, "Setujui bagian wilayah Anda")
    expect(officer.page.get_by_text("Kata wilayah Anda")).to_be_visible()

    bayu = visit(BAYU)
    bayu.go(here)
    bayu.look("round-second-person", DESKTOP)
    press(bayu, "Setujui hasil")
    expect_state(bayu, "disetujui")
    press(bayu, "Umumkan putaran")
    expect_state(bayu, "diumumkan")
    bayu.page.get_by_role("link", name="Siapa ke mana").click()
    expect(bayu.page.locator("tbody tr").first).to_be_visible()
    look_everywhere(bayu, "round-placements")
    ask_what_follows(bayu, here, worker)

    name = give_a_placed_person_to_the_applicant(environment)
    applicant = visit(APPLICANT)
    applicant.page.get_by_role("link", name="Penempatan saya").click()
    applicant.page.get_by_role("link", name="Putaran 2027-1").click()
    expect(applicant.page.get_by_role("heading", name="Tempat tugas Anda")).to_be_visible()
    assert not [other for other in others if other != name and other in applicant.page.content()]
    look_everywhere(applicant, "round-applicant")
    applicant.page.get_by_role("link", name="Mengapa tempat ini?").click()
    expect(applicant.page.locator(".lead")).to_contain_text("ditempatkan")
    assert not [other for other in others if other != name and other in applicant.page.content()]
    applicant.look("round-own-why", PHONE)
    assert applicant.weigh(here) < HEAVIEST

    sponsor = visit(SPONSOR)
    sponsor.page.get_by_role("link", name="Yang kami danai").click()
    sponsor.page.get_by_role("link", name="Putaran 2027-1").click()
    expect(sponsor.page.get_by_role("heading", name="Yang dibiayai dana Anda")).to_be_visible()
    assert not [other for other in others if other in sponsor.page.content()]
    look_everywhere(sponsor, "round-sponsor")

    auditor = visit(AUDITOR)
    auditor.go(here)
    assert auditor.page.locator("main form").count() == 0
    auditor.look("round-auditor", PHONE)


def test_what_cannot_be_done_is_told_where_it_can_be_mended(visit: Make) -> None:
    rina = visit(RINA)
    rina.go("/rounds")
    rina.page.locator("#name").fill("  ")
    rina.page.locator("#work").fill("0")
    press(rina, "Buat putaran ini")
    expect(rina.page.get_by_role("alert")).to_be_visible()
    rina.complaints.clear()
    rina.look("round-refused", PHONE)
