"""Files that are hostile or only odd, workers that die, and the same file again: nothing comes in twice, by halves or by force."""

from __future__ import annotations

import csv
import io
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.audit.chain import verify_chain
from app.core.database import Database
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import RunningJob, Stop
from app.schools.models import School
from app.settings import Settings
from app.transfers import applying, checking
from app.transfers.models import ImportBatch, WrongRow
from tests.jobs.crew import Crew, wait_for
from tests.transfers.conftest import A_PERSON, A_SCHOOL, Sender, counts, file_of
from tests.transfers.test_files import BOOK, SHEET, bomb, changed, sheet_with, workbook

HEADER = "npsn,name,level,status,region,lat,lon"


def many(number: int) -> str:
    """Return a file of new schools."""
    return "\n".join([HEADER, *(f"6{n:07},SD Uji {n},SD,negeri,53.11,-9.7,124.2" for n in range(number))])


def schools(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(School)) or 0


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows at a time, so that small files have many batches."""
    monkeypatch.setattr(checking, "AT_ONCE", 10)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "schools.csv", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "schools.csv", "no_text"),
        (b"MZ\x00\x00", "schools.exe", "other_content"),
        (bomb(declared=1_000), "schools.xlsx", "unpacks_too_large"),
        (changed(BOOK, "xl/vbaProject.bin", b"x"), "schools.xlsx", "macros"),
        (changed(BOOK, SHEET, sheet_with('<row><c r="XFD1048576"><v>1</v></c></row>')), "schools.xlsx", "far_cell"),
    ],
)
def test_what_is_no_table_is_refused_at_once(content: bytes, name: str, code: str, manager: Sender) -> None:
    answer = manager.send("schools", content, name)
    assert answer.status_code == 422
    assert [(one["code"], bool(one["remedy"])) for one in answer.json()["errors"]] == [(code, True)]


def test_a_form_without_a_file_or_a_kind_is_told_both(manager: Sender) -> None:
    answer = manager.client.post("/api/v1/imports", data={"kind": "people"})
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/kind", "/file"]


def test_a_file_beyond_the_limit_is_refused(manager: Sender, settings: Settings) -> None:
    manager.client.app.state.settings = replace(settings, max_import_bytes=50)  # type: ignore[attr-defined]
    answer = manager.send("schools", many(5))
    assert answer.json()["errors"][0]["code"] == "too_large"


@pytest.mark.parametrize(
    ("text", "row", "code"),
    [
        ("nama,npsn\nSD,5\n", 1, "unknown_column"),
        (f"{HEADER}\n" + '5,"open,SD,negeri,53.11,-9.7,124.2\n', 2, "broken_row"),
    ],
)
def test_what_cannot_be_read_on_is_told_with_its_row(text: str, row: int, code: str, manager: Sender) -> None:
    shown = manager.checked("schools", text)
    assert (shown["state"], shown["fault"]["row"]) == ("refused", row)
    assert code in [one["code"] for one in shown["fault"]["findings"]]
    answer = manager.client.post(f"/api/v1/imports/{shown['id']}/apply", json={"mode": "skip"})
    assert answer.status_code == 409


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_names_come_in_as_they_are_written_whatever_the_encoding(encoding: str, manager: Sender) -> None:
    text = many(1).replace("SD Uji 0", "SD José – Süd").replace(",", ";")
    shown = manager.checked("schools", text.encode(encoding))
    assert shown["encoding"] == encoding
    manager.applied(shown["id"])
    assert "SD José – Süd" in manager.export("schools").decode()


def test_a_formula_stays_a_text_on_its_way_in_and_out(manager: Sender) -> None:
    evil = '=HYPERLINK("http://x.example";"klik")'
    row = {**A_SCHOOL, "npsn": "60000001", "name": evil.replace('"', '""')}
    manager.applied(manager.checked("schools", file_of("schools", row))["id"])
    shown = manager.client.get("/api/v1/schools", params={"q": "HYPERLINK"}).json()["items"]
    assert [one["name"] for one in shown] == [evil]
    exported = manager.export("schools").decode()
    assert any(row["name"] == f"'{evil}" for row in csv.DictReader(io.StringIO(exported)))
    assert counts(manager.checked("schools", exported)) == (0, 0, 4, 0)


def test_a_workbook_with_links_to_elsewhere_is_only_read(manager: Sender) -> None:
    links = changed(
        workbook([HEADER.split(","), ["60000001", "SD", "SD", "negeri", "53.11", -9.7, 124.2]]),
        "xl/externalLinks/externalLink1.xml",
        b'<externalLink xmlns:r="r"><externalBook r:id="rId1"/></externalLink>',
    )
    assert counts(manager.checked("schools", links, "schools.xlsx")) == (1, 0, 0, 0)


def test_a_huge_cell_is_told_and_does_not_fill_the_memory(manager: Sender) -> None:
    row = {**A_PERSON, "motivation": "a" * 900_000}
    tracemalloc.start()
    shown = manager.checked(
        "applicants", file_of("applicants", *[{**row, "email": f"{n}@a.example"} for n in range(5)])
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert manager.errors(shown["id"])[0] == (2, "motivation", "long_cell")
    assert peak < 60_000_000
    error = manager.client.get(f"/api/v1/imports/{shown['id']}/errors").json()["items"][0]["findings"][0]
    assert len(error["value"]) == 60


def test_no_more_rows_come_in_than_a_file_may_have(manager: Sender, settings: Settings) -> None:
    object.__setattr__(settings, "max_import_rows", 20)
    shown = manager.checked("schools", many(21))
    assert shown["fault"]["findings"][0]["code"] == "too_many_rows"


class Killed(BaseException):
    """Stands for the death of the process at this point."""


def die_at(monkeypatch: pytest.MonkeyPatch, module: object, name: str, call: int) -> None:
    """Let the process die at the given call of a function."""
    real: Callable[..., object] = getattr(module, name)
    calls = iter(range(1, 1_000_000))

    def mortal(*args: object, **more: object) -> object:
        if next(calls) == call:
            raise Killed
        return real(*args, **more)

    monkeypatch.setattr(module, name, mortal)


def run_once(database: Database, settings: Settings) -> None:
    """Run the job that is due until it dies, and let its lease run out."""
    with database.transaction() as session:
        lease = queue.claim(session, "worker-siti", replace(settings, worker_lease_seconds=0.001))
    assert lease is not None
    context = RunningJob(database, lease, lambda _: None, stop := Stop(), settings)
    with pytest.raises(Killed):
        attempt(context, lease, stop)
    context.close()
    with database.transaction() as session:
        assert queue.rescue(session, settings) == [lease.job_id]


@pytest.mark.parametrize("call", [1, 3, 5])
def test_a_check_that_dies_begins_anew_and_finds_everything_once(
    call: int,
    manager: Sender,
    database: Database,
    settings: Settings,
    small_batches: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = many(45).replace("SD Uji 7,SD", "SD Uji 7,TK").replace("SD Uji 31,SD", "SD Uji 31,TK")
    sent = manager.send("schools", text).json()
    with monkeypatch.context() as patch:
        die_at(patch, checking.storage, "keep_batch", call)
        run_once(database, settings)
    manager.work()
    shown = manager.show(sent["id"])
    assert (shown["rows"], counts(shown)) == (45, (43, 0, 0, 2))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportBatch)) == 5
        assert session.scalar(select(func.count()).select_from(WrongRow)) == 2


@pytest.mark.parametrize("mode", ["whole", "skip"])
@pytest.mark.parametrize(("name", "call"), [("_create", 1), ("_create", 4), ("record", 5), ("_insert_parts", 2)])
def test_storing_that_dies_leaves_nothing_and_comes_in_once_when_it_is_repeated(
    mode: str,
    name: str,
    call: int,
    manager: Sender,
    database: Database,
    settings: Settings,
    small_batches: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = manager.checked("schools", many(45))
    manager.client.post(f"/api/v1/imports/{shown['id']}/apply", json={"mode": mode})
    with monkeypatch.context() as patch:
        die_at(patch, applying, name, call)
        run_once(database, settings)
    assert schools(database) == 3
    assert manager.show(shown["id"])["state"] == "applying"
    manager.work()
    assert counts(manager.show(shown["id"])) == (45, 0, 0, 0)
    assert schools(database) == 48
    manager.work()
    assert schools(database) == 48
    with database.reading() as session:
        assert verify_chain(session).holds


def test_a_job_that_is_given_up_leaves_the_import_to_be_applied_again(
    manager: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = manager.checked("schools", many(3))
    answer = manager.client.post(f"/api/v1/imports/{shown['id']}/apply", json={"mode": "whole"})
    assert manager.client.post(f"/api/v1/jobs/{answer.json()['job_id']}/cancel").status_code == 202
    assert manager.show(shown["id"])["state"] == "checked"
    assert schools(database) == 3
    assert manager.applied(shown["id"])["state"] == "applied"


@pytest.fixture
def crew(settings: Settings, database: Database, tmp_path: Path) -> Iterator[Crew]:
    """Real workers, gone when the test ends."""
    folder = tmp_path / "crew"
    folder.mkdir()
    quick = replace(settings, worker_lease_seconds=1.0, worker_poll_seconds=0.1, job_backoff_seconds=0.05)
    hired = Crew(quick, database, folder)
    yield hired
    hired.dismiss()


def test_a_worker_that_is_killed_is_followed_by_one_that_neither_doubles_nor_loses(
    manager: Sender, database: Database, crew: Crew
) -> None:
    sent = manager.send("schools", many(6_000)).json()
    here = f"/api/v1/imports/{sent['id']}"

    def begun() -> int:
        with database.reading() as session:
            return session.scalar(select(func.count()).select_from(ImportBatch)) or 0

    first = crew.hire()
    wait_for(begun, 60)
    first.send_signal(signal.SIGKILL)
    second = crew.hire()
    wait_for(lambda: manager.show(sent["id"])["state"] == "checked", 90)
    assert counts(manager.show(sent["id"])) == (6_000, 0, 0, 0)
    manager.client.post(f"{here}/apply", json={"mode": "whole"})
    wait_for(lambda: crew.job(manager.show(sent["id"])["job_id"]).state == "running", 60)
    second.send_signal(signal.SIGKILL)
    crew.hire()
    wait_for(lambda: manager.show(sent["id"])["state"] == "applied", 90)
    assert schools(database) == 6_003


def test_an_officer_cannot_send_a_kind_by_another_name(as_role: Callable[..., TestClient], manager: Sender) -> None:
    officer = as_role("officer", region="53")
    answer = officer.post(
        "/api/v1/imports", data={"kind": "schools"}, files={"file": ("needs.csv", file_of("schools", A_SCHOOL))}
    )
    assert answer.status_code == 403
