"""The shell around every page: light, readable, without anything from elsewhere, in the reader's language."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.core.i18n import speaking
from app.core.problems import FieldError, Invalid, NotFound
from app.core.templating import environment

STATIC = Path(__file__).resolve().parents[2] / "app" / "core" / "static"
STYLE = (STATIC / "gotong.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", STYLE))
SHELL_LIMIT = 20_000


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [(text, ground) for text in ("ink", "soft", "accent") for ground in ("ground", "sunk", "accent-soft")]
    + [("warn", "ground"), ("warn", "warn-soft")],
)
def test_text_is_read_on_every_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("edge", ["edge", "accent", "focus"])
def test_edges_of_controls_and_the_focus_are_seen(edge: str) -> None:
    assert contrast(edge, "ground") >= 3


def test_style_and_scripts_are_small_and_bring_nothing_from_elsewhere() -> None:
    files = [path for path in STATIC.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"gotong.css", "gotong.svg", "round.js"}
    for path in files:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        assert len(text) < SHELL_LIMIT, path.name
        assert not re.search(r"https?://|@import|//cdn", text), path.name


def test_no_template_styles_or_acts_by_itself() -> None:
    """The content security policy would block it: no inline style, no inline script, no handler in an attribute."""
    folder = STATIC.parents[1]
    for path in folder.glob("*/templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text), path.relative_to(folder)


def test_the_menu_is_the_roles_and_marks_where_one_is(as_role: Callable[[str], TestClient]) -> None:
    for role, label in [("manager", "Rounds"), ("applicant", "My placement"), ("sponsor", "What we fund")]:
        page = as_role(role).get("/rounds", headers={"accept-language": "en"}).text
        assert f'<a href="/rounds" aria-current="page">{label}</a>' in page
    assert 'href="/rounds"' not in as_role("reviewer").get("/home").text


def test_the_menu_of_a_manager_is_a_few_groups_that_open_without_scripts(as_role: Callable[[str], TestClient]) -> None:
    page = as_role("manager").get("/policies", headers={"accept-language": "en"}).text
    menu = page.split("<nav", 1)[1].split("</nav>", 1)[0]
    top = re.findall(r"<summary(?: aria-current=\"true\")?>([^<]+)</summary>", menu)
    assert top == ["Applicants", "Placing", "Service", "Programme", "My account"]
    assert '<summary aria-current="true">Placing</summary>' in menu
    assert '<a href="/policies" aria-current="page">Policies</a>' in menu
    assert re.findall(r"<a href=\"([^\"]+)\"", menu) == [
        "/home", "/applicants", "/screening", "/selection", "/reviewing", "/rounds", "/policies", "/deployments", "/replacements",
        "/invitations", "/notifications", "/corrections", "/imports", "/account", "/my-data",
    ]  # fmt: skip
    # Who has few entries gets them at once: a group of one is a link.
    sponsor = as_role("sponsor").get("/home", headers={"accept-language": "en"}).text
    assert re.findall(r"<summary>([^<]+)</summary>", sponsor.split("</nav>", 1)[0]) == ["My account"]
    assert '<a href="/deployments">In service</a>' in sponsor


def test_a_page_says_its_language_and_offers_the_other(client: TestClient) -> None:
    indonesian = client.get("/login").text
    assert '<html lang="id">' in indonesian
    assert 'value="en" lang="en">English</button>' in indonesian
    english = client.get("/login", headers={"accept-language": "en"}).text
    assert '<html lang="en">' in english
    assert 'value="id" lang="id">Bahasa Indonesia</button>' in english


def test_what_went_wrong_is_told_with_its_places_and_nothing_is_run() -> None:
    errors = [
        FieldError(f"/needs/{n}", "unknown", "There is no {value}.", facts={"value": "<b>x</b>"}) for n in range(25)
    ]
    page = environment().from_string('{% from "core/parts.html" import told %}{{ told(problem) }}')
    with speaking("en"):
        text = page.render(problem=Invalid(errors=errors))
        assert 'role="alert"' in text
        assert "&lt;b&gt;x&lt;/b&gt;" in text
        assert text.count("<li>") == 20
        assert "and 5 more" in text
        assert "Not found" in page.render(problem=NotFound())
        assert page.render(problem=None).strip() == ""


def test_a_bar_shows_a_part_and_survives_nothing() -> None:
    page = environment().from_string('{% from "core/parts.html" import bar %}{{ bar(part, whole) }}')
    assert 'class="part" width="25.0"' in page.render(part=1, whole=4)
    assert 'class="part" width="0"' in page.render(part=0, whole=0)
