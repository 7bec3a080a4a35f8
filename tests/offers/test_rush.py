"""Many people accept at once while their fund has money for a few: not one rupiah over, and the others are told why."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import Database
from app.deployments.models import Deployment
from app.funding import ledger
from app.identity import service as identity
from app.offers.models import Offer
from app.schools.models import Need
from tests.conftest import PASSWORD
from tests.offers.published import publish_world
from tests.world import FARE, STIPEND, TRAINING, World, make_world

EACH = STIPEND + TRAINING + FARE
CLIENTS = 64 if os.environ.get("GOTONG_LONG") else 16
ENOUGH_FOR = 3


@pytest.fixture
def crowd(database: Database) -> tuple[World, list[str]]:
    """A published round with an offer for each of many people, whose fund has lost all but the money for a few."""
    with database.transaction() as session:
        world = make_world(session, company_budget=CLIENTS * EACH)
        names = [f"orang-{number}" for number in range(CLIENTS)]
        for name in names:
            world.people[name] = _person(session, world, name)
        session.get_one(Need, world.needs["moa"]).headcount = CLIENTS
        publish_world(session, world, dict.fromkeys(names, "moa"))
    with database.transaction() as session:
        # Somebody takes the reserved money away again, and most of it out of the fund.
        for placement in session.scalars(select(Offer.placement_id)).all():
            ledger.release_placement(session, SYSTEM, placement, reason="correction")
        rest = CLIENTS * EACH - ENOUGH_FOR * EACH
        ledger.move(session, SYSTEM, world.company_fund, "available", ledger.OUTSIDE, rest, reason="correction")
    return world, names


def _person(session: Session, world: World, name: str) -> str:
    user = identity.create_user(
        session, SYSTEM, email=f"{name}@rush.example", name=name, role="applicant", password=PASSWORD
    )
    person = Applicant(
        code=name,
        cohort_id=world.cohort,
        user_id=user.id,
        name=name,
        email=user.email,
        gender="f",
        birth_year=2001,
        home_code="31.71",
        levels=["SD"],
        subjects=[],
        languages=["ind"],
        skills=[],
        suitability=50,
        state="in_pool",
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    return person.id


def test_no_fund_is_overspent_when_everybody_accepts_at_once(
    web: FastAPI, database: Database, crowd: tuple[World, list[str]]
) -> None:
    world, names = crowd
    visitors = [_log_in(web, name) for name in names]
    addresses = [visitor.get("/api/v1/offers").json()["items"][0]["id"] for visitor in visitors]
    together = Barrier(CLIENTS)

    def accept(visitor: TestClient, offer: str) -> Response:
        together.wait()
        answer: Response = visitor.post(f"/api/v1/offers/{offer}/accept")
        return answer

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(accept, visitors, addresses))

    assert Counter(answer.status_code for answer in answers) == {200: ENOUGH_FOR, 409: CLIENTS - ENOUGH_FOR}
    for answer in answers:
        if answer.status_code == 409:
            told = answer.json()
            assert told["code"] == "funding.not_enough_money"
            assert told["shortages"][0]["fund"] == "agro-2027"
    with database.reading() as session:
        balances = ledger.balances_of(session, [world.company_fund])[world.company_fund]
        assert balances == {"available": 0, "reserved": 0, "committed": ENOUGH_FOR * EACH, "spent": 0}
        assert ledger.reconcile(session) == []
        taken = session.scalars(select(Offer).where(Offer.state == "accepted")).all()
        assert len(taken) == len(session.scalars(select(Deployment)).all()) == ENOUGH_FOR
        for offer in taken:
            assert {one.account for one in ledger.standing(session, offer.placement_id)} == {"committed"}
        volunteers = session.scalars(select(Applicant.code).where(Applicant.state == "volunteer")).all()
        assert len(volunteers) == ENOUGH_FOR
    for visitor in visitors:
        visitor.close()


def _log_in(web: FastAPI, name: str) -> TestClient:
    visitor = TestClient(web, follow_redirects=False)
    answer = visitor.post("/api/v1/login", json={"email": f"{name}@rush.example", "password": PASSWORD})
    visitor.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return visitor
