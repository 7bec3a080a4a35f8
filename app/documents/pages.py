"""The pages of documents: an applicant's own, and those of one application for the programme."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from app.applicants import queries as applicants
from app.applicants.lifecycle import APPLICANT
from app.core.access import allows, visible_or_404
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid, Problem
from app.core.templating import navigation, render
from app.documents import queries, service
from app.documents.errors import TooManyDocuments
from app.documents.sending import attachment, store_of
from app.documents.wording import KINDS
from app.identity.actor import Actor
from app.identity.permissions import requires

router = APIRouter(include_in_schema=False)
navigation("/documents", mark("My documents"), {"applicant"})


async def posted_form(request: Request) -> AsyncIterator[FormData]:
    """Give the posted form with its file, which is closed afterwards."""
    async with request.form(max_files=1, max_fields=10) as form:
        yield form


Posted = Annotated[FormData, Depends(posted_form)]
Own = Annotated[Actor, requires("documents.own")]


@router.get("/documents")
def own_documents_page(request: Request, actor: Own) -> HTMLResponse:
    """Show the documents of the newest own application."""
    with reading(request) as session:
        found = applicants.latest_of(session, actor)
        if found is None:
            return render(request, "documents/none.html")
        return _page(request, session, actor, found.id)


@router.post("/documents")
def send_own_document(request: Request, actor: Own, form: Posted) -> Response:
    """Take a document for the newest own application."""
    with reading(request) as session:
        found = visible_or_404(applicants.latest_of(session, actor))
    return _send(request, actor, found.id, form, "/documents")


@router.get("/applicants/{applicant_id}/documents")
def documents_page(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("documents.view")]
) -> HTMLResponse:
    """Show the documents of one application."""
    with reading(request) as session:
        return _page(request, session, actor, applicant_id)


@router.post("/applicants/{applicant_id}/documents")
def send_document(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("documents.upload")], form: Posted
) -> Response:
    """Take a document for one application."""
    return _send(request, actor, applicant_id, form, f"/applicants/{applicant_id}/documents")


@router.get("/documents/{document_id}")
def save_document(request: Request, document_id: str, actor: Annotated[Actor, requires("documents.view")]) -> Response:
    """Give a document out as an attachment; a read by the programme goes on record."""
    with transaction(request) as session:
        document, content = service.read_document(session, actor, document_id, store_of(request))
    return attachment(document, content)


@router.post("/documents/{document_id}/remove")
def remove_on_page(
    request: Request, document_id: str, actor: Annotated[Actor, requires("documents.remove")]
) -> Response:
    """Remove a document."""
    with transaction(request) as session:
        applicant_id = queries.document(session, actor, document_id).applicant_id
        stored = service.remove_document(session, actor, document_id)
    store_of(request).remove(stored)
    return RedirectResponse(_back(actor, applicant_id), 303)


def _back(actor: Actor, applicant_id: str) -> str:
    return "/documents" if actor.role == "applicant" else f"/applicants/{applicant_id}/documents"


def _send(request: Request, actor: Actor, applicant_id: str, form: FormData, back: str) -> Response:
    try:
        kind, file = _chosen(form)
        most = request.app.state.settings.max_document_bytes
        upload = service.read_upload(kind, file.filename, file.file, most_bytes=most)
        with transaction(request) as session:
            service.add_document(session, actor, applicant_id, upload, store_of(request))
    except (Invalid, TooManyDocuments) as problem:
        with reading(request) as session:
            return _page(request, session, actor, applicant_id, problem=problem)
    return RedirectResponse(back, 303)


def _chosen(form: FormData) -> tuple[Any, UploadFile]:
    """Return the kind and the file of a form; raise Invalid where one is missing."""
    kind, file = form.get("kind"), form.get("file")
    errors = []
    if kind not in KINDS:
        message, remedy = mark("Say what the document shows."), mark("Choose one of the list.")
        errors.append(FieldError("/kind", "missing", message, remedy))
    if not isinstance(file, UploadFile) or not file.filename:
        message, remedy = mark("There is no file."), mark("Choose a file, then send it.")
        errors.append(FieldError("/file", "missing", message, remedy))
    if errors or not isinstance(file, UploadFile):
        raise Invalid(errors=errors)
    return kind, file


def _page(
    request: Request, session: Session, actor: Actor, applicant_id: str, *, problem: Problem | None = None
) -> HTMLResponse:
    applicant = applicants.applicant(session, actor, applicant_id)
    is_open = applicant.erased_at is None and bool(APPLICANT.possible(applicant.state))
    return render(
        request,
        "documents/documents.html",
        applicant=applicant,
        documents=queries.of_applicant(session, actor, applicant_id),
        kinds=KINDS,
        here=_back(actor, applicant_id),
        may_send=is_open and allows(actor, "documents.upload", applicant),
        may_remove=allows(actor, "documents.remove", applicant)
        and (actor.role != "applicant" or applicant.state == "draft"),
        most=request.app.state.settings.max_document_bytes // 1000,
        problem=problem,
    )
