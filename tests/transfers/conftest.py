"""The small programme of `tests.world`, with real places beside it."""

from __future__ import annotations

import pytest

from app.core.database import Database
from tests.world import World, make_world


@pytest.fixture
def world(database: Database) -> World:
    """The programme, in the test's database."""
    with database.transaction() as session:
        return make_world(session)
