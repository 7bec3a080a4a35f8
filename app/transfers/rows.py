"""A row of a file on its way: read cell by cell, judged, and written down as it will be stored.

Each kind of file has a `Kind`, which judges rows with the same schemas and checks as the API, so that nothing comes in by a file
that would be refused elsewhere. What is judged right becomes a `Ready`: the columns of its table, ready to be stored in bulk.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import Base, among
from app.core.i18n import mark
from app.core.problems import FieldError
from app.core.validation import SENTENCES, field_errors
from app.identity.actor import Actor
from app.transfers import cells
from app.transfers.cells import Value, Wrong
from app.transfers.columns import Column
from app.transfers.findings import Finding
from app.transfers.reading import Header

M = TypeVar("M", bound=BaseModel)
Facts = dict[str, Any]
MISSING: Final = SENTENCES["missing"][0]
FILL_IN: Final = mark("Fill in the cell.")
# A file has no brackets and quotation marks: what the API says of JSON is said otherwise here.
FILE_REMEDIES: Final = {
    SENTENCES["missing"][1]: FILL_IN,
    SENTENCES["too_long"][1]: mark("Write at most {max_length} values, with ; between them."),
}


@dataclass
class Row:
    """One row of the file.

    Attributes:
        number: As a spreadsheet shows it.
        values: What stands in the columns of the header that could be read; None for an empty cell.
        texts: The same as it is written in the file.
        wrong: What is wrong in it.
    """

    number: int
    values: Facts
    texts: Mapping[str, str] = field(default_factory=dict)
    wrong: list[Finding] = field(default_factory=list)

    @property
    def wrong_columns(self) -> set[str]:
        """The columns in which something is wrong."""
        return {finding.column for finding in self.wrong}

    def blame(self, column: str, code: str, message: str, remedy: str, /, **facts: Any) -> None:
        """Note what is wrong in `column`, once for each column and code."""
        if all((finding.column, finding.code) != (column, code) for finding in self.wrong):
            self.wrong.append(Finding(column, code, message, remedy, facts, self.texts.get(column, "")))

    def blame_errors(self, errors: Iterable[FieldError], columns: Mapping[str, str]) -> None:
        """Note errors of a schema or a check; `columns` names those that are called otherwise than the field."""
        unreadable = self.wrong_columns
        for error in errors:
            name = error.pointer.split("/")[1] if "/" in error.pointer else ""
            column = columns.get(name, name)
            if column not in unreadable:
                remedy = FILE_REMEDIES.get(error.remedy, error.remedy)
                self.blame(column, error.code, error.message, remedy, **error.facts)

    def wanted(self, existing: Existing | None) -> Facts:
        """Return the columns that have a value; those that the file does not have come from what is there already."""
        facts = {} if existing is None else existing.facts
        kept = {name: value for name, value in facts.items() if name not in self.values}
        return {name: value for name, value in {**kept, **self.values}.items() if value is not None}


@dataclass(frozen=True)
class Ready:
    """A row as it will be stored.

    Attributes:
        number: Of the row in the file.
        key: By which the file names it: a code or a national number.
        values: Columns of its table, and parts that its kind stores elsewhere; days as texts.
        extra: Further columns, which no file changes.
        id: What is updated; None for something new.
        version: The version that was judged; another one means that somebody changed it meanwhile.
        before: What the changed ones of `values` were.
    """

    number: int
    key: str
    values: Facts
    extra: Facts
    id: str | None = None
    version: int | None = None
    before: Facts = field(default_factory=dict)

    def new_in(self, name: str) -> bool:
        """Tell whether the row says of `name` something that is not stored yet."""
        return self.id is None or name in self.before

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return dict(vars(self))


@dataclass(frozen=True)
class Existing:
    """What is there already: its key, version and stored values, and the same by the columns of a file."""

    id: str
    version: int
    values: Facts
    facts: Facts


Verdict = Ready | None
"""What is to be stored; None where the row says nothing new, or is wrong."""


class Kind(ABC):
    """How rows of one kind are judged and stored.

    Args:
        actor: Who sent the file; rows beyond what this person may do are wrong.
    """

    model: ClassVar[type[Any]]
    object_type: ClassVar[str]
    key: ClassVar[str]
    """The column by which a row finds what is there; of the file and of the table alike."""
    columns: ClassVar[Mapping[str, str]] = {}
    """Columns of the file by the fields of the schema that are called otherwise."""
    recorded: ClassVar[frozenset[str] | None] = None
    """What the audit record may hold of a change; of the rest only that it changed. None for everything."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @abstractmethod
    def open(self, session: Session) -> None:
        """Read once what all rows of a file are held against."""

    @abstractmethod
    def look_up(self, session: Session, rows: Sequence[Row]) -> None:
        """Read what a batch of rows names, in a number of queries that does not grow with them."""

    def judge(self, session: Session, row: Row) -> Verdict:
        """Return what is to be stored of a row, or note in it what is wrong."""
        existing = self.existing(row)
        data = row.wanted(existing)
        if existing is not None and not row.wrong and not changed(data, existing):
            return None
        return self.weigh(session, row, data, existing)

    @abstractmethod
    def existing(self, row: Row) -> Existing | None:
        """Return what the row finds by its key."""

    @abstractmethod
    def weigh(self, session: Session, row: Row, data: Facts, existing: Existing | None) -> Verdict:
        """Judge a row that says something new; `data` is what shall be, by the columns of a file."""

    def claims(self, row: Row) -> Iterable[tuple[str, str]]:
        """Yield (column, value) of what can be in a file once only."""
        value = row.values.get(self.key)
        if isinstance(value, str):
            yield self.key, value

    def clashing(self, session: Session, batch: Sequence[Ready]) -> set[int]:
        """Return the numbers of rows whose place somebody else has taken since they were judged."""
        column = getattr(self.model, self.key)
        new = {one.key: one.number for one in batch if one.id is None}
        return {new[key] for key in session.scalars(select(column).where(among(column, new)))} if new else set()

    def parts(self, ready: Ready, key: str) -> Iterable[tuple[type[Base], str, list[Facts]]]:
        """Yield (table, column that names the owner, rows) of what belongs to a stored row and is `new_in` it.

        `key` is its primary key. Of something that is there already, the old rows of a yielded table go.
        """
        del ready, key
        return ()

    def stored(self, session: Session, actor: Actor, updated: Sequence[Ready]) -> None:
        """Do what follows from changes that were just stored."""
        del session, actor, updated

    def validated(self, row: Row, schema: type[M], data: Facts, existing: Existing | None) -> tuple[M, set[str]]:
        """Return `data` as the schema reads it, and the fields to look at further; what is wrong is noted in the row.

        Of something that is there already only what the row changes is looked at, as when it is edited: what was taken once is
        not refused because the rules have become stricter.
        """
        touched = set(schema.model_fields) if existing is None else self._fields(changed(data, existing))
        try:
            return schema.model_validate(data), touched - self._fields(row.wrong_columns)
        except ValidationError as refused:
            found = [error for error in refused.errors() if error["loc"][0] in touched]
        row.blame_errors(field_errors({**error, "loc": ("body", *error["loc"])} for error in found), self.columns)
        bad = {str(error["loc"][0]) for error in found} | self._fields(row.wrong_columns)
        # The other fields are looked at all the same, so that everything is told at once; they are typed by their cells.
        return schema.model_construct(**{name: value for name, value in data.items() if name not in bad}), touched - bad

    def _fields(self, columns: Collection[str]) -> set[str]:
        named = {column: name for name, column in self.columns.items()}
        return {named.get(column, column) for column in columns}


