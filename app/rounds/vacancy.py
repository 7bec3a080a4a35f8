"""A seat that fell free in a published round, as a problem of its own: everybody else is pinned, and only this seat is open.

The problem is the round's archived snapshot with these changes, so that the same rules judge the same people:

- everybody who still has a place is pinned to it, hard, and stands in `previous`; the snapshot's own pins are gone;
- each post has as many seats as people stay there; the free one has one more;
- whoever is not in the pool any more, or was asked by this round before, is forbidden;
- a fund's budget is what is available in it today and what the pinned placements cost of it, so that the new placement can use
  what is available and no rupiah more; an agreement that is not in force any more takes nobody new;
- where the service has begun, the monthly cost lines of the post shrink to the months that are left (rounded up to the rupiah);
  this changes the pinned people of the post alike, and their part of the budget with them;
- a hard rule that the others already break by themselves becomes soft, and breaking it as little as possible comes first of all:
  it would otherwise make every option impossible.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.deployments import months
from app.deployments.models import Deployment
from app.deployments.vocabulary import MONTHLY
from app.funding.models import Agreement, Fund, FundBalance
from app.rounds.gathering import OFFERS, free_seats
from app.rounds.models import Placement, Round, RoundNeed, Snapshot
from app.rounds.summary import lines_paid
from app.schools.models import Need
from optimizer import violations

Document = dict[str, Any]
OURS: Final = "replacement"
"""How the rules that this module adds to a problem begin."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who keeps the place, by the codes of the problem document."""

    volunteer: str
    post: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Vacancy:
    """What is known of a free seat when a replacement is looked for.

    Attributes:
        post: The code of its need.
        left: Who had it: the placement's facts in the result.
        standing: Everybody else of the round who has a place.
        candidates: Codes of those who can be asked.
        available: Rupiah that are available in each fund today.
        in_force: Codes of the agreements that are signed.
        elsewhere: Other free seats of the round, by need.
        months: (months that are left, planned months) of the service.
    """

    post: str
    left: Placement
    standing: tuple[Standing, ...]
    candidates: frozenset[str]
    available: Mapping[str, int]
    in_force: frozenset[str]
    elsewhere: Mapping[str, int]
    months: tuple[int, int]


def round_of_placement(session: Session, placement: Placement) -> Round:
    """Return the round whose present result holds the placement."""
    return session.scalars(select(Round).where(Round.result_id == placement.result_id)).one()


def vacancy_of(session: Session, round_: Round, left: Placement) -> Vacancy:
    """Return what is known of the seat that `left` leaves free, as things stand now."""
    need = session.get_one(Need, left.need_id)
    free = free_needs(session, round_)
    asked = select(Placement.applicant_id).where(Placement.result_id == round_.result_id)
    pool = select(Applicant.code).where(
        Applicant.cohort_id == round_.cohort_id, Applicant.state == "in_pool", Applicant.id.not_in(asked)
    )
    balances = (
        select(Fund.code, FundBalance.amount)
        .join(FundBalance, FundBalance.fund_id == Fund.id)
        .where(FundBalance.account == "available", Fund.state == "confirmed")
    )
    return Vacancy(
        post=need.code,
        left=left,
        standing=_standing(session, round_),
        candidates=frozenset(session.scalars(pool)),
        available=dict(session.execute(balances).all()),
        in_force=frozenset(session.scalars(select(Agreement.code).where(Agreement.state == "signed"))),
        elsewhere={code: seats for code, seats in free.items() if seats and code != need.code},
        months=_months_left(need),
    )


def free_needs(session: Session, round_: Round) -> dict[str, int]:
    """Return how many seats are free at each need of the round, whatever round has filled the others."""
    seats = select(Need.code, free_seats()).join(RoundNeed, RoundNeed.need_id == Need.id)
    return dict(session.execute(seats.where(RoundNeed.round_id == round_.id, Need.state == "open")).all())


def _standing(session: Session, round_: Round) -> tuple[Standing, ...]:
    gone = select(Deployment.id).where(Deployment.offer_id == OFFERS.c.id, Deployment.state == "ended_early")
    rows = session.execute(
        select(Applicant.code, Need.code, Agreement.code)
        .select_from(Placement)
        .join(OFFERS, OFFERS.c.placement_id == Placement.id)
        .join(Applicant, Applicant.id == Placement.applicant_id)
        .join(Need, Need.id == Placement.need_id)
        .join(Agreement, Agreement.id == Placement.agreement_id)
        .where(Placement.result_id == round_.result_id, OFFERS.c.state.in_(("sent", "accepted")), ~gone.exists())
        .order_by(Applicant.code)
    )
    return tuple(Standing(*row) for row in rows)


