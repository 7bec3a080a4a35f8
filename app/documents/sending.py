"""The answer that carries a document: always an attachment, never shown or run in the browser."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from app.documents.models import Document
from app.documents.storage import Store

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # Should a browser open it all the same: no script, no frame, no form.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def store_of(request: Request) -> Store:
    """Return the store of the request's installation."""
    return Store(request.app.state.settings)


def attachment(document: Document, content: bytes) -> Response:
    """Return `content` as a file to be saved."""
    plain = unicodedata.normalize("NFKD", document.name).encode("ascii", "ignore").decode()
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in plain)
    disposition = f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(document.name, safe='')}"
    return Response(content, media_type=document.media_type, headers={**HEADERS, "Content-Disposition": disposition})
