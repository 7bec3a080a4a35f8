"""The pages of imports: send a file, watch it being checked, see every wrong row, apply it. They work without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy.orm import Session

from app.core.access import allows
from app.core.database import reading, transaction
from app.core.i18n import mark
from app.core.problems import Conflict, Invalid, Problem
from app.core.templating import navigation, render
from app.identity.actor import Actor
from app.identity.permissions import require, requires
from app.jobs.models import Job
from app.transfers import queries, service
from app.transfers.columns import COLUMNS
from app.transfers.import_api import errors_file
from app.transfers.kinds import WORDS
from app.transfers.lifecycle import IMPORT, WORKING
from app.transfers.models import Import
from app.transfers.permissions import brings
from app.transfers.schemas import ImportOut, WrongRowOut
from app.transfers.uploads import Posted, chosen

router = APIRouter(include_in_schema=False)
navigation("/imports", mark("Imports"), {"manager", "officer", "auditor"}, group="running")

ROWS_SHOWN: Final = 100
IMPORTS_SHOWN: Final = 30
STATES: Final = {
    "checking": mark("is being checked"),
    "checked": mark("checked"),
    "refused": mark("cannot be read"),
    "failed": mark("check broke off"),
    "applying": mark("is being stored"),
    "applied": mark("imported"),
    "discarded": mark("discarded"),
}
OVER: Final = frozenset({"applied", "discarded"})
BAD: Final = frozenset({"refused", "failed"})
ENCODINGS: Final = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
View = Annotated[Actor, requires("imports.view")]
Apply = Annotated[Actor, requires("imports.apply")]


@router.get("/imports")
def imports_page(request: Request, actor: View) -> HTMLResponse:
    """Show the form for a file, the columns of each kind, and the files that were sent."""
    return _list(request, actor)


@router.post("/imports")
def send_import_page(request: Request, actor: Annotated[Actor, requires("imports.upload")], form: Posted) -> Response:
    """Take a file and lead to its check."""
    settings = request.app.state.settings
    try:
        kind, upload = chosen(form, settings)
    except Invalid as problem:
        return _list(request, actor, problem=problem)
    require(actor, "imports.upload", kind)
    with transaction(request) as session:
        row = service.upload_import(session, actor, kind, upload, settings)
    return RedirectResponse(f"/imports/{row.id}", 303)


@router.get("/imports/{import_id}")
def import_page(request: Request, import_id: str, actor: View) -> HTMLResponse:
    """Show what was found in a file."""
    return _show(request, actor, import_id)


@router.get("/imports/{import_id}/errors")
def import_errors_file(request: Request, import_id: str, actor: View) -> StreamingResponse:
    """Give out everything that is wrong as a CSV that opens in a spreadsheet."""
    return errors_file(request, actor, import_id, "csv")


@router.post("/imports/{import_id}/apply")
def apply_import_page(
    request: Request, import_id: str, actor: Apply, mode: Annotated[str, Form(max_length=5)] = "whole"
) -> Response:
    """Have a checked file stored."""
    wanted = "skip" if mode == "skip" else "whole"
    return _act(request, actor, import_id, lambda session: service.apply_import(session, actor, import_id, wanted))


@router.post("/imports/{import_id}/check")
def recheck_import_page(request: Request, import_id: str, actor: Apply) -> Response:
    """Have a file checked again."""
    return _act(request, actor, import_id, lambda session: service.recheck_import(session, actor, import_id))


@router.post("/imports/{import_id}/discard")
def discard_import_page(
    request: Request, import_id: str, actor: Annotated[Actor, requires("imports.discard")]
) -> Response:
    """Delete a file and what was found in it."""
    return _act(request, actor, import_id, lambda session: service.discard_import(session, actor, import_id))


def _act(request: Request, actor: Actor, import_id: str, act: Callable[[Session], Any]) -> Response:
    """Do something with an import and lead back to its page; where its state does not allow it, say so there."""
    try:
        with transaction(request) as session:
            act(session)
    except Problem as problem:
        if problem.status != Conflict.status:
            raise
        return _show(request, actor, import_id, problem=problem)
    return RedirectResponse(f"/imports/{import_id}", 303)


def _list(request: Request, actor: Actor, *, problem: Problem | None = None) -> HTMLResponse:
    newest = queries.visible_to(actor).order_by(Import.created_at.desc(), Import.id.desc()).limit(IMPORTS_SHOWN)
    with reading(request) as session:
        rows = [ImportOut.of(row) for row in session.scalars(newest)]
    kinds = {name: label for name, label in WORDS.items() if brings(actor, name)}
    settings = request.app.state.settings
    return render(
        request,
        "transfers/list.html",
        rows=rows,
        states=STATES,
        words=WORDS,
        over=OVER,
        bad=BAD,
        kinds=kinds if allows(actor, "imports.upload") else {},
        columns={name: COLUMNS[name] for name in kinds},
        most_rows=settings.max_import_rows,
        most_megabytes=settings.max_import_bytes // 1_000_000,
        problem=problem,
    )


def _show(request: Request, actor: Actor, import_id: str, *, problem: Problem | None = None) -> HTMLResponse:
    with reading(request) as session:
        row = queries.import_(session, actor, import_id)
        job = None if row.job_id is None else session.get(Job, row.job_id)
        wrong = [WrongRowOut.of(one) for one in queries.first_wrong_rows(session, row.id, ROWS_SHOWN)]
    may = allows(actor, "imports.apply")
    return render(
        request,
        "transfers/show.html",
        row=ImportOut.of(row),
        encoding=ENCODINGS.get(row.encoding, row.encoding.upper()),
        progress={} if job is None else job.progress or {},
        working=row.state in WORKING,
        wrong=wrong,
        states=STATES,
        words=WORDS,
        over=OVER,
        bad=BAD,
        possible=IMPORT.possible(row.state) if may else (),
        problem=problem,
    )
