"""The demo's round, through the same services, queue and worker as any other: loaded, signed, frozen, solved, approved, published.

Each step is a transaction of its own and is skipped where it was taken before, so that a demo that was interrupted goes on where
it stopped, and the second one is fast.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Cohort
from app.audit.chain import verify_chain
from app.core import migrations
from app.core.access import Actor
from app.core.database import Database
from app.demo.accounts import LOGINS, give_application, open_accounts
from app.demo.cohort import PRESETS, make_cohort
from app.demo.loading import load
from app.demo.signing import actor_of, sign_everything
from app.funding import ledger
from app.funding.models import Agreement
from app.geography.service import load_reference
from app.identity.models import User
from app.offers import service as offers
from app.offers.models import Offer
from app.rounds import decisions, queries, service
from app.rounds.models import Placement, Round
from app.rounds.schemas import ApprovalIn, RoundIn
from app.settings import Settings
from optimizer import verify

WORK: Final = 120
STATUS: Final = {
    "optimal": "proven optimal",
    "feasible": "feasible, not proven",
    "infeasible": "impossible",
    "unknown": "nothing found",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The demo's published round: its documents, the names in them, the stored counts, and everything that is off."""

    problem: dict[str, Any]
    solution: dict[str, Any]
    names: dict[str, Any]
    summary: dict[str, Any]
    faults: tuple[str, ...]


def worker_command() -> list[str]:
    """Return the command of a worker that ends when this process does, also where that is killed."""
    return [sys.executable, "-m", "app", "worker", "--parent", str(os.getpid())]


class WorkerFailed(Exception):  # noqa: N818 - what happened, in a word
    """The worker ended with an error; its own words stand above."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the worker ended with exit code {code}; what it said stands above")


def database_url(folder: Path) -> str:
    """Return the address of the demo's SQLite file in `folder`."""
    return f"sqlite:///{(folder / 'gotong.db').absolute()}"


def carry_through(folder: Path, size: str, seed: int, *, told: Callable[[str], None]) -> Outcome:
    """Bring the demo in `folder` to a published round and return what came out of it.

    Args:
        folder: Where its database lies, or will.
        size: One of the presets of `app.demo.cohort`.
        seed: Draws the cohort.
        told: Is told in a few words what happens now.

    Raises:
        WorkerFailed: Where the worker ended with an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    url = database_url(folder)
    told("migrating the database")
    migrations.upgrade(url)
    with Database(url) as database:
        _fill(database, size, seed, told)
        journey = _Journey(database, url, PRESETS[size].title.id, told)
        journey.run()
        return journey.outcome()


def _fill(database: Database, size: str, seed: int, told: Callable[[str], None]) -> None:
    with database.transaction() as session:
        if session.scalars(select(Applicant.id).limit(1)).first() is not None:
            return
        told("loading regions, schools, people, money and policies")
        load_reference(session)
        loaded = load(session, make_cohort(PRESETS[size], seed))
        users = open_accounts(session, loaded)
        session.flush()
        told("every party signs its agreements")
        sign_everything(session, actor_of(users[LOGINS[0].email]))


class _Journey:
    """Takes the round from one state to the next until it is published."""

    def __init__(self, database: Database, url: str, title: str, told: Callable[[str], None]) -> None:
        self.database = database
        self.url = url
        self.title = title
        self.told = told
        with database.reading() as session:
            self.rina, self.bayu = (
                actor_of(session.scalars(select(User).where(User.email == login.email)).one()) for login in LOGINS[:2]
            )

    def run(self) -> None:
        """Take the steps that are left. A round without a usable result stays frozen, and `outcome` says so."""
        steps: dict[str, tuple[str, Callable[[], None]]] = {
            "draft": ("freezing the round", self._freeze),
            "frozen": ("asking for the solve", self._solve),
            "solving": ("a worker solves it", self._work),
            "proposed": ("a second person approves", self._approve),
            "approved": ("publishing: offers sent, money reserved", self._publish),
        }
        tried = False
        while (state := self._round().state) in steps:
            if state == "frozen" and tried:
                return
            tried = tried or state == "solving"
            sentence, step = steps[state]
            self.told(sentence)
            step()

    def _round(self) -> Round:
        with self.database.transaction() as session:
            found = session.scalars(select(Round).order_by(Round.created_at, Round.id).limit(1)).first()
            if found is not None:
                return found
            # The weights of the service's own default are those of the demo.
            return service.create_round(session, self.rina, _body(session, self.title))

    def _step(self, take: Callable[[Session, Actor, str], object], actor: Actor) -> None:
        key = self._round().id
        with self.database.transaction() as session:
            take(session, actor, key)

    def _freeze(self) -> None:
        self._step(service.freeze, self.rina)

    def _solve(self) -> None:
        self._step(service.request_solve, self.rina)

    def _work(self) -> None:
        command = [*worker_command(), "--until-idle"]
        with worker_log(self.url) as (environment, log):
            done = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)  # noqa: S603
        if done.returncode:
            raise WorkerFailed(done.returncode)

    def _approve(self) -> None:
        self._step(lambda session, actor, key: decisions.approve(session, actor, key, ApprovalIn()), self.bayu)

    def _publish(self) -> None:
        open_for = Settings().offer_days
        self._step(lambda session, actor, key: _published(session, actor, key, open_for), self.rina)

    def outcome(self) -> Outcome:
        """Read the round's documents, check them again, and collect everything that is off."""
        with self.database.reading() as session:
            round_ = session.scalars(select(Round).order_by(Round.created_at, Round.id).limit(1)).one()
            snapshot, result = queries.snapshot(session, round_), queries.result(session, round_)
            assert snapshot is not None  # noqa: S101 - `run` froze it
            assert result is not None  # noqa: S101 - `run` had it solved
            problem = json.loads(gzip.decompress(snapshot.document))
            solution = json.loads(gzip.decompress(result.document))
            faults = [f"{one.pointer}: {one.message}" for one in verify(problem, solution).findings]
            if solution["status"] != "optimal":
                faults.append(f"the round is {STATUS[solution['status']]}")
            if round_.state != "published":
                faults.append(f"the round is {round_.state}, not published")
            faults += _faults_of_records(session, round_)
        return Outcome(problem, solution, snapshot.names, result.summary, tuple(faults))


