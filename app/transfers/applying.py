"""The storing of a checked import: in bulk, in one transaction, so that there is all of it or nothing.

The rows were judged when the file was checked. What matters may have changed since, so whatever a row creates must still not be
there, and whatever it changes must be in the version that was judged. Bulk statements keep the transaction short and the memory
flat; for every batch the audit record gets one entry, which names what was created and what changed from what to what.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import Date, Table, bindparam, delete, insert, inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.audit.record import record
from app.core import clock
from app.core.database import UtcDateTime, among, for_update
from app.core.i18n import mark
from app.core.ids import new_id
from app.identity.actor import Actor
from app.jobs.registry import JobContext
from app.transfers import storage
from app.transfers.findings import Finding
from app.transfers.models import Import, WrongRow
from app.transfers.rows import Facts, Kind, Ready

CHANGED: Final = mark("Somebody has created or changed this since the file was checked.")
CHECK_AGAIN: Final = mark("Check the file again.")


class ChangedMeanwhile(Exception):  # noqa: N818 - what happened, not an error
    """Rows cannot be stored as they were judged, and the import is wanted whole; nothing may be stored."""


@dataclass
class Applying:
    """One storing of an import.

    Attributes:
        context: The job.
        session: Its one transaction.
        row: The import.
        kind: Its kind.
        actor: Who applies it.
        counts: What was created and updated, and what had changed meanwhile.
    """

    context: JobContext
    session: Session
    row: Import
    kind: Kind
    actor: Actor
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Store everything that is right.

        Raises:
            ChangedMeanwhile: Where a row does not fit any more and the import is wanted whole.
        """
        to_do = self.row.created + self.row.updated
        for number, batch in enumerate(storage.batches_of(self.session, self.row.id)):
            fits = self._fitting(batch)
            created = _create(self.session, self.kind, [one for one in fits if one.id is None])
            updated = [one for one in fits if one.id is not None]
            _update(self.session, self.kind, updated)
            self.kind.stored(self.session, self.actor, updated)
            self._record(number, created, updated)
            self.counts.update(created=len(created), updated=len(updated), changed=len(batch) - len(fits))
            done = self.counts["created"] + self.counts["updated"]
            self.context.progress({"phase": "applying", "rows": done, "percent": min(99, 100 * done // (to_do or 1))})

    def _fitting(self, batch: Sequence[Ready]) -> list[Ready]:
        """Return the rows that can be stored as they were judged; note the others as wrong."""
        model = self.kind.model
        clashing = self.kind.clashing(self.session, batch)
        changing = {one.id for one in batch if one.id is not None}
        # Locked until the end: nobody changes them between this look and the update.
        locked = for_update(select(model.id, model.version).where(among(model.id, changing)).order_by(model.id))
        versions = {row.id: row.version for row in self.session.execute(locked)} if changing else {}
        fits: list[Ready] = []
        stale: list[Ready] = []
        for one in batch:
            is_fit = one.number not in clashing and (one.id is None or versions.get(one.id) == one.version)
            (fits if is_fit else stale).append(one)
        if stale and self.row.mode == "whole":
            raise ChangedMeanwhile
        if stale:
            finding = Finding(self.kind.key, "changed_meanwhile", CHANGED, CHECK_AGAIN).document()
            rows = [{"import_id": self.row.id, "number": one.number, "findings": [finding]} for one in stale]
            self.session.execute(insert(WrongRow), rows)
        return fits

    def _record(self, number: int, created: Sequence[str], updated: Sequence[Ready]) -> None:
        if not created and not updated:
            return
        facts = {
            "batch": number,
            "created": list(created),
            "updated": {one.id: _change(one, self.kind.recorded) for one in updated},
        }
        record(self.session, self.actor, f"{self.row.kind}.import", "import", self.row.id, after=facts)


def _change(one: Ready, recorded: frozenset[str] | None) -> Facts:
    """Return what the record keeps of a change: what may be kept of it from what to what, else that it changed."""
    known = [name for name in sorted(one.before) if recorded is None or name in recorded]
    facts: Facts = {name: [one.before[name], one.values[name]] for name in known}
    unnamed = sorted(set(one.before) - set(known))
    return {**facts, "changed": unnamed} if unnamed else facts


def _create(session: Session, kind: Kind, ready: Sequence[Ready]) -> list[str]:
    """Insert what is new; return the keys."""
    if not ready:
        return []
    now = clock.now()
    made = [(new_id(), one) for one in ready]
    rows = [{**_columns(kind, one, one.values), "id": key, "created_at": now, "version": 1} for key, one in made]
    session.execute(insert(_table(kind.model)), rows)
    _insert_parts(session, kind, made)
    return [key for key, _ in made]


def _update(session: Session, kind: Kind, ready: Sequence[Ready]) -> None:
    """Write what changed, and only that: rows that change the same columns go together."""
    changed = [(one.id, one) for one in ready if one.id is not None]
    whole = _table(kind.model)
    alike: dict[frozenset[str], list[Facts]] = {}
    for key, one in changed:
        columns = {**_columns(kind, one, one.before), "version": (one.version or 0) + 1}
        alike.setdefault(frozenset(columns), []).append({**columns, "key": key})
    for rows in alike.values():
        session.execute(update(whole).where(whole.c.id == bindparam("key")), rows)
    _insert_parts(session, kind, changed)


def _insert_parts(session: Session, kind: Kind, made: Iterable[tuple[str, Ready]]) -> None:
    """Write the parts of rows anew where the kind says that they are; of what is there already the old ones go first."""
    rows: dict[type[Any], list[Facts]] = {}
    old: dict[InstrumentedAttribute[Any], list[str]] = {}
    for key, one in made:
        for table, owner, found in kind.parts(one, key):
            rows.setdefault(table, []).extend(found)
            if one.id is not None:
                old.setdefault(getattr(table, owner), []).append(key)
    for column, keys in old.items():
        session.execute(delete(column.class_).where(among(column, keys)))
    for table, found in rows.items():
        if found:
            session.execute(insert(_table(table)), found)


def _columns(kind: Kind, one: Ready, names: Collection[str]) -> Facts:
    """Return columns of the kind's own table under their names in the database, days and times as such."""
    columns = _columns_of(type(kind))
    said = {**{name: one.values[name] for name in names}, **one.extra}
    return {columns[name][0]: columns[name][1](value) for name, value in said.items() if name in columns}


def _table(model: type[Any]) -> Table:
    """Return the table itself: rows in bulk need nothing of what the mapping adds, at half the time."""
    table: Table = inspect(model).local_table
    return table


@cache
def _columns_of(kind: type[Kind]) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
    """Return name in the database and how it is read from JSON, by attribute."""
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(kind.model).column_attrs}
    return {name: (column.name, _reader(column.type)) for name, column in columns.items()}


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, Date):
        return lambda text: None if text is None else dt.date.fromisoformat(text)
    if isinstance(kind, UtcDateTime):
        return lambda text: None if text is None else dt.datetime.fromisoformat(text)
    return lambda value: value
