"""Solve an archived snapshot again with its seed, and compare: the same placements, on another machine and another day."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs.models import Job
from app.rounds import answers
from app.rounds.method import BEST, place
from app.rounds.models import Result, RoundAnswer, Snapshot
from optimizer import digest, verify
from optimizer.verification.draws import draw_findings


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        placements: How many placements the stored result has.
        differences: What is not as it was, in words; empty where everything is identical.
    """

    placements: int
    differences: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def replay(session: Session, result: Result) -> Replay:
    """Solve the snapshot behind `result` again under the same seed and work limit, and compare every placement.

    Takes as long as the solve did. The snapshot's hash and the stored solution are checked first.
    """
    snapshot = session.get_one(Snapshot, result.snapshot_id)
    job = session.get_one(Job, result.job_id)
    problem = json.loads(gzip.decompress(snapshot.document))
    stored = json.loads(gzip.decompress(result.document))
    differences = []
    if digest(problem) != snapshot.digest:
        differences.append(f"the snapshot's hash is {digest(problem)}, not {snapshot.digest}")
    differences += [f"stored solution, {one.pointer}: {one.message}" for one in verify(problem, stored).findings]
    if job.kind == answers.KIND:
        return Replay(len(stored["placements"]), tuple(differences + _redrawn(session, job, problem, stored)))
    method, work = job.payload.get("method", BEST), float(job.payload["work"])
    again = place(problem, method=method, work=work, seed=result.seed).solution
    then, now = (
        {(one["volunteer"], one["post"], one["agreement"]) for one in solution["placements"]}
        for solution in (stored, again)
    )
    differences += [f"then only: {' at '.join(triple[:2])} under {triple[2]}" for triple in sorted(then - now)]
    differences += [f"now only: {' at '.join(triple[:2])} under {triple[2]}" for triple in sorted(now - then)]
    if stored["tiers"] != again["tiers"]:
        differences.append(f"tiers were {stored['tiers']} and are {again['tiers']}")
    return Replay(len(then), tuple(differences))


def results_for(session: Session, name: str) -> list[Result]:
    """Return the results of the round with this id, or the one result with this id, the oldest first."""
    chosen = select(Result).where((Result.round_id == name) | (Result.id == name)).order_by(Result.number)
    return list(session.scalars(chosen))


def _redrawn(session: Session, job: Job, problem: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """Return what is not as the draw says that gave a result: its seed, its outcome, who took whose place, its placement."""
    drawn = answers.document_of(session.get_one(RoundAnswer, job.payload["answer_id"]))
    if drawn is None:
        return ["the draw is not on record"]
    found = [f"draw, {one.pointer}: {one.message}" for one in draw_findings(problem, drawn)]
    return found if drawn["solution"] == stored else [*found, "the result is not the placement that was drawn"]
