"""Approval and refusal of a result: by a second person for the whole, by officers for their region. Part of the slice's service."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.problems import Forbidden
from app.geography.queries import lies_within
from app.identity.actor import Actor
from app.identity.permissions import require
from app.rounds import queries, telling
from app.rounds.errors import NoPart, NoResult, NotVerified, OnlyAScenario, RegionRefused, RegionsMissing
from app.rounds.lifecycle import ROUND
from app.rounds.models import Approval, Result, Round
from app.rounds.moving import take
from app.rounds.schemas import ApprovalIn, ReasonIn


def approve(session: Session, actor: Actor, round_id: str, body: ApprovalIn) -> Round:
    """Approve the proposed result: an officer the part of the own region, a second programme manager the whole.

    Raises:
        Forbidden: For the person who asked for the solve, and an officer without a region.
        IllegalMove: For a round that is not proposed.
        OnlyAScenario: For a what-if copy.
        NotVerified: Where the independent check found faults.
        NoPart: For an officer in whose region the result places nobody.
        RegionRefused, RegionsMissing: Naming the regions, for the approval of the whole.
    """
    round_, result = _proposed(session, actor, round_id, "rounds.approve", "approve")
    if round_.scenario_of is not None:
        raise OnlyAScenario
    if not result.verified:
        raise NotVerified
    if actor.role == "officer":
        return _decide_for_region(session, actor, round_, "approved", body.reason)
    _refuse_without_regions(session, round_, result)
    _note(session, actor, round_, None, "approved", body.reason)
    values = {"approved_by": actor.id, "approved_at": clock.now()}
    after = {"result_id": result.id}
    return take(session, actor, round_, "approve", values=values, reason=body.reason, after=after)


def refuse(session: Session, actor: Actor, round_id: str, body: ReasonIn) -> Round:
    """Refuse the proposed result: an officer the part of the own region, a programme manager the whole, which goes back to frozen."""
    round_, result = _proposed(session, actor, round_id, "rounds.refuse", "refuse")
    if actor.role == "officer":
        return _decide_for_region(session, actor, round_, "refused", body.reason)
    _note(session, actor, round_, None, "refused", body.reason)
    return take(session, actor, round_, "refuse", reason=body.reason, before={"result_id": result.id})


def _proposed(session: Session, actor: Actor, round_id: str, permission: str, action: str) -> tuple[Round, Result]:
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, permission, round_)
    ROUND.move(round_.state, action)
    result = queries.result(session, round_)
    if result is None:
        raise NoResult
    return round_, result


def _decide_for_region(session: Session, actor: Actor, round_: Round, decision: str, reason: str | None) -> Round:
    if actor.region_code is None:
        raise Forbidden
    if not any(
        lies_within(code, actor.region_code) for code in queries.regions_placed(session, round_.result_id or "")
    ):
        raise NoPart
    _note(session, actor, round_, actor.region_code, decision, reason)
    round_.version += 1
    record(
        session,
        actor,
        f"rounds.{'approve' if decision == 'approved' else 'refuse'}",
        "round",
        round_.id,
        reason=reason,
        after={"region": actor.region_code, "decision": decision, "result_id": round_.result_id},
    )
    if decision == "refused":
        telling.tell_region_refused(session, actor, round_, reason or "")
    return round_


def _note(session: Session, actor: Actor, round_: Round, region: str | None, decision: str, reason: str | None) -> None:
    session.add(
        Approval(
            round_id=round_.id,
            result_id=round_.result_id or "",
            user_id=actor.id,
            region_code=region,
            decision=decision,
            reason=reason,
            at=clock.now(),
        )
    )
    session.flush()


def _refuse_without_regions(session: Session, round_: Round, result: Result) -> None:
    """Raise where a region's last word is a refusal, or where the round asks for every region and some said nothing."""
    last: dict[str, str] = {}
    for one in queries.approvals(session, round_):
        if one.region_code is not None:
            last[one.region_code] = one.decision
    refused = sorted(region for region, decision in last.items() if decision == "refused")
    if refused:
        raise RegionRefused(regions=", ".join(refused), more={"regions": refused})
    if not round_.regions_approve:
        return
    missing = sorted(
        code
        for code in queries.regions_placed(session, result.id)
        if not any(lies_within(code, region) for region in last)
    )
    if missing:
        raise RegionsMissing(regions=", ".join(missing), more={"regions": missing})
