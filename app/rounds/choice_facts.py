"""The facts of pins, bans and what-if copies on a round's page, and of the page on which results stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.i18n import gettext, mark, number, rupiah
from app.funding.models import Fund
from app.identity.actor import Actor
from app.identity.permissions import allows
from app.policies.models import Policy
from app.rounds import queries
from app.rounds.choice_schemas import ChainOut, ComparisonOut, MoveOut
from app.rounds.method import BEST
from app.rounds.models import Round, RoundChoice, RoundNeed
from app.rounds.showing import in_language, post_words
from app.schools.models import Need, School

SUGGESTED: Final = 150
"""So many people and needs are suggested in the form; any code can be typed."""
SHOWN_CHOICES: Final = 100
SHOWN_SCENARIOS: Final = 20
SHOWN_CHAINS: Final = 40

OFF: Final = mark("left out")
HARD: Final = mark("always holds")
CHANGES: Final = {
    "keep": mark("stays as it is"),
    "off": OFF,
    "hard": HARD,
    "soft": mark("may be broken, at this penalty"),
}

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChoiceShown:
    """A pin or a ban with the names of today."""

    id: str
    kind: str
    person: str
    need: str
    reason: str


def facts(session: Session, actor: Actor, round_: Round) -> Facts:
    """Return what the round's page shows of decisions before the solve, and of what-if copies."""
    origin = None if round_.scenario_of is None else session.get(Round, round_.scenario_of)
    copies = select(Round).where(Round.scenario_of == round_.id).order_by(Round.created_at.desc(), Round.id)
    may_decide = round_.state == "draft" and allows(actor, "rounds.edit", round_)
    may_copy = origin is None and round_.state != "draft" and allows(actor, "rounds.create")
    return {
        "choices": _choices(session, round_),
        "may_decide": may_decide,
        "people_to_choose": _pool(session, round_) if may_decide else [],
        "needs_to_choose": _needs(session, round_) if may_decide else [],
        "origin": origin,
        "changed": [] if origin is None else _changed(session, round_),
        "scenarios": session.scalars(copies.limit(SHOWN_SCENARIOS)).all(),
        "may_copy": may_copy,
        "policies_to_change": _policies(session, round_) if may_copy else [],
        "funds_to_change": _funds(session) if may_copy else [],
        "changes": CHANGES,
    }


def comparison_facts(session: Session, found: ComparisonOut) -> Facts:
    """Return what the page of a comparison shows besides the comparison: the people and schools of the moves that it lists."""
    moves = [move for side in found.sides for chain in side.chains[:SHOWN_CHAINS] for move in chain.moves]
    people = queries.names_of_people(session, {move.applicant for move in moves})
    needs = _schools_of(session, {code for move in moves for code in (move.need, move.new_need) if code})

    def told(chain: ChainOut) -> list[str]:
        return [_move_in_words(move, people, needs) for move in chain.moves]

    return {"told": told, "shown_chains": SHOWN_CHAINS}


def _move_in_words(move: MoveOut, people: dict[str, str], needs: dict[str, str]) -> str:
    nowhere = gettext(mark("no place"))
    name = people.get(move.applicant, move.applicant)
    old, new = (nowhere if code is None else needs.get(code, code) for code in (move.need, move.new_need))
    if move.need == move.new_need:
        return gettext(
            mark("{name}: {place}, paid under {new} instead of {old}"),
            name=name,
            place=new,
            old=move.agreement,
            new=move.new_agreement,
        )
    return gettext(mark("{name}: {old} → {new}"), name=name, old=old, new=new)


def _schools_of(session: Session, codes: set[str]) -> dict[str, str]:
    rows = select(Need.code, School.name).join(School, School.id == Need.school_id).where(Need.code.in_(codes))
    return dict(session.execute(rows).all())


def _choices(session: Session, round_: Round) -> list[ChoiceShown]:
    statement = (
        select(RoundChoice, Applicant.name, Applicant.code, School.name, Need.code)
        .join(Applicant, Applicant.id == RoundChoice.applicant_id)
        .join(Need, Need.id == RoundChoice.need_id)
        .join(School, School.id == Need.school_id)
        .where(RoundChoice.round_id == round_.id)
        .order_by(RoundChoice.created_at, RoundChoice.id)
        .limit(SHOWN_CHOICES)
    )
    return [
        ChoiceShown(row.id, row.kind, f"{name} ({code})", f"{school} ({need})", row.reason)
        for row, name, code, school, need in session.execute(statement)
    ]


def _pool(session: Session, round_: Round) -> Sequence[Any]:
    pool = select(Applicant.code, Applicant.name).where(
        Applicant.cohort_id == round_.cohort_id, Applicant.state == "in_pool"
    )
    return session.execute(pool.order_by(Applicant.name, Applicant.id).limit(SUGGESTED)).all()


def _needs(session: Session, round_: Round) -> list[tuple[str, str]]:
    opened = (
        select(Need.code, School.name, Need.level, Need.subject)
        .join(RoundNeed, RoundNeed.need_id == Need.id)
        .join(School, School.id == Need.school_id)
        .where(RoundNeed.round_id == round_.id)
        .order_by(School.name, Need.code)
        .limit(SUGGESTED)
    )
    return [
        (code, f"{school} ({post_words(level, subject)})") for code, school, level, subject in session.execute(opened)
    ]


def _policies(session: Session, round_: Round) -> list[tuple[str, str, int | None]]:
    rules = select(Policy).where(Policy.cohort_id == round_.cohort_id, Policy.active).order_by(Policy.code)
    return [(one.code, in_language((one.title_id, one.title_en)), one.penalty) for one in session.scalars(rules)]


def _funds(session: Session) -> Sequence[Any]:
    confirmed = select(Fund.code, Fund.name).where(Fund.state == "confirmed").order_by(Fund.code)
    return session.execute(confirmed.limit(SUGGESTED)).all()


def _changed(session: Session, round_: Round) -> list[str]:
    """Return in sentences what a what-if copy changes."""
    policies, funds = round_.overrides.get("policies", {}), round_.overrides.get("funds", {})
    known = select(Policy).where(Policy.cohort_id == round_.cohort_id, Policy.code.in_(policies))
    titles = {one.code: in_language((one.title_id, one.title_en)) for one in session.scalars(known)}
    names = dict(session.execute(select(Fund.code, Fund.name).where(Fund.code.in_(funds))).all())
    sentences = [
        f"{titles.get(code, code)}: {text}" for code, change in policies.items() for text in _policy_change(change)
    ]
    if round_.overrides.get("method", BEST) != BEST:
        sentences.append(gettext(mark("People are placed by their own wishes first.")))
    return sentences + [f"{names.get(code, code)}: {rupiah(change['budget'])}" for code, change in funds.items()]


def _policy_change(change: dict[str, Any]) -> list[str]:
    found = []
    if change.get("active") is False:
        found.append(gettext(OFF))
    if "penalty" in change:
        penalty = change["penalty"]
        soft = gettext(mark("may be broken, at a penalty of {penalty}"), penalty=number(penalty or 0))
        found.append(gettext(HARD) if penalty is None else soft)
    if "parameters" in change:
        found.append(", ".join(f"{name} = {value}" for name, value in change["parameters"].items()))
    return found


def keys_of(session: Session, person: str, need: str) -> tuple[str, str]:
    """Return the ids behind the codes of a person and a need; a code that nobody has stays, and is told as such."""
    applicant = session.scalar(select(Applicant.id).where(Applicant.code == person))
    wanted = session.scalar(select(Need.id).where(Need.code == need))
    return applicant or person, wanted or need
