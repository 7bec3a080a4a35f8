"""A person applies from a phone, and the programme finds and judges the application at a desk."""

import pytest
from playwright.sync_api import expect

from app.core.access import SYSTEM
from app.core.database import Database
from app.demo.accounts import LOGINS, PASSWORD
from app.identity.service import create_user
from tests.journeys.visitor import DESKTOP, HEAVIEST, PHONE, Make

EMAILS = {login.role: login.email for login in reversed(LOGINS)}
MOTIVATION = "Guru pertama saya datang dari jauh dan tinggal bersama kami; saya ingin menjadi guru seperti itu."


@pytest.fixture
def newcomer(environment: dict[str, str]) -> str:
    """The address of somebody who has an account and no application yet."""
    with Database(environment["GOTONG_DATABASE_URL"]) as database, database.transaction() as session:
        email = "yuliana@contoh.example"
        create_user(session, SYSTEM, email=email, name="Yuliana Tefa", role="applicant", password=PASSWORD)
    return email


def test_somebody_applies_from_a_phone(visit: Make, newcomer: str) -> None:
    applicant = visit(newcomer)
    page = applicant.page
    applicant.go("/application")
    applicant.look("application-none", PHONE)
    page.get_by_role("button", name="Mulai melamar").click()
    applicant.look("application-about", PHONE)
    page.get_by_label("perempuan").check()
    page.get_by_label("Tahun lahir").fill("dua ribu")
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    expect(page.get_by_role("alert")).to_contain_text("Diharapkan bilangan bulat")
    # The browser itself reports the 422 on its console; that is the only thing it may say.
    assert all("422" in one for one in applicant.complaints)
    applicant.complaints.clear()
    applicant.look("application-mistake", PHONE)
    assert page.get_by_label("perempuan").is_checked()
    page.get_by_label("Tahun lahir").fill("2000")
    page.get_by_label("Kabupaten atau kota asal").select_option(label="Kota Kupang")
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    page.get_by_label("SMP").check()
    page.get_by_label("Matematika").check()
    page.get_by_label("Bahasa 1").fill("Uab Meto")
    applicant.look("application-teaching", PHONE)
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    page.get_by_label("Keinginan 1").fill("nusa tenggara timur")
    applicant.look("application-wishes", PHONE)
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    applicant.look("application-limits", PHONE)
    page.get_by_role("button", name="Simpan dan lanjutkan").click()
    page.get_by_label("Motivasi").fill(MOTIVATION)
    applicant.look("application-motivation", PHONE)
    page.get_by_role("button", name="Simpan").click()
    applicant.look("application-ready", PHONE)
    page.get_by_label("Saya sudah membaca bagaimana data saya dipakai").check()
    page.get_by_role("button", name="Kirim lamaran").click()
    expect(page.locator(".state")).to_have_text("terkirim")
    applicant.look("application-sent", PHONE)
    applicant.look("application-sent", DESKTOP)
    page.get_by_role("link", name="Tarik lamaran").click()
    applicant.look("application-withdraw", PHONE)


def test_the_programme_finds_and_judges_applications(visit: Make) -> None:
    manager = visit(EMAILS["manager"])
    page = manager.page
    assert manager.weigh("/applicants") < HEAVIEST
    for width in (PHONE, DESKTOP):
        manager.look("applicants", width)
    page.get_by_role("link", name="Halaman berikutnya").click()
    expect(page.get_by_role("link", name="Halaman pertama")).to_be_visible()
    page.get_by_label("Mata pelajaran").select_option(label="Matematika")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator("tbody tr").first).to_contain_text("Matematika")
    page.locator("tbody a").first.click()
    for width in (PHONE, DESKTOP):
        manager.look("applicant", width)


def test_a_reviewer_reads_blind(visit: Make) -> None:
    reviewer = visit(EMAILS["reviewer"])
    reviewer.go("/applicants?state=in_pool")
    reviewer.look("applicants-blind", DESKTOP)
    reviewer.page.locator("tbody a").first.click()
    reviewer.look("applicant-blind", PHONE)
