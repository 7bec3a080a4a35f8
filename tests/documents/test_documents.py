"""Yuliana sends her documents; the programme opens them, and that is noted; nobody else does."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import Database
from app.documents.storage import Store
from app.settings import Settings
from tests.applicants.conftest import Log, agree
from tests.documents.files import jpeg, pdf, png


def send(
    who: TestClient, key: str, content: bytes, name: str = "ijazah.pdf", kind: str = "diploma", **headers: str
) -> Any:
    return who.post(
        f"/api/v1/applicants/{key}/documents",
        data={"kind": kind},
        files={"file": (name, content, "application/x-anything")},
        headers=headers,
    )


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_yuliana_sends_a_photo_and_saves_it_again(yuliana: TestClient, draft: dict[str, Any], folder: Path) -> None:
    sent = send(yuliana, draft["id"], jpeg(), name="KTP Yuliana.PDF", kind="identity")
    assert sent.status_code == 201, sent.text
    shown = sent.json()
    assert (shown["name"], shown["media_type"], shown["size"]) == ("KTP Yuliana.jpg", "image/jpeg", len(jpeg()))
    assert yuliana.get(f"/api/v1/applicants/{draft['id']}/documents").json()["items"] == [shown]
    assert yuliana.get(f"/api/v1/documents/{shown['id']}").json() == shown
    saved = yuliana.get(f"/api/v1/documents/{shown['id']}/content")
    assert saved.content == jpeg()
    assert saved.headers["content-disposition"].startswith('attachment; filename="KTP_Yuliana.jpg"')
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in saved.headers["content-security-policy"]
    (stored,) = files_in(folder)
    assert "KTP" not in stored.name
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_each_read_by_the_programme_is_on_record_and_ones_own_is_not(
    yuliana: TestClient, rina: TestClient, as_role: Log, draft: dict[str, Any], database: Database
) -> None:
    key = send(yuliana, draft["id"], pdf(), name="ijazah Yuliana Tefa.pdf").json()["id"]
    address = f"/api/v1/documents/{key}/content"
    auditor = as_role("auditor")
    assert [one.get(address).status_code for one in (yuliana, rina, rina, auditor)] == [200] * 4
    with database.reading() as session:
        about = AuditEntry.object_id.in_([key, draft["id"]]), AuditEntry.action.startswith("documents.")
        entries = session.scalars(select(AuditEntry).where(*about).order_by(AuditEntry.number)).all()
    assert [(entry.action, entry.actor_role) for entry in entries] == [
        ("documents.upload", "applicant"), ("documents.read", "manager"), ("documents.read", "manager"),
        ("documents.read", "auditor"),
    ]  # fmt: skip
    assert {entry.object_id for entry in entries[1:]} == {draft["id"]}
    assert "Tefa" not in " ".join(str(entry.after) for entry in entries)


@pytest.mark.parametrize("role", ["reviewer", "sponsor", "officer", "partner", "admin"])
def test_nobody_else_comes_near(yuliana: TestClient, as_role: Log, sent: str, role: str) -> None:
    key = send(yuliana, sent, pdf()).json()["id"]
    stranger = as_role(role)
    for address in (f"applicants/{sent}/documents", f"documents/{key}", f"documents/{key}/content"):
        assert stranger.get(f"/api/v1/{address}").status_code == 403
    assert send(stranger, sent, pdf()).status_code == 403


def test_another_applicants_documents_are_not_there(yuliana: TestClient, as_role: Log, draft: dict[str, Any]) -> None:
    key = send(yuliana, draft["id"], pdf()).json()["id"]
    markus = as_role("applicant", name="Markus Boimau")
    for address in (f"applicants/{draft['id']}/documents", f"documents/{key}", f"documents/{key}/content"):
        assert markus.get(f"/api/v1/{address}").status_code == 404
    assert send(markus, draft["id"], pdf()).status_code == 404
    assert markus.delete(f"/api/v1/documents/{key}").status_code == 404


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\windows\\system.ini", "a/b.pdf", "..", "kt\u202efdp.exe", "x" * 300]
)
def test_a_name_that_is_a_path_is_refused(yuliana: TestClient, draft: dict[str, Any], folder: Path, name: str) -> None:
    refused = send(yuliana, draft["id"], pdf(), name=name)
    assert (refused.status_code, codes(refused)) == (422, ["bad_name"])
    assert files_in(folder) == []


def test_what_is_not_taken_leaves_nothing_behind(yuliana: TestClient, draft: dict[str, Any], folder: Path) -> None:
    for content, code in (
        (b"<script>alert(1)</script>", "unknown_type"),
        (png(20_000, 20_000), "huge_image"),
        (pdf() + b"PK\x03\x04", "polyglot"),
        (pdf() + b" " * 100_000, "too_large"),
    ):
        refused = send(yuliana, draft["id"], content)
        assert (refused.status_code, codes(refused)) == (422, [code])
        assert refused.json()["errors"][0]["remedy"]
    odd = send(yuliana, draft["id"], pdf(), kind="selfie")
    assert odd.status_code == 422
    assert yuliana.post(f"/api/v1/applicants/{draft['id']}/documents", data={"kind": "diploma"}).status_code == 422
    assert files_in(folder) == []
    assert yuliana.get(f"/api/v1/applicants/{draft['id']}/documents").json()["items"] == []


def test_the_same_key_twice_is_one_document(yuliana: TestClient, draft: dict[str, Any], folder: Path) -> None:
    first, second = (send(yuliana, draft["id"], pdf(), **{"Idempotency-Key": "from-my-phone"}) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(files_in(folder)) == 1
    other = send(yuliana, draft["id"], png(), **{"Idempotency-Key": "from-my-phone"})
    assert other.status_code in {409, 422}


def test_own_documents_go_until_the_application_is_sent(
    yuliana: TestClient, rina: TestClient, draft: dict[str, Any], folder: Path
) -> None:
    wrong, right = (send(yuliana, draft["id"], content).json()["id"] for content in (png(), pdf()))
    assert yuliana.delete(f"/api/v1/documents/{wrong}").status_code == 204
    assert len(files_in(folder)) == 1
    agree(yuliana)
    assert yuliana.post(f"/api/v1/applicants/{draft['id']}/submit").status_code == 200
    kept = yuliana.delete(f"/api/v1/documents/{right}")
    assert (kept.status_code, kept.json()["code"]) == (409, "documents.kept")
    assert send(yuliana, draft["id"], jpeg(), kind="health").status_code == 201, "what is asked for later is added"
    assert rina.delete(f"/api/v1/documents/{right}").status_code == 204
    yuliana.post(f"/api/v1/applicants/{draft['id']}/withdraw", json={})
    closed = send(yuliana, draft["id"], pdf())
    assert (closed.status_code, closed.json()["code"]) == (409, "documents.closed")


def test_nobody_fills_the_disk(yuliana: TestClient, draft: dict[str, Any]) -> None:
    for _ in range(20):
        assert send(yuliana, draft["id"], png()).status_code == 201
    full = send(yuliana, draft["id"], png())
    assert (full.status_code, full.json()["code"]) == (409, "documents.too_many")


def test_a_file_that_is_gone_is_told_and_not_taken_for_a_fault(
    yuliana: TestClient, draft: dict[str, Any], folder: Path
) -> None:
    key = send(yuliana, draft["id"], pdf()).json()["id"]
    for path in files_in(folder):
        path.unlink()
    gone = yuliana.get(f"/api/v1/documents/{key}/content")
    assert (gone.status_code, gone.json()["code"]) == (503, "documents.content_missing")


def test_only_names_of_the_store_are_places_in_it(settings: Settings, folder: Path) -> None:
    store = Store(settings)
    name = store.put(b"content")
    assert store.get(name) == b"content"
    for other in ("../" + name, name[:-1], name.upper() + "/", "", f"{name}\n"):
        with pytest.raises(ValueError, match="not the name"):
            store.get(other)


def test_files_of_uploads_that_were_undone_are_swept_after_a_day(settings: Settings, folder: Path) -> None:
    store = Store(settings)
    known, old, new = (store.put(b"content") for _ in range(3))
    for path in files_in(folder):
        if path.name != new:
            os.utime(path, (0, 0))
    assert store.sweep([known]) == 1
    assert {path.name for path in files_in(folder)} == {known, new}
    assert old not in {path.name for path in files_in(folder)}
