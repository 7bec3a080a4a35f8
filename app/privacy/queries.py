"""Reads of wishes for correction and of breaches; each starts from what the actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from app.core.access import row_or_404
from app.identity.actor import Actor
from app.privacy.models import Breach, CorrectionRequest
from app.privacy.permissions import SEES_BREACHES


def corrections_visible_to(actor: Actor) -> Select[CorrectionRequest]:
    """Select the wishes that `actor` may see: the own ones, and those that are the actor's to settle; auditors see all."""
    return select(CorrectionRequest).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    own = CorrectionRequest.user_id == actor.id
    if actor.role == "auditor":
        return true()
    if actor.role == "manager":
        return or_(own, CorrectionRequest.applicant_id.is_not(None))
    return or_(own, CorrectionRequest.applicant_id.is_(None)) if actor.role == "admin" else own


def correction(session: Session, actor: Actor, correction_id: str, *, writing: bool = False) -> CorrectionRequest:
    """Return one wish.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return row_or_404(
        session, corrections_visible_to(actor).where(CorrectionRequest.id == correction_id), writing=writing
    )


def breaches_visible_to(actor: Actor) -> Select[Breach]:
    """Select the breaches: all, or none."""
    return select(Breach).where(true() if actor.role in SEES_BREACHES else false())


def breach(session: Session, actor: Actor, breach_id: str, *, writing: bool = False) -> Breach:
    """Return one breach.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return row_or_404(session, breaches_visible_to(actor).where(Breach.id == breach_id), writing=writing)
