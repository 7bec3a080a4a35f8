"""What stands around every request: the language, limits on bodies, security headers, the last net for errors.

Plain ASGI, no `BaseHTTPMiddleware`: streams stay streams, and context variables reach the endpoint.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.i18n import LANGUAGE_COOKIE, mark, preferred_language, set_language
from app.core.problem_handlers import answer, unexpected
from app.core.problems import BadRequest, FieldError, Problem, TooLarge

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Possessive, and an open string runs to the end: linear time on any input.
_STRINGS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_UNSTORABLE: Final = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]")
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


class LanguageMiddleware:
    """Choose the language of the answer from the person's cookie or the browser's wishes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            request = Request(scope)
            set_language(
                preferred_language(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
            )
        await self.app(scope, receive, send)


class SecurityHeadersMiddleware:
    """Add the security headers to every answer; HSTS only where the service is behind TLS."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if production:
            self.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class LastNetMiddleware:
    """Turn an exception that nobody expected into a 500 with an incident number."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watching_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watching_send)
        except Exception as error:
            if started:
                raise
            await unexpected(Request(scope, receive), error)(scope, receive, send)


class BodyLimitsMiddleware:
    """Refuse bodies that are too large or nested too deep, and texts that no database can store.

    JSON is read whole here (it is small by the limit) and handed on; uploads stay streams and are counted.
    """

    def __init__(self, app: ASGIApp, *, max_body: int, max_upload: int, max_depth: int) -> None:
        self.app = app
        self.max_body = max_body
        self.max_upload = max_upload
        self.max_depth = max_depth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            receive = await self._checked(scope, receive)
        except Problem as problem:
            await answer(request, problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        if b"%00" in scope.get("query_string", b"") or "\x00" in scope["path"]:
            raise BadRequest(mark("The address contains a NUL character. Remove %00."))
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        limit = self.max_upload if kind == "multipart/form-data" else self.max_body
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > limit:
            raise TooLarge(limit=limit)
        if kind == "application/json" or kind.endswith("+json"):
            body = await _read(receive, limit)
            check_json(body, self.max_depth)
            return _replay(body, receive)
        if kind == "application/x-www-form-urlencoded":
            body = await _read(receive, limit)
            if b"%00" in body or b"\x00" in body:
                raise BadRequest(mark("The form contains a NUL character. Remove it."))
            return _replay(body, receive)
        return _counted(receive, limit)


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if len(body) > limit:
            raise TooLarge(limit=limit)
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = True

    async def replayed() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _counted(receive: Receive, limit: int) -> Receive:
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise TooLarge(limit=limit)
        return message

    return counted


def check_json(body: bytes, max_depth: int) -> None:
    """Raise a problem for JSON that is nested deeper than `max_depth`, or holds NaN, NUL or half characters.

    All steps but the rare last one run at the speed of C: strings are cut out, then everything but brackets, then
    empty pairs are removed `max_depth` times; what is still open was too deep.
    """
    bare = _STRINGS.sub(b"", body)
    if b"NaN" in bare or b"Infinity" in bare:
        raise BadRequest(mark("NaN and Infinity are not JSON. Use a number or null."))
    brackets = bare.translate(None, _NOT_BRACKETS)
    if brackets.count(b"[") + brackets.count(b"{") > max_depth:
        for _ in range(max_depth):
            brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if brackets.count(b"[") + brackets.count(b"{"):
            raise BadRequest(mark("The body is nested too deep; at most {depth} levels are read."), depth=max_depth)
    if _UNSTORABLE.search(body):
        _check_texts(body)


def _check_texts(body: bytes) -> None:
    try:
        document = json.loads(body)
    except ValueError:
        return  # FastAPI reports it, with the place
    wrong = list(_unstorable(document, ""))
    if wrong:
        raise BadRequest(
            mark("A text contains a character that cannot be stored."),
            errors=[
                FieldError(
                    pointer,
                    "unstorable_text",
                    mark("The text contains a NUL or half a surrogate pair."),
                    mark("Remove that character."),
                )
                for pointer in wrong
            ],
        )


def _unstorable(value: Any, pointer: str) -> list[str]:
    if isinstance(value, str):
        return [pointer] if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value) else []
    if isinstance(value, dict):
        found = [pointer for key in value if _unstorable(key, pointer)]
        return found + [hit for key, item in value.items() for hit in _unstorable(item, f"{pointer}/{key}")]
    if isinstance(value, list):
        return [hit for index, item in enumerate(value) for hit in _unstorable(item, f"{pointer}/{index}")]
    return []