def _months_left(need: Need) -> tuple[int, int]:
    planned = months.months_between(need.starts_on, need.ends_on)
    left = months.months_between(max(need.starts_on, months.today()), need.ends_on)
    return len(left), len(planned)


def snapshot_document(session: Session, round_: Round) -> Document:
    """Return the archived problem of the round."""
    stored = session.get_one(Snapshot, round_.snapshot_id)
    document: Document = json.loads(gzip.decompress(stored.document))
    return document


def problem_of(snapshot: Document, vacancy: Vacancy) -> Document:
    """Return the problem in which only the vacant seat is open; see the module's text. `snapshot` stays as it is."""
    document = copy.deepcopy(snapshot)
    known = {one["id"] for one in document["volunteers"]}
    document["name"] = f"{document.get('name', '')} – {vacancy.post}"
    stay = Counter(one.post for one in vacancy.standing)
    for post in document["posts"]:
        post["seats"] = stay[post["id"]] + (post["id"] == vacancy.post)
        if post["id"] == vacancy.post:
            post["cost"] = _shrunk(post.get("cost") or {}, *vacancy.months)
    document["previous"] = [{"volunteer": one.volunteer, "post": one.post} for one in vacancy.standing]
    _hold_agreements(document, vacancy)
    placed = placed_of(vacancy)
    _set_budgets(document, vacancy, placed)
    policies = [one for one in document.get("policies", ()) if one["kind"] != "pin"]
    document["policies"] = policies
    softened = _soften(document, placed)
    stopped = sorted(known - vacancy.candidates - {one.volunteer for one in vacancy.standing})
    if stopped:
        policies.append({"id": f"{OURS}-not-asked", "kind": "forbid", "volunteers": {"ids": stopped}})
    policies += [
        {
            "id": f"{OURS}-stays-{number}",
            "kind": "pin",
            "volunteer": one.volunteer,
            "post": one.post,
            "agreement": one.agreement,
        }
        for number, one in enumerate(vacancy.standing, start=1)
    ]
    first = [{"placed": 1}, {"penalty": -1}] if softened else [{"placed": 1}]
    document["objective"] = [*first, *document["objective"]]
    return document


def placed_of(vacancy: Vacancy) -> list[dict[str, Any]]:
    """Return who stays where under which agreement, as a solution lists it."""
    triples = [(one.volunteer, one.post, one.agreement) for one in vacancy.standing]
    # The figures are worked out from the problem by whoever reads this; they only have to be there.
    return [
        {"volunteer": volunteer, "post": post, "agreement": agreement, "cost": 0, "fit": 0, "preference": 0}
        for volunteer, post, agreement in triples
    ]


def _shrunk(cost: Mapping[str, int], left: int, planned: int) -> dict[str, int]:
    return {
        line: -(-amount * left // planned) if line in MONTHLY and left < planned else amount
        for line, amount in cost.items()
    }


def _hold_agreements(document: Document, vacancy: Vacancy) -> None:
    under = Counter(one.agreement for one in vacancy.standing)
    for agreement in document["agreements"]:
        number = under[agreement["id"]]
        agreement["min_placements"] = min(agreement.get("min_placements") or 0, number)
        if agreement["id"] not in vacancy.in_force:
            agreement["max_placements"] = number


def _set_budgets(document: Document, vacancy: Vacancy, placed: list[dict[str, Any]]) -> None:
    bound: Counter[str] = Counter()
    for _, lines in lines_paid(document, {"placements": placed}):
        for line in lines:
            bound[line.fund] += line.amount
    for fund in document["funds"]:
        fund["budget"] = bound[fund["id"]] + vacancy.available.get(fund["id"], 0)


def _soften(document: Document, placed: list[dict[str, Any]]) -> list[str]:
    """Make the hard rules soft that the standing placements break by themselves; return their ids."""
    if not any(one.get("penalty") is None for one in document["policies"]):
        return []
    broken = violations(document, {"placements": placed})
    found = []
    for policy in document["policies"]:
        if policy.get("penalty") is None and broken[policy["id"]]:
            policy["penalty"] = 1
            found.append(policy["id"])
    return found