def _body(session: Session, name: str) -> RoundIn:
    return RoundIn(cohort_id=session.scalars(select(Cohort.id)).one(), name=name, time_limit_seconds=WORK)


def _published(session: Session, actor: Actor, key: str, days: int) -> None:
    """Publish, let the demo's applicant be one of those who are placed, and draft a second round for whoever wants to run one."""
    round_ = offers.publish(session, actor, key, open_for=dt.timedelta(days=days))
    placed = select(Applicant.id).join(Placement, Placement.applicant_id == Applicant.id)
    first = session.scalars(placed.where(Placement.result_id == round_.result_id).order_by(Applicant.code)).first()
    user = session.scalars(select(User).where(User.role == "applicant").order_by(User.id)).first()
    if first is not None and user is not None:
        give_application(session, user, first)
    service.create_round(session, actor, _body(session, f"{round_.name}, putaran kedua"))


def _faults_of_records(session: Session, round_: Round) -> list[str]:
    """Return what is off in money, agreements, offers and the audit record."""
    faults = [
        f"fund {one.fund_id}: {one.account} holds {one.balance}, its entries say {one.entries}"
        for one in ledger.reconcile(session)
    ]
    unsigned = session.scalars(select(Agreement.code).where(Agreement.state != "signed")).all()
    faults += [f"the agreement {code} is not signed" for code in unsigned]
    placed = session.scalars(select(Placement.id).where(Placement.result_id == round_.result_id)).all()
    offered = session.scalars(select(Offer.placement_id)).all()
    if set(placed) != set(offered):
        faults.append(f"{len(placed)} placements, but {len(offered)} offers")
    return faults + [f"audit record: {fault}" for fault in verify_chain(session).faults]


@contextmanager
def worker_log(url: str) -> Iterator[tuple[dict[str, str], BinaryIO]]:
    """Give the environment of a worker of the database at `url`, and a file for its words beside that."""
    path = Path(url.removeprefix("sqlite:///")).parent / "worker.log"
    with path.open("ab") as log:
        yield {**os.environ, "GOTONG_DATABASE_URL": url}, log
