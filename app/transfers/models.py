"""Imports: an uploaded file on its way into the programme, what was found wrong in it, and what is ready to be stored.

The file lies in the database in blocks, not on a disk: it is there if, and only if, the import is, and any worker on any machine
can read it. It is deleted once the import is applied or discarded, or after some weeks; the record of what came in stays.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id


class Import(Base):
    """One file. `fault` is why it could not be read; `encoding` is empty for a workbook.

    `created`, `updated` and `unchanged` are what the dry run says would happen, and once it is applied what has happened.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("kind IN ('applicants', 'schools', 'needs', 'funds')", name="kind"),
        CheckConstraint(
            "state IN ('checking', 'checked', 'refused', 'failed', 'applying', 'applied', 'discarded')", name="state"
        ),
        CheckConstraint("mode IN ('whole', 'skip')", name="mode"),
        CheckConstraint("size > 0", name="size"),
        Index("ix_imports_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(4))
    encoding: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="checking")
    mode: Mapped[str | None] = mapped_column(String(5))
    rows: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    ignored: Mapped[list[str]] = mapped_column(Json)
    fault: Mapped[dict[str, Any] | None] = mapped_column(Json)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    emptied_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class ImportBlock(Base):
    """A piece of an uploaded file."""

    __tablename__ = "import_blocks"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ImportBatch(Base):
    """Some hundred rows that are right, as they will be stored: JSON, compressed."""

    __tablename__ = "import_batches"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class WrongRow(Base):
    """A row of the file with everything that is wrong in it; `number` is the one that a spreadsheet shows beside it."""

    __tablename__ = "import_wrong_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
