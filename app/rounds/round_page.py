"""The facts of a round's page: what its template shows to a manager, an auditor, an officer, a sponsor or an applicant."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.applicants.models import Cohort
from app.identity.actor import Actor
from app.identity.permissions import allows
from app.rounds import choice_facts, queries, showing, steps, subjects, views, words
from app.rounds.models import Placement, Result, Round, Snapshot
from app.rounds.schemas import PlacementOut, ResultOut
from app.rounds.tasks import USABLE

SHOWN_PLACEMENTS = 60

Facts = dict[str, Any]


def facts(session: Session, actor: Actor, round_: Round) -> Facts:
    """Return what the template `rounds/show.html` needs; parts that this person does not see are None or empty."""
    shown = views.round_shown(session, round_)
    result = queries.result(session, round_)
    whole = queries.sees_all(actor)
    seen = views.result_of(session, actor, round_, result) if result and allows(actor, "rounds.result") else None
    return {
        "round": shown,
        "cohort": session.get(Cohort, round_.cohort_id),
        "whole": whole,
        "explained": result is not None and result.status in USABLE,
        "states": steps.STATES,
        "way": steps.way_of(round_),
        "steps": steps.steps_for(actor, round_, has_part=seen is not None and seen.filled > 0),
        "waits": steps.waits_for(actor, round_),
        "people": queries.names_of_users(
            session,
            [shown.proposed_by, shown.approved_by, *(one.user_id for one in (seen.approvals if seen else []))],
        ),
        "progress": _progress(session, round_) if whole else None,
        "result": seen if whole or actor.role == "officer" else None,
        **(choice_facts.facts(session, actor, round_) if whole else {}),
        **(_whole(session, round_, result, seen) if whole else _own(session, actor, round_, seen)),
        "showing": showing,
        "may_stop": round_.state == "solving" and allows(actor, "rounds.solve", round_),
    }


def _progress(session: Session, round_: Round) -> Facts | None:
    job = queries.job(session, round_)
    if job is None:
        return None
    return {"at": views.progress_of(job), "stopping": job.cancel_requested, "running": round_.state == "solving"}


def _whole(session: Session, round_: Round, result: Result | None, seen: ResultOut | None) -> Facts:
    """Return what only the programme sees: rules, reasons, groups."""
    snapshot = queries.snapshot(session, round_)
    summary = None if result is None else result.summary
    found: Facts = {
        "rules": [] if snapshot is None else showing.rules(snapshot.names, summary),
        "missing_fares": {} if snapshot is None else snapshot.names.get("missing_fares", {}),
        "placements": [],
        "rows": [],
    }
    if seen is None or summary is None:
        return found
    unplaced = showing.unplaced_by_reason(seen.unplaced)
    names = queries.names_of_people(session, [who.code for one in unplaced for who in one.named])
    rows = showing.region_rows(seen.regions)
    return found | {
        "rows": rows,
        "drawn": showing.drawn(rows),
        "pool": summary.get("people", 0),
        "funds": _funds(snapshot, summary),
        "agreements": subjects.agreements(session, round_),
        "unfilled": showing.unfilled_by_reason(seen.unfilled),
        "unplaced": showing.with_names(unplaced, names),
    }


def _own(session: Session, actor: Actor, round_: Round, seen: ResultOut | None) -> Facts:
    """Return the part of an officer's region, of a sponsor's money, or of the person that looks."""
    mine = queries.placements_visible_to(actor).where(Placement.result_id == round_.result_id)
    found = views.placements_shown(session, actor, list(session.scalars(mine.order_by(Placement.id))))
    officer = actor.role == "officer" and seen is not None
    rows = showing.region_rows(seen.regions) if officer and seen else showing.placed_rows(found)
    decisions = queries.approvals(session, round_) if officer else []
    organisation = seen.sponsors[0] if seen is not None and seen.sponsors else None
    snapshot, result = queries.snapshot(session, round_), queries.result(session, round_)
    return {
        "rules": [],
        "missing_fares": {},
        "rows": rows,
        "drawn": showing.drawn(rows),
        "placements": found[:SHOWN_PLACEMENTS],
        "number": len(found),
        "paid": _paid(found),
        "total": sum(one.cost for one in found),
        "unfilled": showing.unfilled_by_reason(seen.unfilled) if officer and seen else [],
        "own_decisions": [one for one in decisions if one.region_code == actor.region_code],
        "organisation": organisation,
        "funds": [] if result is None or organisation is None else _funds(snapshot, result.summary, organisation.code),
    }


def _funds(snapshot: Snapshot | None, summary: Facts, sponsor: str | None = None) -> list[showing.FundRow]:
    """Return the funds of a result, or those of one sponsor."""
    names = {} if snapshot is None else snapshot.names
    return [
        showing.FundRow(code, words.name_of(names, "funds", code), paid, budget)
        for code, owner, budget, paid, _ in summary["funds"]
        if sponsor is None or owner == sponsor
    ]


def _paid(placements: list[PlacementOut]) -> list[tuple[str, int]]:
    """Return what is paid for each cost line, the dearest first."""
    found: dict[str, int] = {}
    for one in placements:
        for line in one.lines:
            found[line.line] = found.get(line.line, 0) + line.amount
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
