"""What people do with documents: send one, read one, remove one. A read by the programme is on record.

The audit record holds the kind and size of a document, not its name or content: it outlives an erased person.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO, Final

from sqlalchemy.orm import Session

from app.applicants import queries as applicants
from app.applicants.lifecycle import APPLICANT
from app.audit.record import record
from app.core import clock
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.documents import queries
from app.documents.errors import ContentMissing, DocumentKept, DocumentsClosed, TooManyDocuments
from app.documents.inspection import ENDINGS, inspect
from app.documents.models import Document
from app.documents.permissions import STAFF
from app.documents.schemas import Kind
from app.documents.storage import Store
from app.identity.actor import Actor
from app.identity.permissions import require

MOST: Final = 20
"""How many documents an application has at most."""
LONGEST_NAME: Final = 200
SHOWN_NAME: Final = 80


@dataclass(frozen=True)
class Upload:
    """A file that was checked: what it is, what it is called, and what is stored of it."""

    kind: Kind
    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The fingerprint of what is stored."""
        return hashlib.sha256(self.content).hexdigest()


def read_upload(kind: Kind, name: str | None, file: BinaryIO, *, most_bytes: int) -> Upload:
    """Return the file of a form after looking at what it is.

    Raises:
        Invalid: For a name that is a path, a file that is too large, or a content that is not taken.
    """
    errors = _name_errors(name or "")
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        message, remedy = mark("The file is larger than {most} kB."), mark("Make it smaller, or take a photo of it.")
        errors.append(FieldError("/file", "too_large", message, remedy, {"most": most_bytes // 1000}))
    if errors:
        raise Invalid(errors=errors)
    media_type, kept = inspect(content)
    return Upload(kind, _shown_name(name or "", kind, media_type), media_type, kept)


def add_document(session: Session, actor: Actor, applicant_id: str, upload: Upload, store: Store) -> Document:
    """Store a checked file with an application.

    Raises:
        NotFound: Where there is no such application, or the actor may not see it.
        DocumentsClosed: For an application that has ended.
        TooManyDocuments: Where there are many already.
    """
    applicant = applicants.applicant(session, actor, applicant_id, writing=True)
    require(actor, "documents.upload", applicant)
    if applicant.erased_at is not None or not APPLICANT.possible(applicant.state):
        raise DocumentsClosed(code=applicant.code)
    if queries.count_of(session, applicant.id) >= MOST:
        raise TooManyDocuments(most=MOST)
    document = Document(
        applicant_id=applicant.id,
        kind=upload.kind,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=upload.sha256,
        stored=store.put(upload.content),
        uploaded_by=actor.id,
        created_at=clock.now(),
    )
    session.add(document)
    session.flush()
    facts = {"applicant_id": applicant.id, "kind": upload.kind, "media_type": upload.media_type, "size": document.size}
    record(session, actor, "documents.upload", "document", document.id, after=facts)
    return document


def read_document(session: Session, actor: Actor, document_id: str, store: Store) -> tuple[Document, bytes]:
    """Return a document with its content; that somebody of the programme read it goes on record in the same transaction.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
        ContentMissing: Where its file is not there.
    """
    document = queries.document(session, actor, document_id)
    require(actor, "documents.view", document)
    try:
        content = store.get(document.stored)
    except OSError as error:
        raise ContentMissing from error
    if actor.role in STAFF:
        # Of the application, so that the person's own list of reads is found without reading the whole record.
        facts = {"document_id": document.id, "kind": document.kind}
        record(session, actor, "documents.read", "applicant", document.applicant_id, after=facts)
    return document, content


def remove_document(session: Session, actor: Actor, document_id: str) -> str:
    """Remove a document: an applicant until the application is sent, a manager also later.

    Returns:
        The name of its file, which the caller deletes once the transaction is committed.

    Raises:
        NotFound: Where there is none, or the actor may not see it.
        DocumentKept: For an applicant whose application was sent.
    """
    document = queries.document(session, actor, document_id)
    applicant = applicants.applicant(session, actor, document.applicant_id, writing=True)
    require(actor, "documents.remove", applicant)
    if actor.role == "applicant" and applicant.state != "draft":
        raise DocumentKept
    facts = {"applicant_id": applicant.id, "kind": document.kind, "size": document.size}
    record(session, actor, "documents.remove", "document", document.id, before=facts)
    session.delete(document)
    session.flush()
    return document.stored


def _name_errors(name: str) -> list[FieldError]:
    is_path = "/" in name or "\\" in name or name.strip() in {".", ".."}
    is_odd = any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in name)
    if is_path or is_odd or len(name) > LONGEST_NAME:
        message = mark("The name of the file is a path, too long, or holds characters that cannot be seen.")
        return [FieldError("/file", "bad_name", message, mark("Give the file a short, plain name."))]
    return []


def _shown_name(name: str, kind: Kind, media_type: str) -> str:
    """Return what the document is called when it is saved: its name, with the ending of what it really is."""
    stem = unicodedata.normalize("NFC", name).strip()
    if "." in stem[1:]:
        stem = stem.rpartition(".")[0]
    stem = stem.strip(" .")[:SHOWN_NAME] or kind
    return f"{stem}.{ENDINGS[media_type]}"
