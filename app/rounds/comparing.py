"""Results of a round and of its what-if copies side by side, in the words and with the names of the service."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.i18n import gettext
from app.identity.actor import Actor
from app.rounds import queries, words
from app.rounds.choice_schemas import (
    MOST_COMPARED,
    BrokenOut,
    ChainOut,
    ComparedRow,
    ComparisonOut,
    Figures,
    MoveOut,
    SideOut,
    TierValue,
)
from app.rounds.errors import NotComparable
from app.rounds.models import Result, Round, Snapshot
from app.rounds.schemas import Status
from app.rounds.showing import GROUPS
from app.rounds.tasks import USABLE
from optimizer import DocumentRefused, read_problem
from optimizer.compare import Compared, compare
from optimizer.problem import Problem

NOTHING = Figures(placed=0, need=0, fit=0, cost=0)


@dataclass(frozen=True, slots=True)
class Side:
    """A round with the present result that is compared."""

    round_: Round
    result: Result
    snapshot: Snapshot

    def problem(self) -> Problem:
        """Return the frozen problem."""
        return read_problem(json.loads(gzip.decompress(self.snapshot.document)))

    def solution(self) -> Any:
        """Return the solution document."""
        return json.loads(gzip.decompress(self.result.document))


def compared(session: Session, actor: Actor, round_id: str, others: Sequence[str]) -> ComparisonOut:
    """Return the present results of a round and of others side by side, each checked once more against its own snapshot.

    Without `others` it is compared with its newest what-if copies that can be.

    Raises:
        NotFound: For a round that is not there.
        NotComparable: Naming a round without placements, of another cohort, or whose result does not pass the check.
    """
    first = _side(session, queries.round_of(session, actor, round_id))
    asked = dict.fromkeys(others or _copies(session, round_id))
    sides = {round_id: first} | {
        one: _side(session, queries.round_of(session, actor, one)) for one in asked if one != round_id
    }
    for side in sides.values():
        if side.round_.cohort_id != first.round_.cohort_id:
            raise NotComparable(name=side.round_.name)
    problems = {key: side.problem() for key, side in sides.items()}
    solutions = {key: side.solution() for key, side in sides.items()}
    try:
        found = compare(problems[round_id], solutions, problems=problems).solutions
    except DocumentRefused as refused:
        # A result that was stored by another version, say. Each message begins with the key of its side.
        named = {one.message.partition(": ")[0] for one in refused.errors}
        raise NotComparable(
            name=", ".join(side.round_.name for key, side in sides.items() if key in named)
        ) from refused
    names = first.snapshot.names
    return ComparisonOut(
        goals=[words.goal(tier) for tier in first.round_.objective],
        sides=[_shown(sides[one.name], one) for one in found],
        regions=[_row(code, words.name_of(names, "regions", code), found, "region") for code in _of(found, "region")],
        sponsors=[
            _row(code, words.name_of(names, "sponsors", code), found, "sponsor") for code in _of(found, "sponsor")
        ],
        groups=[_row(tag, gettext(title), found, "tag") for tag, title in GROUPS.items() if tag in _of(found, "tag")],
    )


def _copies(session: Session, round_id: str) -> Sequence[str]:
    usable = (
        select(Round.id).join(Result, Result.id == Round.result_id).where(Result.verified, Result.status.in_(USABLE))
    )
    newest = usable.where(Round.scenario_of == round_id).order_by(Round.created_at.desc(), Round.id)
    return session.scalars(newest.limit(MOST_COMPARED)).all()


def _side(session: Session, round_: Round) -> Side:
    result = queries.result(session, round_)
    if result is None or not result.verified or result.status not in USABLE:
        raise NotComparable(name=round_.name)
    return Side(round_, result, session.get_one(Snapshot, result.snapshot_id))


def _of(found: Sequence[Compared], by: str) -> list[str]:
    return sorted(set().union(*(one.by[by] for one in found)))


def _row(code: str, name: str, found: Sequence[Compared], by: str) -> ComparedRow:
    figures = [Figures(**one.by[by][code]) if code in one.by[by] else NOTHING for one in found]
    return ComparedRow(code=code, name=name, figures=figures)


def _shown(side: Side, one: Compared) -> SideOut:
    names = side.snapshot.names
    return SideOut(
        round_id=side.round_.id,
        name=side.round_.name,
        result_id=side.result.id,
        status=cast(Status, one.status),
        tiers=[TierValue(value=value, bound=bound) for value, bound in one.tiers],
        measures=dict(one.measures),
        gains=list(one.gains),
        broken=[
            BrokenOut(policy=code, title=words.name_of(names, "policies", code), units=units)
            for code, units in one.broken.items()
        ],
        moved=one.moved,
        prefer_this=len(one.wishes.this),
        prefer_first=len(one.wishes.first),
        chains=[
            ChainOut(
                moves=[
                    MoveOut(
                        applicant=move.volunteer,
                        need=move.post,
                        new_need=move.new_post,
                        agreement=move.agreement,
                        new_agreement=move.new_agreement,
                    )
                    for move in chain.moves
                ],
                tier=None if chain.tier is None else chain.tier + 1,
                gain=0 if chain.tier is None else chain.tiers[chain.tier],
            )
            for chain in one.chains
        ],
    )
