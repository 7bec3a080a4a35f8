"""Documents of applications: sent as a form with a file, fetched as an attachment."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.applicants import queries as applicants
from app.core.database import reading, transaction
from app.core.openapi import problem_responses
from app.documents import queries, service
from app.documents.schemas import DocumentOut, DocumentsOut, Kind, UploadedIn
from app.documents.sending import attachment, store_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import requires

router = APIRouter(prefix="/api/v1", tags=["Documents"])


@router.get(
    "/applicants/{applicant_id}/documents", summary="List an application's documents", responses=problem_responses(404)
)
def list_documents(
    request: Request, applicant_id: str, actor: Annotated[Actor, requires("documents.view")]
) -> DocumentsOut:
    """List the documents of one application, the oldest first, without their content."""
    with reading(request) as session:
        applicant = applicants.applicant(session, actor, applicant_id)
        found = queries.of_applicant(session, actor, applicant.id)
        return DocumentsOut(items=[DocumentOut.of(one) for one in found])


@router.post(
    "/applicants/{applicant_id}/documents",
    status_code=201,
    summary="Send a document",
    response_model=DocumentOut,
    responses=problem_responses(404, 409, 413, 422),
)
def upload_document(
    request: Request,
    applicant_id: str,
    kind: Annotated[Kind, Form(description="What it shows.", examples=["diploma"])],
    file: Annotated[UploadFile, "PDF, JPEG or PNG; looked at by its content, not by its name."],
    once: Once,
    actor: Annotated[Actor, requires("documents.upload")],
) -> Response:
    """Send a document as a form with a file: PDF, JPEG or PNG, by its content."""
    with reading(request) as session:
        applicants.applicant(session, actor, applicant_id)
    most = request.app.state.settings.max_document_bytes
    upload = service.read_upload(kind, file.filename, file.file, most_bytes=most)
    body = UploadedIn(applicant_id=applicant_id, kind=kind, name=upload.name, sha256=upload.sha256)

    def create(session: Session) -> tuple[int, DocumentOut, dict[str, str]]:
        document = service.add_document(session, actor, applicant_id, upload, store_of(request))
        return 201, DocumentOut.of(document), {"Location": f"/api/v1/documents/{document.id}"}

    return once.answer(request, actor, body, create)


@router.get("/documents/{document_id}", summary="Show a document", responses=problem_responses(404))
def show_document(
    request: Request, document_id: str, actor: Annotated[Actor, requires("documents.view")]
) -> DocumentOut:
    """Show what is known of one document, without its content."""
    with reading(request) as session:
        return DocumentOut.of(queries.document(session, actor, document_id))


@router.get(
    "/documents/{document_id}/content",
    summary="Fetch a document",
    response_class=Response,
    responses={
        200: {
            "description": "The file, to be saved.",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("application/pdf", "image/jpeg", "image/png")
            },
        },
        **problem_responses(404, 503),
    },
)
def fetch_document(request: Request, document_id: str, actor: Annotated[Actor, requires("documents.view")]) -> Response:
    """Fetch the file as an attachment. That somebody of the programme fetched it goes on record; the person can see that."""
    with transaction(request) as session:
        document, content = service.read_document(session, actor, document_id, store_of(request))
    return attachment(document, content)


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    summary="Remove a document",
    responses=problem_responses(404, 409),
)
def remove_document(request: Request, document_id: str, actor: Annotated[Actor, requires("documents.remove")]) -> None:
    """Remove a document with its file: your own until you send the application, as a manager also later."""
    with transaction(request) as session:
        stored = service.remove_document(session, actor, document_id)
    store_of(request).remove(stored)
