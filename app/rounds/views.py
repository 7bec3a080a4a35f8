"""What is shown of rounds: results and placements as the actor may see them, for the API and the pages alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy.orm import Session

from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.jobs.failures import told
from app.jobs.lifecycle import ENDED
from app.jobs.models import Job
from app.rounds import queries, words
from app.rounds.models import Placement, Result, Round
from app.rounds.schemas import (
    ApprovalOut,
    ConflictOut,
    GroupCount,
    JobState,
    LineOut,
    PlacementOut,
    ProgressOut,
    ReasonOut,
    RegionCount,
    RelaxationOut,
    ResultOut,
    RoundOut,
    SponsorCount,
    Status,
    TierOut,
    UnfilledOut,
    UnplacedOut,
)
from optimizer import Tier


def rounds_shown(session: Session, rounds: Sequence[Round]) -> list[RoundOut]:
    """Return what is sent of rounds, with two queries for all of them."""
    needs = queries.needs_in(session, [one.id for one in rounds])
    digests = queries.digests(session, [one.snapshot_id for one in rounds])
    return [RoundOut.of(one, needs.get(one.id, 0), digests.get(one.snapshot_id or "")) for one in rounds]


def round_shown(session: Session, round_: Round) -> RoundOut:
    """Return what is sent of one round."""
    return rounds_shown(session, [round_])[0]


def gap(value: int | None, bound: int | None) -> float | None:
    """Return (bound − value) / |value|; 0 where both agree, None where one of them is not known or the value is 0."""
    if value is None or bound is None:
        return None
    if bound == value:
        return 0.0
    return None if value == 0 else round((bound - value) / abs(value), 8)


def progress_of(job: Job) -> ProgressOut:
    """Return how far the solve behind `job` is."""
    at = job.progress or {}
    known = {name: at.get(name) for name in ("phase", "tier", "tiers", "value", "bound", "placed", "seconds")}
    return ProgressOut(
        job=cast(JobState, job.state),
        **known,
        gap=gap(known["value"], known["bound"]),
        ended=job.state in ENDED,
        error=None if job.error is None or job.state == "done" else told(job.error),
    )


def result_of(session: Session, actor: Actor, round_: Round, result: Result) -> ResultOut:
    """Return the result as `actor` may see it: the programme all, an officer the own region, a sponsor the own money."""
    snapshot = queries.snapshot(session, round_)
    names = {} if snapshot is None else snapshot.names
    summary = result.summary
    whole = queries.sees_all(actor)
    regions = [row for row in summary["regions"] if whole or _own_region(actor, row[0])]
    mine = None if whole else queries.organisation_code(session, actor)
    sponsors = [row for row in summary["sponsors"] if whole or row[0] == mine]
    return ResultOut(
        id=result.id,
        round_id=round_.id,
        number=result.number,
        status=cast(Status, result.status),
        verified=result.verified,
        findings=result.findings if whole else [],
        seed=result.seed,
        seconds=result.seconds,
        filled=result.placed if whole else sum(row[2] for row in regions),
        seats=result.seats if whole else sum(row[1] for row in regions),
        cost=result.cost if whole else sum(row[2] for row in sponsors),
        tiers=_tiers(round_, result) if whole else [],
        regions=_regions(names, regions),
        sponsors=[
            SponsorCount(
                code=code,
                name=words.name_of(names, "sponsors", code),
                placements=placements,
                paid=paid,
                budget=budget,
            )
            for code, budget, paid, placements in sponsors
        ],
        groups=[GroupCount(group=tag, people=people, placed=placed) for tag, people, placed in summary["groups"]]
        if whole
        else [],
        unfilled=[one for one in _unfilled(names, summary) if whole or _own_region(actor, one.region)],
        unplaced=_unplaced(names, summary) if whole else [],
        conflict=_conflict(names, summary) if whole else [],
        relaxations=_relaxations(names, summary) if whole else [],
        wishes=summary.get("wishes") if whole else None,
        approvals=[ApprovalOut.of(one) for one in queries.approvals(session, round_)] if whole else [],
        created_at=result.created_at,
    )


def _own_region(actor: Actor, code: str) -> bool:
    return actor.role == "officer" and actor.region_code is not None and lies_within(code, actor.region_code)


def _tiers(round_: Round, result: Result) -> list[TierOut]:
    """Return the tiers with what is proven of them."""
    found = []
    for place, (goal, tier) in enumerate(zip(round_.objective, result.tiers, strict=False)):
        value, bound = tier["value"] or 0, tier["bound"]
        last = place == len(round_.objective) - 1
        proven = Tier({}, goal.get("tolerance", 0)).proven(value, bound, last=last)
        found.append(TierOut(goal=goal, value=value, bound=bound, proven=proven, gap=gap(value, bound)))
    return found


def _regions(names: words.Names, rows: Iterable[Sequence[Any]]) -> list[RegionCount]:
    called = names.get("regions", {})
    return [
        RegionCount(
            code=code, name=called.get(code, code), province=called.get(code[:2], code[:2]), asked=asked, filled=filled
        )
        for code, asked, filled in rows
    ]


def _reasons(names: words.Names, whys: Sequence[dict[str, Any]]) -> list[ReasonOut]:
    return [ReasonOut(code=code, names=listed, text=text) for code, listed, text in words.reasons(names, whys)]


def _unfilled(names: words.Names, summary: dict[str, Any]) -> list[UnfilledOut]:
    posts = names.get("posts", {})
    found = []
    for row in summary["unfilled"]:
        post = posts.get(row["post"], {})
        found.append(
            UnfilledOut(
                need=row["post"],
                school=post.get("school", ""),
                region=post.get("region", ""),
                level=post.get("level", ""),
                subject=post.get("subject"),
                seats=row["seats"],
                why=_reasons(names, row["why"]),
            )
        )
    return found


def _unplaced(names: words.Names, summary: dict[str, Any]) -> list[UnplacedOut]:
    return [UnplacedOut(applicant=row["volunteer"], why=_reasons(names, row["why"])) for row in summary["unplaced"]]


def _conflict(names: words.Names, summary: dict[str, Any]) -> list[ConflictOut]:
    return [
        ConflictOut(kind=one["kind"], code=one["id"], text=words.name_of(names, words.KINDS[one["kind"]], one["id"]))
        for one in summary["conflict"] or ()
    ]


def _relaxations(names: words.Names, summary: dict[str, Any]) -> list[RelaxationOut]:
    return [
        RelaxationOut(
            kind=one["kind"],
            code=one["id"],
            parameter=one["parameter"],
            today=one["today"],
            works=one["works"],
            text=words.relaxation(names, one),
        )
        for one in summary["relaxations"]
    ]


def placements_shown(session: Session, actor: Actor, placements: Sequence[Placement]) -> list[PlacementOut]:
    """Return placements as `actor` may see them, with two queries for all of them."""
    keys = [one.id for one in placements]
    rows, lines = queries.details(session, keys), queries.lines_of(session, actor, keys)
    person_shown = actor.role != "sponsor"
    scored = queries.sees_all(actor)
    found = []
    for one in placements:
        row, paid = rows[one.id], lines.get(one.id, [])
        found.append(
            PlacementOut(
                id=one.id,
                applicant=row.applicant if person_shown else None,
                name=row.name if person_shown else None,
                need=row.need,
                school=row.school,
                npsn=row.npsn,
                region=row.region_code,
                region_name=row.region,
                level=row.level,
                subject=row.subject,
                hardship=row.hardship,
                agreement=row.agreement,
                fit=one.fit if scored else None,
                preference=one.preference if scored else None,
                cost=one.cost if person_shown else sum(line.amount for line in paid),
                lines=[
                    LineOut(line=line.line, fund=line.fund, sponsor=line.sponsor, amount=line.amount) for line in paid
                ],
            )
        )
    return found
