"""Rina in her browser, without scripts: reads the rules, writes one, makes it soft, puts it out of force."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core import clock
from app.core.database import Database
from app.identity.models import User
from app.policies import forms
from app.policies.models import Policy
from tests.conftest import PASSWORD
from tests.policies.test_policies import EVERY_KIND

Draft = Callable[..., dict[str, Any]]
WORDS = {
    "title_id": "Aturan",
    "title_en": "A rule",
    "reason_id": "Begitulah keputusan program.",
    "reason_en": "So the programme decided.",
}


def key_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def browser(client: TestClient, member: Callable[..., User]) -> Callable[[str], TestClient]:
    """Logs somebody of a role in with a browser that reads English."""

    def log_in(role: str) -> TestClient:
        client.cookies.clear()
        client.headers["accept-language"] = "en"
        client.headers["accept"] = "text/html"
        form = {"csrf_token": key_in(client.get("/login").text), "email": member(role).email, "password": PASSWORD}
        assert client.post("/login", data=form).status_code == 303
        return client

    return log_in


@pytest.fixture
def rinas(browser: Callable[[str], TestClient]) -> TestClient:
    """Rina's browser."""
    return browser("manager")


def text_of(page: str) -> str:
    return html.unescape(page)


def send(visitor: TestClient, path: str, **fields: str) -> Any:
    """Post a form with the key of the visitor's session, which every page of theirs carries."""
    return visitor.post(path, data={"csrf_token": key_in(visitor.get("/home").text), **fields})


def test_what_a_form_says_is_what_it_is_filled_with_again() -> None:
    for kind, parameters, _, _ in EVERY_KIND:
        form = forms.FORMS[kind]
        meant = {name: value for name, value in parameters.items() if value != {}}
        # Choices always say something, also where the parameters leave it to the default.
        assert forms.parameters_of(form, forms.filled_with(form, parameters)) == meant
    assert set(forms.FORMS) == {kind for kind, *_ in EVERY_KIND}


def test_numbers_are_read_as_people_write_them() -> None:
    assert forms.whole_number(" Rp 1.500.000 ") == 1_500_000
    assert forms.whole_number("-3") == -3
    assert forms.whole_number("many") == "many"
    assert forms.whole_number("9" * 5_000) == "9" * 5_000


def test_every_kind_is_written_with_its_form(rinas: TestClient, nabire: str) -> None:
    for kind, parameters, indonesian, english in EVERY_KIND:
        form = forms.FORMS[kind]
        page = rinas.get("/policies/new", params={"cohort": nabire, "kind": kind})
        assert page.status_code == 200
        assert all(f'name="{field.name}"' in page.text for field in form.fields())
        fields = {"kind": kind, "cohort_id": nabire, "code": f"rule-{kind}", "strength": "hard", **WORDS}
        filled = fields | forms.filled_with(form, parameters)
        read = send(rinas, "/policies/new", action="read", **filled)
        assert read.status_code == 200
        assert indonesian in text_of(read.text)
        assert english in text_of(read.text)
        written = send(rinas, "/policies/new", action="write", **filled)
        assert written.status_code == 303, text_of(written.text)
        assert english in text_of(rinas.get(written.headers["location"]).text)
    listed = text_of(rinas.get("/policies").text)
    for _, _, _, english in EVERY_KIND:
        assert english in listed


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_stored(rinas: TestClient, nabire: str) -> None:
    wrong = {"code": "two words", "posts.regions": "94, 00", "min": "many", "volunteers.tags": "gender:f"}
    answer = send(
        rinas,
        "/policies/new",
        action="write",
        kind="count",
        cohort_id=nabire,
        strength="soft",
        penalty="dear",
        **WORDS | wrong | {"title_en": ""},
    )
    assert answer.status_code == 422
    page = text_of(answer.text)
    for field in ("code", "posts.regions", "min", "penalty", "title_en", "basis_id", "basis_en"):
        assert f'id="{field}-errors"' in page, field
    assert "There is no region '00'." in page
    assert "'many' is not a whole number." in page
    # What was filled in is still there, and what was folded away but is wrong stands open.
    assert 'value="94, 00"' in page
    assert "<details open>" in page
    assert "There are no rules yet" in rinas.get("/policies").text


def test_a_code_that_is_taken_is_told_at_its_field(rinas: TestClient, nabire: str) -> None:
    fields = {"action": "write", "kind": "count", "cohort_id": nabire, "code": "cap", "max": "3", **WORDS}
    assert send(rinas, "/policies/new", **fields).status_code == 303
    again = send(rinas, "/policies/new", **fields)
    assert again.status_code == 422
    assert 'id="code-errors"' in again.text


def a_rule(rina: TestClient, draft: Draft, **fields: Any) -> dict[str, Any]:
    made = rina.post("/api/v1/policies", json=draft("count", {"posts": {"regions": ["94"]}, "min": 2}, **fields))
    assert made.status_code == 201
    found: dict[str, Any] = made.json()
    return found


