"""What the tests of the queue share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.database import Database
from app.jobs import queue
from app.settings import Settings
from tests.jobs.crew import Crew


@dataclass
class SetClock:
    """The database's clock, as the queue reads it."""

    now: dt.datetime

    def pass_by(self, **time: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """A clock of the database that stands still until told otherwise."""
    standing = SetClock(dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC))

    def read(_: Session) -> dt.datetime:
        return standing.now

    monkeypatch.setattr(queue, "database_now", read)
    return standing


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short times, so that tests are fast."""
    return replace(
        settings,
        task_modules=("tests.jobs.handlers",),
        worker_lease_seconds=2.0,
        worker_poll_seconds=0.1,
        worker_stop_seconds=5.0,
        job_backoff_seconds=0.05,
    )


@pytest.fixture
def effects(database: Database) -> None:
    """A table for what jobs do; without a key, so that a doubled effect shows."""
    with database.transaction() as session:
        session.execute(text("CREATE TABLE effects (job_id VARCHAR(36) NOT NULL, what VARCHAR(20) NOT NULL)"))


@pytest.fixture
def crew(settings: Settings, database: Database, effects: None, tmp_path: Path) -> Iterator[Crew]:
    """Workers that are gone when the test ends."""
    folder = tmp_path / "crew"
    folder.mkdir()
    hired = Crew(settings, database, folder)
    yield hired
    hired.dismiss()
