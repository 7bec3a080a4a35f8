"""The form with a file, as pages and programs send it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.settings import Settings
from app.transfers.kinds import KINDS
from app.transfers.service import Upload, read_upload

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "enum": list(KINDS), "examples": ["schools"]},
                        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX, with a header."},
                    },
                },
                "example": {"kind": "schools", "file": "npsn,name,level,status,region,lat,lon"},
            }
        },
    }
}


async def posted_form(request: Request) -> AsyncIterator[FormData]:
    """Give the posted form with its file, which is closed afterwards."""
    async with request.form(max_files=1, max_fields=10) as form:
        yield form


# After the actor in a signature: what a stranger sends is not read.
Posted = Annotated[FormData, Depends(posted_form)]


def chosen(form: FormData, settings: Settings) -> tuple[str, Upload]:
    """Return the kind and the file of a form.

    Raises:
        Invalid: Where one is missing, or the file is empty, too large, or not what it claims to be.
    """
    kind, file = form.get("kind"), form.get("file")
    errors = []
    if not isinstance(kind, str) or kind not in KINDS:
        facts = {"expected": ", ".join(KINDS)}
        message, remedy = mark("Say what the file holds."), mark("Use one of: {expected}.")
        errors.append(FieldError("/kind", "missing", message, remedy, facts))
    if not isinstance(file, UploadFile) or not file.filename:
        message, remedy = mark("There is no file."), mark("Choose a file, then send it.")
        errors.append(FieldError("/file", "missing", message, remedy))
    if errors or not isinstance(file, UploadFile) or not isinstance(kind, str):
        raise Invalid(errors=errors)
    return kind, read_upload(file.file, file.filename or "", settings)
