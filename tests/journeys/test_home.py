"""Everybody comes in and finds the way: each role, on a phone and on a desktop, in both languages."""

import pytest

from app.demo.accounts import LOGINS, Login
from tests.journeys.visitor import DESKTOP, HEAVIEST, PHONE, Make

FIRST_OF_ROLE = {login.role: login for login in reversed(LOGINS)}


@pytest.mark.parametrize("login", FIRST_OF_ROLE.values(), ids=FIRST_OF_ROLE.keys())
def test_each_role_finds_its_home_page(visit: Make, login: Login) -> None:
    visitor = visit(login.email)
    for width in (DESKTOP, PHONE):
        for language in ("en", "id"):
            visitor.look(f"home-{login.role}", width, language=language)
    assert visitor.weigh("/home") < HEAVIEST


def test_the_door_is_open_to_keyboard_and_screen_reader(visit: Make) -> None:
    visitor = visit()
    for width in (DESKTOP, PHONE):
        visitor.look("login", width)
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.locator(":focus")
    assert skip.get_attribute("href") == "#main"
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0, "the link past the menu is seen when it has the focus"


def test_a_wrong_password_is_told_on_the_page(visit: Make) -> None:
    visitor = visit()
    visitor.page.locator("#email").fill("rina@contoh.example")
    visitor.page.locator("#password").fill("bukan ini")
    visitor.page.locator("main button").click()
    assert visitor.page.get_by_role("alert").is_visible()
    assert visitor.page.locator("#email").input_value() == "rina@contoh.example"
    # The browser itself reports the 401 on its console; that is the only thing it may say.
    assert all("401" in one for one in visitor.complaints)
    visitor.complaints.clear()
    visitor.look("login-refused", PHONE)


def test_a_page_that_is_not_there_says_so_and_leads_back(visit: Make) -> None:
    visitor = visit(LOGINS[0].email)
    visitor.go("/nowhere")
    visitor.complaints.clear()
    visitor.look("not-found", PHONE)
    visitor.page.locator("main a").click()
    assert visitor.page.url == f"{visitor.site}/home"
