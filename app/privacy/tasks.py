"""What a worker does for privacy each night."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.applicants.retention import KIND, schedule
from app.documents.storage import Store
from app.jobs.registry import JobContext, JobEnd, handler
from app.privacy import erasure, retention


def given_up(session: Session, end: JobEnd) -> None:
    """Queue the next night's job where this one was cancelled or given up."""
    del end
    schedule(session)


@handler(KIND, ended=given_up)
def retain(context: JobContext) -> None:
    """Erase those whose retention time is over; see `app.privacy.retention`."""
    store = Store(context.settings)
    with context.database.reading() as session:
        known = retention.known_files(session)
    swept = store.sweep(known)
    with context.finishing({"swept": swept}) as session:
        _, files = retention.erase_due(session, context.settings.retention_days)
        erasure.replace_codes(session)
        schedule(session)
    for name in files:
        store.remove(name)
