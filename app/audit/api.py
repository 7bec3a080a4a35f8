"""The audit record over the API: it is read, and nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from app.audit import queries
from app.audit.models import AuditEntry
from app.audit.schemas import AuditEntryOut, AuditQuery
from app.core.access import Actor, requires
from app.core.database import reading
from app.core.filters import at_least, filtered
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of

router = APIRouter(prefix="/api/v1", tags=["Audit"])

SORTS: Final = {"number": AuditEntry.number}
FILTERS: Final[dict[str, Any]] = {
    "actor": AuditEntry.actor_id,
    "role": AuditEntry.actor_role,
    "action": AuditEntry.action,
    "kind": AuditEntry.object_type,
    "object": AuditEntry.object_id,
    "since": at_least(AuditEntry.at),
    "until": lambda moment: AuditEntry.at < moment,
}


@router.get("/audit", summary="List who did what", responses=problem_responses(422))
def list_audit(
    request: Request, query: Annotated[AuditQuery, Query()], actor: Annotated[Actor, requires("audit.view")]
) -> Page[AuditEntryOut]:
    """List the record, the newest first, one page at a time. An auditor's own reading stands in it too."""
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, FILTERS)
        return page_of(
            session,
            statement,
            query,
            sorts=SORTS,
            key=AuditEntry.id,
            shown=lambda entry: AuditEntryOut.of(entry, actor),
        )


@router.get("/audit/{entry_id}", summary="Show an entry of the record", responses=problem_responses(404))
def show_audit_entry(request: Request, entry_id: str, actor: Annotated[Actor, requires("audit.view")]) -> AuditEntryOut:
    """Show one entry with its place in the chain."""
    with reading(request) as session:
        return AuditEntryOut.of(queries.entry(session, actor, entry_id), actor)
