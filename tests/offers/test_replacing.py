"""Somebody leaves: the three best for the seat with everybody else pinned, what each costs the others, and one action to take one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.applicants.models import Applicant
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import Database
from app.deployments.models import Deployment
from app.funding import ledger
from app.funding.models import Agreement
from app.jobs.models import Job
from app.offers import checking, replacing
from app.offers.models import Offer, Replacement
from app.rounds.models import Placement, Round
from app.rounds.replacing import Proposal, Search, propose
from app.rounds.vacancy import Vacancy, problem_of, snapshot_document, vacancy_of
from app.schools.models import Need
from optimizer import verify
from tests.offers.conftest import LogIn, let_pass, offer_of
from tests.offers.published import publish_world
from tests.world import FARE, STIPEND, TRAINING, World

EACH = STIPEND + TRAINING + FARE
WAITING = {"eka": 80, "fajar": 50, "gita": 40, "hadi": 30}
QUICK = Search(seed=7, work=20.0, step=lambda _: None, cancelled=lambda: False)


def person(session: Session, world: World, name: str, suitability: int) -> None:
    row = Applicant(
        code=name,
        cohort_id=world.cohort,
        name=f"{name.title()} Contoh",
        email=f"{name}@contoh.example",
        gender="f",
        birth_year=2001,
        home_code="31.71",
        levels=["SD"],
        subjects=[],
        languages=["ind"],
        skills=[],
        max_hardship=4,
        suitability=suitability,
        state="in_pool",
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    world.people[name] = row.id


@pytest.fixture
def pool() -> dict[str, int]:
    """Who waits in the pool, with their suitability; a test may say otherwise."""
    return WAITING


@pytest.fixture
def round_id(database: Database, world: World, pool: dict[str, int]) -> str:
    """A published round: ayu → moa, budi → waijelu, citra → moa; agats is empty, and others wait in the pool."""
    with database.transaction() as session:
        for name, suitability in pool.items():
            person(session, world, name, suitability)
        return publish_world(session, world, {"ayu": "moa", "budi": "waijelu", "citra": "moa"})


@pytest.fixture
def rina(log_in: LogIn, round_id: str) -> TestClient:
    return log_in("manager", "rina")


def dropped_out(database: Database, log_in: LogIn, rina: TestClient) -> str:
    """Let Ayu accept and drop out before the first day; return the id of her deployment."""
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    ayu = log_in("applicant", "ayu")
    assert ayu.post(f"/api/v1/offers/{offer}/accept").status_code == 200
    key = str(ayu.get("/api/v1/deployments").json()["items"][0]["id"])
    assert rina.post(f"/api/v1/deployments/{key}/end", json={"reason": "Sudah bekerja"}).status_code == 200
    return key


def declined(session: Session, name: str) -> None:
    """Let a person's offer end with a no, money and all."""
    offer = offer_of(session, name)
    offer.state, offer.answered_at, offer.reason = "declined", clock.now(), "Tidak jadi"

    ledger.release_placement(session, SYSTEM, offer.placement_id, reason="decline")


def searched(session: Session, round_id: str, name: str) -> tuple[Vacancy, Proposal]:
    """Look for who takes the seat of `name`, in this process."""
    round_ = session.get_one(Round, round_id)
    vacancy = vacancy_of(session, round_, session.get_one(Placement, offer_of(session, name).placement_id))
    return vacancy, propose(snapshot_document(session, round_), vacancy, QUICK)


