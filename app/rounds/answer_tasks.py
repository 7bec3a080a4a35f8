"""What a worker runs for a question about a round: work the answer out, and store it with the job's end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Final

from app.jobs.registry import JobContext, handler
from app.rounds import answers, explaining, fairness, waitlists
from app.rounds.answers import Document, Task
from app.rounds.errors import NoPlacement
from app.rounds.models import Result, Round, RoundAnswer, Snapshot
from optimizer import DocumentRefused, Limits, read_problem

ANSWERS: Final[Mapping[str, Callable[[Task], Document]]] = {
    explaining.KIND: explaining.work_out,
    waitlists.KIND: waitlists.work_out,
    fairness.KIND: fairness.work_out,
}


@handler(answers.KIND)
def work_out(context: JobContext) -> None:
    """Work an answer out; a job that was stopped stores nothing, and the question can be asked again."""
    with context.database.reading() as session:
        row = session.get_one(RoundAnswer, context.payload["answer_id"])
        snapshot = session.get_one(Snapshot, row.snapshot_id)
        result = None if row.result_id is None else session.get_one(Result, row.result_id)
        round_ = session.get_one(Round, row.round_id)
    task = Task(
        asked=row.asked,
        problem=read_problem(answers.unpacked(snapshot.document)),
        solution=None if result is None else answers.unpacked(result.document),
        names=snapshot.names,
        limits=Limits(work=float(round_.time_limit_seconds)),
        seed=round_.seed,
    )
    try:
        document = ANSWERS[row.kind](task)
    except DocumentRefused as refused:
        raise NoPlacement from refused
    if context.cancelled():
        return
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    with context.finishing({"kind": row.kind}) as session:
        session.get_one(RoundAnswer, row.id).document = gzip.compress(text, mtime=0)
