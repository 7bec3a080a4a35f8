"""The same request twice is one thing: a creating POST may carry an Idempotency-Key, and its answer is kept for a day.

    def create_need(request: Request, body: NeedIn, once: Once, actor: ...) -> Response:
        def create(session: Session) -> tuple[int, NeedOut, dict[str, str]]:
            need = service.propose(session, actor, body)
            return 201, NeedOut.of(need), {"ETag": etag(need.version), "Location": f"/api/v1/needs/{need.id}"}

        return once.answer(request, actor, body, create)

The key is claimed, the thing made and the answer stored in one transaction: after a crash there is either all of it or
nothing. A second request that arrives meanwhile waits for the first at the key's unique row (PostgreSQL) or for the writer's
lock (SQLite), and gets the first one's answer. A refused request stores nothing, so it can be mended under the same key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import clock
from app.core.access import Actor
from app.core.database import sync_late, transaction
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.errors import KeyReused
from app.identity.models import IdempotencyKey

KEPT: Final = dt.timedelta(hours=24)
REPLAYED: Final = "Idempotency-Replayed"
LONGEST: Final = 200

Made = tuple[int, BaseModel | None, Mapping[str, str]]


@dataclass(frozen=True)
class OncePerKey:
    """What a request says about being repeated: its key, or None for one that is carried out each time."""

    key: str | None

    def answer(
        self,
        request: Request,
        actor: Actor,
        body: BaseModel | None,
        create: Callable[[Session], Made],
    ) -> Response:
        """Run `create` in a transaction and return its answer, or the answer that the key got before.

        Args:
            request: The request; its method and path belong to what the key stands for.
            actor: Who asks; keys of two people never meet.
            body: What was sent; the same key with another body is an error.
            create: Makes the thing and returns (status, what is sent, headers); committed when it returns.

        Raises:
            KeyReused: Where the key stands for another request.
        """
        if self.key is None:
            with transaction(request) as session:
                status, out, headers = create(session)
            return _response(status, _written(out), headers)
        meant = _fingerprint(request, body)
        with transaction(request) as session:
            if not _claimed(session, actor.id, self.key, meant):
                sync_late(
                    session
                )  # what is told again is on the disk, also where its first teller still waits for that
                return _replay(session.get_one(IdempotencyKey, (actor.id, self.key)), meant)
            status, out, headers = create(session)
            text = _written(out)
            session.execute(
                update(IdempotencyKey)
                .where(IdempotencyKey.user_id == actor.id, IdempotencyKey.key == self.key)
                .values(status=status, body=text, headers=dict(headers))
            )
        return _response(status, text, headers)


def read_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A text of your choice, at most 200 characters: sent again with the same body within 24 hours, "
            "the request is carried out once and answered the same.",
            examples=["7d2f0c1e-need-moa"],
        ),
    ] = None,
) -> OncePerKey:
    """Read Idempotency-Key; raise Invalid for one that cannot be stored."""
    if idempotency_key is None:
        return OncePerKey(None)
    key = idempotency_key.strip()
    if 0 < len(key) <= LONGEST and key.isascii() and key.isprintable():
        return OncePerKey(key)
    raise Invalid(
        errors=[
            FieldError(
                "header:idempotency-key",
                "bad_key",
                mark("The Idempotency-Key cannot be used."),
                mark("Write 1 to {longest} plain characters, for example a UUID."),
                {"longest": LONGEST},
            )
        ]
    )


Once = Annotated[OncePerKey, Depends(read_key)]


def _claimed(session: Session, user_id: str, key: str, meant: str) -> bool:
    """Take the key; False where an answer, or another transaction that has just committed, holds it."""
    now = clock.now()
    mine = IdempotencyKey.user_id == user_id
    session.execute(delete(IdempotencyKey).where(mine, IdempotencyKey.created_at <= now - KEPT))
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[session.get_bind().dialect.name]
    # Waits where another transaction has inserted the same key and not ended yet; status 0 is never seen by others.
    claim = (
        insert(IdempotencyKey)
        .values(user_id=user_id, key=key, fingerprint=meant, status=0, body=None, headers={}, created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    return session.scalar(claim) is not None


def _fingerprint(request: Request, body: BaseModel | None) -> str:
    """Return what tells one request from another; keyed, so that a stolen table does not help to guess a password sent."""
    content = None if body is None else body.model_dump(mode="json")
    text = json.dumps([request.method, request.url.path, content], sort_keys=True, separators=(",", ":"))
    secret: str = request.app.state.settings.secret
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _replay(stored: IdempotencyKey, meant: str) -> Response:
    if not hmac.compare_digest(stored.fingerprint, meant):
        raise KeyReused(key=stored.key)
    return _response(stored.status, stored.body, {**stored.headers, REPLAYED: "true"})


def _written(out: BaseModel | None) -> str | None:
    return None if out is None else bytes(JSONResponse(out.model_dump(mode="json")).body).decode()


def _response(status: int, text: str | None, headers: Mapping[str, str]) -> Response:
    media_type = None if text is None else "application/json"
    return Response(text, status, headers=dict(headers), media_type=media_type)
