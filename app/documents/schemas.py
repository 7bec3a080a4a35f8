"""What crosses the API about documents; the content itself is a form's file, and an attachment on the way back."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.documents.models import Document

Kind = Literal["identity", "diploma", "health", "resume", "permission", "other"]

A_DOCUMENT: Final[dict[str, Any]] = {
    "id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a61",
    "applicant_id": "0193b7a4-1c1e-7f6e-9d55-2f1d6f0c8a22",
    "kind": "diploma",
    "name": "ijazah.pdf",
    "media_type": "application/pdf",
    "size": 182_400,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2027-01-12T02:00:00Z",
}


class UploadedIn(BaseModel):
    """What a form with a file says, as the key of a repeated request stands for it."""

    applicant_id: str
    kind: str
    name: str
    sha256: str


class DocumentOut(BaseModel):
    """A document; its content is under `/content`."""

    model_config = ConfigDict(json_schema_extra={"examples": [A_DOCUMENT]})

    id: str
    applicant_id: str
    kind: Kind
    name: str
    media_type: Literal["application/pdf", "image/jpeg", "image/png"] = Field(description="Found out from the content.")
    size: int = Field(description="Bytes, as stored.")
    sha256: str = Field(description="Of what is stored: what a camera has put behind a picture is left out.")
    created_at: dt.datetime

    @classmethod
    def of(cls, document: Document) -> DocumentOut:
        """Return `document` as it is sent."""
        return cls.model_validate({name: getattr(document, name) for name in cls.model_fields})


class DocumentsOut(BaseModel):
    """The documents of one application; they are few, so there are no pages."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [A_DOCUMENT]}]})

    items: list[DocumentOut]
