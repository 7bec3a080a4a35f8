"""Speed over HTTP as ratios to the bare database, in one run on the same machine, on SQLite and PostgreSQL.

    python -m tests.benchmarks.serving                     100,000 applications, 16 clients, 10 seconds for each figure
    python -m tests.benchmarks.serving --people 5000 --seconds 3
    python -m tests.benchmarks.serving --databases PostgreSQL --figures send

Listing 50 applications with filter and sort is held against the same SQL statements, by the driver, with the same rows written as
JSON; sending an application against an insert of such a row with its commit. The server is the real one, in processes of its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select, text

from app.applicants.models import Applicant, Cohort, Preference
from app.core import clock
from app.core.database import Database
from app.core.ids import new_id
from app.geography import reference
from tests.benchmarks.imports import MOTIVATION, ROOT, databases, prepare

CLIENTS: Final = 16
MANY: Final = 64
FIGURES: Final = ("lists", "send", "many")
PASSWORD: Final = "a-long-test-password"
LISTS: Final = {
    "by name": ("sort=name", "name ASC, id ASC"),
    "by suitability": ("sort=-suitability", "suitability IS NULL ASC, suitability DESC, id DESC"),
}


@dataclass
class Tally:
    """What the threads of one figure did: seconds of each turn, and what went wrong."""

    turns: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Turns a second."""
        return len(self.turns) / self.seconds

    @property
    def slow(self) -> float:
        """Milliseconds within which 95 of 100 turns were over."""
        return 1000 * statistics.quantiles(self.turns, n=20)[-1] if len(self.turns) > 1 else 0.0


def together(threads: int, seconds: float, make: Callable[[int], Callable[[], None]]) -> Tally:
    """Let each thread do its turn again and again for `seconds`; return the tally."""
    tally, until = Tally(), time.monotonic() + seconds

    def run(number: int) -> None:
        try:
            turn = make(number)
            while (begun := time.monotonic()) < until:
                turn()
                tally.turns.append(time.monotonic() - begun)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told as a figure
            tally.faults.append(repr(fault))

    crew = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    started = time.monotonic()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    tally.seconds = time.monotonic() - started
    return tally


def people(url: str, number: int) -> list[str]:
    """Write the applications, one of ten still a draft that is ready to be sent; return the drafts' ids."""
    homes = list(reference.regencies())
    drafts = []
    with Database(url) as database, database.transaction() as session:
        cohort = session.scalars(select(Cohort.id)).one()
        for start in range(0, number, 1000):
            rows = [_person(cohort, n, homes[n % len(homes)]) for n in range(start, min(start + 1000, number))]
            drafts += [row["id"] for row in rows if row["state"] == "draft"]
            session.execute(insert(Applicant), rows)
            wishes = [{"applicant_id": row["id"], "rank": 0, "region_code": "53"} for row in rows]
            session.execute(insert(Preference), wishes)
    return drafts


def _person(cohort: str, n: int, home: str) -> dict[str, Any]:
    is_draft = n % 10 == 0
    return {
        "id": new_id(),
        "code": f"p-{n}",
        "cohort_id": cohort,
        "name": f"Orang {n * 7919 % 1_000_003}",
        "email": f"orang-{n}@contoh.example",
        "gender": "f",
        "birth_year": 2000,
        "home_code": home,
        "levels": ["SD"],
        "subjects": [],
        "languages": ["aoz"],
        "skills": ["library"],
        "motivation": MOTIVATION,
        "suitability": None if is_draft else n % 101,
        "state": "draft" if is_draft else "in_pool",
        "created_at": clock.now(),
    }


def bare_list(database: Database, order: str) -> Callable[[int], Callable[[], None]]:
    """Return what a thread does for a page without the service: the same rows, with their wishes, written as JSON."""
    rows = text(f"SELECT * FROM applicants WHERE state = :state ORDER BY {order} LIMIT 51")
    ids = ", ".join(f":i{n}" for n in range(51))
    wishes = text(f"SELECT * FROM applicant_preferences WHERE applicant_id IN ({ids}) ORDER BY rank")
    refusals = text(f"SELECT * FROM applicant_refusals WHERE applicant_id IN ({ids}) ORDER BY region_code")

    def make(_: int) -> Callable[[], None]:
        connection = database.engine.connect()

        def turn() -> None:
            found = [dict(row) for row in connection.execute(rows, {"state": "in_pool"}).mappings()]
            keys = {f"i{n}": row["id"] for n, row in enumerate(found)}
            more = [[dict(row) for row in connection.execute(one, keys).mappings()] for one in (wishes, refusals)]
            connection.rollback()
            json.dumps([found, *more], default=str)

        return turn

    return make


