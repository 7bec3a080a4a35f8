"""A record with three entries, and an intruder who gets past the triggers that keep it append-only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.audit.record import record
from app.core.access import Actor
from app.core.database import Database

Intruder = Callable[..., None]
YOSEF = Actor(id="0193b7a4-0000-7000-8000-000000000001", role="officer", name="Yosef")
RINA = Actor(id="0193b7a4-0000-7000-8000-000000000002", role="manager", name="Rina")


@pytest.fixture
def three_entries(database: Database) -> None:
    """Yosef proposes and verifies a need, Rina opens it."""
    for actor, action, state in (
        (YOSEF, "needs.propose", "proposed"),
        (YOSEF, "needs.verify", "verified"),
        (RINA, "needs.open", "open"),
    ):
        with database.transaction() as session:
            record(session, actor, action, "need", "n-1", reason="A reason.", after={"state": state, "score": 62})


@pytest.fixture
def intrude(database: Database) -> Intruder:
    """Runs statements as the database's owner would who first takes the triggers away."""

    def run(*statements: str, **values: object) -> None:
        with database.engine.begin() as connection:
            if database.dialect == "sqlite":
                for act in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS tr_audit_entries_no_{act}"))
            else:
                connection.execute(text("DROP TRIGGER IF EXISTS tr_audit_entries_append_only ON audit_entries"))
            for statement in statements:
                act, from_entries, which = statement.partition(" FROM audit_entries ")
                if act == "DELETE" and from_entries:
                    gone = f"SELECT id FROM audit_entries {which}"
                    connection.execute(text(f"DELETE FROM audit_reasons WHERE entry_id IN ({gone})"), values)
                connection.execute(text(statement), values)

    return run
