"""What people do with imports: send a file, apply it, have it checked again, discard it."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from dataclasses import dataclass
from typing import IO, Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require
from app.jobs import queue
from app.settings import Settings
from app.transfers import queries, storage
from app.transfers.content import Content, content_of
from app.transfers.errors import RowsWrong
from app.transfers.lifecycle import IMPORT, WORKING
from app.transfers.models import Import, WrongRow

CHECK: Final = "transfers.check"
APPLY: Final = "transfers.apply"
BLOCK: Final = 1024 * 1024
LONGEST_NAME: Final = 200
EMPTIED_AT_ONCE: Final = 20


@dataclass(frozen=True)
class Upload:
    """A file that was looked at: what it is called, what it is, and its fingerprint."""

    name: str
    file: IO[bytes]
    content: Content
    size: int
    sha256: str


def read_upload(file: IO[bytes], name: str, settings: Settings) -> Upload:
    """Look at a file that was sent.

    Raises:
        Invalid: For one that is empty or too large.
        FileRefused: For one that is not what it claims to be.
    """
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
        size += len(block)
    if size == 0:
        raise Invalid(errors=[FieldError("/file", "empty", mark("The file is empty."), mark("Send another one."))])
    if size > settings.max_import_bytes:
        facts = {"most": settings.max_import_bytes // 1_000_000}
        message, remedy = mark("The file is larger than {most} MB."), mark("Send its rows in several files.")
        raise Invalid(errors=[FieldError("/file", "too_large", message, remedy, facts)])
    shown = _shown_name(name)
    content = content_of(file, shown, most_unpacked=settings.max_import_unpacked_bytes)
    return Upload(shown, file, content, size, digest.hexdigest())


def upload_import(session: Session, actor: Actor, kind: str, upload: Upload, settings: Settings) -> Import:
    """Take a file and put its check into the queue.

    Raises:
        Forbidden: For a kind that the actor does not import.
    """
    require(actor, "imports.upload", kind)
    empty_old(session, settings)
    row = Import(
        kind=kind,
        name=upload.name,
        format=upload.content.format,
        encoding=upload.content.encoding,
        size=upload.size,
        sha256=upload.sha256,
        state=IMPORT.initial,
        ignored=[],
        created_by=actor.id,
        created_at=clock.now(),
        version=1,
    )
    session.add(row)
    session.flush()
    storage.keep_file(session, row.id, upload.file)
    _enqueue(session, row, CHECK, actor)
    record(session, actor, "imports.upload", "import", row.id, after=_facts(row))
    return row


def apply_import(session: Session, actor: Actor, import_id: str, mode: str) -> Import:
    """Have a checked import stored: `whole`, or without its wrong rows (`skip`).

    Raises:
        IllegalMove: For an import that is not checked, or applied already.
        RowsWrong: Where it is wanted whole and rows are wrong.
    """
    row = queries.import_(session, actor, import_id, writing=True)
    require(actor, "imports.apply", row)
    after = IMPORT.move(row.state, "apply")
    if mode == "whole" and row.wrong:
        raise RowsWrong(wrong=row.wrong)
    row.state, row.mode = after, mode
    row.version += 1
    _enqueue(session, row, APPLY, actor)
    record(session, actor, "imports.apply", "import", row.id, after={"mode": mode, "sha256": row.sha256})
    return row


def recheck_import(session: Session, actor: Actor, import_id: str) -> Import:
    """Have a file checked again, because what it is held against has changed.

    Raises:
        IllegalMove: For an import that is being worked on, or has ended.
    """
    row = queries.import_(session, actor, import_id, writing=True)
    require(actor, "imports.apply", row)
    begin_check(session, row, actor)
    record(session, actor, "imports.recheck", "import", row.id)
    return row


def begin_check(session: Session, row: Import, actor: Actor) -> None:
    """Put the check of a file into the queue again."""
    row.state, row.mode = IMPORT.move(row.state, "recheck"), None
    row.version += 1
    _enqueue(session, row, CHECK, actor)


def discard_import(session: Session, actor: Actor, import_id: str) -> Import:
    """Delete a file and what was found in it; that it was there, and what came in by it, stays on record.

    Raises:
        IllegalMove: While it is being worked on, and for one that is discarded already.
    """
    row = queries.import_(session, actor, import_id, writing=True)
    require(actor, "imports.discard", row)
    _empty(session, actor, row)
    return row


def empty_old(session: Session, settings: Settings) -> None:
    """Delete the content of imports that nobody has touched for long: it may name people."""
    before = clock.now() - dt.timedelta(days=settings.import_days)
    old = select(Import).where(
        Import.emptied_at.is_(None), Import.created_at < before, Import.state.not_in(sorted(WORKING))
    )
    for row in session.scalars(old.order_by(Import.created_at).limit(EMPTIED_AT_ONCE)):
        _empty(session, SYSTEM, row)


def _empty(session: Session, actor: Actor, row: Import) -> None:
    before = row.state
    row.state = IMPORT.move(before, "discard")
    storage.drop_file(session, row.id)
    session.execute(delete(WrongRow).where(WrongRow.import_id == row.id))
    row.emptied_at = clock.now()
    row.ended_at = row.ended_at or row.emptied_at
    row.version += 1
    record(session, actor, "imports.discard", "import", row.id, before={"state": before}, after={"state": row.state})


def _enqueue(session: Session, row: Import, kind: str, actor: Actor) -> None:
    session.flush()
    row.job_id = queue.enqueue(session, kind, {"import_id": row.id}, created_by=actor.id).id
    session.flush()


def _facts(row: Import) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("kind", "name", "format", "size", "sha256")}


def _shown_name(name: str) -> str:
    """Return the last part of a file's name, without letters that are not seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")[-LONGEST_NAME:]
