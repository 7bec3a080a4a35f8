"""The outbox: a mail is written in the transaction of what it tells, so there is either both or neither.

    notify(session, "ani@contoh.example", "offers/sent", {"name": "Ani", "school": "SDN Oinlasi"}, "id")

A job of the same transaction delivers it (`app.notifications.tasks`). Where no mail server is known the mail is held, and goes
with the first mail after one is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.access import Actor, require
from app.core.database import for_update
from app.core.i18n import DEFAULT_LANGUAGE
from app.core.ids import new_id
from app.jobs.queue import enqueue, enqueue_all
from app.notifications import queries
from app.notifications.lifecycle import MESSAGE
from app.notifications.models import ERASED, Message
from app.notifications.rendering import HIDDEN, render_mail

KIND: Final = "notifications.deliver"
# With the pauses between them, about a working day.
ATTEMPTS: Final = 50
RELEASED_AT_ONCE: Final = 50
# One mailbox and nothing else: no list, no header, no display name.
_MAILBOX: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)


def notify(
    session: Session,
    to: str,
    template: str,
    facts: Mapping[str, Any],
    language: str | None,
    *,
    secrets: Mapping[str, str] | None = None,
    useful_until: dt.datetime | None = None,
) -> Message:
    """Write a mail into the outbox, in the caller's transaction.

    Args:
        session: The open transaction.
        to: The address of one person.
        template: `slice/name`, see `app.notifications.rendering`.
        facts: What fills the template, as JSON can hold it, and times (`| when` in the template); no secrets.
        language: In which the person reads; None for the default.
        secrets: Further facts that open something: shown to nobody, deleted with the sending.
        useful_until: After this the mail is not sent any more, such as one whose link has expired.

    Raises:
        ValueError: For something that is not the address of one mailbox.
        TemplateNotFound, UndefinedError: For a template that is not there or asks for more than it is given.
    """
    shown = {**facts, **dict.fromkeys(secrets or {}, HIDDEN)}
    message = Message(**_written(to, template, shown, language, useful_until))
    message.secrets = None if secrets is None else dict(secrets)
    session.add(message)
    _queue(session, message)
    return message


def notify_all(
    session: Session,
    template: str,
    people: Iterable[tuple[str, Mapping[str, Any], str | None]],
    *,
    useful_until: dt.datetime | None = None,
) -> int:
    """Write a mail to each of many people with two statements, in the caller's transaction; return how many.

    Args:
        session: The open transaction.
        template: `slice/name`.
        people: (address, facts, language) of each. One whose address is none, such as an erased person, gets no mail.
        useful_until: After this the mails are not sent any more.

    Raises:
        TemplateNotFound, UndefinedError: As for `notify`.
    """
    rows = [_written(to, template, facts, language, useful_until) for to, facts, language in people if is_mailbox(to)]
    jobs = enqueue_all(session, KIND, [{"message": row["id"]} for row in rows], max_attempts=ATTEMPTS)
    if rows:
        session.execute(insert(Message), [{**row, "job_id": job} for row, job in zip(rows, jobs, strict=True)])
    return len(rows)


def is_mailbox(address: str) -> bool:
    """Tell whether `address` is the address of one mailbox, and nothing else."""
    # No mail is ever read under `invalid` (RFC 2606), which stands in the addresses of erased people.
    return address.isascii() and _MAILBOX.fullmatch(address) is not None and not address.endswith((".invalid", ERASED))


def _written(
    to: str, template: str, facts: Mapping[str, Any], language: str | None, useful_until: dt.datetime | None
) -> dict[str, Any]:
    if not is_mailbox(to):
        raise ValueError("a mail needs the address of one mailbox")
    spoken = language or DEFAULT_LANGUAGE
    told = {name: fact.isoformat() if isinstance(fact, dt.datetime) else fact for name, fact in facts.items()}
    # Tried here, where the fault is, and not by the worker at night.
    render_mail(template, told, spoken, "")
    return {
        "id": new_id(),
        "recipient": to,
        "template": template,
        "language": spoken,
        "facts": told,
        "state": MESSAGE.initial,
        "attempts": 0,
        "useful_until": useful_until,
        "created_at": clock.now(),
    }


def send_again(session: Session, actor: Actor, message_id: str) -> Message:
    """Put a held or failed mail back on its way.

    Raises:
        NotFound: For a mail that is not there.
        IllegalMove: For one that is on its way, has gone, or is of no use any more.
    """
    message = queries.message(session, actor, message_id, writing=True)
    require(actor, "notifications.send", message)
    before = message.state
    _release(session, message)
    after = {"state": message.state}
    record(session, actor, "notifications.send", "message", message.id, before={"state": before}, after=after)
    return message


def release_held(session: Session) -> int:
    """Put mails that were held for want of a mail server on their way; return how many."""
    held = select(Message).where(Message.state == "held").order_by(Message.id).limit(RELEASED_AT_ONCE)
    messages = session.scalars(for_update(held, skip_locked=True)).all()
    for message in messages:
        _release(session, message)
    return len(messages)


def forget_person(session: Session, address: str, *, only_ended: bool = False) -> int:
    """Erase the person behind `address` from the outbox: what has not gone yet does not go; return how many mails.

    `only_ended`: somebody else reads there too, so what has not gone yet is left alone.
    """
    theirs = select(Message).where(Message.recipient == address)
    if only_ended:
        theirs = theirs.where(Message.state.in_(("sent", "failed", "expired")))
    messages = session.scalars(for_update(theirs)).all()
    for message in messages:
        if message.state == "held":
            message.state = MESSAGE.move(message.state, "send")
        if message.state == "waiting":
            message.state = MESSAGE.move(message.state, "expire")
        message.recipient, message.facts, message.secrets = ERASED, {}, None
    session.flush()
    return len(messages)


def _release(session: Session, message: Message) -> None:
    message.state = MESSAGE.move(message.state, "send")
    message.error = None
    _queue(session, message)


def _queue(session: Session, message: Message) -> None:
    job = enqueue(session, KIND, {"message": message.id}, key=f"{KIND}:{message.id}", max_attempts=ATTEMPTS)
    message.job_id = job.id
    session.flush()
