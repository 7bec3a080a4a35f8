"""Offers that nobody answers: a worker ends them, frees the money and gives the person back to the pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import Database
from app.funding import ledger
from app.jobs.models import Job
from app.offers import expiry
from app.offers.models import Offer
from tests.offers.conftest import LogIn, let_pass, offer_of
from tests.world import FARE, STIPEND, TRAINING, World

EACH = STIPEND + TRAINING + FARE


def jobs(session: Session) -> list[Job]:
    queued = select(Job).where(Job.kind == expiry.KIND, Job.state == "queued")
    return list(session.scalars(queued))


def states(session: Session) -> dict[str, str]:
    return dict(session.execute(select(Applicant.code, Applicant.state)).all())


def test_a_silent_person_is_back_in_the_pool_and_the_money_is_free(
    published: str, world: World, database: Database, work: Callable[[], int]
) -> None:
    with database.transaction() as session:
        let_pass(session, "ayu")
        [job] = jobs(session)
        job.run_after -= dt.timedelta(days=30)
    work()
    with database.reading() as session:
        offer = offer_of(session, "ayu")
        assert (offer.state, offer.reason) == ("expired", None)
        assert offer.answered_at is not None
        assert states(session) == {"ayu": "in_pool", "budi": "offered", "citra": "offered", "dedi": "in_pool"}
        assert ledger.balances_of(session, [world.company_fund])[world.company_fund]["reserved"] == 2 * EACH
        assert ledger.reconcile(session) == []
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "offers.expire")).one()
        assert (entry.actor_id, entry.actor_role, entry.object_id) == ("system", "system", offer.id)
        assert entry.after == {"state": "expired", "released": EACH}
        # The two that are still open are looked after by the next job, at their deadline.
        [following] = jobs(session)
        assert following.run_after > offer_of(session, "budi").deadline


def test_the_end_is_queued_with_the_offers_and_only_once(published: str, database: Database) -> None:
    with database.transaction() as session:
        [job] = jobs(session)
        deadline = session.scalars(select(Offer.deadline)).first()
        assert deadline is not None
        assert job.run_after == deadline + dt.timedelta(seconds=1)
        expiry.schedule(session, published, deadline)
    with database.reading() as session:
        assert len(jobs(session)) == 1


def test_what_is_done_twice_is_done_once(published: str, world: World, database: Database) -> None:
    with database.transaction() as session:
        let_pass(session, "ayu", "budi", "citra")
    with database.transaction() as session:
        assert len(expiry.expire_due(session, published)) == 3
    with database.transaction() as session:
        assert len(expiry.expire_due(session, published)) == 0
    with database.reading() as session:
        balances = ledger.balances_of(session, [world.company_fund])[world.company_fund]
        assert (balances["reserved"], balances["available"]) == (0, 500_000_000)
        assert session.scalar(select(func.count()).where(AuditEntry.action == "offers.expire")) == 3


def test_many_offers_end_a_few_at_a_time(published: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    with database.transaction() as session:
        let_pass(session, "ayu", "budi", "citra")
    with database.transaction() as session:
        for job in jobs(session):
            session.delete(job)
    with database.transaction() as session:
        assert len(expiry.expire_due(session, published)) == 2
    with database.transaction() as session:
        assert [job.run_after < clock.now() for job in jobs(session)] == [True]
        assert len(expiry.expire_due(session, published)) == 1


def test_an_answer_after_the_deadline_is_refused_also_before_the_worker_has_been_there(
    published: str, database: Database, log_in: LogIn
) -> None:
    ayu = log_in("applicant", "ayu")
    with database.transaction() as session:
        let_pass(session, "ayu")
        offer = offer_of(session, "ayu").id
    answer = ayu.post(f"/api/v1/offers/{offer}/accept")
    assert (answer.status_code, answer.json()["code"]) == (409, "offers.deadline_passed")


def test_an_accepted_offer_never_runs_out(published: str, database: Database, log_in: LogIn) -> None:
    ayu = log_in("applicant", "ayu")
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    with database.transaction() as session:
        let_pass(session, "ayu")
        assert len(expiry.expire_due(session, published)) == 0
        assert offer_of(session, "ayu").state == "accepted"
