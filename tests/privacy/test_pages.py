"""The pages of reviews, documents and own data as a browser without scripts meets them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.core import clock
from app.core.database import Database
from app.identity.models import User
from app.privacy.models import CorrectionRequest
from tests.applicants.conftest import JANUARY, PROFILE, agree
from tests.applicants.test_pages import Browser, browser
from tests.documents.files import jpeg

__all__ = ["browser"]
Open = Callable[..., Browser]
RUBRIC = {
    "name_id": ["Motivasi", "Mengajar"],
    "name_en": ["Motivation", "Teaching"],
    "hint_id": ["", ""],
    "hint_en": ["1 weak … 5 strong", ""],
    "weight": ["3", "1"],
    "lowest": ["1", "1"],
    "highest": ["5", "5"],
    "allowed_difference": "20",
}


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.frozen_at(JANUARY):
        yield


@pytest.fixture
def sent(yuliana: TestClient, draft: dict[str, Any]) -> str:
    """The id of Yuliana's application, which she has sent."""
    key: str = draft["id"]
    agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{key}/submit").status_code == 200
    return key


def test_from_the_rubric_to_the_pool_on_pages(browser: Open, cohort: str, sent: str) -> None:
    desk, sari, tono = browser("manager"), browser("reviewer", name="Sari"), browser("reviewer", name="Tono")
    assert "The cohort has no rubric yet." in desk.open("/reviewing")
    page = desk.send(f"/reviewing/{cohort}/rubric", **{**RUBRIC, "weight": ["many", "1"]})
    assert desk.page.status_code == 422
    assert 'value="many"' in page
    page = desk.send(f"/reviewing/{cohort}/rubric", **RUBRIC)
    assert "1 weak … 5 strong" in page
    page = desk.send(f"/reviewing/{cohort}/assign")
    assert "Sari" in page
    for reader, points in ((sari, "4"), (tono, "5")):
        page = reader.open("/reviews")
        assert "1 application waits for you" in page
        assert '<span class="figure">1</span>applications to read' in reader.open("/home")
        address = page.split('href="/reviews/')[1].split('"')[0]
        page = reader.open(f"/reviews/{address}")
        assert PROFILE["motivation"] in page
        for hidden in ("Yuliana", "Kupang", "contoh.example"):
            assert hidden not in page
        page = reader.send(f"/reviews/{address}/score", **{"score-motivation": points})
        assert reader.page.status_code == 422
        assert 'href="#score-teaching"' in page
        reader.open(f"/reviews/{address}")
        scores = {"score-motivation": points, "score-teaching": "4", "comment": "Clear."}
        assert "Nothing waits for you." in reader.send(f"/reviews/{address}/score", **scores)
        assert "Yours" in reader.open(f"/reviews/{address}")
    first = sari.open("/reviews").split('href="/reviews/')[1].split('"')[0]
    assert "Another reviewer" in sari.open(f"/reviews/{first}"), "both have scored, so each sees the other"
    page = desk.open(f"/applicants/{sent}/reviews")
    assert "They come to 84 of 100." in page
    page = desk.send(f"/applicants/{sent}/accept", suitability="50")
    assert desk.page.status_code == 422
    assert "The reviews come to 84." in page
    page = desk.send(f"/applicants/{sent}/accept", suitability="", reason="")
    assert "84 of 100" in page
    assert "in the pool" in page


def test_a_review_is_given_back_and_given_to_another_on_pages(browser: Open, cohort: str, sent: str) -> None:
    desk, sari = browser("manager"), browser("reviewer", name="Sari")
    desk.open("/reviewing")
    desk.send(f"/reviewing/{cohort}/rubric", **RUBRIC)
    desk.send(f"/reviewing/{cohort}/assign")
    address = sari.open("/reviews").split('href="/reviews/')[1].split('"')[0]
    sari.open(f"/reviews/{address}")
    assert "Nothing waits for you." in sari.send(f"/reviews/{address}/release", reason="She is my cousin.")
    page = desk.open(f"/applicants/{sent}/reviews")
    assert "There is no reviewer who could read this." in page
    vera = browser("reviewer", name="Vera")
    page = desk.open(f"/applicants/{sent}/reviews")
    key = page.split('<option value="')[1].split('"')[0]
    assert "Vera" in desk.send(f"/applicants/{sent}/reviews", reviewer_id=key)
    assert "1 application waits for you" in vera.open("/reviews")


