"""Files come in: checked first with nothing stored, then whole or without their wrong rows, and an export comes back unchanged."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.applicants.models import Applicant, Cohort
from app.audit.chain import verify_chain
from app.audit.models import AuditEntry
from app.core.database import Database
from app.funding.models import Fund, FundBalance
from app.identity.models import User
from app.schools.models import Need, School
from app.transfers.columns import COLUMNS
from app.transfers.models import ImportBatch, ImportBlock, WrongRow
from tests.transfers.conftest import A_FUND, A_NEED, A_PERSON, A_SCHOOL, Sender, Work, counts, file_of
from tests.world import World

Login = Callable[..., TestClient]


@pytest.mark.parametrize("written_as", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_an_export_comes_back_unchanged(kind: str, written_as: str, manager: Sender) -> None:
    sent = manager.export(kind, written_as)
    shown = manager.checked(kind, sent, f"{kind}.{written_as}")
    assert manager.errors(shown["id"]) == []
    assert shown["state"] == "checked"
    assert counts(shown) == (0, 0, shown["rows"], 0)
    assert shown["rows"] > 1
    applied = manager.applied(shown["id"])
    assert applied["state"] == "applied"
    assert manager.export(kind, "csv") == (sent if written_as == "csv" else manager.export(kind, "csv"))


@pytest.mark.parametrize(
    ("kind", "row"), [("schools", A_SCHOOL), ("needs", A_NEED), ("applicants", A_PERSON), ("funds", A_FUND)]
)
def test_a_new_row_comes_in_and_is_exported_as_it_was_written(
    kind: str, row: dict[str, object], manager: Sender
) -> None:
    before = manager.export(kind)
    shown = manager.checked(kind, file_of(kind, row))
    assert manager.errors(shown["id"]) == []
    assert counts(shown) == (1, 0, 0, 0)
    assert manager.export(kind) == before, "a dry run stores nothing"
    assert counts(manager.applied(shown["id"])) == (1, 0, 0, 0)
    name = str(row["name"] if "name" in row else row["code"])
    came = next(one for one in csv.DictReader(io.StringIO(manager.export(kind).decode())) if name in one.values())
    given = {column: str(value) for column, value in row.items() if value != ""}
    assert {column: came[column] for column in given} == given
    assert counts(manager.checked(kind, manager.export(kind)))[:2] == (0, 0)


def test_a_new_school_is_like_one_that_was_added_by_hand(manager: Sender, database: Database) -> None:
    manager.applied(manager.checked("schools", file_of("schools", A_SCHOOL))["id"])
    with database.reading() as session:
        school = session.scalars(select(School).where(School.npsn == "50304321")).one()
    assert (school.region_code, school.tags, school.invented, school.version) == (
        "53.11",
        ["remote", "no-signal"],
        False,
        1,
    )


def test_a_new_fund_has_its_empty_accounts(manager: Sender, database: Database) -> None:
    manager.applied(manager.checked("funds", file_of("funds", A_FUND))["id"])
    with database.reading() as session:
        fund = session.scalars(select(Fund).where(Fund.code == "agro-sd-2027")).one()
        accounts = session.execute(
            select(FundBalance.account, FundBalance.amount).where(FundBalance.fund_id == fund.id)
        )
        found = {row.account: row.amount for row in accounts}
    assert found == {"available": 0, "reserved": 0, "committed": 0, "spent": 0}
    assert fund.state == "pledged"


def test_a_person_with_an_account_finds_the_application_there(
    manager: Sender, database: Database, member: Callable[..., User]
) -> None:
    account = member("applicant")
    row = {**A_PERSON, "email": account.email.upper()}
    manager.applied(manager.checked("applicants", file_of("applicants", row))["id"])
    with database.reading() as session:
        person = session.scalars(select(Applicant).where(Applicant.email == account.email)).one()
    assert (person.user_id, person.state) == (account.id, "submitted")
    assert person.submitted_at is not None
    assert person.code.startswith("p-")


def test_what_the_file_says_replaces_and_what_it_leaves_out_stays(manager: Sender, database: Database) -> None:
    shown = manager.checked("needs", "code,school,headcount,starts_on,ends_on,hardship,costs\n"
                            "waijelu,10000003,3,2027-07-01,2028-06-30,2,stipend=1\n")  # fmt: skip
    assert counts(shown) == (0, 1, 0, 0)
    manager.applied(shown["id"])
    row = next(one for one in csv.DictReader(io.StringIO(manager.export("needs").decode())) if one["code"] == "waijelu")
    assert (row["headcount"], row["costs"], row["tags"]) == ("3", "stipend=1", "at:sumba")
    with database.reading() as session:
        need = session.scalars(select(Need).where(Need.code == "waijelu")).one()
    # It was verified, so it is scored again, in the sight of all.
    assert need.version == 2
    assert need.score == sum((need.score_parts or {}).values()) != 70


def test_a_school_that_moves_has_its_needs_scored_again(manager: Sender, database: Database) -> None:
    text = (
        manager.export("schools")
        .decode()
        .replace("10000003,SD Waijelu,SD,negeri,53.11", "10000003,SD Waijelu,SD,negeri,93.04")
    )
    shown = manager.checked("schools", text)
    assert counts(shown) == (0, 1, 2, 0)
    manager.applied(shown["id"])
    with database.reading() as session:
        assert session.scalars(select(Need).where(Need.code == "waijelu")).one().version == 2


def test_a_correction_of_what_was_sent_has_to_stay_complete(manager: Sender) -> None:
    lines = manager.export("applicants").decode().splitlines()
    lines[2] = lines[2].replace("Budi Contoh", "Budi Santoso").replace(",m,", ",,")
    lines[3] = lines[3].replace("Citra Contoh", "Citra Santoso")
    shown = manager.checked("applicants", "\n".join(lines))
    # That these people have no motivation, which no file would bring in today, is not held against a corrected name.
    assert manager.errors(shown["id"]) == [(3, "gender", "missing")]
    assert counts(shown) == (0, 1, 2, 1)


def test_a_wrong_file_is_told_row_by_row_with_column_reason_and_remedy(manager: Sender) -> None:
    rows = [
        {**A_SCHOOL, "region": "53.99", "lat": "9,7x"},
        {**A_SCHOOL, "npsn": "123", "level": "TK", "tags": "remote; remote"},
        {**A_SCHOOL, "npsn": "50304322", "name": ""},
        {**A_SCHOOL, "npsn": "50304321"},
        {**A_SCHOOL, "npsn": "50304323"},
    ]
    shown = manager.checked("schools", file_of("schools", *rows))
    assert counts(shown) == (1, 0, 0, 4)
    assert manager.errors(shown["id"]) == [
        (2, "region", "unknown_region"),
        (2, "lat", "float_parsing"),
        (3, "npsn", "string_pattern_mismatch"),
        (3, "level", "literal_error"),
        (3, "tags", "duplicate"),
        (4, "name", "missing"),
        (5, "npsn", "repeated"),
    ]
    page = manager.client.get(f"/api/v1/imports/{shown['id']}/errors", params={"limit": 1}).json()
    assert page["items"][0]["findings"][0] == {
        "column": "region",
        "code": "unknown_region",
        "message": "Tidak ada wilayah 53.99.",
        "remedy": "Gunakan kode resmi provinsi (53) atau kabupaten (53.01).",
        "value": "53.99",
    }
    following = manager.client.get(f"/api/v1/imports/{shown['id']}/errors", params={"cursor": page["next"]}).json()
    assert [one["row"] for one in following["items"]] == [3, 4, 5]


def test_needs_and_people_are_held_against_what_is_there(manager: Sender) -> None:
    needs = [
        {**A_NEED, "school": "99999999"},
        {**A_NEED, "code": "b", "ends_on": "2027-07-15"},
        {**A_NEED, "code": "c", "uses": "laptop=1", "prefers": "gender:f", "costs": "travel=1"},
        {**A_NEED, "code": "moa"},
    ]
    shown = manager.checked("needs", file_of("needs", *needs))
    assert manager.errors(shown["id"]) == [
        (2, "school", "unknown_school"),
        (3, "ends_on", "inverted_period"),
        (4, "prefers", "protected_attribute"),
        (4, "costs", "travel_line"),
        (4, "uses", "unknown_resource"),
        (5, "school", "other_school"),
    ]
    people = [
        {**A_PERSON, "cohort": "1999"},
        {**A_PERSON, "email": "ayu@contoh.example"},
        {**A_PERSON, "email": "d@contoh.example", "birth_year": 2020, "motivation": "short", "preferences": "31.71"},
        {**A_PERSON, "email": "e@contoh.example", "state": "in_pool"},
        {**A_PERSON, "email": "f@contoh.example"},
        {**A_PERSON, "email": "F@contoh.example"},
    ]
    shown = manager.checked("applicants", file_of("applicants", *people))
    assert manager.errors(shown["id"]) == [
        (2, "cohort", "unknown_cohort"),
        (3, "email", "applicants.applied_already"),
        (4, "birth_year", "too_young"),
        (4, "motivation", "too_short"),
        (4, "preferences", "wished_and_refused"),
        (5, "state", "literal_error"),
        (7, "email", "repeated"),
    ]


def test_funds_that_were_confirmed_keep_their_amount(manager: Sender) -> None:
    text = manager.export("funds").decode().replace("500000000", "600000000").replace("Dana ntt-2027", "Dana NTT")
    shown = manager.checked("funds", text)
    assert counts(shown) == (0, 1, 0, 1)
    assert manager.errors(shown["id"]) == [(2, "amount", "funding.fund_held")]
    shown = manager.checked("funds", file_of("funds", {**A_FUND, "organisation": "nobody", "amount": "12,5"}))
    assert manager.errors(shown["id"]) == [(2, "organisation", "unknown_organisation"), (2, "amount", "int_parsing")]


def test_nobody_applies_to_a_closed_intake_by_a_file(manager: Sender, database: Database, world: World) -> None:
    with database.transaction() as session:
        session.get_one(Cohort, world.cohort).intake_closes_on = dt.date(2026, 1, 2)
    shown = manager.checked("applicants", file_of("applicants", A_PERSON))
    assert manager.errors(shown["id"]) == [(2, "cohort", "applicants.intake_closed")]


def test_screening_rules_hold_for_files_too(manager: Sender, world: World) -> None:
    rule = {
        "cohort_id": world.cohort,
        "kind": "minimum_age",
        "parameters": {"years": 30},
        "effect": "bar",
        "legal_basis": "SK Program 7/2026",
        "reason_id": "Pengalaman",
        "reason_en": "Experience",
        "valid_from": "2026-01-01",
    }
    answer = manager.client.post("/api/v1/screening-rules", json=rule)
    assert answer.status_code == 201, answer.text
    rows = [A_PERSON, {**A_PERSON, "email": "b@contoh.example", "state": "draft"}]
    shown = manager.checked("applicants", file_of("applicants", *rows))
    assert manager.errors(shown["id"]) == [(2, "birth_year", "screening_minimum_age")]


def test_a_file_with_wrong_rows_comes_in_whole_or_not_at_all(manager: Sender) -> None:
    text = file_of("schools", A_SCHOOL, {**A_SCHOOL, "npsn": "50304322", "level": "TK"})
    shown = manager.checked("schools", text)
    before = manager.export("schools")
    here = f"/api/v1/imports/{shown['id']}"
    refused = manager.client.post(f"{here}/apply", json={"mode": "whole"})
    assert (refused.status_code, refused.json()["code"]) == (409, "transfers.rows_wrong")
    assert manager.export("schools") == before
    assert counts(manager.applied(shown["id"], "skip")) == (1, 0, 0, 1)
    assert manager.export("schools") != before
    again = manager.client.post(f"{here}/apply", json={"mode": "skip"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


@pytest.mark.parametrize("mode", ["whole", "skip"])
def test_what_changed_since_the_check_is_not_overwritten(mode: str, manager: Sender, database: Database) -> None:
    text = manager.export("schools").decode().replace("SD Moa", "SD Moa Baru").replace("SD Agats", "SD Agats Baru")
    shown = manager.checked("schools", text + "50304321,SD Oelbubuk,SD,negeri,53.11,,-9.71,124.27,\r\n")
    assert counts(shown) == (1, 2, 1, 0)
    with database.transaction() as session:
        school = session.scalars(select(School).where(School.npsn == "10000001")).one()
        school.name, school.version = "SD Moa Kuno", school.version + 1
    manager.client.post("/api/v1/schools", json={**A_SCHOOL, "lat": -9.7, "lon": 124.2, "tags": []})
    applied = manager.applied(shown["id"], mode)
    exported = manager.export("schools").decode()
    assert "SD Moa Kuno" in exported or applied["state"] == "checked"
    if mode == "whole":
        # Nothing was stored; the file was checked again against what is there now.
        assert "Agats Baru" not in exported
        assert (applied["state"], counts(applied)) == ("checked", (0, 3, 1, 0))
        assert manager.applied(shown["id"])["state"] == "applied"
    else:
        assert "Agats Baru" in exported
        assert (applied["state"], counts(applied)) == ("applied", (0, 1, 1, 2))
        assert {code for _, _, code in manager.errors(shown["id"])} == {"changed_meanwhile"}


def test_the_record_names_the_file_and_what_came_in(manager: Sender, database: Database) -> None:
    text = manager.export("schools").decode().replace("SD Moa", "SD Moa Baru")
    shown = manager.checked("schools", text + "50304321,SD Oelbubuk,SD,negeri,53.11,,-9.71,124.27,\r\n")
    manager.applied(shown["id"])
    with database.reading() as session:
        mine = select(AuditEntry).where(AuditEntry.object_id == shown["id"]).order_by(AuditEntry.number)
        entries = {entry.action: entry for entry in session.scalars(mine)}
        moa = session.scalars(select(School.id).where(School.npsn == "10000001")).one()
        new = session.scalars(select(School.id).where(School.npsn == "50304321")).one()
        assert verify_chain(session).holds
    assert list(entries) == ["imports.upload", "imports.check", "imports.apply", "schools.import", "imports.applied"]
    assert entries["schools.import"].after == {
        "batch": 0,
        "created": [new],
        "updated": {moa: {"name": ["SD Moa", "SD Moa Baru"]}},
    }
    last = entries["imports.applied"].after
    assert last is not None
    assert (last["sha256"], last["created"], last["updated"]) == (shown["sha256"], 1, 1)


def test_the_record_keeps_no_name_of_a_person(manager: Sender, database: Database) -> None:
    manager.applied(manager.checked("applicants", file_of("applicants", {**A_PERSON, "code": "yuli"}))["id"])
    shown = manager.checked(
        "applicants", file_of("applicants", {**A_PERSON, "code": "yuli", "name": "Yuli", "levels": "SD"})
    )
    manager.applied(shown["id"])
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "applicants.import")).all()
    changes = [change for entry in entries for change in (entry.after or {})["updated"].values()]
    assert changes == [{"levels": [["SD", "SMP"], ["SD"]], "changed": ["name"]}]
    assert "Yuli" not in str([entry.after for entry in entries])


def test_the_file_is_gone_once_it_is_applied_and_the_errors_when_they_are_discarded(
    manager: Sender, database: Database
) -> None:
    text = file_of("schools", A_SCHOOL, {**A_SCHOOL, "npsn": "x"})
    shown = manager.checked("schools", text)
    manager.applied(shown["id"], "skip")

    def left() -> list[int]:
        with database.reading() as session:
            tables = (ImportBlock, ImportBatch, WrongRow)
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    assert left() == [0, 0, 1]
    assert manager.client.delete(f"/api/v1/imports/{shown['id']}").status_code == 204
    assert left() == [0, 0, 0]
    assert manager.show(shown["id"])["emptied_at"]


def test_a_file_that_nobody_touches_is_deleted_after_weeks(manager: Sender, database: Database) -> None:
    old = manager.checked("schools", file_of("schools", A_SCHOOL))
    with database.transaction() as session:
        row = session.get_one(ImportBlock, (old["id"], 0))
        assert row is not None
        from app.transfers.models import Import  # noqa: PLC0415 - the one use

        session.get_one(Import, old["id"]).created_at -= dt.timedelta(days=31)
    manager.checked("schools", file_of("schools", A_SCHOOL))
    assert manager.show(old["id"])["state"] == "discarded"
    with database.reading() as session:
        assert session.get(ImportBlock, (old["id"], 0)) is None


def test_a_file_sent_twice_with_one_key_is_one_import(manager: Sender) -> None:
    text = file_of("schools", A_SCHOOL)
    first, second = (manager.send("schools", text, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = manager.send("schools", text + "\n", headers={"Idempotency-Key": "a"})
    assert other.status_code in {409, 422}


def test_an_officer_imports_needs_of_the_own_region_only(officer: Sender, manager: Sender) -> None:
    assert officer.send("schools", file_of("schools", A_SCHOOL)).status_code == 403
    rows = [A_NEED, {**A_NEED, "code": "elsewhere", "school": "10000001"}, {**A_NEED, "code": "agats"}]
    shown = officer.checked("needs", file_of("needs", *rows))
    assert officer.errors(shown["id"]) == [(3, "school", "not_yours"), (4, "code", "schools.need_code_taken")]
    assert counts(officer.applied(shown["id"], "skip")) == (1, 0, 0, 2)
    hers = manager.checked("needs", manager.export("needs"))
    assert officer.client.get(f"/api/v1/imports/{hers['id']}").status_code == 404
    assert [row["id"] for row in officer.client.get("/api/v1/imports").json()["items"]] == [shown["id"]]
    assert len(manager.client.get("/api/v1/imports", params={"kind": "needs"}).json()["items"]) == 2


def test_rights_that_were_lost_meanwhile_store_nothing(
    manager: Sender, database: Database, work: Work, world: World
) -> None:
    shown = manager.checked("schools", file_of("schools", A_SCHOOL))
    manager.client.post(f"/api/v1/imports/{shown['id']}/apply", json={"mode": "whole"})
    with database.transaction() as session:
        session.get_one(User, shown["created_by"]).role = "auditor"
    assert work() == ["forbidden {}"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(School)) == 3
    assert manager.show(shown["id"])["state"] == "checked"


def test_the_errors_come_as_a_file_that_runs_nothing(manager: Sender) -> None:
    shown = manager.checked("schools", file_of("schools", {**A_SCHOOL, "level": '=HYPERLINK(""http://x.example"")'}))
    answer = manager.client.get(f"/api/v1/imports/{shown['id']}/errors/export", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["row"], row["column"], row["value"][:12]) for row in rows] == [("2", "level", "'=HYPERLINK(")]
    assert rows[0]["what to do"] == "Use one of: 'SD', 'SMP', 'SMA' or 'SMK'."


def test_the_columns_are_told(manager: Sender) -> None:
    told = manager.client.get("/api/v1/imports/columns", headers={"Accept-Language": "en"}).json()
    assert [one["name"] for one in told["needs"]] == [column.name for column in COLUMNS["needs"]]
    assert told["schools"][0] == {
        "name": "npsn",
        "form": "code",
        "means": "The school's national number; by it a row finds its school.",
        "needed": True,
        "read": True,
    }
