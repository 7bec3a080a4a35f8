"""Questions about a round whose answer takes a worker: asked for once, kept for good, found again by everybody who may see them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.identity.actor import Actor
from app.jobs import queue
from app.jobs.failures import told
from app.jobs.lifecycle import ENDED
from app.jobs.models import Job
from app.rounds.answer_schemas import AnswerState
from app.rounds.errors import NoResult, NoSnapshot
from app.rounds.models import Result, Round, RoundAnswer, Snapshot
from app.rounds.schemas import JobState
from app.rounds.tasks import USABLE
from optimizer import Limits, canonical_bytes
from optimizer.problem import Problem

KIND = "rounds.answer"
"""The kind of the jobs."""

Document = dict[str, Any]


class Stopped(Exception):  # noqa: N818 - control flow, not an error
    """The work is to stop: nothing is stored."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question with everything that its answer is worked out from.

    Attributes:
        asked: The question, as it was stored.
        problem: The frozen problem.
        solution: The solution document, where the question is about one.
        names: How the snapshot calls things.
        limits: Of each solve: the round's own work limit, so that the answer is the same on every machine.
        seed: The round's.
        step: Tells how far it is; raises Stopped where it is to stop.
        lottery: The lottery that is drawn.
    """

    asked: Mapping[str, Any]
    problem: Problem
    solution: Document | None
    names: Mapping[str, Any]
    limits: Limits
    seed: int
    step: Callable[[Mapping[str, Any]], None]
    lottery: Document | None = None


def solved(session: Session, round_: Round) -> tuple[Snapshot, Result]:
    """Return the present result with the snapshot that it answers.

    Raises:
        NoResult: Where nothing was placed yet, or nothing can be.
    """
    result = None if round_.result_id is None else session.get(Result, round_.result_id)
    if result is None or not result.verified or result.status not in USABLE:
        raise NoResult
    return session.get_one(Snapshot, result.snapshot_id), result


def frozen(session: Session, round_: Round) -> Snapshot:
    """Return the present snapshot.

    Raises:
        NoSnapshot: For a round that is not frozen.
    """
    if round_.snapshot_id is None:
        raise NoSnapshot
    return session.get_one(Snapshot, round_.snapshot_id)


def found(
    session: Session, snapshot: Snapshot, kind: str, asked: Mapping[str, Any], result: Result | None = None
) -> RoundAnswer | None:
    """Return the answer to a question that was asked before, finished or not."""
    return session.scalar(
        select(RoundAnswer).where(
            RoundAnswer.snapshot_id == snapshot.id,
            RoundAnswer.kind == kind,
            RoundAnswer.key == _key(asked, result),
        )
    )


def newest(session: Session, snapshot: Snapshot, kind: str, result: Result | None = None) -> RoundAnswer | None:
    """Return what was asked last of a kind, about this snapshot and result."""
    return next(iter(every(session, snapshot, kind, result)), None)


def every(session: Session, snapshot: Snapshot, kind: str, result: Result | None = None) -> list[RoundAnswer]:
    """Return everything that was asked of a kind, about this snapshot and result, the newest first."""
    about = RoundAnswer.result_id.is_(None) if result is None else RoundAnswer.result_id == result.id
    mine = select(RoundAnswer).where(RoundAnswer.snapshot_id == snapshot.id, RoundAnswer.kind == kind, about)
    return list(session.scalars(mine.order_by(RoundAnswer.created_at.desc(), RoundAnswer.id.desc())))


def ask(
    session: Session,
    actor: Actor,
    round_: Round,
    kind: str,
    asked: Mapping[str, Any],
    *,
    snapshot: Snapshot,
    result: Result | None = None,
) -> RoundAnswer:
    """Have something worked out; what was asked before is not worked out twice, and what failed is tried again.

    Args:
        session: The open transaction.
        actor: Who asks, and may.
        round_: The round, locked, so that two who ask at once ask once.
        kind: Of the answer.
        asked: The question, plain JSON.
        snapshot: Of the round.
        result: That the question is about; None where it is about the frozen problem alone.
    """
    row = found(session, snapshot, kind, asked, result)
    if row is None:
        row = RoundAnswer(
            round_id=round_.id,
            snapshot_id=snapshot.id,
            result_id=None if result is None else result.id,
            kind=kind,
            asked=dict(asked),
            key=_key(asked, result),
            created_by=actor.id,
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
    elif row.document is not None or _runs(session, row):
        return row
    payload = {"answer_id": row.id}
    row.job_id = queue.enqueue(session, KIND, payload, key=f"{KIND}:{row.id}", created_by=actor.id).id
    session.flush()
    record(session, actor, "rounds.ask", "round", round_.id, after={"kind": kind, "asked": row.asked})
    return row


def document_of(row: RoundAnswer | None) -> Document | None:
    """Return the answer itself; None while there is none."""
    return None if row is None or row.document is None else cast(Document, unpacked(row.document))


def unpacked(packed: bytes) -> Any:
    """Return a stored document."""
    return json.loads(gzip.decompress(packed))


def state_of(session: Session, row: RoundAnswer | None) -> AnswerState:
    """Return how far an answer is, for whoever waits for it."""
    job = None if row is None or row.job_id is None else session.get(Job, row.job_id)
    if job is None:
        return AnswerState(state=None)
    failed = job.error is not None and job.state == "dead"
    return AnswerState(
        state=cast(JobState, job.state),
        job_id=job.id,
        error=told(job.error) if failed and job.error else None,
        progress=job.progress,
    )


def _runs(session: Session, row: RoundAnswer) -> bool:
    job = None if row.job_id is None else session.get(Job, row.job_id)
    return job is not None and job.state not in ENDED


def _key(asked: Mapping[str, Any], result: Result | None) -> str:
    about = {"asked": dict(asked), "result": None if result is None else result.id}
    return hashlib.sha256(canonical_bytes(about)).hexdigest()
