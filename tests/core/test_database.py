"""What is acknowledged is on the disk, although the record's one row is given up before."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.audit.record import record
from app.core.access import SYSTEM
from app.core.database import Database


def test_what_is_committed_is_on_the_disk_when_the_block_ends(database: Database) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite brings every commit to the disk itself")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.scalar(text("SELECT quote_ident(current_database())"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = on"))  # tests' servers spare it
    with Database(database.url) as safe:
        for turn in range(10):
            with safe.transaction() as session:
                record(session, SYSTEM, "needs.open", "need", f"n-{turn}")
                before = session.scalar(text("SELECT pg_current_wal_insert_lsn()"))
            with safe.reading() as session:
                assert session.scalar(text("SELECT pg_current_wal_flush_lsn() > CAST(:it AS pg_lsn)"), {"it": before})
