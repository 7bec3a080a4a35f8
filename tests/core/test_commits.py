"""What is committed is on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any


def test_sqlite_waits_for_the_disk_at_every_commit(
    tmp_path: Path, quick_commits: Callable[[Any, object], None]
) -> None:
    with closing(sqlite3.connect(tmp_path / "gotong.db")) as connection:
        quick_commits(connection, None)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
