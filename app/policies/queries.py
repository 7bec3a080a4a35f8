"""Reads of policies; each starts from what the actor may see."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, select, true
from sqlalchemy.orm import Session

from app.core.access import visible_or_404
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
    statement = visible_to(actor).where(Policy.id == policy_id)
    if writing:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return visible_or_404(session.scalar(statement))


def versions_of(policy_id: str) -> Select[PolicyVersion]:
    """Select every wording of one policy, which the actor was found to see."""
    return select(PolicyVersion).where(PolicyVersion.policy_id == policy_id)
