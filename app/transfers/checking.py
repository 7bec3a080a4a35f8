"""The dry run: every row of a file is judged, nothing of the programme is written.

What is wrong is stored row by row for whoever has to mend it; what is right is stored as it will be written, so that applying
the import later is short. Both belong to the import only. A check that was cut short begins anew, and drops what it had found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import IO, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.i18n import mark
from app.identity.actor import Actor
from app.jobs.registry import JobContext
from app.transfers import storage
from app.transfers.columns import COLUMNS
from app.transfers.content import Content
from app.transfers.findings import FileFault
from app.transfers.kinds import kind_of
from app.transfers.models import Import, WrongRow
from app.transfers.reading import Numbered, Reader
from app.transfers.rows import Kind, Ready, Row, read_row

AT_ONCE: Final = 1000


class Check:
    """One dry run.

    Args:
        context: The job.
        row: The import.
        actor: Who sent the file.
    """

    def __init__(self, context: JobContext, row: Import, actor: Actor) -> None:
        self._context = context
        self._import = row
        self._kind: Kind = kind_of(row.kind, actor)
        self._columns = {column.name: column for column in COLUMNS[row.kind]}
        self._claimed: dict[tuple[str, str], int] = {}
        self.counts: Counter[str] = Counter()
        self.fault: FileFault | None = None
        self.ignored: tuple[str, ...] = ()

    def run(self, file: IO[bytes]) -> bool:
        """Judge every row of `file`; return False where the job is to stop."""
        content = Content(self._import.format, self._import.encoding)
        try:
            most = self._context.settings.max_import_rows
            reader = Reader(file, content, COLUMNS[self._import.kind], most_rows=most)
            self.ignored = reader.header.ignored
            rows = reader.rows()
            with self._context.database.reading() as session:
                self._kind.open(session)
            number = 0
            while batch := self._batch(rows, reader):
                if self._context.cancelled():
                    return False
                self._judge(number, batch)
                number += 1
                self._tell(reader)
        except FileFault as fault:
            self.fault = fault
        return True

    def _batch(self, rows: Numbered, reader: Reader) -> list[Row]:
        return [read_row(number, cells, reader.header, self._columns) for number, cells in islice(rows, AT_ONCE)]

    def _judge(self, number: int, batch: list[Row]) -> None:
        with self._context.database.reading() as session:
            self._kind.look_up(session, batch)
            ready = [one for one in self._verdicts(session, batch) if one is not None]
        wrong = [row for row in batch if row.wrong]
        self.counts.update(rows=len(batch), wrong=len(wrong), unchanged=len(batch) - len(wrong) - len(ready))
        self.counts.update("created" if one.id is None else "updated" for one in ready)
        with self._context.holding() as session:
            if ready:
                storage.keep_batch(session, self._import.id, number, ready)
            if wrong:
                session.execute(insert(WrongRow), [_stored(self._import.id, row) for row in wrong])

    def _verdicts(self, session: Session, batch: list[Row]) -> Iterator[Ready | None]:
        for row in batch:
            self._claim(row)
            verdict = self._kind.judge(session, row)
            yield None if row.wrong else verdict

    def _claim(self, row: Row) -> None:
        """Note in the row what an earlier one has: the first one counts."""
        for column, value in self._kind.claims(row):
            first = self._claimed.setdefault((column, value), row.number)
            if first != row.number:
                message, remedy = mark("Row {row} of the file says the same."), mark("Keep one of the two rows.")
                row.blame(column, "repeated", message, remedy, row=first)

    def _tell(self, reader: Reader) -> None:
        done = self.counts["rows"]
        part = done / reader.expected if reader.expected else reader.bytes_read / self._import.size
        self._context.progress({"phase": "checking", "rows": done, "percent": min(99, int(100 * part))})


def _stored(import_id: str, row: Row) -> dict[str, object]:
    places = {column: place for place, column in enumerate(row.texts)}
    wrong = sorted(row.wrong, key=lambda one: places.get(one.column, len(places)))
    return {"import_id": import_id, "number": row.number, "findings": [one.document() for one in wrong]}
