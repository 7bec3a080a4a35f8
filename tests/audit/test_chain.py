"""Nobody changes or removes an entry of the record unseen."""

from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from app.audit.chain import ChainReport, verify_chain
from app.audit.models import AuditEntry
from app.audit.record import entry_hash, record
from app.cli import cli
from app.core.database import Database
from tests.audit.conftest import RINA, YOSEF, Intruder

NOW = dt.datetime(2027, 1, 2, 3, 4, 5, 678, dt.UTC)


def checked(database: Database, kept: dict[int, str] | None = None) -> ChainReport:
    with database.reading() as session:
        return verify_chain(session, kept)


def found(database: Database) -> list[tuple[int, str]]:
    return [(fault.number, fault.finding) for fault in checked(database).faults]


def test_an_empty_record_holds(database: Database) -> None:
    report = checked(database)
    assert (report.holds, report.entries) == (True, 0)


def test_a_record_that_nobody_touched_holds(database: Database, three_entries: None) -> None:
    report = checked(database)
    assert (report.holds, report.entries, report.number) == (True, 3, 3)


def test_what_is_undone_leaves_no_entry_and_no_gap(database: Database, three_entries: None) -> None:
    with database.transaction() as session:
        record(session, RINA, "needs.close", "need", "n-1")
        session.rollback()
    with database.transaction() as session:
        record(session, RINA, "needs.close", "need", "n-1")
    report = checked(database)
    assert (report.holds, report.number) == (True, 4)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET reason = 'x'", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses_changes(database: Database, three_entries: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))
    assert checked(database).entries == 3


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'Another.'",
        "actor_id = 'somebody-else'",
        "actor_role = 'admin'",
        "action = 'needs.reject'",
        "object_id = 'n-2'",
        """after = '{"state": "verified", "score": 99}'""",
        "before = '{}'",
    ],
)
def test_a_changed_entry_is_found(database: Database, three_entries: None, intrude: Intruder, change: str) -> None:
    column, value = change.split(" = ")
    intrude(f'UPDATE audit_entries SET "{column}" = {value} WHERE number = 2')
    assert found(database) == [(2, "the entry was changed after it was written")]


def test_a_removed_entry_is_found(database: Database, three_entries: None, intrude: Intruder) -> None:
    intrude("DELETE FROM audit_entries WHERE number = 2")
    assert found(database) == [(2, "entry 2 is missing")]


def test_removed_entries_at_the_start_are_found(database: Database, three_entries: None, intrude: Intruder) -> None:
    intrude("DELETE FROM audit_entries WHERE number < 3")
    assert found(database) == [(1, "entries 1 to 2 are missing")]


def test_a_removed_last_entry_is_found(database: Database, three_entries: None, intrude: Intruder) -> None:
    intrude("DELETE FROM audit_entries WHERE number = 3")
    assert found(database) == [(3, "the chain ends at entry 2, but 3 were written")]


def test_a_removed_last_entry_with_the_end_moved_is_found_by_a_kept_hash(
    database: Database, three_entries: None, intrude: Intruder
) -> None:
    before = checked(database)
    intrude(
        "DELETE FROM audit_entries WHERE number = 3",
        "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_entries WHERE number = 2)",
    )
    assert checked(database).holds, "nothing in the database itself can tell"
    report = checked(database, {before.number: before.hash})
    assert [(fault.number, fault.finding) for fault in report.faults] == [
        (3, "the entry whose hash was kept is missing")
    ]


def test_a_change_with_every_later_hash_worked_out_anew_is_found_by_a_kept_hash(
    database: Database, three_entries: None, intrude: Intruder
) -> None:
    before = checked(database)
    intrude("UPDATE audit_entries SET reason = 'Another.' WHERE number = 2")
    with database.transaction() as session:
        rows = session.query(AuditEntry).order_by(AuditEntry.number).all()
        for last, entry in itertools.pairwise(rows):
            entry.previous_hash = last.hash
            entry.hash = entry_hash(entry)
        forged = rows[-1].hash
    intrude("UPDATE audit_head SET hash = :forged", forged=forged)
    assert checked(database).holds
    assert [fault.number for fault in checked(database, {before.number: before.hash}).faults] == [3]


def test_an_entry_put_in_afterwards_is_found(database: Database, three_entries: None, intrude: Intruder) -> None:
    intrude(
        "INSERT INTO audit_entries (id, number, at, actor_id, actor_role, action, object_type, object_id, previous_hash, hash) "
        "SELECT 'forged', 4, at, actor_id, actor_role, 'needs.close', object_type, object_id, hash, hash "
        "FROM audit_entries WHERE number = 3"
    )
    assert [number for number, _ in found(database)] == [4, 4]


def test_the_shell_says_where_and_ends_with_1(
    database: Database,
    database_url: str,
    three_entries: None,
    intrude: Intruder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOTONG_DATABASE_URL", database_url)
    runner = CliRunner()
    whole = runner.invoke(cli, ["audit", "verify"])
    assert (whole.exit_code, whole.output.splitlines()[0]) == (0, "✓ 3 entries follow one another without a gap.")
    kept = whole.output.rsplit(" ", 1)[1].strip()
    assert runner.invoke(cli, ["audit", "verify", "--kept", kept]).exit_code == 0
    assert runner.invoke(cli, ["audit", "verify", "--kept", "3"]).exit_code == 2

    intrude("DELETE FROM audit_entries WHERE number = 1", "UPDATE audit_entries SET reason = 'x' WHERE number = 3")
    broken = runner.invoke(cli, ["audit", "verify"])
    assert broken.exit_code == 1
    assert broken.output.splitlines() == [
        "✗ entry 1: entry 1 is missing",
        "✗ entry 3: the entry was changed after it was written",
    ]


def test_entries_that_the_database_chains_fit_those_that_the_service_chains(database: Database) -> None:
    facts = {"name": 'Rüdiger "Rudi" \\ \n\u0001 🌏', "share": 0.25, "none": None}
    with database.transaction() as session:
        record(session, RINA, "needs.verify", "need", "n-1 ü", before=facts, after={"at": NOW})
    with database.transaction() as session:
        record(session, RINA, "needs.open", "need", "n-1", reason="Two at once, one with a reason.")
        record(session, RINA, "needs.open", "need", "n-2")
    with database.transaction() as session:
        record(session, YOSEF, "needs.close", "need", "n-1")
    report = checked(database)
    assert (report.holds, report.entries) == (True, 4)


def test_writers_at_once_each_get_their_own_place(database: Database) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            with database.transaction() as session:
                record(session, RINA, "needs.open", "need", f"n-{number}-{turn}")

    with ThreadPoolExecutor(8) as crew:
        list(crew.map(write, range(8)))
    report = checked(database)
    assert (report.holds, report.number) == (True, 40)
