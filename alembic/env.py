"""Runs migrations for `app.core.migrations`, which passes the database's URL; all steps of one run are one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection, text

from app.core.database import Database, Money, UtcDateTime
from app.models import METADATA

# Any number, as long as every process that migrates takes the same: PostgreSQL's lock against two of them at once.
MIGRATION_LOCK = 4_717_081_945


def run() -> None:
    with Database(context.config.attributes["url"]) as database, database.migrating() as connection:
        sqlite = connection.dialect.name == "sqlite"
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            compare_type=True,
            compare_server_default=True,
            render_as_batch=True,
            render_item=_written,
            # SQLite undoes DDL as well, once the driver leaves transactions to us.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK})
            context.run_migrations()
            if sqlite:
                _check_references(connection)


def _written(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our column types as the plain types below them: a step has to run when the classes have long changed."""
    if kind == "type" and isinstance(item, Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _check_references(connection: Connection) -> None:
    """SQLite's foreign keys are off while tables are copied; say so if a row now refers to nothing."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)
    if lost:
        raise RuntimeError(f"rows refer to rows that are not there: {lost}")


run()
