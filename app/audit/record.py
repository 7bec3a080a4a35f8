"""Write the record of who did what, so that nobody can change it unseen; `chain` is where it is checked.

Every entry carries the hash of the one before it and its own, so a changed, removed or inserted row breaks the chain from there
on. The one row of `audit_head` is locked until the writer commits: numbers have no gaps, and a write that is undone leaves none.
So that writers wait for each other only while they commit, and never hold that row while they wait for another one (a
deadlock), `record` only notes the entry; it gets its number and is stored when the transaction is about to commit.

Published idea: Schneier and Kelsey, Secure audit logs to support computer forensics (1999); here without the evolving key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Text, bindparam, event, select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, SessionTransaction

from app.audit.models import AuditEntry, AuditHead, AuditReason
from app.core import clock
from app.core.access import Actor
from app.core.database import for_update, sync_late
from app.core.ids import new_id

FIRST_HASH: Final = "0" * 64
PENDING: Final = "gotong_audit_pending"
NOTED: Final = ("id", "at", "actor_id", "actor_role", "action", "object_type", "object_id", "before", "after")
"""What an entry says before it has its place in the chain."""


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str,
    *,
    reason: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note what `actor` did; the entry is stored with what was done, or neither is.

    Args:
        session: The open transaction.
        actor: Who did it.
        action: The permission or verb, such as `needs.verify`.
        object_type: What kind of thing it was done to, such as `need`.
        object_id: Which one.
        reason: Why, in the person's own words.
        before: The facts that changed, as they were; anything that JSON can hold, and dates, which become texts.
        after: The same facts as they are now.

    Raises:
        TypeError: For facts that cannot be written as JSON.
    """
    transaction = session.get_nested_transaction() or session.get_transaction() or session.begin()
    entry = AuditEntry(
        id=new_id(),
        at=clock.now(),
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=_storable(before),
        after=_storable(after),
    )
    if reason is not None:
        entry.words = AuditReason(salt=secrets.token_hex(16), text=reason)
        entry.reason_digest = reason_digest(entry.words)
    session.info.setdefault(PENDING, []).append((transaction, entry))


@event.listens_for(Session, "before_commit")
def _store(session: Session) -> None:
    """Give the noted entries their place in the chain, last of all that the transaction does."""
    if session.in_nested_transaction() or not session.info.get(PENDING):
        return
    session.flush()
    entries = [entry for _, entry in session.info.pop(PENDING)]
    if session.get_bind().dialect.name == "postgresql" and len(entries) == 1 and not _has_reason(entries[0]):
        _append(session, entries[0])
        return
    head = session.scalars(for_update(select(AuditHead)).execution_options(populate_existing=True)).one()
    for entry in entries:
        entry.number, entry.previous_hash = head.number + 1, head.hash
        entry.hash = entry_hash(entry)
        head.number, head.hash = entry.number, entry.hash
        session.add(entry)


def _has_reason(entry: AuditEntry) -> bool:
    return entry.words is not None or entry.old_reason is not None


# The subquery waits for whoever holds the head and gives what it left there; `old` is that state, for the entry's own link.
_APPEND: Final = text(
    """
    WITH head AS (
        UPDATE audit_head SET
            number = old.number + 1,
            hash = encode(
                sha256(convert_to(:before_number || (old.number + 1) || :before_hash || old.hash || :behind, 'UTF8')), 'hex'
            )
        FROM (SELECT id, number, hash FROM audit_head FOR UPDATE) old
        WHERE audit_head.id = old.id
        RETURNING audit_head.number, audit_head.hash, old.hash AS previous_hash
    )
    INSERT INTO audit_entries
        (id, number, at, actor_id, actor_role, action, object_type, object_id, before, after, previous_hash, hash)
    SELECT
        :id, head.number, :at, :actor_id, :actor_role, :action, :object_type, :object_id, :before, :after,
        head.previous_hash, head.hash
    FROM head, (SELECT set_config('synchronous_commit', :sync, true)) AS setting
    """
).bindparams(
    *(bindparam(name, type_=Text()) for name in ("before_number", "before_hash", "behind", "sync")),
    *(bindparam(name, type_=getattr(AuditEntry, name).type) for name in NOTED),
)


def _append(session: Session, entry: AuditEntry) -> None:
    """Let PostgreSQL number, link and hash an entry in one statement.

    Read, hashed here and written in three, every writer would hold the head for three round trips and wait that often for
    its turn in this process, with all the others behind it; and it is free before the log is on the disk. `chain` works the
    hashes out here, so both ways have to agree.
    """
    before_number, before_hash, behind = _around(entry)
    facts = {name: getattr(entry, name) for name in NOTED}
    texts = {"before_number": before_number, "before_hash": before_hash, "behind": behind}
    texts["sync"] = "off" if sync_late(session) else "on"
    if session.connection().execute(_APPEND, texts | facts).rowcount != 1:
        raise NoResultFound("the row that says where the chain of the audit record ends is missing")


@event.listens_for(Session, "after_soft_rollback")
def _forget_undone(session: Session, undone: SessionTransaction) -> None:
    """Drop what was noted inside a transaction, or a savepoint, that is undone."""
    pending = session.info.get(PENDING)
    if pending:
        session.info[PENDING] = [noted for noted in pending if undone not in _with_outer(noted[0])]


@event.listens_for(Session, "after_transaction_end")
def _forget_unfinished(session: Session, ended: SessionTransaction) -> None:
    """Drop what was noted where a session is closed without a commit."""
    if ended.parent is None:
        session.info.pop(PENDING, None)


def _with_outer(transaction: SessionTransaction) -> list[SessionTransaction]:
    found = [transaction]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def entry_hash(entry: AuditEntry) -> str:
    """Return the SHA-256 (hexadecimal) of everything that `entry` says, with the hash of the entry before it.

    Of a reason in somebody's own words it holds the fingerprint, so that the words can be erased and the chain still holds.
    """
    before_number, before_hash, behind = _around(entry)
    whole = f"{before_number}{entry.number}{before_hash}{entry.previous_hash}{behind}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _around(entry: AuditEntry) -> tuple[str, str, str]:
    """Return what stands before the number, before the previous hash and behind it in the JSON that is hashed, keys sorted."""
    first = {name: getattr(entry, name) for name in NOTED if name < "number"}
    middle = {name: getattr(entry, name) for name in ("object_id", "object_type")}
    last = {"reason": entry.old_reason}
    if entry.reason_digest is not None:
        last["reason_digest"] = entry.reason_digest
    return (
        f'{_hashed(first)[:-1]},"number":',
        f',{_hashed(middle)[1:-1]},"previous_hash":"',
        f'",{_hashed(last)[1:]}',
    )


def _hashed(facts: dict[str, Any]) -> str:
    return json.dumps(
        facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_written, allow_nan=False
    )


def reason_digest(words: AuditReason) -> str:
    """Return the fingerprint of a reason."""
    return hashlib.sha256(f"{words.salt}\x00{words.text}".encode()).hexdigest()


def _storable(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return `facts` as the database gives them back, so that the hash of today is the hash of tomorrow."""
    if facts is None:
        return None
    written = json.dumps(dict(facts), default=_written, allow_nan=False)
    stored: dict[str, Any] = json.loads(written, parse_float=_whole_where_possible)
    return stored


def _whole_where_possible(text: str) -> int | float:
    """PostgreSQL stores 1e20 and -0.0 as decimals, which come back as whole numbers."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _written(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot stand in the audit record")
