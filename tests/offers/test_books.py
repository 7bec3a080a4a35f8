"""Where each rupiah is: the statement of a fund, and the check that proves it every night and raises an alarm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.audit.models import AuditEntry
from app.cli import cli
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import Database
from app.deployments.models import Deployment
from app.funding import ledger
from app.funding.models import FundBalance
from app.jobs import presence
from app.jobs.models import Job
from app.notifications.models import Message
from app.offers import checking
from tests.offers.conftest import LogIn, offer_of
from tests.world import FARE, STIPEND, TRAINING, World

EACH = STIPEND + TRAINING + FARE
ALL = 500_000_000


@pytest.fixture
def rina(log_in: LogIn) -> TestClient:
    return log_in("manager", "rina")


@pytest.fixture
def in_service(published: str, log_in: LogIn, rina: TestClient, database: Database) -> str:
    """Ayu has accepted and arrived, Budi has declined, Citra has said nothing; gives the id of Ayu's deployment."""
    for name, action, body in (("ayu", "accept", None), ("budi", "decline", {"reason": "Beasiswa"})):
        with database.reading() as session:
            offer = offer_of(session, name).id
        assert log_in("applicant", name).post(f"/api/v1/offers/{offer}/{action}", json=body).status_code == 200
    with database.transaction() as session:
        deployment = session.scalars(select(Deployment)).one()
        today = clock.now().date()
        deployment.starts_on, deployment.ends_on = today, today + dt.timedelta(days=364)
        key = deployment.id
    assert rina.post(f"/api/v1/deployments/{key}/start", json={}).status_code == 200
    return key


def audited(session: Session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "funding.alarm")))


def test_a_statement_says_where_each_rupiah_is(in_service: str, world: World, rina: TestClient) -> None:
    told = rina.get(f"/api/v1/funds/{world.company_fund}/statement").json()
    assert told["balanced"] is True
    assert told["differences"] == []
    assert (told["pledged"], told["returned"]) == (ALL, 0)
    balances = told["balances"]
    assert balances == {
        "available": ALL - 2 * EACH,
        "reserved": EACH,
        "committed": STIPEND,
        "spent": TRAINING + FARE,
    }
    assert sum(balances.values()) == told["pledged"] - told["returned"]
    by_line = {row["line"]: row for row in told["lines"]}
    assert by_line["stipend"] == {
        "line": "stipend",
        "placements": 3,
        "planned": 3 * STIPEND,
        "reserved": STIPEND,
        "committed": STIPEND,
        "spent": 0,
        "released": STIPEND,
    }
    for account in ("reserved", "committed", "spent"):
        assert sum(row[account] for row in told["lines"]) == balances[account]
    for row in told["lines"]:
        assert row["planned"] == row["reserved"] + row["committed"] + row["spent"] + row["released"]


def test_the_placements_behind_a_statement_are_listed_page_by_page(
    in_service: str, world: World, rina: TestClient
) -> None:
    address = f"/api/v1/funds/{world.company_fund}/placements?limit=2"
    first = rina.get(address).json()
    second = rina.get(f"{address}&cursor={first['next']}").json()
    placements = first["items"] + second["items"]
    assert second["next"] is None
    assert sorted(one["need"] for one in placements) == ["moa", "moa", "waijelu"]
    assert all(one["agrees"] and {line["line"] for line in one["lines"]} == {"stipend", "training", "travel"}
               for one in placements)  # fmt: skip


def test_a_sponsor_reads_the_statement_of_its_own_fund_only(in_service: str, world: World, log_in: LogIn) -> None:
    agro = log_in("sponsor", "agro")
    assert agro.get(f"/api/v1/funds/{world.company_fund}/statement").json()["balanced"] is True
    assert agro.get(f"/api/v1/funds/{world.government_fund}/statement").status_code == 404
    assert agro.get(f"/api/v1/funds/{world.government_fund}/placements").status_code == 404
    assert log_in("reviewer", "ratna").get(f"/api/v1/funds/{world.company_fund}/statement").status_code == 403


