"""Who is erased is found nowhere any more: not in a table, not in a file, and not through the archive of a round."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from app.applicants.models import Applicant, Cohort
from app.audit.chain import verify_chain
from app.audit.record import record
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import Database
from app.deployments.models import CheckIn, Deployment, HostFeedback, Incident
from app.funding import ledger
from app.identity.models import User
from app.jobs.models import Job
from app.notifications.models import ERASED, Message
from app.notifications.outbox import notify
from app.privacy import erasure
from app.rounds.models import Placement, Round, RoundChoice, Snapshot
from optimizer import digest
from tests.applicants.conftest import COHORT, JANUARY, PROFILE, agree
from tests.documents.files import jpeg
from tests.offers.conftest import offer_of
from tests.privacy.conftest import everything_stored
from tests.world import World


@pytest.fixture(autouse=True)
def _in_january() -> Iterator[None]:
    with clock.frozen_at(JANUARY):
        yield


def code_of(database: Database, key: str) -> str:
    with database.reading() as session:
        return session.get_one(Applicant, key).code


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def rejected(yuliana: TestClient, rina: TestClient, draft: dict[str, Any]) -> str:
    """Yuliana's application with a document and a wish for correction, rejected; its id."""
    key: str = draft["id"]
    agree(yuliana)
    files = {"file": ("KTP Yuliana.jpg", jpeg(), "image/jpeg")}
    sent = yuliana.post(f"/api/v1/applicants/{key}/documents", data={"kind": "identity"}, files=files)
    assert sent.status_code == 201
    again = {"Idempotency-Key": "from-my-phone"}
    yuliana.post("/api/v1/privacy/corrections", json={"wish": "Yuliana is my first name."}, headers=again)
    assert yuliana.post(f"/api/v1/applicants/{key}/submit").status_code == 200
    rina.post(f"/api/v1/applicants/{key}/review")
    assert rina.post(f"/api/v1/applicants/{key}/reject", json={"reason": "Cannot stay."}).status_code == 200
    return key


def erase_herself(yuliana: TestClient) -> str:
    email: str = yuliana.get("/api/v1/me").json()["email"]
    erased = yuliana.post("/api/v1/privacy/erase", json={"email": email.upper()})
    assert erased.status_code == 200, erased.text
    return email


