"""The content of an import in the database: the file in blocks, and the rows that are ready in batches."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.transfers.models import ImportBatch, ImportBlock, WrongRow
from app.transfers.rows import Ready

BLOCK: Final = 256 * 1024
FAST: Final = 1  # zlib's level: most of the saving at a fraction of the time


def keep_file(session: Session, import_id: str, file: IO[bytes]) -> None:
    """Store `file`, from its beginning."""
    file.seek(0)
    number = 0
    while block := file.read(BLOCK):
        session.execute(insert(ImportBlock), [{"import_id": import_id, "number": number, "content": block}])
        number += 1


def copy_file(session: Session, import_id: str, file: IO[bytes]) -> None:
    """Write the stored file into `file`, a block at a time, and go back to its beginning."""
    mine = select(ImportBlock.number).where(ImportBlock.import_id == import_id).order_by(ImportBlock.number)
    for number in session.scalars(mine).all():
        one = select(ImportBlock.content).where(ImportBlock.import_id == import_id, ImportBlock.number == number)
        file.write(session.scalars(one).one())
    file.seek(0)


def keep_batch(session: Session, import_id: str, number: int, ready: Sequence[Ready]) -> None:
    """Store rows that are right."""
    text = json.dumps([one.document() for one in ready], separators=(",", ":"), ensure_ascii=False)
    document = zlib.compress(text.encode(), FAST)
    session.execute(insert(ImportBatch), [{"import_id": import_id, "number": number, "document": document}])


def batches_of(session: Session, import_id: str) -> Iterator[list[Ready]]:
    """Yield the rows that are right, one batch after the other."""
    mine = select(ImportBatch.number).where(ImportBatch.import_id == import_id).order_by(ImportBatch.number)
    for number in session.scalars(mine).all():
        one = select(ImportBatch.document).where(ImportBatch.import_id == import_id, ImportBatch.number == number)
        found: list[dict[str, Any]] = json.loads(zlib.decompress(session.scalars(one).one()))
        yield [Ready(**document) for document in found]


def drop_findings(session: Session, import_id: str) -> None:
    """Delete what an earlier check has left."""
    session.execute(delete(WrongRow).where(WrongRow.import_id == import_id))
    session.execute(delete(ImportBatch).where(ImportBatch.import_id == import_id))


def drop_file(session: Session, import_id: str) -> None:
    """Delete the file and what is ready of it; what was wrong in it stays."""
    session.execute(delete(ImportBlock).where(ImportBlock.import_id == import_id))
    session.execute(delete(ImportBatch).where(ImportBatch.import_id == import_id))