def changed(data: Mapping[str, Any], existing: Existing) -> set[str]:
    """Return the columns in which `data` says something else than what is there; empty is empty, however it is written."""
    there = existing.facts
    return {
        name
        for name in data.keys() | there.keys()
        if name != "state"
        and (now := data.get(name)) != (before := there.get(name))  # most are the same, whatever emptiness is
        and _said(now) != _said(before)
    }


def _said(value: Any) -> Any:
    return None if value in (None, "", [], {}) else value


def has_both(body: BaseModel, fields: Collection[str]) -> bool:
    """Tell whether all of `fields` could be read."""
    return all(hasattr(body, name) for name in fields)


def verdict(row: Row, key: str, values: Facts, existing: Existing | None, *, new: Facts, extra: Facts) -> Verdict:
    """Return what is to be stored of a right row; `new` are further columns of something new, `extra` of anything."""
    if row.wrong:
        return None
    if existing is None:
        return Ready(row.number, key, values, {**extra, **new})
    before = {name: existing.values[name] for name, value in values.items() if existing.values[name] != value}
    if not before:
        return None
    return Ready(row.number, key, values, extra, existing.id, existing.version, before)


def read_row(number: int, written: Sequence[Value], header: Header, columns: Mapping[str, Column]) -> Row:
    """Read the cells of one row by the forms of their columns."""
    texts = {name: "" if written[at] is None else str(written[at]) for name, at in header.places.items()}
    row = Row(number, {}, texts)
    for name, at in header.places.items():
        column = columns[name]
        try:
            row.values[name] = cells.read(column.form, written[at])
        except Wrong as wrong:
            row.blame(name, wrong.code, wrong.message, wrong.remedy, **wrong.facts)
            continue
        if column.needed and row.values[name] in (None, []):
            row.blame(name, "missing", MISSING, FILL_IN)
    return row


def written(value: Any) -> Any:
    """Return a value as JSON holds it: days as texts."""
    return value.isoformat() if isinstance(value, dt.date) else value
