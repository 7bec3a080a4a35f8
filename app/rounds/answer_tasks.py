"""What a worker runs for a question about a round: work the answer out, and store it with the job's end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core.access import SYSTEM
from app.jobs.registry import JobContext, JobEnd, handler
from app.rounds import answers, explaining, fairness, lottery, waitlists
from app.rounds.answers import Document, Stopped, Task
from app.rounds.errors import NoPlacement
from app.rounds.method import Answer
from app.rounds.models import Result, Round, RoundAnswer, Snapshot
from app.rounds.moving import take
from app.rounds.tasks import store
from optimizer import DocumentRefused, Limits, Report, read_problem, verify
from optimizer.verification.draws import draw_findings

ANSWERS: Final[Mapping[str, Callable[[Task], Document]]] = {
    explaining.KIND: explaining.work_out,
    waitlists.KIND: waitlists.work_out,
    fairness.KIND: fairness.work_out,
    lottery.KIND: lottery.work_out,
    lottery.DRAW: lottery.work_out_draw,
}


def draw_ended(session: Session, end: JobEnd) -> None:
    """Take a round whose draw was cancelled, or given up, back to frozen; other answers leave the round as it is."""
    row = session.get_one(RoundAnswer, end.payload["answer_id"])
    round_ = session.get_one(Round, row.round_id, with_for_update=True)
    if round_.state == "solving" and round_.job_id == end.job_id:
        take(session, SYSTEM, round_, "stop", after={"job_id": end.job_id, "ended": end.state})


@handler(answers.KIND, ended=draw_ended)
def work_out(context: JobContext) -> None:
    """Work an answer out; a job that was stopped stores nothing, and the question can be asked again."""
    with context.database.reading() as session:
        row = session.get_one(RoundAnswer, context.payload["answer_id"])
        snapshot = session.get_one(Snapshot, row.snapshot_id)
        task = _task(session, context, row, snapshot)
    try:
        document = ANSWERS[row.kind](task)
    except Stopped:
        return
    except DocumentRefused as refused:
        raise NoPlacement from refused
    if context.cancelled():
        return
    report = _report(task, document) if row.kind == lottery.DRAW else None
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    with context.finishing({"kind": row.kind}) as session:
        session.get_one(RoundAnswer, row.id).document = gzip.compress(text, mtime=0)
        if report is not None:
            store(session, context, snapshot, dict(task.problem.document), Answer(document["solution"]), report)


def _task(session: Session, context: JobContext, row: RoundAnswer, snapshot: Snapshot) -> Task:
    round_ = session.get_one(Round, row.round_id)
    result = None if row.result_id is None else session.get_one(Result, row.result_id)
    drawn = answers.newest(session, snapshot, lottery.KIND) if row.kind == lottery.DRAW else None

    def step(state: Mapping[str, Any]) -> None:
        context.progress(state)
        if context.cancelled():
            raise Stopped

    return Task(
        asked=row.asked,
        problem=read_problem(answers.unpacked(snapshot.document)),
        solution=None if result is None else answers.unpacked(result.document),
        names=snapshot.names,
        limits=Limits(work=float(round_.time_limit_seconds)),
        seed=round_.seed,
        step=step,
        lottery=answers.document_of(drawn),
    )


def _report(task: Task, drawn: Document) -> Report:
    """Have the second program replay the draw, and check the placement that was drawn."""
    found = (*draw_findings(task.problem.document, drawn), *verify(task.problem.document, drawn["solution"]).findings)
    return Report(not found, found)