def test_what_was_read_stays_in_the_list_but_a_decided_person_is_no_longer_shown(
    browser: Open, rina: TestClient, cohort: str, sent: str
) -> None:
    desk, sari = browser("manager"), browser("reviewer", name="Sari")
    desk.open("/reviewing")
    desk.send(f"/reviewing/{cohort}/rubric", **RUBRIC)
    desk.send(f"/reviewing/{cohort}/assign")
    address = sari.open("/reviews").split('href="/reviews/')[1].split('"')[0]
    sari.open(f"/reviews/{address}")
    assert address in sari.send(f"/reviews/{address}/score", **{"score-motivation": "4", "score-teaching": "4"})
    code = rina.post(f"/api/v1/applicants/{sent}/reject", json={"reason": "Cannot stay."}).json()["code"]
    page = sari.open("/reviews")
    assert code in page
    assert address not in page


def test_the_desk_sees_what_lies_with_somebody_who_is_gone(
    browser: Open, cohort: str, sent: str, database: Database
) -> None:
    desk, _ = browser("manager"), browser("reviewer", name="Sari")
    desk.open("/reviewing")
    desk.send(f"/reviewing/{cohort}/rubric", **RUBRIC)
    desk.send(f"/reviewing/{cohort}/assign")
    with database.transaction() as session:
        session.execute(update(User).where(User.name == "Sari").values(active=False))
    row = desk.open(f"/reviewing?cohort={cohort}").split(">Sari</th>")[1].split("</tr>")[0]
    assert row.startswith('<td class="n">1</td><td class="n">0</td>')


def send_file(phone: Browser, address: str, content: bytes, name: str) -> str:
    key = phone.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": key, "kind": "identity"}
    answer = phone.client.post(address, data=data, files={"file": (name, content, "image/jpeg")})
    return phone._shown(answer)


