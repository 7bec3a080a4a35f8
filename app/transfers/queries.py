"""Reads of imports; each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from app.core.access import visible_or_404
from app.core.database import for_update
from app.identity.actor import Actor
from app.transfers.models import Import, WrongRow
from app.transfers.permissions import SEES_ALL


def visible_to(actor: Actor) -> Select[Import]:
    """Select the imports that `actor` may see: all, or those of the files that an officer sent."""
    if actor.role in SEES_ALL:
        return select(Import)
    return select(Import).where(Import.created_by == actor.id if actor.role == "officer" else false())


def import_(session: Session, actor: Actor, import_id: str, *, writing: bool = False) -> Import:
    """Return one import; `writing` locks it until the transaction ends.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
    """
    statement = visible_to(actor).where(Import.id == import_id)
    if writing:
        statement = for_update(statement).execution_options(populate_existing=True)
    return visible_or_404(session.scalar(statement))


def wrong_rows(import_id: str) -> Select[WrongRow]:
    """Select the wrong rows of an import that the actor was found to see."""
    return select(WrongRow).where(WrongRow.import_id == import_id)


def first_wrong_rows(session: Session, import_id: str, most: int) -> list[WrongRow]:
    """Return the first wrong rows, as the file has them."""
    return list(session.scalars(wrong_rows(import_id).order_by(WrongRow.number).limit(most)))


def all_wrong_rows(session: Session, import_id: str) -> Iterator[WrongRow]:
    """Yield every wrong row in the order of the file, a thousand at a time."""
    rows = session.scalars(wrong_rows(import_id).order_by(WrongRow.number).execution_options(yield_per=1000))
    for part in rows.partitions():
        yield from part
        session.expunge_all()
