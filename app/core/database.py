"""The declarative base, the column types, engines and the unit of work: how every slice reaches the database.

SQLite is the embedded default: write-ahead log, every commit synced to the disk, foreign keys on, writes begin with
`BEGIN IMMEDIATE` and wait for each other in this process instead of polling for the file's lock. PostgreSQL is production.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:
    from fastapi import Request  # the worker's processes need no web framework, which takes as long to load as all else

BUSY_MILLISECONDS: Final = 5_000
# No statement of a request may run for ever, and nobody may sit on a lock: clients get a 503 that says try again.
POSTGRES_OPTIONS: Final = (
    "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
)
# Execution option of a connection: what its SQLite transactions are for.
PURPOSE: Final = "gotong_purpose"
# In `Session.info` of a transaction: when its work is brought to the disk.
SYNC: Final = "gotong_sync"
_SYNC: Final = text("SELECT pg_logical_emit_message(true, 'gotong', '')")
# When a pooled connection was last given back, and how long it may lie before it is asked whether it still holds.
USED: Final = "gotong_used"
PING_AFTER_SECONDS: Final = 1.0

# Named constraints, so that Alembic can drop them again on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one declarative base of all slices."""

    metadata = MetaData(naming_convention=NAMING)


class Money(TypeDecorator[int]):
    """Whole rupiah as a 64-bit integer. Refuses floats and booleans, so that no sum is ever rounded."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[int]:
        """What its values are; a decorator says `object` by itself, and cursors of lists would not be read."""
        return int

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return `value` as stored; raise TypeError for anything but an integer."""
        if value is None or type(value) is int:
            return value
        raise TypeError(f"money is whole rupiah (int), not {type(value).__name__}")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC time on both databases; SQLite stores it naive, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        """What its values are; see `Money`."""
        return dt.datetime

    def process_bind_param(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Return `value` in UTC; raise ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(dt.UTC)  # type: ignore[no-any-return]

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Return the stored time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)  # type: ignore[no-any-return]


Json = JSON().with_variant(JSONB(), "postgresql")
"""A JSON document; on PostgreSQL the binary kind, which keeps no order of keys."""


class Database:
    """One database: its engine and its transactions.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://user@host/name`; a missing folder of an SQLite file is made.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        # One writer at a time waits for the next in this process; SQLite's own busy loop would sleep and be unfair.
        self._writing: threading.Lock | nullcontext[None] = (
            threading.Lock() if self.dialect == "sqlite" else nullcontext()
        )
        self._writer = self.engine.execution_options(**{PURPOSE: "writing"})
        self._glancer = self._reader = self.engine.execution_options(**{PURPOSE: "reading"})
        if self.dialect == "postgresql":
            self._glancer = self._reader.execution_options(isolation_level="AUTOCOMMIT")
            # One snapshot for all statements, as SQLite's write-ahead log gives it anyway; part of BEGIN, no round trip.
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one state of things; the database itself refuses to store anything in it."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """Open a session for one look-up: on PostgreSQL without BEGIN and ROLLBACK around it, two round trips less.

        Each of its statements sees the state of its own moment, and the database refuses no write: only for who asks.
        """
        with Session(self._glancer, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session whose work is committed at the end of the block, or undone where the block raises.

        What is committed is on the disk when the block has ended, also where its locks were given up before (`sync_late`).
        """
        with self._writing, Session(self._writer, expire_on_commit=False, info={SYNC: "at commit"}) as session:
            with session.begin():
                yield session
            if session.info[SYNC] == "late":
                self._sync()

    def _sync(self) -> None:
        """Wait until everything that was committed so far is on PostgreSQL's disk.

        A commit that has written something waits for its own log, and the log is one line: what stands before it is there too.
        """
        with self._glancer.connect() as connection:
            connection.execute(_SYNC)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a connection that may rebuild tables: on SQLite a writer, with foreign keys off until it is closed."""
        with self._writing, self._writer.connect() as connection:
            driver = connection.connection.driver_connection
            if self.dialect != "sqlite" or driver is None:
                yield connection
                return
            # Outside any transaction: SQLite ignores this pragma inside one.
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                yield connection
            finally:
                connection.rollback()
                driver.execute("PRAGMA foreign_keys=ON")


def reading(request: Request) -> Any:
    """Open a reading session of the request's database."""
    return request.app.state.database.reading()


def glance(request: Request) -> Any:
    """Open a session of the request's database for one look-up."""
    return request.app.state.database.glance()


def transaction(request: Request) -> Any:
    """Open the request's transaction; it is committed when the block ends, so before the answer is built."""
    return request.app.state.database.transaction()


def database_now(session: Session) -> dt.datetime:
    """Return the time by the database's own clock, aware and in UTC: the one clock that all workers share."""
    if session.get_bind().dialect.name == "sqlite":
        stamp = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return dt.datetime.fromisoformat(stamp).replace(tzinfo=dt.UTC)
    moment: dt.datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(dt.UTC)


def sync_late(session: Session) -> bool:
    """Tell whether the open transaction may be committed without waiting for PostgreSQL's disk, and note that it is.

    It waits right afterwards, before `Database.transaction` ends and anybody is answered. A row that all writers lock is free
    meanwhile, so that they share one write to the disk instead of doing theirs one after the other.

    Published idea: early lock release, as in Johnson et al., Aether: a scalable approach to logging (2010).
    """
    if session.info.get(SYNC) is None or session.get_bind().dialect.name != "postgresql":
        return False
    session.info[SYNC] = "late"
    return True


def for_update(statement: Select[Any], *, skip_locked: bool = False) -> Select[Any]:
    """Lock the rows that `statement` selects until the transaction ends; SQLite's writers exclude each other anyway."""
    return statement.with_for_update(skip_locked=skip_locked)


class _Values(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that carries the list."""
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return the list as the driver takes it."""
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    """`column` is one of the values in one parameter."""

    inherit_cache = True
    type = Boolean()


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    listed = f"SELECT value FROM json_each({compiler.process(values, **kw)})"  # noqa: S608 - compiled SQL, no value
    return f"{compiler.process(column, **kw)} IN ({listed})"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[str | int]) -> ColumnElement[bool]:
    """Return the condition that `column` (texts or whole numbers) is one of `values`, however many they are.

    `column.in_(values)` binds each value, and ends at 32,766 of them on SQLite and at 65,535 on PostgreSQL.
    """
    return _Among(column, bindparam(None, list(values), type_=_Values(column.type), unique=True))


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:" and not parsed.database.startswith("file:"):
            Path(parsed.database).absolute().parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 5})
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ping_idle, engine.dialect))
    return engine


def _note_use(_: object, entry: ConnectionPoolEntry) -> None:
    entry.info[USED] = time.monotonic()


def _ping_idle(dialect: Dialect, connection: Any, entry: ConnectionPoolEntry, _: object) -> None:
    """Ask a connection that has lain idle whether it still holds, so that a restarted server is met with a new one.

    The pool's own `pool_pre_ping` asks each time, which costs every request of a busy service two round trips.
    """
    if time.monotonic() - entry.info.get(USED, -PING_AFTER_SECONDS) < PING_AFTER_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as fault:
        raise DisconnectionError from fault


def _prepare_sqlite(connection: Any, _: object) -> None:
    # None: sqlite3 begins no transaction of its own, `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    # What is deleted is overwritten: who is erased is not found in the file's free pages either.
    safety = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
    for pragma in (*safety, f"busy_timeout={BUSY_MILLISECONDS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    purpose = connection.get_execution_options().get(PURPOSE)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if purpose == 'reading' else 'OFF'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if purpose == "writing" else "BEGIN")
