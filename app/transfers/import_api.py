"""Imports as JSON: send a file, see what would happen, apply it or not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy.orm import Session

from app.core.database import reading, transaction
from app.core.etag import etag, with_etag
from app.core.filters import filtered
from app.core.i18n import gettext, mark
from app.core.openapi import problem_responses
from app.core.paging import Page, page_of
from app.identity.actor import Actor
from app.identity.idempotency import Once
from app.identity.permissions import require, requires
from app.transfers import queries, service
from app.transfers.cells import Value
from app.transfers.columns import COLUMNS
from app.transfers.export_api import FILE, streamed, wanted_format
from app.transfers.models import Import, WrongRow
from app.transfers.schemas import (
    ApplyIn,
    ColumnOut,
    ColumnsOut,
    ImportOut,
    ImportQuery,
    UploadedIn,
    WrongRowOut,
    WrongRowQuery,
)
from app.transfers.uploads import FORM, Posted, chosen
from app.transfers.writing import FORMATS, write_table

router = APIRouter(prefix="/api/v1", tags=["Import and export"])

ERROR_HEADER: Final = (mark("row"), mark("column"), mark("value"), mark("what is wrong"), mark("what to do"))


@router.get("/imports/columns", summary="List the columns of files")
def list_import_columns(_: Annotated[Actor, requires("imports.view")]) -> ColumnsOut:
    """List the columns of each kind of file, as exports write them and imports read them."""
    return ColumnsOut.model_validate({kind: [ColumnOut.of(one) for one in found] for kind, found in COLUMNS.items()})


@router.get("/imports", summary="List imports", responses=problem_responses(422))
def list_imports(
    request: Request, query: Annotated[ImportQuery, Query()], actor: Annotated[Actor, requires("imports.view")]
) -> Page[ImportOut]:
    """List the files that were sent, the newest first; an officer sees the own ones."""
    with reading(request) as session:
        statement = filtered(queries.visible_to(actor), query, {"kind": Import.kind, "state": Import.state})
        return page_of(
            session, statement, query, sorts={"created": Import.created_at}, key=Import.id, shown=ImportOut.of
        )


@router.post(
    "/imports",
    status_code=202,
    summary="Send a file",
    response_model=ImportOut,
    responses=problem_responses(413, 422),
    openapi_extra=FORM,
)
def upload_import(
    request: Request, actor: Annotated[Actor, requires("imports.upload")], form: Posted, once: Once
) -> Response:
    """Send a CSV or XLSX file as a form. A worker checks every row; nothing of the programme is written."""
    settings = request.app.state.settings
    kind, upload = chosen(form, settings)
    require(actor, "imports.upload", kind)

    def create(session: Session) -> tuple[int, ImportOut, dict[str, str]]:
        row = service.upload_import(session, actor, kind, upload, settings)
        return 202, ImportOut.of(row), {"ETag": etag(row.version), "Location": f"/api/v1/imports/{row.id}"}

    said = UploadedIn(kind=kind, name=upload.name, sha256=upload.sha256)
    return once.answer(request, actor, said, create)


@router.get(
    "/imports/{import_id}", summary="Show an import", response_model=ImportOut, responses=problem_responses(404)
)
def show_import(request: Request, import_id: str, actor: Annotated[Actor, requires("imports.view")]) -> JSONResponse:
    """Show what was found in a file, and what applying it would do or has done."""
    with reading(request) as session:
        row = queries.import_(session, actor, import_id)
    return with_etag(ImportOut.of(row), row.version)


@router.get("/imports/{import_id}/errors", summary="List wrong rows", responses=problem_responses(404, 422))
def list_import_errors(
    request: Request,
    import_id: str,
    query: Annotated[WrongRowQuery, Query()],
    actor: Annotated[Actor, requires("imports.view")],
) -> Page[WrongRowOut]:
    """List the wrong rows in the order of the file, each with column, reason and remedy."""
    with reading(request) as session:
        row = queries.import_(session, actor, import_id)
        wrong = queries.wrong_rows(row.id)
        return page_of(
            session, wrong, query, sorts={"row": WrongRow.number}, key=WrongRow.import_id, shown=WrongRowOut.of
        )


@router.get(
    "/imports/{import_id}/errors/export",
    summary="Export wrong rows as CSV or XLSX",
    response_class=StreamingResponse,
    responses={**FILE, **problem_responses(404)},
)
def export_import_errors(
    request: Request, import_id: str, actor: Annotated[Actor, requires("imports.view")]
) -> StreamingResponse:
    """Write all that is wrong into a file, a line for each finding; Accept says whether CSV or XLSX."""
    return errors_file(request, actor, import_id, wanted_format(None, request.headers.get("accept", "")))


@router.post(
    "/imports/{import_id}/apply",
    status_code=202,
    summary="Apply an import",
    response_model=ImportOut,
    responses=problem_responses(404, 409, 422),
)
def apply_import(
    request: Request, import_id: str, body: ApplyIn, actor: Annotated[Actor, requires("imports.apply")]
) -> JSONResponse:
    """Have a worker store a checked file: in one transaction, so all that is to come in does, or nothing."""
    with transaction(request) as session:
        out = ImportOut.of(service.apply_import(session, actor, import_id, body.mode))
    return with_etag(out, out.version, status_code=202)


@router.post(
    "/imports/{import_id}/check",
    status_code=202,
    summary="Check an import again",
    response_model=ImportOut,
    responses=problem_responses(404, 409),
)
def recheck_import(
    request: Request, import_id: str, actor: Annotated[Actor, requires("imports.apply")]
) -> JSONResponse:
    """Check the same file again, after something was mended here and not in the file."""
    with transaction(request) as session:
        out = ImportOut.of(service.recheck_import(session, actor, import_id))
    return with_etag(out, out.version, status_code=202)


@router.delete(
    "/imports/{import_id}", status_code=204, summary="Discard an import", responses=problem_responses(404, 409)
)
def discard_import(request: Request, import_id: str, actor: Annotated[Actor, requires("imports.discard")]) -> None:
    """Delete a file and what was found in it; that it was sent, and what came in by it, stays on record."""
    with transaction(request) as session:
        service.discard_import(session, actor, import_id)


def errors_file(request: Request, actor: Actor, import_id: str, written_as: str) -> StreamingResponse:
    """Return all findings of an import as a file."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever reads it to the end
    try:
        with reading(request) as session:
            row = queries.import_(session, actor, import_id)
            header = [gettext(name) for name in ERROR_HEADER]
            write_table(file, written_as, header, _lines(session, row.id), title="errors", bom=True)
    except BaseException:
        file.close()
        raise
    return streamed(file, f"errors-{row.kind}.{written_as}", FORMATS[written_as])


def _lines(session: Session, import_id: str) -> Iterator[tuple[Value, ...]]:
    for row in queries.all_wrong_rows(session, import_id):
        for one in WrongRowOut.of(row).findings:
            yield row.number, one.column, one.value, one.message, one.remedy
