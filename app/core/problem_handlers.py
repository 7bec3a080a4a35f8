"""The one place where errors become answers: a problem document for programs, a page for people in a browser."""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.core.problems import (
    MEDIA_TYPE,
    BadRequest,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from app.core.templating import render
from app.core.validation import field_errors

log = logging.getLogger("gotong.web")


def wants_page(request: Request) -> bool:
    """Tell whether the answer is for a browser: outside /api and HTML is accepted."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def answer(request: Request, problem: Problem) -> Response:
    """Return `problem` as a document or as a page; an anonymous browser is sent to the log-in page."""
    if wants_page(request):
        if isinstance(problem, Unauthorised) and request.method == "GET":
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(target)}", status_code=303)
        return render(request, "core/problem.html", headers=problem.headers, problem=problem)
    return JSONResponse(
        problem.document(request.url.path), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Register the handlers with `app`."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _data)
    app.add_exception_handler(OperationalError, _database_ill)
    app.add_exception_handler(PoolTimeout, _database_ill)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - for the type checker; Starlette looks handlers up by type
    return answer(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return answer(request, Invalid(errors=field_errors(error.errors(), request)))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    return answer(request, _from_http(request, error))


def _from_http(request: Request, error: HTTPException) -> Problem:
    if error.status_code == 404:
        return NotFound()
    if error.status_code == 405:
        problem: Problem = MethodNotAllowed(method=request.method)
        problem.headers.update(error.headers or {})
        return problem
    if error.status_code == 413:
        return TooLarge(limit="")
    return BadRequest()


async def _data(request: Request, error: Exception) -> Response:
    log.warning("a value was refused by the database: %s", type(error).__name__)
    return answer(request, Invalid())


async def _database_ill(request: Request, error: Exception) -> Response:
    log.error("the database did not answer", exc_info=error)
    problem = Unavailable()
    problem.headers["Retry-After"] = "5"
    return answer(request, problem)


def unexpected(request: Request, error: Exception) -> Response:
    """Log `error` under an incident number and return a 500 that shows nothing of our insides."""
    incident = secrets.token_hex(6)
    log.error("incident %s at %s %s", incident, request.method, request.url.path, exc_info=error)
    problem = InternalError(incident=incident, more={"incident": incident})
    if not wants_page(request):
        return answer(request, problem)
    try:
        return answer(request, problem)
    except Exception:
        log.exception("the error page of incident %s failed", incident)
        document: Any = problem.document(request.url.path)
        return JSONResponse(document, problem.status, media_type=MEDIA_TYPE)
