"""Yuliana, whose data it is; and the programme of `tests.world` with a published round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.database import Base, Database
from tests.applicants.conftest import cohort, draft, places, rina, yuliana
from tests.offers.conftest import published
from tests.rounds.conftest import log_in, real_worker, world

__all__ = ["cohort", "draft", "log_in", "places", "published", "real_worker", "rina", "world", "yuliana"]


@pytest.fixture
def work(real_worker: Callable[[], int]) -> Callable[[], int]:
    """Works the queue off in a process with the real time, while these tests stand still in January."""
    return real_worker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of this test."""
    return tmp_path / "data"


def everything_stored(database: Database) -> dict[str, str]:
    """Return all rows of every table as one text each, by table."""
    with database.reading() as session:
        return {
            table.name: "\n".join(str(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }
