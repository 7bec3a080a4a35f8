"""Databases for every test that needs one, on SQLite and PostgreSQL alike; the schema comes from the migrations."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import insert
from sqlalchemy.orm import Session
from starlette.datastructures import State

from app.core import clock, migrations
from app.core import database as core_database
from app.core.access import SYSTEM
from app.core.database import Database
from app.geography.models import Region
from app.identity import secrets
from app.identity import service as identity
from app.identity.models import Organisation, User
from app.main import create_app
from app.settings import Settings
from tests.emptied import EmptiedDatabase, administer, named

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a-long-test-password"
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes of the same kind with the least work, since most tests log somebody in and none guesses a password."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
        patch.setattr(secrets, "_hasher", lambda: hasher)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_commits() -> Iterator[Callable[[Any, object], None]]:
    """SQLite does not wait for the disk, as no test cuts the power; gives what prepares a connection without that."""
    prepare = core_database._prepare_sqlite

    def prepare_without_waiting(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF").close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core_database, "_prepare_sqlite", prepare_without_waiting)
        yield prepare


@pytest.fixture(scope="session", autouse=True)
def one_loop() -> Iterator[None]:
    """The event loop of all test clients; each request would start and end one of its own, which takes longer than the request."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL of this test process, which ends with it."""
    command = [sys.executable, str(ROOT / "tools" / "postgres.py"), "--until-closed"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url, "no PostgreSQL could be started; the reason stands above"
        yield url
        server.stdin.close()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database, copied for each test."""
    administer(postgres_server, "CREATE DATABASE template_gotong")
    migrations.upgrade(named(postgres_server, "template_gotong"))
    return "template_gotong"


@pytest.fixture(scope="session")
def emptied_postgres(postgres_server: str, postgres_template: str) -> EmptiedDatabase:
    """What gives each test on PostgreSQL its database."""
    return EmptiedDatabase(postgres_server, postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of the test's own."""
    if request.param == "sqlite":
        path = tmp_path / "gotong.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    lender: EmptiedDatabase = request.getfixturevalue("emptied_postgres")
    with lender.lent() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's database, open."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One transaction, committed where the test ends well."""
    with database.transaction() as opened:
        yield opened


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test installation, with a data folder of the test's own."""
    return replace(Settings(), environment="test", database_url=database_url, data_folder=str(tmp_path / "data"))


@pytest.fixture(scope="session")
def applications() -> Callable[[Settings, Database], FastAPI]:
    """Gives the application on a database. It is built once for all databases: its 350 routes take a quarter of a second."""
    built: dict[Settings, tuple[FastAPI, dict[str, object]]] = {}

    def get(settings: Settings, database: Database) -> FastAPI:
        # These differ from test to test, and are read at each request.
        kind = replace(settings, database_url="", data_folder="", oidc_issuer="", smtp_port=0)
        if kind not in built:
            web = create_app(settings, database)
            built[kind] = web, dict(web.state._state)
        web, state = built[kind]
        # What a test left in the application's state is gone, as if it were new.
        web.state = State({**state, "settings": settings, "database": database})
        return web

    return get


@pytest.fixture
def web(applications: Callable[[Settings, Database], FastAPI], settings: Settings, database: Database) -> FastAPI:
    """The application on the test's database."""
    return applications(settings, database)


@pytest.fixture
def client(web: FastAPI) -> Iterator[TestClient]:
    """A visitor who is not logged in; redirects are looked at, not followed."""
    with TestClient(web, follow_redirects=False) as visitor:
        yield visitor


@pytest.fixture
def papua(database: Database) -> str:
    """The code of a province that is in the database, put there where it is missing."""
    with database.transaction() as session:
        if session.get(Region, "94") is not None:
            return "94"
        session.execute(
            insert(Region),
            [
                {
                    "code": "94",
                    "level": "province",
                    "kind": "provinsi",
                    "name": "Papua Tengah",
                    "timezone": "WIT",
                    "lat": -3.5,
                    "lon": 136.3,
                    "population": 1_300_000,
                    "monthly_wage": 4_285_848,
                    "distance_km": 3_300,
                    "languages": [],
                }
            ],
        )
    return "94"


@pytest.fixture
def agro(database: Database) -> str:
    """The id of a company."""
    with database.transaction() as session:
        row = Organisation(code="agro", kind="company", name="PT Agro Lestari Timur", created_at=clock.now())
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def member(database: Database, papua: str) -> Callable[..., User]:
    """Makes an account of a role: for the named region or organisation (its id), or with one of its own."""

    def make(role: str, *, name: str = "", region: str | None = None, organisation: str | None = None) -> User:
        with database.transaction() as session:
            if organisation is None and role in {"sponsor", "partner"}:
                kind = "company" if role == "sponsor" else "ngo"
                code = f"{role}-{next(_numbers)}"
                row = Organisation(code=code, kind=kind, name=f"Organisasi {role}", created_at=clock.now())
                session.add(row)
                session.flush()
                organisation = row.id
            return identity.create_user(
                session,
                SYSTEM,
                email=f"{role}-{next(_numbers)}@contoh.example",
                name=name or f"Contoh {role}",
                role=role,
                password=PASSWORD,
                organisation_id=organisation,
                region_code=region or (papua if role == "officer" else None),
            )

    return make


@pytest.fixture
def as_role(web: FastAPI, member: Callable[..., User]) -> Iterator[Callable[..., TestClient]]:
    """Gives a client that carries the token of a fresh account of a role; further words go to `member`."""
    opened: list[TestClient] = []

    def log_in(role: str, **fields: str) -> TestClient:
        user = member(role, **fields)
        visitor = TestClient(web, follow_redirects=False)
        opened.append(visitor)
        answer = visitor.post("/api/v1/login", json={"email": user.email, "password": PASSWORD})
        assert answer.status_code in {200, 201}, answer.text
        visitor.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return visitor

    yield log_in
    for visitor in opened:
        visitor.close()
