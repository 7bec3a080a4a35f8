"""The pages as a browser without scripts meets them: an applicant on a phone, a manager and a reviewer at their desks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from app.core.database import Database
from app.geography.service import load_reference
from app.identity.models import User
from tests.applicants.conftest import PROFILE
from tests.conftest import PASSWORD

MOST_BYTES = 100_000


class Browser:
    """A browser that fills in forms, follows where they lead, and weighs every page."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page: Response
        client.headers["accept"] = "text/html"

    def open(self, address: str) -> str:
        """Open a page and return its text."""
        return self._shown(self.client.get(address))

    def send(self, address: str, **fields: Any) -> str:
        """Send the form of the present page that goes to `address`, with its hidden fields, and return what comes."""
        form = re.search(rf'<form method="post" action="{re.escape(address)}".*?</form>', self.page.text, re.DOTALL)
        assert form is not None, f"no form to {address} in {self.page.url}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        return self._shown(self.client.post(address, data={**hidden, **fields}))

    def _shown(self, answer: Response) -> str:
        while answer.status_code == 303:
            answer = self.client.get(answer.headers["location"])
        assert len(answer.content) < MOST_BYTES, (answer.url, len(answer.content))
        assert answer.headers["content-type"].startswith("text/html")
        self.page = answer
        return html.unescape(answer.text)


@pytest.fixture
def browser(web: FastAPI, member: Callable[..., User]) -> Iterator[Callable[..., Browser]]:
    """Gives the browser of a fresh account, logged in, in English."""
    opened: list[TestClient] = []

    def log_in(role: str, **fields: str) -> Browser:
        user = member(role, **fields)
        client = TestClient(web, follow_redirects=False, headers={"accept-language": "en"})
        opened.append(client)
        visitor = Browser(client)
        visitor.open("/login")
        visitor.send("/login", email=user.email, password=PASSWORD)
        return visitor

    yield log_in
    for client in opened:
        client.close()


def test_an_application_from_a_phone_in_short_steps(
    browser: Callable[..., Browser], rina: TestClient, cohort: str
) -> None:
    phone = browser("applicant", name="Markus Boimau")
    assert "Apply" in phone.open("/home")
    assert "Cohort of 2027" in phone.open("/application")
    page = phone.send("/application")
    assert "About you" in page
    assert 'value="Markus Boimau"' in page
    page = phone.send("/application/about", name="Markus Boimau", gender="m", birth_year="2000", home="53.02")
    assert "What you can teach" in page
    page = phone.send("/application/teaching", levels=["SD"], languages=["uab meto", ""], skills="music")
    assert "Where you wish to go" in page
    page = phone.send("/application/wishes", preferences=["Belu (53.04)", "kota kupang", ""], refuses=["Papua Tengah"])
    assert "Your limits" in page
    page = phone.send("/application/limits", max_hardship="4", regular_care="yes", then="overview")
    assert "2 things missing" not in page
    assert "1 thing missing" in page
    # Sent too early, everything that is missing is told, with the way to the field.
    page = phone.send("/application/submit")
    assert phone.page.status_code == 422
    assert 'href="/application/motivation#motivation"' in page
    phone.open("/application/motivation")
    phone.send("/application/motivation", motivation=PROFILE["motivation"])
    page = phone.send("/application/submit")
    assert phone.page.status_code == 409
    assert "Tick that you agree" in page
    page = phone.send("/application/submit", agreed="2027-1")
    assert phone.page.status_code == 200
    assert "Your application has arrived" in page
    assert phone.open("/application/about") == page, "what was sent is not edited any more"
    stored = rina.get("/api/v1/applicants", params={"q": "Markus"}).json()["items"][0]
    assert (stored["state"], stored["home"], stored["languages"]) == ("submitted", "53.02", ["aoz"])
    assert (stored["preferences"], stored["refuses"]) == (["53.04", "53.71"], ["94"])
    assert (stored["max_hardship"], stored["regular_care"], stored["birth_year"]) == (4, True, 2000)


def test_mistakes_stand_beside_the_field_and_nothing_typed_is_lost(
    browser: Callable[..., Browser], cohort: str
) -> None:
    phone = browser("applicant", name="Markus Boimau")
    phone.open("/application")
    phone.send("/application")
    page = phone.send("/application/about", name="Markus <b>", gender="m", birth_year="next year", home="")
    assert phone.page.status_code == 422
    assert 'id="birth_year-mistake"' in page
    assert "A whole number is expected." in page
    assert 'value="next year"' in page
    assert "Markus &lt;b&gt;" in phone.page.text
    phone.open("/application/wishes")
    page = phone.send("/application/wishes", preferences=["Atlantis"], refuses=["94"])
    assert phone.page.status_code == 422
    assert "There is no region Atlantis." in page
    assert 'value="Atlantis"' in page
    assert "Papua Tengah (94)" in page


