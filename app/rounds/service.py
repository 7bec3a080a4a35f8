"""What people do with rounds until a result is approved: create, change, freeze, solve, approve, refuse, cancel.

Publishing and closing belong to `app.offers`, which turns placements into offers and reserved money.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Cohort
from app.audit.record import record
from app.core import clock
from app.core.database import among
from app.core.etag import Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require
from app.jobs import queue
from app.rounds import queries
from app.rounds.errors import NeedsNotReady, NothingToPlace, ProblemRefused
from app.rounds.gathering import hold_still
from app.rounds.lifecycle import ROUND
from app.rounds.method import BEST
from app.rounds.models import Round, RoundNeed, Snapshot
from app.rounds.moving import take
from app.rounds.policy_reader import with_sentences
from app.rounds.problem import Draft, draft_of
from app.rounds.schemas import ReasonIn, RoundIn, RoundPatch
from app.schools.lifecycle import NEED
from app.schools.models import Need
from optimizer import DocumentRefused, Problem, canonical_bytes, read_problem

READY = ("verified", "open")
SEED_BITS = 31
MOST_ERRORS = 200


def create_round(session: Session, actor: Actor, body: RoundIn) -> Round:
    """Create a round in draft; its seed is drawn and committed to here, before anybody knows the pool.

    Raises:
        Invalid: With every wrong value.
        NeedsNotReady: Naming the needs that are not verified.
    """
    require(actor, "rounds.create")
    errors = []
    if session.get(Cohort, body.cohort_id) is None:
        errors.append(_unknown("/cohort_id", body.cohort_id))
    if body.previous_round_id is not None and session.get(Round, body.previous_round_id) is None:
        errors.append(_unknown("/previous_round_id", body.previous_round_id))
    needs = _chosen_needs(session, body.needs, errors)
    values = body.model_dump(exclude={"needs"})
    made = Round(state=ROUND.initial, created_by=actor.id, created_at=clock.now(), version=1, **_new_seed(), **values)
    session.add(made)
    session.flush()
    _open_needs(session, made, needs)
    record(session, actor, "rounds.create", "round", made.id, after=_facts(made, len(needs)))
    return made


def edit_round(session: Session, actor: Actor, round_id: str, body: RoundPatch, match: Match) -> Round:
    """Change a draft.

    Raises:
        Stale: When somebody changed it meanwhile.
        IllegalMove: For a round that is frozen; nothing of it changes any more.
        Invalid: With every wrong value.
        NeedsNotReady: Naming the needs that are not verified.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.edit", round_)
    match.check(round_.version)
    ROUND.move(round_.state, "edit")
    before = _facts(round_, queries.needs_in(session, [round_.id]).get(round_.id, 0))
    changes = body.model_dump(exclude_unset=True)
    if "needs" in changes:
        _replace_needs(session, round_, _chosen_needs(session, changes.pop("needs"), []))
    for name, value in changes.items():
        setattr(round_, name, value)
    round_.version += 1
    session.flush()
    after = _facts(round_, queries.needs_in(session, [round_.id]).get(round_.id, 0))
    record(session, actor, "rounds.edit", "round", round_.id, before=before, after=after)
    return round_


