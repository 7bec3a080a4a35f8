"""Who hears by mail what became of a round, in the transaction in which it happens: each only what is theirs to do or to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.access import Actor
from app.funding.models import Fund
from app.geography.models import Region
from app.geography.queries import lies_within
from app.identity.models import User
from app.identity.queries import active_users
from app.notifications.outbox import notify_all
from app.rounds.models import Placement, PlacementLine, Result, Round
from app.schools.models import Need, School

Mails = Iterator[tuple[str, dict[str, Any], str | None]]


def tell(session: Session, actor: Actor, round_: Round, action: str, *, reason: str | None) -> None:
    """Write the mails about a step that was just taken; most steps need none, and of a what-if copy only its maker hears."""
    result = None if round_.result_id is None else session.get(Result, round_.result_id)
    facts = {"round": round_.name, "round_id": round_.id}
    if action == "find_nothing":
        _to_proposer(session, round_, "rounds/nothing", facts)
    elif action == "propose" and result is not None:
        whole = {**facts, "placed": result.placed, "seats": result.seats}
        _to_proposer(session, round_, "rounds/proposed", {**whole, "part": "own"})
        if round_.scenario_of is None:
            notify_all(session, "rounds/proposed", _second_people(session, round_, whole))
            notify_all(session, "rounds/proposed", _officers(session, result, {**whole, "part": "region"}))
    elif action == "approve":
        _to_proposer(session, round_, "rounds/approved", {**facts, "by": actor.name})
    elif action == "refuse" and reason:
        _to_proposer(session, round_, "rounds/refused", {**facts, "by": actor.name, "reason": reason, "region": None})
    elif action == "publish" and result is not None:
        notify_all(session, "rounds/published", _officers(session, result, {**facts, "part": "region"}))
        notify_all(session, "rounds/published", _sponsors(session, result, {**facts, "part": "money"}))


def tell_region_refused(session: Session, actor: Actor, round_: Round, reason: str) -> None:
    """Tell who has to deal with it that an officer refused the part of a region."""
    region = session.get_one(Region, actor.region_code)
    facts = {"round": round_.name, "round_id": round_.id, "by": actor.name, "reason": reason, "region": region.name}
    _to_proposer(session, round_, "rounds/refused", facts)


def _to_proposer(session: Session, round_: Round, template: str, facts: dict[str, Any]) -> None:
    """Tell the person who asked for the solve."""
    person = None if round_.proposed_by is None else session.get(User, round_.proposed_by)
    if person is not None and person.active:
        notify_all(session, template, _to([person], facts))


def _to(people: Iterable[User], facts: dict[str, Any]) -> Mails:
    for user in people:
        yield user.email, {**facts, "name": user.name}, user.language


def _second_people(session: Session, round_: Round, facts: dict[str, Any]) -> Mails:
    others = [one for one in active_users(session, {"manager"}) if one.id != round_.proposed_by]
    return _to(others, {**facts, "part": "second"})


def _officers(session: Session, result: Result, facts: dict[str, Any]) -> Mails:
    """Write to the officers of regions in which the result places somebody, with how many it places there."""
    rows = session.execute(
        select(School.region_code, func.count())
        .join(Need, Need.school_id == School.id)
        .join(Placement, Placement.need_id == Need.id)
        .where(Placement.result_id == result.id)
        .group_by(School.region_code)
    ).all()
    for user in active_users(session, {"officer"}):
        placed = sum(count for code, count in rows if lies_within(code, user.region_code or ""))
        if placed:
            yield user.email, {**facts, "name": user.name, "placed": placed}, user.language


def _sponsors(session: Session, result: Result, facts: dict[str, Any]) -> Mails:
    """Write to the people of organisations whose money pays something, with how many placements it pays, in full or in part."""
    paid = (
        select(Fund.organisation_id, func.count(PlacementLine.placement_id.distinct()))
        .join(PlacementLine, PlacementLine.fund_id == Fund.id)
        .join(Placement, Placement.id == PlacementLine.placement_id)
        .where(Placement.result_id == result.id)
        .group_by(Fund.organisation_id)
    )
    counts: dict[str, int] = dict(session.execute(paid).all())
    for user in active_users(session, {"sponsor"}):
        if user.organisation_id in counts:
            told = {**facts, "name": user.name, "placed": counts[user.organisation_id]}
            yield user.email, told, user.language
