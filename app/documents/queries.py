"""Reads of documents; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, false, func, select, true
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core.access import visible_or_404
from app.core.database import among
from app.documents.models import Document
from app.documents.permissions import SEES_ALL
from app.identity.actor import Actor


def visible_to(actor: Actor) -> Select[Document]:
    """Select the documents that `actor` may see: all, or those of the own applications."""
    return select(Document).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in SEES_ALL:
        return true()
    if actor.role != "applicant":
        return false()
    return Document.applicant_id.in_(select(Applicant.id).where(Applicant.user_id == actor.id))


def document(session: Session, actor: Actor, document_id: str) -> Document:
    """Return one document.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    return visible_or_404(session.scalar(visible_to(actor).where(Document.id == document_id)))


def of_applicant(session: Session, actor: Actor, applicant_id: str) -> list[Document]:
    """Return the documents of one application, the oldest first."""
    mine = visible_to(actor).where(Document.applicant_id == applicant_id)
    return list(session.scalars(mine.order_by(Document.created_at, Document.id)))


def of_applicants(session: Session, applicant_ids: Collection[str]) -> list[Document]:
    """Return the documents of some applications, for the slices above that act for the service."""
    found = select(Document).where(among(Document.applicant_id, applicant_ids))
    return list(session.scalars(found.order_by(Document.created_at, Document.id)))


def count_of(session: Session, applicant_id: str) -> int:
    """Return how many documents an application has."""
    return session.scalars(select(func.count()).where(Document.applicant_id == applicant_id)).one()