def freeze(session: Session, actor: Actor, round_id: str) -> Round:
    """Take the snapshot of the problem as it stands, with its hash; from here on the round does not see any change.

    Raises:
        IllegalMove: For a round that is not in draft.
        NothingToPlace: Without needs, or with an empty pool.
        NeedsNotReady: Naming the needs that are not verified any more.
        ProblemRefused: With every record that does not fit; nothing is stored.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.freeze", round_)
    ROUND.move(round_.state, "freeze")
    hold_still(session)
    _refuse_empty(session, round_)
    needs = _needs_of(session, round_)
    _refuse_unready(needs)
    draft = draft_of(session, round_)
    problem = _refuse_unreadable(draft)
    for need in needs:
        if need.state == "verified":
            need.state = NEED.move(need.state, "open")
            need.version += 1
    text = canonical_bytes(draft.document)
    number = session.scalar(select(func.count()).where(Snapshot.round_id == round_.id)) or 0
    taken = Snapshot(
        round_id=round_.id,
        number=number + 1,
        digest=hashlib.sha256(text).hexdigest(),
        document=gzip.compress(text, mtime=0),
        names=with_sentences(draft.names, problem.policies),
        created_at=clock.now(),
    )
    session.add(taken)
    session.flush()
    return take(
        session,
        actor,
        round_,
        "freeze",
        values={"snapshot_id": taken.id, "frozen_at": taken.created_at},
        after={"snapshot": taken.digest, "seed": round_.seed, "seed_salt": round_.seed_salt},
    )


def reopen(session: Session, actor: Actor, round_id: str, body: ReasonIn) -> Round:
    """Take a frozen round back to draft; the next snapshot is solved under a seed that nobody has seen."""
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.reopen", round_)
    seed = _new_seed()
    return take(
        session,
        actor,
        round_,
        "reopen",
        values={"snapshot_id": None, "result_id": None, "job_id": None, "frozen_at": None, **seed},
        reason=body.reason,
        before={"snapshot_id": round_.snapshot_id},
        after={"seed_commitment": seed["seed_commitment"]},
    )


def request_solve(session: Session, actor: Actor, round_id: str) -> Round:
    """Put the solve of the round's snapshot into the queue; a worker takes it.

    Raises:
        IllegalMove: For a round that is not frozen, or is being solved.
    """
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.solve", round_)
    ROUND.move(round_.state, "solve")
    payload = {"round_id": round_.id, "snapshot_id": round_.snapshot_id, "seed": round_.seed}
    job = queue.enqueue(
        session,
        "rounds.solve",
        {**payload, "work": round_.time_limit_seconds, "method": round_.overrides.get("method", BEST)},
        key=f"rounds.solve:{round_.id}",
        created_by=actor.id,
    )
    values = {"job_id": job.id, "proposed_by": actor.id}
    return take(session, actor, round_, "solve", values=values, after={"job_id": job.id})


def cancel(session: Session, actor: Actor, round_id: str, body: ReasonIn) -> Round:
    """Give a round up; its snapshot and results stay on record."""
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.cancel", round_)
    return take(session, actor, round_, "cancel", reason=body.reason)


def _new_seed() -> dict[str, Any]:
    seed, salt = secrets.randbits(SEED_BITS), secrets.token_hex(16)
    return {"seed": seed, "seed_salt": salt, "seed_commitment": commitment(seed, salt)}


def commitment(seed: int, salt: str) -> str:
    """Return the SHA-256 (hexadecimal) by which a seed is committed to before it is shown."""
    return hashlib.sha256(f"{seed}:{salt}".encode()).hexdigest()


def _chosen_needs(session: Session, ids: list[str] | None, errors: list[FieldError]) -> list[Need]:
    """Return the needs that a round is to open: those named, or all that are ready.

    Raises:
        Invalid: With `errors` and every id that is unknown or named twice.
        NeedsNotReady: Naming every need that is not verified.
    """
    if ids is None:
        found = list(session.scalars(select(Need).where(Need.state.in_(READY)).order_by(Need.code)))
    else:
        known = {need.id: need for need in session.scalars(select(Need).where(among(Need.id, ids)))}
        errors += [_unknown(f"/needs/{place}", one) for place, one in enumerate(ids) if one not in known]
        seen: set[str] = set()
        for place, one in enumerate(ids):
            if one in seen:
                errors.append(_twice(f"/needs/{place}", one))
            seen.add(one)
        found = list(known.values())
    if errors:
        raise Invalid(errors=errors[:MOST_ERRORS])
    _refuse_unready(found)
    return found


def _open_needs(session: Session, round_: Round, needs: Iterable[Need]) -> None:
    session.add_all(RoundNeed(round_id=round_.id, need_id=need.id) for need in needs)
    session.flush()


def _replace_needs(session: Session, round_: Round, needs: list[Need]) -> None:
    for old in session.scalars(select(RoundNeed).where(RoundNeed.round_id == round_.id)):
        session.delete(old)
    session.flush()
    _open_needs(session, round_, needs)


def _needs_of(session: Session, round_: Round) -> list[Need]:
    chosen = select(Need).join(RoundNeed, RoundNeed.need_id == Need.id).where(RoundNeed.round_id == round_.id)
    return list(session.scalars(chosen.order_by(Need.code)))


def pool_size(session: Session, round_: Round) -> int:
    """Return how many people the round could place."""
    pool = select(func.count()).where(Applicant.cohort_id == round_.cohort_id, Applicant.state == "in_pool")
    return session.scalar(pool) or 0


def _refuse_empty(session: Session, round_: Round) -> None:
    needs = queries.needs_in(session, [round_.id]).get(round_.id, 0)
    people = pool_size(session, round_)
    if not needs or not people:
        raise NothingToPlace(needs=needs, people=people)


def _refuse_unready(needs: Iterable[Need]) -> None:
    errors = [
        FieldError(
            "/needs",
            "need_not_ready",
            mark("The need {need} is {state}."),
            mark("Verify it, or take it out of the round."),
            {"need": need.code, "state": need.state},
        )
        for need in needs
        if need.state not in READY
    ]
    if errors:
        raise NeedsNotReady(errors=errors[:MOST_ERRORS])


def _refuse_unreadable(draft: Draft) -> Problem:
    try:
        return read_problem(draft.document)
    except DocumentRefused as refused:
        raise ProblemRefused(
            errors=[
                FieldError(error.pointer, error.code, error.message, error.remedy)
                for error in refused.errors[:MOST_ERRORS]
            ]
        ) from refused


def _unknown(pointer: str, value: str) -> FieldError:
    return FieldError(
        pointer, "unknown", mark("There is no {value}."), mark("Use the id of one that exists."), {"value": value}
    )


def _twice(pointer: str, value: str) -> FieldError:
    return FieldError(
        pointer, "twice", mark("{value} is named more than once."), mark("Name it once."), {"value": value}
    )


def _facts(round_: Round, needs: int) -> dict[str, Any]:
    """Return what the audit record keeps of a round; never its seed, which stays secret in the draft."""
    return {
        "cohort_id": round_.cohort_id,
        "name": round_.name,
        "needs": needs,
        "objective": round_.objective,
        "seed_commitment": round_.seed_commitment,
        "time_limit_seconds": round_.time_limit_seconds,
        "regions_approve": round_.regions_approve,
        "keep_best": round_.keep_best,
        "previous_round_id": round_.previous_round_id,
    }
