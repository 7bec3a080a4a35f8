"""The real server over a fresh database with the demo's cohort, and a browser in front of it.

`GOTONG_SCREENSHOTS=folder pytest tests/journeys` keeps a picture of every page that is looked at.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from app.core.database import Database
from app.demo.accounts import LOGINS, open_accounts
from app.demo.cohort import PRESETS, make_cohort
from app.demo.loading import load
from app.demo.signing import actor_of, sign_everything
from app.geography.service import load_reference
from tests.jobs.crew import wait_for
from tests.journeys.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("GOTONG_TEST_CHROMIUM", "/usr/bin/chromium")
# A server starts within three seconds, and on a machine with ten times too much to do within this.
START_SECONDS = 180
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder, and skip it where there is no browser to do it with."""
    missing = pytest.mark.skip(reason=f"needs Debian's chromium; {CHROMIUM} is not there")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(missing)


@pytest.fixture(scope="session")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the server's and the worker's processes, over a database with the demo's cohort and log-ins."""
    path = tmp_path_factory.mktemp("journeys") / "gotong.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    with Database(url) as database, database.transaction() as session:
        load_reference(session)
        loaded = load(session, make_cohort(PRESETS["demo"], 7))
        users = open_accounts(session, loaded)
        session.flush()
        sign_everything(session, actor_of(users[LOGINS[0].email]))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
    # The whole suite logs in more often from one address than a person does.
    return ours | {"GOTONG_DATABASE_URL": url, "GOTONG_LOGIN_TRIES_PER_ADDRESS": "1000"}


@pytest.fixture(scope="session")
def site(environment: dict[str, str]) -> Iterator[str]:
    """The address of the running server."""
    with serving(environment) as address:
        yield address


@pytest.fixture
def worker(environment: dict[str, str]) -> Callable[[], AbstractContextManager[object]]:
    """Lets a worker of the site's database work while a `with` block lasts."""
    return lambda: process(environment, "worker")


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[str]:
    """Serve on a free port until the block ends; give the address once the server says that it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with process(environment, "serve", "--port", str(port)) as server, httpx.Client(timeout=30) as client:

        def answer() -> httpx.Response | None:
            assert server.poll() is None, "the server has ended; the reason stands above"
            try:
                return client.get(f"{address}/readyz")
            except httpx.ConnectError:
                return None

        ready = wait_for(answer, START_SECONDS)
        assert ready.status_code == 200, ready.text
        yield address


@contextmanager
def process(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the shell until the block ends; it is ended by its own process id."""
    command = [sys.executable, "-m", "app", *words]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.terminate()
            running.wait(timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium for all tests of the process; each visitor has a profile of their own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[type[Visitor]]:
    """Makes visitors: `visit("rina@contoh.example")` is logged in, `visit()` stands before the door."""
    with Visitor.all_of(browser, site) as make:
        yield make