def test_the_books_are_right_through_every_life(in_service: str, rina: TestClient, database: Database) -> None:
    with database.reading() as session:
        checked = checking.check(session)
        assert checked.findings == ()
        assert checked.rows == 9
    rina.post(f"/api/v1/deployments/{in_service}/end", json={"reason": "Sakit"})
    with database.reading() as session:
        assert checking.check(session).findings == ()


def test_every_kind_of_fault_is_found(in_service: str, world: World, database: Database) -> None:
    def findings() -> set[tuple[str, str]]:
        with database.reading() as session:
            return {(one.code, one.what) for one in checking.check(session).findings}

    with database.transaction() as session:
        citra = offer_of(session, "citra").placement_id
        ledger.release(session, SYSTEM, world.company_fund, 1, line="stipend", placement_id=citra, reason="slip")
    assert findings() == {("placement", "stipend: reserved")}
    with database.transaction() as session:
        ledger.spend(session, SYSTEM, world.company_fund, 5, line=None, placement_id=None, reason="slip")
    assert ("no_placement", "entries") in findings()
    with database.transaction() as session:
        session.execute(
            update(FundBalance)
            .where(FundBalance.fund_id == world.government_fund, FundBalance.account == "available")
            .values(amount=FundBalance.amount + 1)
        )
    assert ("balance", "available") in findings()


def test_the_nightly_check_raises_an_alarm_and_takes_it_back(
    in_service: str, world: World, database: Database, work: Callable[[], int], client: TestClient
) -> None:
    def night() -> None:
        with database.transaction() as session:
            session.execute(
                update(Job)
                .where(Job.kind == checking.KIND, Job.state == "queued")
                .values(run_after=clock.now() - dt.timedelta(minutes=1))
            )
        work()
        with database.transaction() as session:
            presence.register(session, f"01990000-0000-7000-8000-{int(clock.now().timestamp() * 1000) % 10**12:012}")

    night()
    well = client.get("/readyz").json()
    assert well["books"].startswith("add up, checked")
    assert well["state"] == "ready"
    with database.transaction() as session:
        assert audited(session) == []
        citra = offer_of(session, "citra").placement_id
        ledger.release(session, SYSTEM, world.company_fund, 7, line="stipend", placement_id=citra, reason="slip")
    night()
    with database.reading() as session:
        [alarm] = audited(session)
        assert alarm.after is not None
        assert (alarm.actor_id, alarm.after["differences"]) == ("system", 1)
        assert (alarm.after["some"][0]["expected"], alarm.after["some"][0]["found"]) == (STIPEND, STIPEND - 7)
        mails = session.scalars(select(Message).where(Message.template == "offers/books")).all()
        assert "rina@log-in.example" in {mail.recipient for mail in mails}
    ill = client.get("/readyz").json()
    assert ill["state"] == "degraded"
    assert ill["books"].startswith("1 differences")
    with database.transaction() as session:
        ledger.reserve(session, SYSTEM, world.company_fund, 7, line="stipend", placement_id=citra, reason="mended")
    night()
    assert client.get("/readyz").json()["state"] == "ready"


def test_one_check_is_queued_for_the_coming_night(published: str, database: Database) -> None:
    with database.transaction() as session:
        checking.schedule(session)
        [job] = session.scalars(select(Job).where(Job.kind == checking.KIND)).all()
        assert dt.timedelta(0) < job.run_after - clock.now() <= dt.timedelta(days=1)
        assert job.run_after.astimezone(checking.ZONE).time() == dt.time(2, 0)


def test_the_doctor_checks_the_books(
    in_service: str, world: World, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOTONG_DATABASE_URL", database_url)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    with database.transaction() as session:
        citra = offer_of(session, "citra").placement_id
        ledger.release(session, SYSTEM, world.company_fund, 7, line="stipend", placement_id=citra, reason="slip")
    said = CliRunner().invoke(cli, ["doctor"])
    assert said.exit_code == 1
    assert f"stipend: reserved: Rp {STIPEND - 7:,} instead of Rp {STIPEND:,}" in said.output
