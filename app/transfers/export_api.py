"""Lists as files. The rows are written to a temporary file first: a slow reader holds no connection of the database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.applicants.schemas import ApplicantQuery
from app.audit.record import record
from app.core.database import reading, transaction
from app.core.openapi import Responses, problem_responses
from app.core.paging import PageQuery
from app.funding.schemas import FundQuery
from app.identity.actor import Actor
from app.identity.permissions import requires
from app.schools.schemas import NeedQuery, SchoolQuery
from app.transfers.columns import COLUMNS
from app.transfers.exports import exported
from app.transfers.writing import FORMATS, write_table

# Stands before the slices' own routers: `/schools/export` is not the school with the id `export`.
router = APIRouter(prefix="/api/v1", tags=["Import and export"])

MOST_ROWS: Final = 1_000_000
BLOCK: Final = 64 * 1024
NO_PAGES: Final = "An export has no pages: leave it out."
FILE: Final[Responses] = {
    200: {
        "description": "The file",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            FORMATS["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class ExportOptions(BaseModel):
    """How a file is written."""

    format: Literal["csv", "xlsx"] | None = Field(
        default=None, description="Left out: as Accept says, CSV otherwise.", examples=["csv"]
    )
    bom: bool = Field(default=False, description="CSV begins with a byte order mark, by which Excel knows UTF-8.")


class SchoolExport(ExportOptions, SchoolQuery):
    """Which schools are exported, in which order."""

    limit: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most.")
    cursor: None = Field(default=None, description=NO_PAGES)


class NeedExport(ExportOptions, NeedQuery):
    """Which needs are exported, in which order."""

    limit: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most.")
    cursor: None = Field(default=None, description=NO_PAGES)


class ApplicantExport(ExportOptions, ApplicantQuery):
    """Which applications are exported, in which order."""

    limit: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most.")
    cursor: None = Field(default=None, description=NO_PAGES)


class FundExport(ExportOptions, FundQuery):
    """Which funds are exported, in which order."""

    limit: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most.")
    cursor: None = Field(default=None, description=NO_PAGES)


@router.get(
    "/schools/export",
    summary="Export schools as CSV or XLSX",
    response_class=StreamingResponse,
    responses={**FILE, **problem_responses(422)},
)
def export_schools(
    request: Request, query: Annotated[SchoolExport, Query()], actor: Annotated[Actor, requires("schools.view")]
) -> StreamingResponse:
    """Write the schools of the list, all pages, into a file that can be imported again."""
    return _file(request, actor, "schools", query, query)


@router.get(
    "/needs/export",
    summary="Export needs as CSV or XLSX",
    response_class=StreamingResponse,
    responses={**FILE, **problem_responses(422)},
)
def export_needs(
    request: Request, query: Annotated[NeedExport, Query()], actor: Annotated[Actor, requires("needs.view")]
) -> StreamingResponse:
    """Write the needs that you may see, all pages of the list, into a file that can be imported again."""
    return _file(request, actor, "needs", query, query)


@router.get(
    "/applicants/export",
    summary="Export applications as CSV or XLSX",
    response_class=StreamingResponse,
    responses={**FILE, **problem_responses(422)},
)
def export_applicants(
    request: Request,
    query: Annotated[ApplicantExport, Query()],
    actor: Annotated[Actor, requires("applicants.browse")],
) -> StreamingResponse:
    """Write the applications that you may see into a file; what your role does not see stays empty. The export is on record."""
    return _file(request, actor, "applicants", query, query)


@router.get(
    "/funds/export",
    summary="Export funds as CSV or XLSX",
    response_class=StreamingResponse,
    responses={**FILE, **problem_responses(422)},
)
def export_funds(
    request: Request, query: Annotated[FundExport, Query()], actor: Annotated[Actor, requires("funds.view")]
) -> StreamingResponse:
    """Write the funds that you may see, all pages of the list, into a file that can be imported again."""
    return _file(request, actor, "funds", query, query)


def wanted_format(asked: str | None, accept: str) -> str:
    """Return the format that a request wants: the one it names, else the first that it accepts, else CSV."""
    if asked is not None:
        return asked
    places = {name: accept.find(kind.partition(";")[0]) for name, kind in FORMATS.items()}
    named = {name: place for name, place in places.items() if place >= 0}
    return min(named, key=named.__getitem__) if named else "csv"


def _file(request: Request, actor: Actor, kind: str, query: PageQuery, options: ExportOptions) -> StreamingResponse:
    written_as = wanted_format(options.format, request.headers.get("accept", ""))
    header = [column.name for column in COLUMNS[kind]]
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever reads it to the end
    try:
        with reading(request) as session:
            rows = exported(session, actor, kind, query, most=query.limit)
            count = write_table(file, written_as, header, rows, title=kind, bom=options.bom)
        if kind == "applicants":
            # Personal data leaves the service by the thousand: who took it, and what was asked, is on record.
            with transaction(request) as session:
                # Of a searched text only that there was one: it is most often a name, and the record outlives the person.
                asked = query.model_dump(mode="json", exclude_unset=True)
                asked["searched"] = asked.pop("q", None) is not None
                record(session, actor, "applicants.export", "file", kind, after={"rows": count, "asked": asked})
    except BaseException:
        file.close()
        raise
    return streamed(file, f"{kind}.{written_as}", FORMATS[written_as])


def streamed(file: IO[bytes], name: str, media_type: str) -> StreamingResponse:
    """Return `file` as an attachment; it is closed when it is read to its end."""
    size = file.seek(0, 2)
    file.seek(0)
    headers: dict[str, Any] = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_blocks(file), media_type=media_type, headers=headers)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
