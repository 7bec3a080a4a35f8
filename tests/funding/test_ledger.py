"""Money moves, and never more than stands there."""

import threading
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.database import Database
from app.demo.cohort import PRESETS, make_cohort
from app.demo.loading import Loaded, load
from app.funding import ledger
from app.funding.errors import NotEnoughMoney
from app.funding.models import FundBalance
from app.geography.service import load_reference


@pytest.fixture
def loaded(database: Database) -> Loaded:
    with database.transaction() as session:
        load_reference(session)
        return load(session, make_cohort(PRESETS["demo"], 7))


def balance(database: Database, fund_id: str, account: str) -> int:
    with database.reading() as session:
        row = select(FundBalance.amount).where(FundBalance.fund_id == fund_id, FundBalance.account == account)
        return session.scalars(row).one()


def test_every_balance_of_the_demo_is_the_sum_of_its_entries(database: Database, loaded: Loaded) -> None:
    with database.reading() as session:
        assert ledger.reconcile(session) == []


def test_sixteen_at_once_cannot_overdraw_a_fund(database: Database, loaded: Loaded) -> None:
    fund = loaded.funds["agro-sd"]
    there = balance(database, fund, "available")
    each = there // 5
    refused: list[NotEnoughMoney] = []
    start = threading.Barrier(16)

    def reserve() -> None:
        start.wait()
        try:
            with database.transaction() as session:
                ledger.move_all(session, SYSTEM, [ledger.Move(fund, "available", "reserved", each)], reason="a test")
        except NotEnoughMoney as error:
            refused.append(error)

    threads = [threading.Thread(target=reserve) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 11
    assert balance(database, fund, "reserved") == 5 * each
    assert balance(database, fund, "available") == there - 5 * each
    with database.reading() as session:
        assert ledger.reconcile(session) == []


def test_a_manager_sees_the_funds_and_a_stranger_sponsor_sees_none(
    loaded: Loaded, as_role: Callable[[str], TestClient]
) -> None:
    assert len(as_role("manager").get("/api/v1/funds").json()["items"]) == len(loaded.funds)
    assert as_role("sponsor").get("/api/v1/funds").json()["items"] == []
    fund = next(iter(loaded.funds.values()))
    assert as_role("sponsor").get(f"/api/v1/funds/{fund}").status_code == 404
