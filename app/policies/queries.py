"""Reads of policies; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlalchemy.orm import Session

from app.applicants.models import Cohort
from app.core.access import row_or_404, visible_or_404
from app.identity.actor import Actor
from app.policies.models import Policy, PolicyVersion
from app.policies.permissions import SEES_ACTIVE, SEES_ALL

# Where the parameters of a policy name single people or couples.
PEOPLE: Final = (
    ("volunteer",),
    ("groups",),
    ("volunteers", "ids"),
    ("volunteers", "groups"),
    ("among", "volunteers", "ids"),
    ("among", "volunteers", "groups"),
)


def visible_to(actor: Actor) -> Select[Policy]:
    """Select the policies that `actor` may see: all; or the active ones that name no single person."""
    return select(Policy).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL or actor.role == "system":
        return true()
    if actor.role in SEES_ACTIVE:
        # Who is pinned where, or who applies with whom, is nobody else's business.
        impersonal = [Policy.parameters[path].as_string().is_(None) for path in PEOPLE]
        return and_(Policy.active, *impersonal)
    return false()


def policy(session: Session, actor: Actor, policy_id: str, *, writing: bool = False) -> Policy:
    """Return one policy; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return row_or_404(session, visible_to(actor).where(Policy.id == policy_id), writing=writing)


def versions_of(policy_id: str) -> Select[PolicyVersion]:
    """Select every wording of one policy, which the actor was found to see."""
    return select(PolicyVersion).where(PolicyVersion.policy_id == policy_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many policies there are: hard and soft ones in force, and those out of force."""

    hard: int = 0
    soft: int = 0
    out: int = 0


def counts(session: Session, policies: Select[Policy]) -> Counts:
    """Count the selected policies."""
    hard = and_(Policy.active, Policy.penalty.is_(None))
    soft = and_(Policy.active, Policy.penalty.is_not(None))
    numbers = [func.count().filter(condition) for condition in (hard, soft, Policy.active.is_(False))]
    found = session.execute(policies.with_only_columns(*numbers)).one()
    return Counts(hard=found[0], soft=found[1], out=found[2])


def cohorts(session: Session) -> Sequence[Cohort]:
    """Return every cohort, the newest first; everybody who sees policies sees cohorts."""
    return session.scalars(select(Cohort).order_by(Cohort.year.desc(), Cohort.created_at.desc(), Cohort.code)).all()


def cohort(session: Session, cohort_id: str) -> Cohort:
    """Return one cohort.

    Raises:
        NotFound: Where there is none.
    """
    return visible_or_404(session.get(Cohort, cohort_id))