def test_yuliana_erases_herself_and_is_found_nowhere(
    yuliana: TestClient, rina: TestClient, rejected: str, folder: Path, database: Database
) -> None:
    code = code_of(database, rejected)
    traces = ("Yuliana", "Tefa", "Cannot stay", PROFILE["motivation"], yuliana.get("/api/v1/me").json()["email"], code)
    there = everything_stored(database)
    assert all(any(trace in text for text in there.values()) for trace in traces)
    assert len(files_in(folder)) == 1
    wrong = yuliana.post("/api/v1/privacy/erase", json={"email": "rina@contoh.example"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/email")
    erase_herself(yuliana)
    left = {(table, trace) for table, text in everything_stored(database).items() for trace in traces if trace in text}
    assert left == set()
    assert files_in(folder) == []
    with database.reading() as session:
        assert verify_chain(session).holds, "the record still proves what was done"
    assert yuliana.get("/api/v1/me").status_code == 401
    shown = rina.get(f"/api/v1/applicants/{rejected}").json()
    assert (shown["name"], shown["state"], shown["home"], shown["languages"]) == ("–", "rejected", None, [])


def test_a_manager_erases_who_asks_by_letter_and_only_once(
    rina: TestClient, yuliana: TestClient, as_role: Callable[..., TestClient], rejected: str
) -> None:
    address, reason = f"/api/v1/applicants/{rejected}/erase", {"reason": "Asked for it by letter."}
    for role in ("reviewer", "auditor", "admin", "applicant"):
        assert as_role(role).post(address, json=reason).status_code == 403
    assert rina.post(address, json=reason).status_code == 200
    again = rina.post(address, json=reason)
    assert (again.status_code, again.json()["code"]) == (409, "privacy.erased_already")


def test_who_is_still_to_be_decided_withdraws_by_erasing(
    yuliana: TestClient, draft: dict[str, Any], database: Database
) -> None:
    erase_herself(yuliana)
    with database.reading() as session:
        assert session.get_one(Applicant, draft["id"]).state == "withdrawn"


def test_another_persons_application_is_untouched(
    yuliana: TestClient, rina: TestClient, rejected: str, cohort: str
) -> None:
    body = {**PROFILE, "name": "Markus Boimau", "email": "markus@contoh.example", "cohort_id": cohort}
    other = rina.post("/api/v1/applicants", json=body).json()
    erase_herself(yuliana)
    assert rina.get(f"/api/v1/applicants/{other['id']}").json() == other


def test_what_waits_for_others_in_a_shared_mailbox_still_goes(
    yuliana: TestClient, rina: TestClient, rejected: str, database: Database
) -> None:
    later = rina.post("/api/v1/cohorts", json={**COHORT, "code": "angkatan-2028", "year": 2028}).json()["id"]
    email = yuliana.get("/api/v1/me").json()["email"]
    body = {**PROFILE, "name": "Markus Tefa", "email": email, "cohort_id": later}
    assert rina.post("/api/v1/applicants", json=body).status_code == 201
    with database.transaction() as session:
        gone, waits = (
            notify(session, email, "identity/has_account", {"name": name}, "id").id for name in ("Yuliana", "Markus")
        )
        mail = session.get_one(Message, gone)
        mail.state, mail.sent_at = "sent", clock.now()
    assert rina.post(f"/api/v1/applicants/{rejected}/erase", json={"reason": "Asked for it."}).status_code == 200
    with database.reading() as session:
        assert (session.get_one(Message, gone).recipient, session.get_one(Message, gone).facts) == (ERASED, {})
        kept = session.get_one(Message, waits)
        assert (kept.recipient, kept.facts, kept.state) == (email, {"name": "Markus"}, "waiting")


def test_while_a_place_is_offered_or_served_the_data_is_needed(
    published: str, log_in: Callable[..., TestClient], database: Database
) -> None:
    ayu = log_in("applicant", "ayu")
    mine = {"email": "ayu@log-in.example"}
    refused = ayu.post("/api/v1/privacy/erase", json=mine)
    assert (refused.status_code, refused.json()["code"]) == (409, "privacy.offer_open")
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    refused = ayu.post("/api/v1/privacy/erase", json=mine)
    assert (refused.status_code, refused.json()["code"]) == (409, "privacy.in_service")


@pytest.fixture
def alumna(published: str, log_in: Callable[..., TestClient], world: World, database: Database) -> TestClient:
    """Ayu, who has accepted, served and come home, and about whom much was written."""
    ayu = log_in("applicant", "ayu")
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    with database.transaction() as session:
        served = session.scalars(select(Deployment)).one()
        served.state, served.end_reason = "completed", "Ayu came home well."
        note = CheckIn(deployment_id=served.id, month=dt.date(2027, 8, 1), note="Ayu writes from Moa.")
        said = HostFeedback(deployment_id=served.id, text="Ibu Ayu is kind.", written_at=clock.now())
        incident = Incident(
            deployment_id=served.id,
            reported_by=session.scalars(select(User.id).where(User.role == "applicant")).one(),
            happened_on=dt.date(2027, 9, 1),
            severity="serious",
            text="Ayu fell ill.",
            created_at=clock.now(),
        )
        pin = RoundChoice(
            round_id=published,
            applicant_id=world.people["ayu"],
            need_id=world.needs["moa"],
            kind="pin",
            reason="Ayu knows the place.",
            created_at=clock.now(),
        )
        session.add_all([note, said, incident, pin])
        session.flush()
        record(session, SYSTEM, "rounds.pin", "round_choice", pin.id, reason=pin.reason)
        record(session, SYSTEM, "deployments.end_early", "deployment", served.id, reason=served.end_reason)
        session.get_one(Applicant, world.people["ayu"]).state = "alumnus"
    return ayu


def test_the_archive_of_a_round_stays_as_it_was_and_leads_to_nobody(
    alumna: TestClient, published: str, world: World, database: Database
) -> None:
    with database.reading() as session:
        before = session.scalars(select(Snapshot)).one()
        assert '"ayu"' in gzip.decompress(before.document).decode()
        money = ledger.balances_of(session, [world.company_fund])
    assert alumna.post("/api/v1/privacy/erase", json={"email": "ayu@log-in.example"}).status_code == 200
    with database.reading() as session:
        after = session.scalars(select(Snapshot)).one()
        problem = json.loads(gzip.decompress(after.document))
        assert (after.document, digest(problem)) == (before.document, after.digest)
        row = session.get_one(Applicant, world.people["ayu"])
        assert row.code.startswith(erasure.CODE)
        assert session.scalars(select(Applicant).where(Applicant.code == "ayu")).all() == []
        assert (row.state, row.name, row.user_id, row.gender, row.home_code) == ("alumnus", "–", None, None, None)
        # What was paid for which school still adds up.
        placement = session.scalars(select(Placement).where(Placement.applicant_id == row.id)).one()
        assert placement.need_id == world.needs["moa"]
        assert ledger.balances_of(session, [world.company_fund]) == money
    assert [table for table, text in everything_stored(database).items() if "Ayu" in text] == []


def test_a_round_under_way_keeps_the_code_until_it_is_over(
    alumna: TestClient, published: str, world: World, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(update(Round).values(state="proposed"))
    assert alumna.post("/api/v1/privacy/erase", json={"email": "ayu@log-in.example"}).status_code == 200
    assert code_of(database, world.people["ayu"]) == "ayu"
    with database.transaction() as session:
        assert erasure.replace_codes(session) == 0
        session.execute(update(Round).values(state="published"))
    with database.transaction() as session:
        assert erasure.replace_codes(session) == 1
    assert code_of(database, world.people["ayu"]).startswith(erasure.CODE)


def ended_days_ago(database: Database, key: str, days: int) -> None:
    """Let an application have ended some days ago, and the night be here; the worker has a clock of its own."""
    now = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        session.get_one(Applicant, key).ended_at = now - dt.timedelta(days=days)
        due = now - dt.timedelta(seconds=1)
        session.execute(update(Job).where(Job.kind == "privacy.retain", Job.state == "queued").values(run_after=due))


def test_rejected_people_are_gone_after_the_retention_time(
    rejected: str, work: Callable[[], int], folder: Path, database: Database
) -> None:
    with database.reading() as session:
        (job,) = session.scalars(select(Job).where(Job.kind == "privacy.retain"))
        assert clock.now() < job.run_after <= clock.now() + dt.timedelta(days=1)
    ended_days_ago(database, rejected, 364)
    work()
    with database.reading() as session:
        assert session.get_one(Applicant, rejected).name == "Yuliana Tefa"
        queued = session.scalars(select(Job).where(Job.kind == "privacy.retain", Job.state == "queued")).all()
        assert len(queued) == 1, "it comes again the next night"
    ended_days_ago(database, rejected, 366)
    work()
    with database.reading() as session:
        assert session.get_one(Applicant, rejected).erased_at is not None
    there = everything_stored(database)
    assert [table for table, text in there.items() if "Tefa" in text] == []
    assert files_in(folder) == []


def test_a_draft_that_nobody_sent_goes_after_the_intake_and_the_retention_time(
    draft: dict[str, Any], rejected: str, work: Callable[[], int], rina: TestClient, database: Database
) -> None:
    later = rina.post("/api/v1/cohorts", json={**COHORT, "code": "angkatan-2028", "year": 2028}).json()["id"]
    body = {**PROFILE, "name": "Markus Boimau", "email": "markus@contoh.example", "cohort_id": later}
    unsent = rina.post("/api/v1/applicants", json=body).json()["id"]
    today = dt.datetime.now(dt.UTC).date()
    for days, name in ((364, "Markus Boimau"), (367, "–")):
        with database.transaction() as session:
            session.get_one(Cohort, later).intake_opens_on = today - dt.timedelta(days=400)
            session.get_one(Cohort, later).intake_closes_on = today - dt.timedelta(days=days)
        ended_days_ago(database, rejected, 1)
        work()
        with database.reading() as session:
            assert session.get_one(Applicant, unsent).name == name
    with database.reading() as session:
        assert session.get_one(Applicant, unsent).state == "withdrawn"
        assert session.get_one(Applicant, rejected).name == "Yuliana Tefa"


def test_the_file_of_an_sqlite_database_holds_no_trace_either(
    yuliana: TestClient, rejected: str, database: Database
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL's files are its own matter; docs/operators.md says what to do")
    path = Path(make_url(database.url).database or "")

    def stored() -> bytes:
        with database.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()

    traces = (b"Yuliana", b"Cannot stay", PROFILE["motivation"].encode())
    assert all(trace in stored() for trace in traces)
    erase_herself(yuliana)
    assert [trace for trace in traces if trace in stored()] == []


def test_an_account_with_another_application_stays(
    rejected: str, yuliana: TestClient, rina: TestClient, work: Callable[[], int], database: Database
) -> None:
    later = rina.post("/api/v1/cohorts", json={**COHORT, "code": "angkatan-2028", "year": 2028}).json()["id"]
    kept = yuliana.post("/api/v1/applicants", json={"cohort_id": later}).json()["id"]
    ended_days_ago(database, rejected, 366)
    work()
    assert [one["id"] for one in yuliana.get("/api/v1/applicants").json()["items"]] == [kept]
    assert code_of(database, rejected).startswith(erasure.CODE)
