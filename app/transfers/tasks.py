"""What a worker does for imports: the dry run, and the storing."""

from __future__ import annotations

import tempfile
from typing import Any

from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM
from app.core.i18n import DEFAULT_LANGUAGE, speaking
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.permissions import require
from app.identity.sessions import actor_of
from app.jobs.registry import JobContext, JobEnd, handler
from app.transfers import storage
from app.transfers.applying import Applying, ChangedMeanwhile
from app.transfers.checking import Check
from app.transfers.kinds import kind_of
from app.transfers.lifecycle import IMPORT
from app.transfers.models import Import
from app.transfers.service import APPLY, CHECK, begin_check

COUNTS = ("rows", "wrong", "created", "updated", "unchanged")


def check_ended(session: Session, end: JobEnd) -> None:
    """Note that a check was cancelled or given up; it can be asked for again."""
    _moved(session, end, "checking", "fail")


def apply_ended(session: Session, end: JobEnd) -> None:
    """Note that nothing was stored, because the job was cancelled or given up; it can be applied again."""
    _moved(session, end, "applying", "give_back")


@handler(CHECK, ended=check_ended)
def check_import(context: JobContext) -> None:
    """Judge every row; store what is wrong, and what is ready to be applied."""
    with context.holding() as session:
        row = _mine(session, context)
        storage.drop_findings(session, row.id)
        sender = _sender(session, row.created_by)
        require(sender, "imports.upload", row.kind)
    check = Check(context, row, sender)
    with tempfile.TemporaryFile() as file:
        with context.database.reading() as session:
            storage.copy_file(session, row.id, file)
        # What is told in words of the moment, such as a screening rule's reason, is told in the sender's language.
        with speaking(sender.language or DEFAULT_LANGUAGE):
            if not check.run(file):
                return
    with context.finishing() as session:
        row = _mine(session, context)
        before = row.state
        row.state = IMPORT.move(before, "check" if check.fault is None else "refuse")
        for name in COUNTS:
            setattr(row, name, check.counts[name])
        row.fault = None if check.fault is None else check.fault.document()
        row.ignored = list(check.ignored)
        row.version += 1
        facts = {"state": row.state, **{name: getattr(row, name) for name in COUNTS}}
        record(session, sender, "imports.check", "import", row.id, before={"state": before}, after=facts)


@handler(APPLY, ended=apply_ended)
def apply_import(context: JobContext) -> None:
    """Store what is right, all of it in one transaction, or nothing; where rows have changed meanwhile, check again."""
    try:
        with context.finishing() as session:
            _apply(context, session)
    except ChangedMeanwhile:
        with context.finishing() as session:
            row = _mine(session, context)
            actor = _sender(session, context.created_by)
            begin_check(session, row, actor)
            record(session, actor, "imports.recheck", "import", row.id, reason="changed meanwhile")


def _apply(context: JobContext, session: Session) -> None:
    row = _mine(session, context)
    actor = _sender(session, context.created_by)
    require(actor, "imports.apply", row)
    require(actor, "imports.upload", row.kind)
    after = IMPORT.move(row.state, "finish")
    applying = Applying(context, session, row, kind_of(row.kind, actor), actor)
    applying.run()
    row.created, row.updated = applying.counts["created"], applying.counts["updated"]
    row.wrong += applying.counts["changed"]
    row.state, row.ended_at = after, clock.now()
    row.version += 1
    storage.drop_file(session, row.id)
    facts: dict[str, Any] = {"sha256": row.sha256, "mode": row.mode, **{name: getattr(row, name) for name in COUNTS}}
    record(session, actor, f"imports.{after}", "import", row.id, before={"state": "applying"}, after=facts)


def _mine(session: Session, context: JobContext) -> Import:
    return session.get_one(Import, context.payload["import_id"], with_for_update=True, populate_existing=True)


def _sender(session: Session, user_id: str | None) -> Actor:
    """Return a person with the rights of this moment; a closed account has none."""
    user = session.get_one(User, user_id)
    return actor_of(user, frozenset({"*"} if user.active else ()))


def _moved(session: Session, end: JobEnd, here: str, action: str) -> None:
    row = session.get_one(Import, end.payload["import_id"], with_for_update=True)
    if row.state == here and row.job_id == end.job_id:
        row.state = IMPORT.move(here, action)
        row.version += 1
        session.flush()
        facts = {"state": row.state, "job": end.state}
        record(session, SYSTEM, f"imports.{action}", "import", row.id, before={"state": here}, after=facts)
