"""The queue's tables: jobs, and the workers that were seen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.ids import new_id

UNFINISHED = text("state IN ('queued', 'running')")


class Job(Base):
    """One piece of work for a worker. `worker_id` and `attempt` together fence every write that the work makes.

    All times are by the database's clock, the one clock that all workers share. `max_attempts` is None where the worker's
    setting counts. `number` grows with every change that can be seen from outside, so that one who watches can ask for
    what is newer. `error` is the last failure: `code`, `message` (a key of the catalogue) and the `facts` in it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'dead', 'cancelled')", name="state"),
        CheckConstraint("attempt >= 0 AND max_attempts > 0", name="attempts"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("(state IN ('done', 'dead', 'cancelled')) = (finished_at IS NOT NULL)", name="finished"),
        Index("ix_jobs_claim", "state", "run_after"),
        Index("uq_jobs_key_unfinished", "key", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="queued")
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int | None]
    run_after: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    worker_id: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[dict[str, Any] | None] = mapped_column(Json)
    number: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Worker(Base):
    """A worker process; `seen_at` is by the database's clock, so that readiness can tell whether one is alive."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    host: Mapped[str] = mapped_column(String(200))
    process: Mapped[int]
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
