"""What a worker runs for a round: solve the snapshot, have the second program check it, store the result with the job's end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import among
from app.core.ids import new_id
from app.funding.models import Agreement, Fund
from app.jobs.registry import JobContext, JobEnd, handler
from app.rounds.method import BEST, Answer, place
from app.rounds.models import Placement, PlacementLine, Result, Round, Snapshot
from app.rounds.moving import take
from app.rounds.summary import lines_paid, summary_of
from app.schools.models import Need
from optimizer import Progress, Report, verify

USABLE = frozenset({"optimal", "feasible"})


def solve_ended(session: Session, end: JobEnd) -> None:
    """Take a round whose solve was cancelled, or given up, back to frozen, so that it can be solved again."""
    round_ = session.get_one(Round, end.payload["round_id"], with_for_update=True)
    if round_.state == "solving" and round_.job_id == end.job_id:
        take(session, SYSTEM, round_, "stop", after={"job_id": end.job_id, "ended": end.state})


@handler("rounds.solve", ended=solve_ended)
def solve_round(context: JobContext) -> None:
    """Solve the snapshot with the round's seed within its work limit, deterministically, and store what was found.

    A result is proposed only where the independent verifier finds nothing. A solve that a person stops keeps the best
    found so far, where the round says so.
    """
    payload = context.payload
    with context.database.reading() as session:
        round_ = session.get_one(Round, payload["round_id"])
        snapshot = session.get_one(Snapshot, payload["snapshot_id"])
        keep_best = round_.keep_best
    document = json.loads(gzip.decompress(snapshot.document))
    answer = place(
        document,
        method=payload.get("method", BEST),
        work=float(payload["work"]),
        seed=payload["seed"],
        progress=lambda at: context.progress(told(at)),
        cancelled=context.cancelled,
    )
    solution = answer.solution
    if context.cancelled() and not (keep_best and solution["status"] in USABLE):
        return
    report = verify(document, solution)
    with context.finishing({"status": solution["status"], "verified": report.ok}) as session:
        store(session, context, snapshot, document, answer, report)


def told(at: Progress) -> dict[str, Any]:
    """Return the progress as it is stored; tiers count from 1 there."""
    return {
        "phase": at.phase,
        "tier": at.tier + 1,
        "tiers": at.tiers,
        "value": at.value,
        "bound": at.bound,
        "placed": at.placed,
        "seconds": round(at.seconds, 2),
    }


def store(
    session: Session,
    context: JobContext,
    snapshot: Snapshot,
    problem: dict[str, Any],
    answer: Answer,
    report: Report,
) -> None:
    """Store a result with its placements, in the transaction in which the job ends, and propose it where nothing is wrong."""
    solution = answer.solution
    round_ = session.get_one(Round, snapshot.round_id, with_for_update=True)
    number = session.scalar(select(func.count()).where(Result.round_id == round_.id)) or 0
    result = Result(
        round_id=round_.id,
        snapshot_id=snapshot.id,
        job_id=context.job_id,
        number=number + 1,
        status=solution["status"],
        tiers=solution["tiers"],
        placed=len(solution["placements"]),
        seats=sum(post["seats"] for post in problem["posts"]),
        cost=sum(one["cost"] for one in solution["placements"]),
        seed=solution["seed"],
        seconds=solution["seconds"],
        verified=report.ok,
        findings=[{"pointer": one.pointer, "code": one.code, "message": one.message} for one in report.findings],
        summary={**summary_of(problem, solution), "wishes": answer.wishes},
        document=gzip.compress(_text_of(solution), mtime=0),
        created_at=clock.now(),
    )
    session.add(result)
    session.flush()
    if report.ok:
        _store_placements(session, result.id, problem, solution)
    action = "propose" if report.ok and solution["status"] in USABLE else "find_nothing"
    found = {"result_id": result.id}
    take(session, SYSTEM, round_, action, values=found, after={**found, "status": result.status})


def _text_of(solution: dict[str, Any]) -> bytes:
    # Not the canonical form, which sorts lists of records: the order of a solution's tiers says which is which.
    return json.dumps(solution, ensure_ascii=False, separators=(",", ":")).encode()


def _store_placements(session: Session, result_id: str, problem: dict[str, Any], solution: dict[str, Any]) -> None:
    """Write a row for each placement and for each of its cost lines; identifiers of the document become keys."""
    made = solution["placements"]
    if not made:
        return
    people = _keys(session, Applicant, (one["volunteer"] for one in made))
    needs = _keys(session, Need, (one["post"] for one in made))
    agreements = _keys(session, Agreement, (one["agreement"] for one in made))
    funds = _keys(session, Fund, (fund["id"] for fund in problem["funds"]))
    placements, lines = [], []
    for one, paid in lines_paid(problem, solution):
        key = new_id()
        placements.append(
            {
                "id": key,
                "result_id": result_id,
                "applicant_id": people[one["volunteer"]],
                "need_id": needs[one["post"]],
                "agreement_id": agreements[one["agreement"]],
                "cost": one["cost"],
                "fit": one["fit"],
                "preference": one["preference"],
            }
        )
        lines += [
            {"placement_id": key, "line": line.line, "fund_id": funds[line.fund], "amount": line.amount}
            for line in paid
        ]
    session.execute(insert(Placement), placements)
    if lines:
        session.execute(insert(PlacementLine), lines)


def _keys(session: Session, table: type[Applicant | Need | Agreement | Fund], codes: Iterable[str]) -> dict[str, str]:
    rows = session.execute(select(table.code, table.id).where(among(table.code, sorted(set(codes)))))
    return dict(rows.all())