def test_a_drop_out_is_replaced_with_one_action(
    database: Database, log_in: LogIn, rina: TestClient, world: World, work: Callable[[], int]
) -> None:
    deployment = dropped_out(database, log_in, rina)
    asked = rina.post(f"/api/v1/deployments/{deployment}/replacement")
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    here = asked.headers["location"]
    work()
    proposed = rina.get(here).json()
    assert proposed["state"] == "proposed"
    assert (proposed["left"]["name"], proposed["school"]) == ("Ayu Contoh", "SD Moa")
    assert [one["applicant"] for one in proposed["options"]] == ["eka", "fajar", "gita"]
    best = proposed["options"][0]
    assert (best["fit"], best["fit_change"], best["cost"], best["cost_change"]) == (80, -10, EACH, 0)
    assert (best["moved"], best["empty_elsewhere"], best["broken"]) == (0, 0, [])
    assert sum(line["amount"] for line in best["lines"]) == EACH

    taken = rina.post(f"{here}/take", json={"option": 1})
    assert (taken.status_code, taken.json()["state"]) == (200, "taken")
    assert rina.post(f"{here}/take", json={"option": 2}).status_code == 409
    with database.reading() as session:
        offer = offer_of(session, "eka")
        assert (offer.id, offer.state) == (taken.json()["new_offer_id"], "sent")
        standing = ledger.standing(session, offer.placement_id)
        assert {one.account for one in standing} == {"reserved"}
        assert sum(one.amount for one in standing) == EACH
        assert checking.check(session).findings == ()
    eka = log_in("applicant", "eka")
    assert eka.get("/api/v1/placements/mine").json()["school"] == "SD Moa"
    assert eka.post(f"/api/v1/offers/{taken.json()['new_offer_id']}/accept").status_code == 200
    assert eka.get("/api/v1/deployments").json()["items"][0]["state"] == "preparing"


def test_everybody_else_is_pinned_and_every_answer_is_verified(database: Database, round_id: str, world: World) -> None:
    with database.transaction() as session:
        declined(session, "ayu")
        _, proposal = searched(session, round_id, "ayu")
    assert len(proposal.documents) == 3
    for kept, option in zip(proposal.documents, proposal.options, strict=True):
        problem, solution = kept["problem"], kept["solution"]
        assert verify(problem, solution).ok
        assert solution["problem"] == option.digest
        placed = {(one["volunteer"], one["post"]) for one in solution["placements"]}
        assert placed == {("budi", "waijelu"), ("citra", "moa"), (option.volunteer, "moa")}
        pins = [one for one in problem["policies"] if one["kind"] == "pin"]
        assert {one["volunteer"] for one in pins} == {"budi", "citra"}
        assert all("penalty" not in one for one in pins)
        assert problem["previous"] == [
            {"volunteer": "budi", "post": "waijelu"},
            {"volunteer": "citra", "post": "moa"},
        ]


@pytest.mark.parametrize("pool", [{"eka": 80}])
def test_what_an_option_takes_from_others_is_said(database: Database, round_id: str) -> None:
    """Eka is the only one who could fill the empty seat at agats too."""
    with database.transaction() as session:
        declined(session, "ayu")
        vacancy, proposal = searched(session, round_id, "ayu")
    assert dict(vacancy.elsewhere) == {"agats": 1}
    assert [(one.volunteer, one.empty_elsewhere) for one in proposal.options] == [("eka", 1)]


@pytest.mark.parametrize("pool", [{}])
def test_where_nobody_fits_it_says_why(
    database: Database, round_id: str, log_in: LogIn, rina: TestClient, work: Callable[[], int]
) -> None:
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    log_in("applicant", "ayu").post(f"/api/v1/offers/{offer}/decline", json={"reason": "Beasiswa"})
    work()
    [row] = rina.get("/api/v1/replacements").json()["items"]
    assert (row["state"], row["options"], row["offer_id"]) == ("nothing", [], offer)
    assert row["why"] != []


def test_money_that_is_gone_makes_no_option(database: Database, round_id: str, world: World) -> None:

    with database.transaction() as session:
        declined(session, "ayu")
        rest = ledger.balances_of(session, [world.company_fund])[world.company_fund]["available"]
        move = ledger.Move(world.company_fund, "available", "outside", rest - EACH + 1)
        ledger.move_all(session, SYSTEM, [move], reason="correction")
        assert searched(session, round_id, "ayu")[1].options == []
        ledger.pledge(session, SYSTEM, world.company_fund, 1, reason="correction")
        assert len(searched(session, round_id, "ayu")[1].options) == 3


def test_an_agreement_that_ended_takes_nobody_new(database: Database, round_id: str, world: World) -> None:
    with database.transaction() as session:
        declined(session, "ayu")
        session.get_one(Agreement, world.agreement).state = "ended"
        session.flush()
        assert searched(session, round_id, "ayu")[1].options == []


