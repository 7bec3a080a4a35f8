"""Ayu has accepted an offer at moa, paid by the company: her deployment, a clock to move, and the people around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.database import Database
from app.deployments.models import Deployment
from app.funding import ledger
from app.settings import Settings
from tests.offers.conftest import log_in, offer_of, published, work, world
from tests.world import FARE, STIPEND, TRAINING, World

__all__ = ["log_in", "published", "work", "world"]

EACH = STIPEND + TRAINING + FARE
LogIn = Callable[..., TestClient]
Travel = Callable[[str], None]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings under which nobody has to log in again while the test travels through a year of service."""
    return replace(Settings(), environment="test", database_url=database_url, token_days=4000)


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Sets the clock to noon (WIB) of a day: `travel("2027-07-01")`."""
    with ExitStack() as stack:

        def go(day: str) -> None:
            stack.enter_context(clock.frozen_at(dt.datetime.fromisoformat(f"{day}T12:00:00+07:00")))

        yield go


@pytest.fixture
def rina(log_in: LogIn) -> TestClient:
    """The programme manager."""
    return log_in("manager", "rina")


@pytest.fixture
def ayu(log_in: LogIn, published: str) -> TestClient:
    """The volunteer."""
    return log_in("applicant", "ayu")


@pytest.fixture
def here(ayu: TestClient, database: Database) -> str:
    """The address of Ayu's deployment in the API; she accepts her offer for it."""
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    return f"/api/v1/deployments/{ayu.get('/api/v1/deployments').json()['items'][0]['id']}"


def money_of(database: Database, world: World) -> dict[str, int]:
    """Return what stands in the company's accounts, after the books were found right."""
    with database.reading() as session:
        assert ledger.reconcile(session) == []
        return ledger.balances_of(session, [world.company_fund])[world.company_fund]


def only_deployment(session: Session) -> Deployment:
    """Return the one deployment."""
    return session.scalars(select(Deployment)).one()
