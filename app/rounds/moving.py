"""The one way in which a round goes from state to state, with its entry in the record and its mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.audit.record import record
from app.core.access import Actor
from app.rounds import telling
from app.rounds.lifecycle import ROUND
from app.rounds.models import Round


def take(
    session: Session,
    actor: Actor,
    round_: Round,
    action: str,
    *,
    values: Mapping[str, Any] | None = None,
    reason: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Round:
    """Take `action` with a round that the caller has locked, record it as `rounds.<action>`, and tell whom it concerns.

    Args:
        session: The open transaction.
        actor: Who takes it.
        round_: The round.
        action: A move of `ROUND`.
        values: Columns that change with the state.
        reason: Why, in the person's words.
        before: What the record keeps of how it was, besides the state.
        after: What the record keeps of how it is now, besides the state.

    Raises:
        IllegalMove: Where the round's state does not allow it; nothing is changed.
    """
    state = round_.state
    round_.state = ROUND.move(state, action)
    round_.version += 1
    for name, value in (values or {}).items():
        setattr(round_, name, value)
    session.flush()
    record(
        session,
        actor,
        f"rounds.{action}",
        "round",
        round_.id,
        reason=reason,
        before={"state": state, **(before or {})},
        after={"state": round_.state, **(after or {})},
    )
    telling.tell(session, actor, round_, action, reason=reason)
    return round_