def test_a_rule_that_the_others_break_already_does_not_block_the_seat(
    database: Database, round_id: str, world: World
) -> None:
    """Without Budi nobody is in Sumba any more, which a hard rule asks for; the seat at moa is filled all the same."""
    with database.transaction() as session:
        declined(session, "budi")
        declined(session, "ayu")
        vacancy, proposal = searched(session, round_id, "ayu")
        problem = problem_of(snapshot_document(session, session.get_one(Round, round_id)), vacancy)
        assert [one.get("penalty") for one in problem["policies"] if one["id"] == "sumba-first"] == [1]
        assert proposal.options[0].volunteer == "eka"
        # In Budi's own seat the rule is kept again.
        assert searched(session, round_id, "budi")[1].options[0].broken == []


def test_who_steps_in_during_the_year_costs_the_months_that_are_left(database: Database, round_id: str) -> None:
    with database.transaction() as session:
        declined(session, "ayu")
        vacancy, _ = searched(session, round_id, "ayu")
        late = replace(vacancy, months=(5, 12))
        proposal = propose(snapshot_document(session, session.get_one(Round, round_id)), late, QUICK)
    part = -(-STIPEND * 5 // 12)
    assert proposal.options[0].cost == part + TRAINING + FARE
    assert ["stipend", "agro-2027", part] in proposal.options[0].lines


def test_nobody_is_replaced_who_has_not_left(database: Database, rina: TestClient, log_in: LogIn) -> None:
    with database.reading() as session:
        offer = offer_of(session, "ayu").id
    answer = rina.post(f"/api/v1/offers/{offer}/replacement")
    assert (answer.status_code, answer.json()["code"]) == (409, "offers.seat_held")
    assert log_in("auditor", "bpk").post(f"/api/v1/offers/{offer}/replacement").status_code == 403
    assert log_in("applicant", "ayu").get("/api/v1/replacements").status_code == 403


def test_a_seat_that_somebody_has_by_now_is_not_given_twice(
    database: Database, log_in: LogIn, rina: TestClient, work: Callable[[], int], world: World
) -> None:
    deployment = dropped_out(database, log_in, rina)
    first = rina.post(f"/api/v1/deployments/{deployment}/replacement").headers["location"]
    again = rina.post(f"/api/v1/deployments/{deployment}/replacement").headers["location"]
    assert first == again
    work()
    with database.transaction() as session:
        session.execute(update(Need).where(Need.id == world.needs["moa"]).values(headcount=1))
    answer = rina.post(f"{first}/take", json={"option": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "offers.seat_held")
    with database.transaction() as session:
        session.execute(update(Need).where(Need.id == world.needs["moa"]).values(headcount=2))
        session.execute(update(Applicant).where(Applicant.code == "eka").values(state="withdrawn"))
    answer = rina.post(f"{first}/take", json={"option": 1})
    assert (answer.status_code, answer.json()["people"]) == (409, ["eka"])
    assert rina.post(f"{first}/take", json={"option": 4}).json()["code"] == "offers.no_such_option"
    assert rina.post(f"{first}/drop").json()["state"] == "dropped"


def test_two_managers_take_one_seat_once(
    database: Database, log_in: LogIn, rina: TestClient, work: Callable[[], int]
) -> None:
    deployment = dropped_out(database, log_in, rina)
    here = rina.post(f"/api/v1/deployments/{deployment}/replacement").headers["location"]
    work()
    answers = [visitor.post(f"{here}/take", json={"option": 1}) for visitor in (rina, log_in("manager", "bayu"))]
    assert [one.status_code for one in answers] == [200, 409]
    with database.reading() as session:
        assert len(session.scalars(select(Offer)).all()) == 4


def test_a_few_silent_people_ask_for_others_by_themselves(
    database: Database, round_id: str, work: Callable[[], int]
) -> None:
    with database.transaction() as session:
        let_pass(session, "ayu")

        session.execute(update(Job).where(Job.kind == "offers.expire").values(run_after=clock.now()))
    work()
    with database.reading() as session:
        [row] = session.scalars(select(Replacement)).all()
        assert (row.state, row.created_by) == ("proposed", None)
        assert replacing.documents_of(row)["documents"] != []
        assert session.scalars(select(Deployment)).all() == []
