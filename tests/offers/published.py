"""A round that is published by the service itself, from placements that the test names instead of a solve."""

from __future__ import annotations

import datetime as dt
import gzip

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core import clock
from app.core.access import SYSTEM, Actor
from app.identity import service as identity
from app.offers import service
from app.rounds.models import Placement, PlacementLine, Result, Round, RoundNeed, Snapshot
from app.rounds.problem import draft_of
from app.schools.models import Need
from optimizer import canonical_bytes, digest
from tests.world import FARE, STIPEND, TRAINING, World

OPEN_FOR = dt.timedelta(days=14)


def publish_world(session: Session, world: World, placed: dict[str, str]) -> str:
    """Write a round that places these people under the agreement that the company pays alone, and publish it."""
    people = [
        identity.create_user(session, SYSTEM, email=f"{name}@round.example", name=name, role="manager")
        for name in ("proposer", "approver")
    ]
    round_ = _round(session, world, people[0].id, people[1].id)
    result = _result(session, round_, len(placed))
    for person, need in placed.items():
        _place(session, world, result.id, person, need)
    round_.state, round_.result_id = "approved", result.id
    session.flush()
    manager = Actor(id=people[0].id, role="manager")
    service.publish(session, manager, round_.id, open_for=OPEN_FOR)
    return round_.id


def _round(session: Session, world: World, proposer: str, approver: str) -> Round:
    round_ = Round(
        cohort_id=world.cohort,
        name="Putaran 1",
        state="draft",
        objective=[{"need": 1}, {"fit": 2, "preference": 1}, {"cost": -1}],
        seed=7,
        seed_salt="s",
        seed_commitment="c",
        time_limit_seconds=20,
        created_by=proposer,
        created_at=clock.now(),
    )
    session.add(round_)
    session.flush()
    for need in session.scalars(select(Need)):
        session.add(RoundNeed(round_id=round_.id, need_id=need.id))
        need.state = "open"
    session.flush()
    draft = draft_of(session, round_)
    shot = Snapshot(
        round_id=round_.id,
        number=1,
        digest=digest(draft.document),
        document=gzip.compress(canonical_bytes(draft.document), mtime=0),
        names=draft.names,
        created_at=clock.now(),
    )
    session.add(shot)
    session.flush()
    round_.snapshot_id, round_.proposed_by, round_.approved_by = shot.id, proposer, approver
    return round_


def _result(session: Session, round_: Round, placed: int) -> Result:
    result = Result(
        round_id=round_.id,
        snapshot_id=round_.snapshot_id or "",
        number=1,
        status="optimal",
        tiers=[],
        placed=placed,
        seats=4,
        cost=placed * (STIPEND + TRAINING + FARE),
        seed=7,
        seconds=0.1,
        verified=True,
        findings=[],
        summary={},
        document=b"",
        created_at=clock.now(),
    )
    session.add(result)
    session.flush()
    return result


def _place(session: Session, world: World, result_id: str, person: str, need: str) -> None:
    applicant = session.get_one(Applicant, world.people[person])
    placement = Placement(
        result_id=result_id,
        applicant_id=applicant.id,
        need_id=world.needs[need],
        agreement_id=world.agreement,
        cost=STIPEND + TRAINING + FARE,
        fit=applicant.suitability or 0,
        preference=0,
    )
    session.add(placement)
    session.flush()
    for line, amount in (("stipend", STIPEND), ("training", TRAINING), ("travel", FARE)):
        session.add(PlacementLine(placement_id=placement.id, line=line, fund_id=world.company_fund, amount=amount))
    session.flush()
