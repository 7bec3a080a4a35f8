"""Imports of 100,000 rows: seconds, rows a second and the memory of the process that does it, on both databases.

    python -m tests.benchmarks.imports                    every kind as CSV, people also as XLSX, changed and wrong
    python -m tests.benchmarks.imports --rows 10000

Every step runs in a process of its own, as the worker runs it, so its peak memory is that of the step.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.applicants.models import Cohort
from app.core import clock, migrations
from app.core.access import SYSTEM
from app.core.database import Database
from app.geography import reference
from app.geography.service import load_reference
from app.identity import service as identity
from app.identity.models import Organisation, User
from app.identity.sessions import actor_of
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import RunningJob, Stop
from app.jobs.registry import load_handlers
from app.settings import Settings
from app.transfers import service
from app.transfers.columns import COLUMNS
from app.transfers.models import Import
from app.transfers.writing import write_table

ROOT: Final = Path(__file__).resolve().parents[2]
MOTIVATION: Final = (
    "My own first teacher came from far away and stayed; I want to be that teacher for somebody else. " * 2
)
RUNS: Final = (
    ("schools", "csv", ""),
    ("needs", "csv", ""),
    ("funds", "csv", ""),
    ("applicants", "csv", ""),
    ("applicants", "csv", "changed"),
    ("applicants", "csv", "wrong"),
    ("schools", "xlsx", "changed"),
)


def rows(kind: str, number: int, variant: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file; `changed` differs from the plain one in every row, `wrong` has two faults in each."""
    places = list(reference.regencies())
    for n in range(number):
        place = places[n * 7 % len(places)]
        period = {"starts_on": dt.date(2027, 7, 15), "ends_on": dt.date(2028, 6, 30)}
        if kind == "schools":
            level, name = ("SD", "SMP", "SMA", "SMK")[n % 4], f"Sekolah Negeri {n}{' Baru' if variant else ''}"
            known = {"npsn": f"{60_000_000 + n}", "name": name, "level": level, "status": "negeri", "region": place}
            yield {**known, "lat": -9.7, "lon": 124.2, "tags": "remote; no-signal"}
        elif kind == "needs":
            costs = "insurance=1200000; stipend=27960000; training=9000000"
            wanted = {"headcount": 1 + n % 3, "hardship": n % 6, "prefers": "skill:library", "costs": costs}
            yield {"code": f"n-{n}", "school": f"{60_000_000 + n}", **period, **wanted}
        elif kind == "funds":
            yield {"code": f"f-{n}", "organisation": "agro", "name": f"Dana {n}", "amount": 10**9 + n, **period}
        else:
            yield _person(n, place, variant)


def _person(n: int, place: str, variant: str) -> dict[str, Any]:
    about = {"code": f"p-{n}", "cohort": "2027", "name": f"Orang {n}{' Baru' if variant == 'changed' else ''}"}
    return {
        **about,
        "email": f"orang-{n}@contoh.example",
        "gender": "fm"[n % 2],
        "birth_year": 1990 + n % 15,
        "home": "99.99" if variant == "wrong" else place,
        "levels": "TK" if variant == "wrong" else "SD; SMP",
        "subjects": "math; science",
        "languages": "aoz",
        "skills": "library",
        "max_hardship": n % 6,
        "motivation": MOTIVATION,
        "preferences": "53.04; 94",
        "refuses": "31",
        "state": "submitted",
    }


def written(kind: str, number: int, written_as: str, variant: str) -> io.BytesIO:
    """Return the file."""
    names = [column.name for column in COLUMNS[kind] if not column.told]
    file = io.BytesIO()
    table = ([row.get(name) for name in names] for row in rows(kind, number, variant))
    write_table(file, written_as, names, table, title=kind, bom=False)
    return file


def prepare(url: str) -> None:
    """Write what files are held against: regions, a manager, a cohort, a company."""
    migrations.upgrade(url)
    with Database(url) as database, database.transaction() as session:
        load_reference(session)
        identity.create_user(
            session, SYSTEM, email="rina@contoh.example", name="Rina", role="manager", password="a-long-test-password"
        )
        days = {"intake_opens_on": dt.date(2026, 1, 1), "intake_closes_on": dt.date(2099, 1, 1)}
        session.add(Cohort(code="2027", name_id="2027", name_en="2027", year=2027, created_at=clock.now(), **days))
        session.add(Organisation(code="agro", kind="company", name="PT Agro", created_at=clock.now()))


