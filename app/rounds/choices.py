"""Pins and bans with their reasons, and what-if scenarios. Part of the slice's service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.audit.record import record
from app.core import clock
from app.core.access import visible_or_404
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.funding.models import Fund
from app.identity.actor import Actor
from app.identity.permissions import require
from app.policies.models import Policy
from app.rounds import queries
from app.rounds.choice_schemas import ChoiceIn, ChoiceOut, OverridesIn, ScenarioIn
from app.rounds.errors import ChoiceTaken, NothingToPlace
from app.rounds.lifecycle import ROUND
from app.rounds.models import Round, RoundChoice, RoundNeed
from app.rounds.schemas import RoundIn
from app.rounds.service import create_round, pool_size
from app.schools.models import Need


def choices_of(round_: Round) -> Select[RoundChoice]:
    """Select the pins and bans of a round."""
    return select(RoundChoice).where(RoundChoice.round_id == round_.id)


def shown(session: Session, choices: Sequence[RoundChoice]) -> list[ChoiceOut]:
    """Return what is sent of pins and bans, with two queries for all of them."""
    people = _codes(session, Applicant, [one.applicant_id for one in choices])
    needs = _codes(session, Need, [one.need_id for one in choices])
    return [
        ChoiceOut(
            id=one.id,
            kind="pin" if one.kind == "pin" else "ban",
            applicant_id=one.applicant_id,
            applicant=people[one.applicant_id],
            need_id=one.need_id,
            need=needs[one.need_id],
            reason=one.reason,
            created_by=one.created_by,
            created_at=one.created_at,
        )
        for one in choices
    ]


def add_choice(session: Session, actor: Actor, round_id: str, body: ChoiceIn) -> RoundChoice:
    """Decide that somebody goes to a need, or does not, before the round is frozen.

    Raises:
        IllegalMove: For a round that is not in draft.
        Invalid: For a person outside the cohort's pool, or a need that the round does not open.
        ChoiceTaken: Where something is decided for this person and need already.
    """
    round_ = _drafted(session, actor, round_id)
    errors = _choice_errors(session, round_, body)
    if errors:
        raise Invalid(errors=errors)
    same = choices_of(round_).where(RoundChoice.applicant_id == body.applicant_id, RoundChoice.need_id == body.need_id)
    if session.scalar(same) is not None:
        raise ChoiceTaken
    made = RoundChoice(round_id=round_.id, created_by=actor.id, created_at=clock.now(), **body.model_dump())
    session.add(made)
    round_.version += 1
    session.flush()
    facts = {"round_id": round_.id, **body.model_dump(exclude={"reason"})}
    record(session, actor, f"rounds.{body.kind}", "round_choice", made.id, reason=body.reason, after=facts)
    return made


def drop_choice(session: Session, actor: Actor, round_id: str, choice_id: str) -> None:
    """Take a pin or a ban back, before the round is frozen; the audit record keeps it."""
    round_ = _drafted(session, actor, round_id)
    choice = visible_or_404(session.scalar(choices_of(round_).where(RoundChoice.id == choice_id)))
    facts = {"kind": choice.kind, "applicant_id": choice.applicant_id, "need_id": choice.need_id}
    session.delete(choice)
    round_.version += 1
    session.flush()
    record(session, actor, "rounds.drop_choice", "round_choice", choice_id, before={"round_id": round_.id, **facts})


def create_scenario(session: Session, actor: Actor, round_id: str, body: ScenarioIn) -> Round:
    """Make a what-if copy of a round: its needs, objective, pins and bans, with other policies or budgets.

    A scenario is frozen and solved like a round, under the same seed, and never published.

    Raises:
        NothingToPlace: For a round that opens no need.
        Invalid: For overrides that name unknown policies or funds.
    """
    origin = queries.round_of(session, actor, round_id)
    require(actor, "rounds.create")
    errors = _override_errors(session, origin, body.overrides)
    if errors:
        raise Invalid(errors=errors)
    needs = list(session.scalars(select(RoundNeed.need_id).where(RoundNeed.round_id == origin.id)))
    if not needs:
        raise NothingToPlace(needs=0, people=pool_size(session, origin))
    made = create_round(
        session,
        actor,
        RoundIn.model_validate(
            {
                "cohort_id": origin.cohort_id,
                "name": body.name,
                "needs": needs,
                "objective": body.objective or origin.objective,
                "time_limit_seconds": origin.time_limit_seconds,
                "keep_best": origin.keep_best,
                "previous_round_id": origin.previous_round_id,
            }
        ),
    )
    made.scenario_of = origin.id
    made.overrides = body.overrides.model_dump(exclude_unset=True)
    # The same draws as in the round itself, so that what differs comes from the overrides alone.
    made.seed, made.seed_salt, made.seed_commitment = origin.seed, origin.seed_salt, origin.seed_commitment
    for one in session.scalars(choices_of(origin)):
        session.add(
            RoundChoice(
                round_id=made.id,
                applicant_id=one.applicant_id,
                need_id=one.need_id,
                kind=one.kind,
                reason=one.reason,
                created_by=actor.id,
                created_at=clock.now(),
            )
        )
    session.flush()
    record(
        session,
        actor,
        "rounds.scenario",
        "round",
        made.id,
        after={"scenario_of": origin.id, "overrides": made.overrides},
    )
    return made


def _drafted(session: Session, actor: Actor, round_id: str) -> Round:
    round_ = queries.round_of(session, actor, round_id, writing=True)
    require(actor, "rounds.edit", round_)
    ROUND.move(round_.state, "edit")
    return round_


def _choice_errors(session: Session, round_: Round, body: ChoiceIn) -> list[FieldError]:
    errors = []
    person = session.get(Applicant, body.applicant_id)
    if person is None or person.cohort_id != round_.cohort_id or person.state != "in_pool":
        errors.append(
            FieldError(
                "/applicant_id",
                "not_in_pool",
                mark("This person is not in the pool of the round's cohort."),
                mark("Choose somebody who is."),
            )
        )
    if session.get(RoundNeed, (round_.id, body.need_id)) is None:
        errors.append(
            FieldError(
                "/need_id",
                "not_in_round",
                mark("The round does not open this need."),
                mark("Choose one of its needs, or add this one to it."),
            )
        )
    return errors


def _override_errors(session: Session, origin: Round, overrides: OverridesIn) -> list[FieldError]:
    known = set(session.scalars(select(Policy.code).where(Policy.cohort_id == origin.cohort_id)))
    funds = set(session.scalars(select(Fund.code)))
    return [
        *(_unknown("policies", code) for code in overrides.policies if code not in known),
        *(_unknown("funds", code) for code in overrides.funds if code not in funds),
    ]


def _unknown(part: str, code: str) -> FieldError:
    return FieldError(
        f"/overrides/{part}/{code}",
        "unknown",
        mark("There is no {value}."),
        mark("Use the code of one that exists."),
        {"value": code},
    )


def _codes(session: Session, table: type[Applicant | Need], keys: list[str]) -> dict[str, Any]:
    return dict(session.execute(select(table.id, table.code).where(table.id.in_(keys))).all())