def test_a_rule_is_switched_between_hard_and_soft_and_in_and_out_of_force(
    rinas: TestClient, rina: TestClient, draft: Draft
) -> None:
    rule = a_rule(rina, draft)
    here = f"/policies/{rule['id']}"

    def state() -> tuple[Any, bool, int]:
        now = rina.get(f"/api/v1/policies/{rule['id']}").json()
        return now["penalty"], now["active"], now["version"]

    softer = send(rinas, f"{here}/switch", to="soft", penalty="25", version="1")
    assert (softer.status_code, softer.headers["location"].split("?")[0]) == (303, "/policies")
    assert state() == (25, True, 2)
    assert "soft, 25 points" in rinas.get(here).text
    assert send(rinas, f"{here}/switch", to="off", version="2").status_code == 303
    assert state() == (25, False, 3)
    assert send(rinas, f"{here}/switch", to="hard", version="3").status_code == 303
    assert send(rinas, f"{here}/switch", to="on", version="4").status_code == 303
    assert state() == (None, True, 5)
    assert send(rinas, f"{here}/switch", to="soft", penalty="dear", version="5").status_code == 422
    assert send(rinas, f"{here}/switch", to="off", version="1").status_code == 412
    assert state() == (None, True, 5)


def test_a_rule_is_changed_and_its_first_wording_stays_to_be_read(
    rinas: TestClient, rina: TestClient, draft: Draft
) -> None:
    rule = a_rule(rina, draft)
    here = f"/policies/{rule['id']}"
    form = rinas.get(f"{here}/edit").text
    assert 'value="94"' in form
    fields = {"posts.regions": "94.01", "min": "3", "strength": "hard", "version": "1", **WORDS}
    read = send(rinas, f"{here}/edit", action="read", **fields)
    assert "The number of placements in region Kabupaten Nabire is at least 3." in read.text
    assert rina.get(f"/api/v1/policies/{rule['id']}").json()["version"] == 1
    assert send(rinas, f"{here}/edit", action="write", **fields).status_code == 303
    page = rinas.get(here).text
    assert "The number of placements in region Kabupaten Nabire is at least 3." in page
    assert "The number of placements in region Papua Tengah is at least 2." in page
    assert send(rinas, f"{here}/edit", action="write", **fields | {"min": "4"}).status_code == 412
    wrong = send(rinas, f"{here}/edit", action="write", **fields | {"min": "9", "max": "1", "version": "2"})
    assert wrong.status_code == 422
    assert 'id="max-errors"' in wrong.text


def test_the_page_speaks_both_languages(rinas: TestClient, rina: TestClient, draft: Draft) -> None:
    a_rule(rina, draft)
    assert "The number of placements in region Papua Tengah is at least 2." in rinas.get("/policies").text
    rinas.headers["accept-language"] = "id"
    page = rinas.get("/policies").text
    assert "Jumlah penempatan di wilayah Papua Tengah: paling sedikit 2." in page
    assert "Tulis kebijakan" in page


def test_those_who_only_read_find_no_buttons(
    browser: Callable[[str], TestClient], rina: TestClient, draft: Draft
) -> None:
    rule = a_rule(rina, draft)
    visitor = browser("officer")
    page = visitor.get("/policies")
    assert page.status_code == 200
    assert "The number of placements in region Papua Tengah is at least 2." in page.text
    assert "/switch" not in page.text
    assert "/policies/new" not in page.text
    shown = visitor.get(f"/policies/{rule['id']}")
    assert shown.status_code == 200
    assert "Every wording" not in shown.text
    assert visitor.get("/policies/new").status_code == 403
    assert send(visitor, f"/policies/{rule['id']}/switch", to="off", version="1").status_code == 403


def test_a_form_from_elsewhere_changes_nothing(rinas: TestClient, rina: TestClient, draft: Draft) -> None:
    rule = a_rule(rina, draft)
    assert rinas.post(f"/policies/{rule['id']}/switch", data={"to": "off", "version": "1"}).status_code == 403
    assert rina.get(f"/api/v1/policies/{rule['id']}").json()["active"] is True


def test_a_long_list_comes_in_pages_of_a_hundred_kilobytes(
    rinas: TestClient, draft: Draft, nabire: str, database: Database
) -> None:
    with database.transaction() as session:
        for number in range(45):
            body = draft("count", {"posts": {"regions": ["94"]}, "min": 2}, code=f"rule-{number:02d}")
            session.add(Policy(**body, created_at=clock.now(), version=1))
    first = rinas.get("/policies", params={"cohort": nabire})
    assert len(first.content) < 100_000
    further = re.search(r'href="(/policies\?[^"]*cursor=[^"]*)"', first.text)
    assert further is not None
    second = rinas.get(text_of(further[1]))
    shown = [set(re.findall(r'<article id="([^"]+)"', page.text)) for page in (first, second)]
    assert [len(codes) for codes in shown] == [40, 5]
    assert shown[0] & shown[1] == set()


def test_what_is_not_there_is_not_found(rinas: TestClient, nabire: str) -> None:
    for path in ("/policies?cohort=nowhere", "/policies/new?cohort=nowhere", "/policies/nothing", "/policies/x/edit"):
        assert rinas.get(path).status_code == 404, path
    assert send(rinas, "/policies/new", kind="colour", cohort_id=nabire).status_code == 404
