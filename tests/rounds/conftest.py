"""A small programme, its people with their log-ins, and a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.applicants.models import Applicant
from app.core.access import SYSTEM
from app.core.database import Database
from app.identity import service as identity
from app.settings import Settings
from app.worker import run
from tests.conftest import PASSWORD
from tests.working import work_off
from tests.world import World, make_world


@pytest.fixture
def world(database: Database) -> World:
    """The programme, in the test's database."""
    with database.transaction() as session:
        return make_world(session)


@pytest.fixture
def log_in(web: FastAPI, database: Database, world: World) -> Iterator[Callable[..., TestClient]]:
    """Gives a client of a person of the programme: `log_in("manager", "rina")`, `log_in("applicant", "ayu")`."""
    opened: list[TestClient] = []

    def enter(role: str, name: str, region: str | None = None) -> TestClient:
        organisation = world.company if role == "sponsor" else None
        with database.transaction() as session:
            user = identity.create_user(
                session,
                SYSTEM,
                email=f"{name}@log-in.example",
                name=name.title(),
                role=role,
                password=PASSWORD,
                organisation_id=organisation,
                region_code=region,
            )
            if role == "applicant":
                session.get_one(Applicant, world.people[name]).user_id = user.id
        visitor = TestClient(web, follow_redirects=False)
        opened.append(visitor)
        answer = visitor.post("/api/v1/login", json={"email": user.email, "password": PASSWORD})
        visitor.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return visitor

    yield enter
    for visitor in opened:
        visitor.close()


@pytest.fixture
def work(database: Database, settings: Settings) -> Callable[[], int]:
    """Works the queue off in this process; gives the number of jobs."""
    return lambda: len(work_off(database, settings))


@pytest.fixture
def real_worker(settings: Settings) -> Callable[[], int]:
    """Lets a real worker, with its child process, work the queue off; it takes seconds to start."""
    return lambda: run(replace(settings, worker_poll_seconds=0.05), until_idle=True)
