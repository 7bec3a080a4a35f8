"""Lists leave as files: with their filters, what the reader may see, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
import python_calamine
from fastapi.testclient import TestClient
from sqlalchemy import event, select

from app.applicants.models import Applicant
from app.audit.models import AuditEntry
from app.core.database import Database
from app.transfers.columns import COLUMNS
from app.transfers.export_api import wanted_format
from app.transfers.writing import FORMATS
from tests.world import World

Login = Callable[..., TestClient]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_manager_exports_every_kind_in_the_columns_of_an_import(kind: str, as_role: Login, world: World) -> None:
    answer = as_role("manager").get(f"/api/v1/{kind}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
    rows = rows_of(answer.text)
    assert list(rows[0]) == [column.name for column in COLUMNS[kind]]
    assert len(rows) == {"applicants": 4, "schools": 3, "needs": 3, "funds": 2}[kind]


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_workbook_says_the_same(kind: str, as_role: Login, world: World) -> None:
    manager = as_role("manager")
    answer = manager.get(f"/api/v1/{kind}/export", headers={"Accept": FORMATS["xlsx"]})
    assert answer.headers["content-type"] == FORMATS["xlsx"]
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    rows = rows_of(manager.get(f"/api/v1/{kind}/export").text)
    assert [row[0] for row in sheet[1:]] == [next(iter(row.values())) for row in rows]


def test_filters_order_and_length_are_those_of_the_list(as_role: Login, world: World) -> None:
    manager = as_role("manager")
    asked = {"region": "93", "sort": "-code", "limit": 1}
    rows = rows_of(manager.get("/api/v1/needs/export", params=asked).text)
    assert [(row["code"], row["school"], row["costs"]) for row in rows] == [
        ("moa", "10000001", "stipend=50000000; training=12000000")
    ]
    refused = manager.get("/api/v1/needs/export", params={"cursor": "abc"})
    assert refused.status_code == 422


def test_an_officer_exports_the_own_region_only(as_role: Login, world: World) -> None:
    rows = rows_of(as_role("officer", region="53").get("/api/v1/needs/export").text)
    assert [row["code"] for row in rows] == ["waijelu"]


def test_reviewers_stay_blind_in_a_file_too(as_role: Login, world: World) -> None:
    reviewer = as_role("reviewer")
    rows = rows_of(reviewer.get("/api/v1/applicants/export").text)
    assert {(row["name"], row["email"], row["home"]) for row in rows} == {("", "", "")}
    assert reviewer.get("/api/v1/applicants/export", params={"sort": "name"}).status_code == 403
    assert as_role("sponsor").get("/api/v1/applicants/export").status_code == 403


def test_who_takes_personal_data_away_is_on_record(as_role: Login, world: World, database: Database) -> None:
    as_role("manager").get("/api/v1/applicants/export", params={"q": "Ayu"})
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "applicants.export")).one()
    # The name that was searched for is not in it: the record outlives an erased person.
    assert entry.after == {"rows": 1, "asked": {"searched": True}}


def test_a_name_that_is_a_formula_is_only_a_text(as_role: Login, world: World, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Applicant, world.people["ayu"]).name = '=HYPERLINK("http://x.example")'
    answer = as_role("manager").get("/api/v1/applicants/export", params={"bom": True})
    assert answer.content.startswith(b"\xef\xbb\xbfcode,cohort,name")
    assert "'=HYPERLINK" in answer.text


def test_accept_chooses_the_format() -> None:
    assert wanted_format(None, "*/*") == "csv"
    assert wanted_format("xlsx", "text/csv") == "xlsx"
    assert wanted_format(None, f"{FORMATS['xlsx']}, text/csv;q=0.5") == "xlsx"
    assert wanted_format(None, f"text/csv, {FORMATS['xlsx']};q=0.5") == "csv"


def test_the_queries_of_an_export_do_not_grow_with_its_rows(as_role: Login, world: World, database: Database) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    manager = as_role("manager")
    statements.clear()
    manager.get("/api/v1/needs/export", params={"limit": 1})
    few = len(statements)
    statements.clear()
    manager.get("/api/v1/needs/export")
    assert len(statements) == few