def bare_insert(database: Database) -> Callable[[int], Callable[[], None]]:
    """Return what a thread does for one row and its commit; on SQLite writers exclude each other, as in the service."""
    with database.reading() as session:
        cohort = session.scalars(select(Cohort.id)).one()
    statement = insert(Applicant.__table__)  # type: ignore[arg-type]

    def make(number: int) -> Callable[[], None]:
        count = iter(range(10_000_000))

        def turn() -> None:
            row = _person(cohort, 10_000_000 + number * 1_000_000 + next(count), "53.04")
            row["served_before"] = row["regular_care"] = row["invented"] = False
            with database.transaction() as session:
                session.connection().execute(statement, {**row, "accept": 1000, "version": 1})

        return turn

    return make


def asking(
    port: int, token: str, method: str, paths: Iterator[str], status: int
) -> Callable[[int], Callable[[], None]]:
    """Return what a client does: one request on a line that stays open, and the whole answer read."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    lock = threading.Lock()

    def make(_: int) -> Callable[[], None]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

        def turn() -> None:
            with lock:
                path = next(paths)
            line.request(method, path, headers=headers)
            answer = line.getresponse()
            body = answer.read()
            if answer.status != status:
                raise RuntimeError(f"{answer.status} {body[:200]!r}")

        return turn

    return make


@contextmanager
def serving(url: str, folder: Path) -> Iterator[int]:
    """Run the real server; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    known = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
    processes = "1" if url.startswith("sqlite") else "2"
    ours = {"GOTONG_DATABASE_URL": url, "GOTONG_PROCESSES": processes, "GOTONG_DATA_FOLDER": str(folder / "data")}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=known | ours, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)  # between two looks
    raise RuntimeError("the server did not come up")


def log_in(port: int) -> str:
    """Return a token of the manager."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"email": "rina@contoh.example", "password": PASSWORD})
    line.request("POST", "/api/v1/login", body, {"Content-Type": "application/json"})
    token: str = json.loads(line.getresponse().read())["token"]
    return token


def same(path: str) -> Iterator[str]:
    """Yield one path for ever."""
    while True:
        yield path


def measure(name: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    """Print the figures of one database."""
    prepare(url)
    drafts = people(url, asked.people)
    with Database(url) as database, serving(url, folder) as port:
        token = log_in(port)
        with database.transaction() as session:
            session.connection().exec_driver_sql("ANALYZE")
        for what, (sort, order) in LISTS.items() if "lists" in asked.figures else ():
            path = f"/api/v1/applicants?limit=50&state=in_pool&{sort}"
            bare = together(1, asked.seconds, bare_list(database, order))
            ours = together(CLIENTS, asked.seconds, asking(port, token, "GET", same(path), 200))
            _print(name, f"list, {what}", ours, bare)
        if "send" in asked.figures:
            submits = (f"/api/v1/applicants/{key}/submit" for key in drafts)
            ours = together(CLIENTS, asked.seconds, asking(port, token, "POST", submits, 200))
            writers = 1 if url.startswith("sqlite") else CLIENTS
            _print(name, "send an application", ours, together(writers, asked.seconds, bare_insert(database)))
        if "many" in asked.figures:
            many = asking(port, token, "GET", same("/api/v1/applicants?limit=50&sort=name"), 200)
            _print(name, f"{MANY} clients, list by name", together(MANY, asked.seconds, many), None)


def _print(name: str, what: str, ours: Tally, bare: Tally | None) -> None:
    held = "– | –" if bare is None else f"{bare.rate:,.0f} | {ours.rate / bare.rate:.2f}"
    print(
        f"| {name} | {what} | {ours.rate:,.0f} | {ours.slow:,.0f} | {held} | {len(ours.faults)} |",
        flush=True,
    )
    for fault in ours.faults[:3]:
        print(f"  {fault}", file=sys.stderr)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--databases", nargs="*", choices=("SQLite", "PostgreSQL"), default=["SQLite", "PostgreSQL"])
    parser.add_argument("--figures", nargs="*", choices=FIGURES, default=list(FIGURES))
    asked = parser.parse_args()
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("| database | what | a second | 95 % within ms | bare, a second | ratio | faults |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch, databases(Path(scratch)) as urls:
        for name in asked.databases:
            measure(name, urls[name], Path(scratch), asked)


if __name__ == "__main__":
    main()
