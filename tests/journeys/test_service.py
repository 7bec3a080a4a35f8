"""After the round: offers, replacements, service, the school's link, what-if copies; a phone in Indonesian, a desktop in English."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import SYSTEM
from app.core.database import Database
from app.demo.accounts import PASSWORD
from app.deployments import host
from app.deployments.models import Deployment
from app.geography.models import Region
from app.identity import service as identity
from app.identity.models import User
from app.identity.sessions import actor_of
from app.offers import service as offers
from app.offers.models import Replacement
from app.offers.schemas import DeclineIn
from app.rounds import choices, service
from app.rounds.choice_schemas import ChoiceIn, ScenarioIn
from app.rounds.schemas import RoundIn
from app.schools.models import School
from app.settings import Settings
from tests.journeys.conftest import serving
from tests.journeys.visitor import DESKTOP, HEAVIEST, PHONE, Make, Visitor
from tests.offers.conftest import offer_of
from tests.offers.published import publish_world
from tests.working import work_off
from tests.world import World, make_world

OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@dataclass
class Scene:
    """The running site and the addresses of what is looked at, by who looks."""

    site: str
    pages: dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def scene(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A small programme with a solved round and its copy, a published round, and somebody in service, behind a real server."""
    path = tmp_path_factory.mktemp("service") / "gotong.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    settings = replace(Settings(), environment="test", database_url=url, worker_poll_seconds=0.05)
    with Database(url) as database:
        with database.transaction() as session:
            pages = _written(session, settings)
        work_off(database, settings)
        with database.reading() as session:
            found = session.scalars(select(Replacement)).one()
            pages["rina"].append(("replacement", f"/replacements/{found.id}"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
    with serving(environment | {"GOTONG_DATABASE_URL": url}) as site:
        yield Scene(site, pages)


def _written(session: Session, settings: Settings) -> dict[str, list[tuple[str, str]]]:
    world = make_world(session)
    session.get_one(Region, "93.04").languages = ["asc"]
    for school in session.scalars(select(School)):
        school.tags = ["no-signal", "remote"]
    users = {name: _user(session, world, name, role) for name, role in WHO}
    rina = actor_of(users["rina"])
    solved, draft = _rounds(session, world, users["rina"])
    published = publish_world(session, world, {"ayu": "moa", "budi": "moa", "citra": "waijelu"})
    offers.accept(session, actor_of(users["ayu"]), offer_of(session, "ayu").id)
    reason = DeclineIn(reason="Saya diterima kuliah lagi.")
    offers.decline(session, actor_of(users["citra"]), offer_of(session, "citra").id, reason)
    session.flush()
    deployment = session.scalars(select(Deployment)).one()
    deployment.starts_on = dt.date(2026, 7, 1)
    token, _ = host.give_link(session, rina, deployment.id, secret=settings.secret)
    return {
        "budi": [("offer", "/offer")],
        "ayu": [("own-service", "/service")],
        "agro": [("funded-service", "/deployments")],
        "": [("host", f"/host/{token}")],
        "rina": [
            ("offers", f"/rounds/{published}/offers"),
            ("replacements", "/replacements"),
            ("deployments", "/deployments"),
            ("deployment", f"/deployments/{deployment.id}"),
            ("choices", f"/rounds/{draft}"),
            ("copies", f"/rounds/{solved}"),
            ("comparison", f"/rounds/{solved}/comparison"),
        ],
    }


WHO = (("rina", "manager"), ("agro", "sponsor"), ("ayu", "applicant"), ("budi", "applicant"), ("citra", "applicant"))


def _user(session: Session, world: World, name: str, role: str) -> User:
    user = identity.create_user(
        session,
        SYSTEM,
        email=f"{name}@log-in.example",
        name=name.title(),
        role=role,
        password=PASSWORD,
        organisation_id=world.company if role == "sponsor" else None,
    )
    if role == "applicant":
        session.get_one(Applicant, world.people[name]).user_id = user.id
    return user


def _rounds(session: Session, world: World, user: User) -> tuple[str, str]:
    """Return a round that waits for its solve, as does a copy of it with less money, and one in draft with a pin."""
    rina = actor_of(user)
    solved, draft = (
        service.create_round(session, rina, RoundIn(cohort_id=world.cohort, name=name, time_limit_seconds=20)).id
        for name in ("Putaran 2027-1", "Putaran 2027-2")
    )
    pin = ChoiceIn(
        kind="pin", applicant_id=world.people["ayu"], need_id=world.needs["agats"], reason="Lanjut tahun kedua"
    )
    choices.add_choice(session, rina, draft, pin)
    service.freeze(session, rina, solved)
    less = ScenarioIn.model_validate({"name": "Kurang uang", "overrides": {"funds": {"agro-2027": {"budget": 10**8}}}})
    copy = choices.create_scenario(session, rina, solved, less).id
    service.freeze(session, rina, copy)
    for one in (solved, copy):
        service.request_solve(session, rina, one)
    return solved, draft


@pytest.fixture
def come(browser: Browser, scene: Scene) -> Iterator[Make]:
    with Visitor.all_of(browser, scene.site) as make:
        yield make


@pytest.mark.parametrize("who", ["budi", "ayu", "", "agro", "rina"])
def test_what_people_see_of_offers_and_service(come: Make, scene: Scene, who: str) -> None:
    email = f"{who}@log-in.example" if who else None
    for width, language in ((PHONE, "id"), (DESKTOP, "en")):
        visitor = come(email, language=language)
        for name, path in scene.pages[who]:
            visitor.go(path)
            visitor.page.evaluate(OPEN_ALL)
            visitor.look(f"service-{name}", width)
            assert visitor.weigh(path) < HEAVIEST, name


def test_a_school_confirms_from_a_phone_without_scripts(come: Make, scene: Scene) -> None:
    ((_, link),) = scene.pages[""]
    school = come(language="id", scripts=False)
    school.go(link)
    school.page.get_by_role("button", name="Ayu Contoh sudah tiba").click()
    assert school.page.get_by_text("Terima kasih, sudah dicatat.").is_visible()
    assert school.page.get_by_text("Anda memastikan kedatangan").is_visible()