def test_a_step_that_was_changed_elsewhere_is_not_overwritten(browser: Callable[..., Browser], cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    phone.open("/application")
    phone.send("/application")
    form = phone.page
    phone.send("/application/about", name="Markus B.", gender="m", birth_year="2000", home="53.02")
    phone.page = form
    page = phone.send("/application/about", name="Markus", gender="m", birth_year="1999", home="53.02")
    assert phone.page.status_code == 412
    assert "Changed by somebody else" in page
    assert 'value="Markus B."' in phone.open("/application/about")


def test_withdrawing_asks_first_and_is_final(browser: Callable[..., Browser], cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    phone.open("/application")
    phone.send("/application")
    phone.open("/application/withdraw")
    page = phone.send("/application/withdraw", reason="a")
    assert phone.page.status_code == 422
    assert "too short" in page
    page = phone.send("/application/withdraw", reason="Found work at home.")
    assert "You have withdrawn your application" in page
    assert "Begin an application" not in page, "one application per cohort"


def test_a_form_of_another_site_is_refused(browser: Callable[..., Browser], cohort: str) -> None:
    phone = browser("applicant", name="Markus Boimau")
    assert phone.client.post("/application", data={"cohort_id": cohort}).status_code == 403
    assert "You have no application yet" in phone.open("/application")


@pytest.fixture
def five(rina: TestClient, cohort: str) -> list[str]:
    """Five sent applications of Ani 1 to Ani 5, by id."""
    keys = []
    for number in range(1, 6):
        body = {**PROFILE, "name": f"Ani {number}", "email": f"ani{number}@contoh.example", "cohort_id": cohort}
        keys.append(rina.post("/api/v1/applicants", json=body).json()["id"])
        assert rina.post(f"/api/v1/applicants/{keys[-1]}/submit").status_code == 200
    return keys


def test_the_manager_searches_filters_and_turns_pages(browser: Callable[..., Browser], five: list[str]) -> None:
    desk = browser("manager", name="Bayu")
    assert "/applicants?state=submitted" in desk.open("/home")
    page = desk.open("/applicants?q=&state=submitted&home=53&level=SMP&subject=math&sort=name&limit=2")
    assert "5 applications" in page
    assert ("Ani 1" in page, "Ani 2" in page, "Ani 3" in page) == (True, True, False)
    following = re.search(r'href="([^"]+)" rel="next"', desk.page.text)
    assert following is not None
    page = desk.open(html.unescape(following[1]))
    assert ("Ani 2" in page, "Ani 3" in page, "Ani 4" in page) == (False, True, True)
    assert "1 application<" in desk.open("/applicants?q=ani+4")
    assert "No application fits" in desk.open("/applicants?state=rejected")
    desk.open("/applicants?state=nonsense")
    assert desk.page.status_code == 422


def test_the_manager_judges_on_the_profile_page(browser: Callable[..., Browser], five: list[str]) -> None:
    desk = browser("manager", name="Bayu")
    ani, other = (f"/applicants/{key}" for key in five[:2])
    page = desk.open(ani)
    assert "Kota Kupang, Nusa Tenggara Timur" in page
    assert "Uab Meto" in page
    desk.send(f"{ani}/review")
    page = desk.send(f"{ani}/accept", suitability="101")
    assert desk.page.status_code == 422
    assert 'value="101"' in page
    page = desk.send(f"{ani}/accept", suitability="81")
    assert "81 of 100" in page
    assert "in the pool" in page
    desk.open(other)
    desk.send(f"{other}/review")
    assert "too short" in desk.send(f"{other}/reject", reason="")
    page = desk.send(f"{other}/reject", reason="Cannot stay for a whole year.")
    assert "Cannot stay for a whole year." in page
    assert f'action="{other}/accept"' not in page


def test_a_reviewers_pages_are_blind(browser: Callable[..., Browser], five: list[str]) -> None:
    reader = browser("reviewer", name="Sari")
    page = reader.open("/applicants")
    assert "5 applications" in page
    assert "Ani" not in page
    page = reader.open(f"/applicants/{five[0]}")
    assert PROFILE["motivation"] in page
    for hidden in ("Ani", "contoh.example", "Kupang", "2001", "female", "review</button>"):
        assert hidden not in page
    reader.open("/applicants?sort=name")
    assert reader.page.status_code == 403


def test_each_page_is_for_its_role(browser: Callable[..., Browser], five: list[str]) -> None:
    applicant, sponsor = browser("applicant"), browser("sponsor")
    applicant.open(f"/applicants/{five[0]}")
    assert applicant.page.status_code == 403
    sponsor.open("/application")
    assert sponsor.page.status_code == 403


def test_every_page_is_light_and_indonesian_with_the_whole_country_in_it(
    browser: Callable[..., Browser], rina: TestClient, cohort: str, database: Database
) -> None:
    with database.transaction() as session:
        load_reference(session)
    phone = browser("applicant", name="Markus Boimau")
    phone.open("/application")
    phone.send("/application")
    phone.client.headers["accept-language"] = "id"
    for address, says in {
        "/application": "Lamaran saya",
        "/application/about": "Kabupaten atau kota asal",
        "/application/teaching": "Mata pelajaran",
        "/application/wishes": "Keinginan",
        "/application/limits": "Batas Anda",
        "/application/motivation": "Motivasi",
        "/application/withdraw": "Tarik lamaran",
    }.items():
        assert says in phone.open(address)
        assert phone.page.status_code == 200
