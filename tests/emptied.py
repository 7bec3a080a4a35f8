"""One PostgreSQL database for test after test, emptied in between: making one and dropping it costs a tenth of a second each.

It is given on only where nothing but rows can have been left behind. After a test that changed the schema or that still has
somebody connected, and after every `MOST_USES` tests, it is dropped and the next test gets a new one.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

MOST_USES: Final = 50
# Everything that a test could change of the schema, whether a sequence was used, and settings of the database.
SHAPE: Final = """
    SELECT (SELECT array_agg((oid, relfilenode, relkind)::text ORDER BY oid) FROM pg_class
             WHERE relnamespace = 'public'::regnamespace),
           (SELECT array_agg((attrelid, attnum, atttypid, attnotnull, attisdropped)::text ORDER BY attrelid, attnum)
              FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
           (SELECT array_agg((oid, pg_get_expr(adbin, adrelid))::text ORDER BY oid) FROM pg_attrdef),
           (SELECT array_agg((oid, tgenabled)::text ORDER BY oid) FROM pg_trigger),
           (SELECT array_agg(oid ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
           (SELECT array_agg((oid, prosrc)::text ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
           (SELECT array_agg((sequencename, last_value)::text ORDER BY sequencename) FROM pg_sequences),
           (SELECT array_agg(setconfig::text) FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
             WHERE datname = current_database())
"""
CONNECTED: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
)
_numbers = itertools.count(1)


def named(url: str, name: str) -> str:
    """Return the URL of another database of the same server, as the application takes it."""
    return make_url(url).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def administer(url: str, statement: str) -> None:
    """Run a statement about databases."""
    with _connected(url) as connection:
        connection.execute(statement)


def _connected(url: str) -> psycopg.Connection[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


class EmptiedDatabase:
    """Gives tests an empty, migrated database, one test at a time.

    Args:
        server: The URL of a PostgreSQL, as its superuser.
        template: The name of the migrated database that new ones are copied from.
    """

    def __init__(self, server: str, template: str) -> None:
        self.server = server
        self.template = template
        self._name = ""
        self._uses = 0
        self._shape: Any = None
        self._emptying: sql.Composed

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the URL of a database that is as the migrations leave it."""
        if not self._name:
            self._make()
        self._uses += 1
        url = named(self.server, self._name)
        try:
            yield url
        finally:
            if self._uses >= MOST_USES or not self._emptied(url):
                administer(self.server, f"DROP DATABASE {self._name} WITH (FORCE)")
                self._name = ""

    def _make(self) -> None:
        self._name, self._uses = f"test_{os.getpid()}_{next(_numbers)}", 0
        administer(self.server, f"CREATE DATABASE {self._name} TEMPLATE {self.template} STRATEGY FILE_COPY")
        with _connected(named(self.server, self._name)) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            self._emptying = _emptying(connection)

    def _emptied(self, url: str) -> bool:
        """Take out what the test stored; say no where the database must not be given on."""
        with _connected(url) as connection:
            if connection.execute(CONNECTED).fetchone() != (0,) or connection.execute(SHAPE).fetchone() != self._shape:
                return False
            connection.execute(self._emptying)
        return True


def _emptying(connection: psycopg.Connection[Any]) -> sql.Composed:
    """Return what brings every table back to the rows that the migrations put there, past triggers and foreign keys."""
    statements: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
    for (table,) in connection.execute(TABLES).fetchall():
        statements.append(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
        statements += [
            sql.SQL("INSERT INTO {} VALUES ({})").format(
                sql.Identifier(table), sql.SQL(", ").join(map(sql.Literal, row))
            )
            for row in rows
        ]
    return sql.SQL("; ").join(statements)
