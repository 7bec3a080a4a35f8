"""The small programme of `tests.world`, with real places beside it, and a worker that runs here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

import app.transfers.tasks  # noqa: F401 - the handlers
from app.core.database import Database
from app.settings import Settings
from app.transfers.columns import COLUMNS
from tests.working import work_off
from tests.world import World, make_world

Work = Callable[[], list[str]]


@pytest.fixture
def world(database: Database) -> World:
    """The programme, in the test's database."""
    with database.transaction() as session:
        return make_world(session)


@pytest.fixture
def work(database: Database, settings: Settings) -> Work:
    """Runs every job that is due here; gives how they ended."""
    return lambda: work_off(database, settings)


@dataclass
class Sender:
    """Somebody who sends files, and the worker behind it."""

    client: TestClient
    work: Work

    def send(self, kind: str, content: bytes | str, name: str = "", **more: Any) -> Response:
        """Send a file; a text as UTF-8."""
        data = content.encode() if isinstance(content, str) else content
        files = {"file": (name or f"{kind}.csv", data)}
        return self.client.post("/api/v1/imports", data={"kind": kind}, files=files, **more)

    def checked(self, kind: str, content: bytes | str, name: str = "") -> dict[str, Any]:
        """Send a file and have it checked; return the import."""
        answer = self.send(kind, content, name)
        assert answer.status_code == 202, answer.text
        assert self.work() == ["done"]
        return self.show(answer.json()["id"])

    def show(self, import_id: str) -> dict[str, Any]:
        """Return an import as it is now."""
        answer = self.client.get(f"/api/v1/imports/{import_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def applied(self, import_id: str, mode: str = "whole") -> dict[str, Any]:
        """Apply an import and return it."""
        answer = self.client.post(f"/api/v1/imports/{import_id}/apply", json={"mode": mode})
        assert answer.status_code == 202, answer.text
        self.work()
        return self.show(import_id)

    def errors(self, import_id: str) -> list[tuple[int, str, str]]:
        """Return (row, column, code) of everything that is wrong; each has a remedy."""
        answer = self.client.get(f"/api/v1/imports/{import_id}/errors", params={"limit": 200})
        assert answer.status_code == 200, answer.text
        found = [(row["row"], one) for row in answer.json()["items"] for one in row["findings"]]
        assert all(one["message"] and one["remedy"] for _, one in found)
        return [(row, one["column"], one["code"]) for row, one in found]

    def export(self, kind: str, written_as: str = "csv") -> bytes:
        """Return the export of a kind."""
        answer = self.client.get(f"/api/v1/{kind}/export", params={"format": written_as})
        assert answer.status_code == 200, answer.text
        return answer.content


@pytest.fixture
def manager(as_role: Callable[..., TestClient], world: World, work: Work) -> Sender:
    """A programme manager."""
    return Sender(as_role("manager"), work)


@pytest.fixture
def officer(as_role: Callable[..., TestClient], world: World, work: Work) -> Sender:
    """An officer for Nusa Tenggara Timur."""
    return Sender(as_role("officer", region="53"), work)


def counts(shown: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return what an import says of its rows: new, changed, as they are, wrong."""
    return shown["created"], shown["updated"], shown["unchanged"], shown["wrong"]


def file_of(kind: str, *rows: dict[str, Any]) -> str:
    """Return a CSV with the columns that the rows have, in the order of the kind."""
    names = [column.name for column in COLUMNS[kind] if any(column.name in row for row in rows)]
    lines = [",".join(names), *(",".join(f'"{row.get(name, "")}"' for name in names) for row in rows)]
    return "\n".join(lines) + "\n"


A_SCHOOL: dict[str, Any] = {
    "npsn": "50304321",
    "name": "SD Negeri Oelbubuk",
    "level": "SD",
    "status": "negeri",
    "region": "53.11",
    "lat": "-9.71",
    "lon": "124.27",
    "tags": "remote; no-signal",
}
A_NEED: dict[str, Any] = {
    "code": "oelbubuk-1",
    "school": "10000003",
    "headcount": 2,
    "starts_on": "2027-07-15",
    "ends_on": "2028-06-30",
    "hardship": 3,
    "prefers": "skill:library",
    "costs": "stipend=27960000; training=9000000",
}
A_PERSON: dict[str, Any] = {
    "code": "",
    "cohort": "2027",
    "name": "Yuliana Tefa",
    "email": "yuliana@contoh.example",
    "gender": "f",
    "birth_year": 2001,
    "home": "53.11",
    "levels": "SD; SMP",
    "subjects": "math",
    "languages": "aoz",
    "motivation": "My own first teacher came from far away and stayed; I want to be that teacher for somebody else.",
    "preferences": "53.11; 93",
    "refuses": "31",
    "state": "submitted",
}
A_FUND: dict[str, Any] = {
    "code": "agro-sd-2027",
    "organisation": "agro",
    "name": "Guru SD NTT 2027",
    "earmark_id": "sekolah dasar",
    "amount": "900000000",
    "starts_on": "2027-01-01",
    "ends_on": "2028-12-31",
}
