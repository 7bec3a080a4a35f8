"""The database's shape: bring it up to date, say where it stands, compare it with the models.

The steps are in `alembic/versions/`. That folder is found from the source tree, so the project runs from a checkout or an
editable installation.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, inspect
from sqlalchemy.orm import Session
from sqlalchemy.schema import SchemaItem

from app.core.database import Base, Database

FOLDER: Final = Path(__file__).resolve().parents[2] / "alembic"


def configuration(url: str, *, versions: Path | None = None) -> Config:
    """Return Alembic's configuration for the database at `url`.

    Args:
        url: The database.
        versions: The folder with the steps; the project's own where None.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions or FOLDER / "versions").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def head(*, versions: Path | None = None) -> str | None:
    """Return the newest step that this source knows; None where there are no steps."""
    return ScriptDirectory.from_config(configuration("", versions=versions)).get_current_head()


def current(url: str) -> str | None:
    """Return the step at which the database at `url` stands; None for an empty one."""
    with Database(url) as database, database.reading() as session:
        return current_of(session)


def current_of(session: Session) -> str | None:
    """Return the step at which the session's database stands."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def pending(url: str) -> list[str]:
    """Return the steps that the database at `url` still needs, oldest first."""
    return _between(current(url), None)


def upgrade(url: str, *, versions: Path | None = None) -> list[str]:
    """Bring the database at `url` up to date and return the steps that were applied, oldest first.

    All steps are one transaction: either all hold afterwards, or none. A second process waits and then finds nothing to do.
    """
    before = current(url)
    command.upgrade(configuration(url, versions=versions), "head")
    return _between(before, versions)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`, or to an empty one with `base`."""
    command.downgrade(configuration(url), revision)


def differences(url: str, metadata: MetaData = Base.metadata) -> list[str]:
    """Return where the database at `url` and the models disagree, a line each; an empty list means that they agree.

    Tables, columns, types, defaults, keys, unique and check constraints and indexes are compared. Import every model first
    (`app.models`), or its table counts as one too many. The text of check constraints is compared on SQLite, which keeps it as
    it was written; PostgreSQL rewrites it, so there their names are.
    """
    with Database(url) as database, database.reading() as session:
        connection = session.connection()
        options: dict[str, Any] = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return sorted([*_flat(found), *_check_differences(connection, metadata)])


def _between(before: str | None, versions: Path | None) -> list[str]:
    script = ScriptDirectory.from_config(configuration("", versions=versions))
    return [step.revision for step in script.iterate_revisions("head", before or "base")][::-1]


def _flat(found: Iterable[Any]) -> list[str]:
    """Alembic gives a tuple for each finding, and a list of tuples for a column with several."""
    lines: list[str] = []
    for one in found:
        lines += _flat(one) if isinstance(one, list) else [" ".join(map(_spoken, one))]
    return lines


def _spoken(part: Any) -> str:
    """Constraints, indexes, tables and columns are told by their names, with the table's where there is one."""
    if not isinstance(part, SchemaItem):
        return str(part)
    table = getattr(part, "table", None)
    return ".".join(str(name) for name in (getattr(table, "name", None), getattr(part, "name", None)) if name)


def _check_differences(connection: Connection, metadata: MetaData) -> list[str]:
    """Alembic compares no check constraints: read those of the database, and those that the models would make."""
    names_only = connection.dialect.name != "sqlite"
    there = _checks(connection, metadata, names_only=names_only)
    with create_engine("sqlite://").connect() as scratch:
        metadata.create_all(scratch)
        wanted = _checks(scratch, metadata, names_only=names_only)
    return [f"check missing: {one}" for one in wanted - there] + [
        f"check not in the models: {one}" for one in there - wanted
    ]


def _checks(connection: Connection, metadata: MetaData, *, names_only: bool) -> set[str]:
    inspector = inspect(connection)
    tables = set(inspector.get_table_names()) & set(metadata.tables)
    return {
        f"{table}.{check['name']}" + ("" if names_only else f": {' '.join(check['sqltext'].split())}")
        for table in tables
        for check in inspector.get_check_constraints(table)
    }