def test_documents_from_a_phone(browser: Open, rina: TestClient, cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    assert "Begin an application first" in phone.open("/documents")
    phone.open("/application")
    phone.send("/application")
    phone.open("/documents")
    page = send_file(phone, "/documents", b"<script>", "ktp.jpg")
    assert phone.page.status_code == 422
    assert "neither a PDF nor a JPEG or PNG" in page
    page = send_file(phone, "/documents", jpeg(), "ktp.jpg")
    assert "Identity card (KTP)" in page
    key = page.split('href="/documents/')[1].split('"')[0]
    saved = phone.client.get(f"/documents/{key}")
    assert saved.headers["content-disposition"].startswith("attachment")
    foreign = phone.client.post(
        "/documents", data={"kind": "identity"}, files={"file": ("a.jpg", jpeg(), "image/jpeg")}
    )
    assert foreign.status_code == 403, "a form of another site"
    applicant = rina.get("/api/v1/applicants").json()["items"][0]["id"]
    desk = browser("manager")
    assert "ktp.jpg" in desk.open(f"/applicants/{applicant}/documents")
    assert desk.client.get(f"/documents/{key}").status_code == 200
    assert "manager" in phone.open("/my-data"), "who opened it is told"
    phone.open("/documents")
    assert "There are no documents yet." in phone.send(f"/documents/{key}/remove")


def test_my_data_is_read_taken_along_put_right_and_erased(browser: Open, rina: TestClient, cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    phone.open("/application")
    phone.send("/application")
    page = phone.open("/my-data")
    assert "Markus Boimau" in page
    assert phone.client.get("/my-data/export").json()["account"]["name"] == "Markus Boimau"
    assert "too short" in phone.send("/my-data/corrections", wish="no")
    page = phone.send("/my-data/corrections", wish="My name is written Markhus.")
    assert "My name is written Markhus." in page
    desk = browser("manager")
    page = desk.open("/corrections")
    key = page.split('action="/corrections/')[1].split('"')[0]
    page = desk.send(f"/corrections/{key}", answer="It is put right.", done="yes")
    assert "Nothing waits." in page
    assert "It is put right." in phone.open("/my-data")
    page = phone.send("/my-data/erase", email="somebody@contoh.example")
    assert phone.page.status_code == 422
    assert "This is not the address of your account." in page
    email = phone.client.get("/my-data/export").json()["account"]["email"]
    assert "Your data is erased" in phone.send("/my-data/erase", email=email)
    assert phone.client.get("/my-data").status_code == 303, "nobody is logged in any more"


def test_a_manager_erases_on_a_page(browser: Open, sent: str) -> None:
    desk = browser("manager")
    assert f'href="/applicants/{sent}/erase"' in desk.open(f"/applicants/{sent}")
    desk.open(f"/applicants/{sent}/erase")
    assert "too short" in desk.send(f"/applicants/{sent}/erase", reason="")
    page = desk.send(f"/applicants/{sent}/erase", reason="Asked for it by letter.")
    assert "Yuliana" not in page
    assert "withdrawn" in page


def test_consent_is_taken_back_on_a_page(browser: Open, cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    assert "Reviewers read your application without name" in phone.open("/privacy")
    phone.open("/application")
    phone.send("/application")
    phone.send("/application/about", name="Markus Boimau", gender="m", birth_year="2000", home="53.02")
    phone.open("/application/teaching")
    phone.send("/application/teaching", levels=["SD"])
    phone.open("/application/motivation")
    phone.send("/application/motivation", motivation=PROFILE["motivation"])
    phone.send("/application/submit", agreed=phone.client.get("/api/v1/privacy/consent-text").json()["version"])
    page = phone.open("/my-data")
    key = page.split('action="/my-data/consents/')[1].split("/")[0]
    page = phone.send(f"/my-data/consents/{key}/withdraw")
    assert "Taken back" in page
    assert "Take back the consent" not in page
    assert "You have withdrawn your application" in phone.open("/application")


def test_the_log_of_breaches_on_pages(browser: Open, papua: str) -> None:
    desk = browser("admin")
    assert "No breach was noted." in desk.open("/breaches")
    wrong = {"what": "A list was sent to the wrong office.", "data_kinds": "names, addresses", "people": "some"}
    page = desk.send("/breaches", **wrong, found_at="yesterday")
    assert desk.page.status_code == 422
    assert "Write it as 2027-07-15T09:30." in page
    page = desk.send("/breaches", **{**wrong, "people": "40"}, found_at="2027-01-15T09:00")
    key = page.split('href="/breaches/')[1].split('"')[0]
    desk.open(f"/breaches/{key}")
    page = desk.send(f"/breaches/{key}", measures="It was deleted there.", then="close")
    assert desk.page.status_code == 409
    assert "Not everybody was told" in page
    told = {"told_people_at": "2027-01-15T09:30", "told_authority_at": "2027-01-15T09:40"}
    page = desk.send(f"/breaches/{key}", measures="It was deleted there.", then="close", **told)
    assert "closed" in page
    assert desk.open("/breaches").count("40") >= 1


def test_screening_rules_on_a_page(browser: Open, cohort: str) -> None:
    desk = browser("manager")
    assert "There are no rules." in desk.open("/screening")
    rule = {
        "kind": "minimum_age",
        "parameter": "young",
        "effect": "bar",
        "legal_basis": "Peraturan Menteri 1/2027, pasal 3",
        "reason_id": "Harus berpengalaman.",
        "reason_en": "Experience is needed.",
        "valid_from": "2027-01-01",
    }
    page = desk.send("/screening", **rule)
    assert desk.page.status_code == 422
    assert "Write a whole number of years from 18 to 80." in page
    page = desk.send("/screening", **{**rule, "parameter": "27", "cohort_id": cohort})
    assert "at least 27 years old in 2027" in page
    key = page.split('action="/screening/')[1].split("/")[0]
    page = desk.send(f"/screening/{key}/end", valid_until="2027-01-14", reason="It was replaced.")
    assert "Rules that have ended" in page


@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        (
            "applicant",
            {"/my-data": "Data saya", "/documents": "Dokumen saya", "/privacy": "Bagaimana data Anda dipakai"},
        ),
        ("manager", {"/reviewing": "Penilaian", "/corrections": "Pembetulan", "/screening": "Aturan penyaringan"}),
        ("reviewer", {"/reviews": "Untuk dinilai", "/my-data": "Data saya"}),
        ("admin", {"/breaches": "Kebocoran data pribadi", "/corrections": "Pembetulan"}),
    ],
)
def test_every_page_is_there_in_indonesian(browser: Open, cohort: str, role: str, addresses: dict[str, str]) -> None:
    visitor = browser(role)
    visitor.client.headers["accept-language"] = "id"
    for address, says in addresses.items():
        assert says in visitor.open(address)
        assert visitor.page.status_code == 200


def test_overdue_corrections_stand_out(browser: Open, cohort: str, database: Database) -> None:
    phone, desk = browser("applicant"), browser("manager")
    phone.open("/application")
    phone.send("/application")
    phone.open("/my-data")
    phone.send("/my-data/corrections", wish="My name is wrong.")
    assert "overdue" not in desk.open("/corrections")
    with database.transaction() as session:
        session.scalars(select(CorrectionRequest)).one().due_at = JANUARY - dt.timedelta(hours=1)
    assert "overdue" in desk.open("/corrections")