def send(url: str, kind: str, file: io.BytesIO, name: str) -> str:
    """Upload a file as the manager; return the import's id."""
    settings = replace(Settings(), database_url=url)
    upload = service.read_upload(file, name, settings)
    with Database(url) as database, database.transaction() as session:
        manager = actor_of(session.scalars(select(User).where(User.role == "manager")).one())
        return service.upload_import(session, manager, kind, upload, settings).id


def apply(url: str, import_id: str) -> dict[str, int]:
    """Ask for the storing of what is right; return the counts of the check."""
    with Database(url) as database, database.transaction() as session:
        row = session.get_one(Import, import_id)
        manager = actor_of(session.scalars(select(User).where(User.role == "manager")).one())
        service.apply_import(session, manager, import_id, "skip")
        return {name: getattr(row, name) for name in ("created", "updated", "unchanged", "wrong")}


def run_due(url: str) -> None:
    """Run the job that is due in this process, and print its seconds and the memory at the start and at its peak, in MB."""
    settings = replace(Settings(), database_url=url, worker_lease_seconds=600.0)
    load_handlers(["app.models", *settings.task_modules])
    with Database(url) as database:
        with database.transaction() as session:
            lease = queue.claim(session, "benchmark", settings)
        assert lease is not None
        context = RunningJob(database, lease, lambda _: None, stop := Stop(), settings)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started, cpu = time.monotonic(), time.process_time()
        ended, failure = attempt(context, lease, stop)
        seconds, cpu = time.monotonic() - started, time.process_time() - cpu
        context.close()
    assert ended == "done", failure
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "before": before, "peak": peak}))


def step(url: str) -> dict[str, float]:
    """Run the job that is due in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.imports", "--run", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Give the URLs of an empty database of each kind; both bring every commit to the disk."""
    folder.chmod(0o711)  # started by root, PostgreSQL runs as another user, who has to get through
    kept = ["--folder", str(folder / "postgres")]
    command = [sys.executable, str(ROOT / "tools" / "postgres.py"), *kept, "--until-closed"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = make_url(server.stdout.readline().strip()).set(drivername="postgresql+psycopg")
        yield {
            "SQLite": f"sqlite:///{folder}/imports.db",
            "PostgreSQL": address.render_as_string(hide_password=False),
        }
        server.stdin.close()
        server.wait(timeout=30)


def measure(name: str, url: str, number: int, kinds: Collection[str]) -> None:
    """Print a line for every file."""
    prepare(url)
    for kind, written_as, variant in RUNS:
        if kind not in kinds:
            continue
        file = written(kind, number, written_as, variant)
        size = len(file.getvalue()) / 1e6
        started = time.monotonic()
        import_id = send(url, kind, file, f"{kind}.{written_as}")
        sending = time.monotonic() - started
        del file
        check = step(url)
        counts = apply(url, import_id)
        store = step(url)
        whole = check["seconds"] + store["seconds"]
        print(
            f"| {name} | {' '.join((kind, variant)).strip()} ({written_as}, {size:.0f} MB) | {counts['created']:,} | "
            f"{counts['updated']:,} | {counts['wrong']:,} | {sending:.1f} | {check['seconds']:.1f} ({check['cpu']:.1f}) | "
            f"{store['seconds']:.1f} ({store['cpu']:.1f}) | "
            f"{number / whole:,.0f} | {check['before']:.0f} → {check['peak']:.0f} | {store['before']:.0f} → {store['peak']:.0f} |",
            flush=True,
        )


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kinds", nargs="*", choices=COLUMNS, default=list(COLUMNS), help="needs want schools too")
    parser.add_argument("--run", metavar="URL", help="run the one job that is due there, in this process")
    asked = parser.parse_args()
    if asked.run:
        run_due(asked.run)
        return
    print(
        "| database | file | new | changed | wrong | send s | check s (CPU) | store s (CPU) | rows/s | check MB | store MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch, databases(Path(scratch)) as urls:
        for name, url in urls.items():
            measure(name, url, asked.rows, asked.kinds)


if __name__ == "__main__":
    main()
