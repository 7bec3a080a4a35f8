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
from app.core.ids import new_id
from app.identity import service as identity
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import RunningJob, Stop
from app.jobs.registry import load_handlers
from app.settings import Settings
from app.worker import run
from tests.conftest import PASSWORD
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
def work(settings: Settings) -> Callable[[], int]:
    """Lets a real worker, with its child process, work the queue off."""
    return lambda: run(replace(settings, worker_poll_seconds=0.05), until_idle=True)


@pytest.fixture
def work_here(settings: Settings, database: Database) -> Callable[[], int]:
    """Works the queue off in this process, for tests of what is worked out and not of the worker; gives the number of jobs."""

    def run_all() -> int:
        load_handlers(settings.task_modules)
        done = 0
        while True:
            with database.transaction() as session:
                lease = queue.claim(session, new_id(), settings)
            if lease is None:
                return done
            stop = Stop()
            context = RunningJob(database, lease, lambda _: None, stop, settings)
            ended, failure = attempt(context, lease, stop)
            context.close()
            if failure is not None:
                with database.transaction() as session:
                    queue.fail(session, lease, failure, settings)
            assert ended == "done" or (failure is not None and failure.final), failure
            done += 1

    return run_all
