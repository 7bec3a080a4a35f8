"""One attempt, run here instead of in a process of its own: what a handler may count on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

import app.models  # noqa: F401 - jobs point to users
from app.core.database import Database
from app.core.problems import Conflict
from app.jobs import queue
from app.jobs.child import attempt
from app.jobs.context import GivenBack, RunningJob, Stop, Telling
from app.jobs.models import Job
from app.jobs.queue import Lease, LeaseLost
from app.jobs.registry import HANDLERS, Handler, JobContext, handler
from app.settings import Settings
from tests.jobs.crew import wait_for


class Bench:
    """A claimed job with its context."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        with database.transaction() as session:
            queue.enqueue(session, "test.bench", {"round": "2026-1"})
        with database.transaction() as session:
            lease = queue.claim(session, "worker-siti", settings)
        assert lease is not None
        self.lease: Lease = lease
        self.told: list[str] = []
        self.stop = Stop()
        self.context = RunningJob(database, lease, self.told.append, self.stop)

    def run(self, work: Handler) -> tuple[str, str | None]:
        """Run `work` as the job's handler; return how it ended and the code of its failure."""
        HANDLERS["test.bench"] = work
        ended, failure = attempt(self.context, self.lease, self.stop)
        return ended, None if failure is None else failure.code

    @property
    def job(self) -> Job:
        """The job as it is now."""
        with self.database.reading() as session:
            return session.get_one(Job, self.lease.job_id)


@pytest.fixture
def bench(database: Database, settings: Settings) -> Iterator[Bench]:
    """A job that Siti's worker has claimed."""
    made = Bench(database, settings)
    yield made
    made.context.close()
    HANDLERS.pop("test.bench", None)


def store(context: JobContext) -> None:
    with context.finishing({"placed": 71}):
        pass


def test_a_handler_is_given_its_payload_and_stores_its_result(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        assert context.payload == {"round": "2026-1"}
        store(context)

    assert bench.run(work) == ("done", None)
    assert (bench.job.state, bench.job.result) == ("done", {"placed": 71})


def test_a_handler_with_nothing_to_store_is_done_when_it_returns(bench: Bench) -> None:
    assert bench.run(lambda _: None) == ("done", None)
    assert bench.job.state == "done"


def test_the_last_progress_is_stored_with_the_end(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        for tier in range(50):
            context.progress({"tier": tier})

    bench.run(work)
    assert bench.job.progress == {"tier": 49}
    assert len(bench.told) < 50, "thinned on the way"


def test_progress_that_has_to_be_seen_is_handed_on_at_once(bench: Bench) -> None:
    for tier in range(5):
        bench.context.progress({"tier": tier}, always=True)
    assert [json.loads(state)["tier"] for state in bench.told] == [0, 1, 2, 3, 4]


def test_thinned_progress_still_arrives_when_nothing_follows_it() -> None:
    told: list[str] = []
    telling = Telling(told.append, seconds=0.05)
    telling.tell("1", at_once=False)
    wait_for(lambda: told == ["1"])
    telling.tell("2", at_once=False)
    telling.tell("3", at_once=False)
    wait_for(lambda: told[-1] == "3")
    telling.close()


def test_progress_that_no_database_can_hold_is_refused_where_it_is_told(bench: Bench) -> None:
    with pytest.raises(ValueError, match="JSON"):
        bench.context.progress({"gap": float("nan")})


def test_a_handler_that_obeys_a_cancel_request_has_stopped(bench: Bench) -> None:
    bench.stop.reason = "cancel"
    assert bench.run(assert_told) == ("stopped", None)
    assert bench.job.state == "running", "the worker writes down why it stopped"


def assert_told(context: JobContext) -> None:
    assert context.cancelled()


def test_a_handler_may_keep_its_best_after_a_cancel_request(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        assert context.cancelled()
        store(context)

    bench.stop.reason = "cancel"
    assert bench.run(work) == ("done", None)
    assert bench.job.result == {"placed": 71}


def test_work_cut_short_by_a_shutdown_is_not_stored_as_whole(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        assert context.cancelled()
        with pytest.raises(GivenBack):
            store(context)
        store(context)

    bench.stop.reason = "shutdown"
    assert bench.run(work) == ("stopped", None)
    assert bench.job.state == "running"


def test_work_that_ended_before_it_heard_of_the_shutdown_is_whole(bench: Bench) -> None:
    bench.stop.reason = "shutdown"
    assert bench.run(store) == ("done", None)


def test_a_job_is_finished_once(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        store(context)
        with pytest.raises(RuntimeError, match="once"):
            store(context)

    assert bench.run(work) == ("done", None)


def test_a_job_that_was_taken_over_is_lost(bench: Bench) -> None:
    with bench.database.transaction() as session:
        queue.give_back(session, bench.lease, bench.settings)
    assert bench.run(store) == ("lost", None)
    with pytest.raises(LeaseLost):
        store(bench.context)
    assert bench.job.result is None


@pytest.mark.parametrize(("error", "code"), [(RuntimeError("why"), "jobs.crashed"), (Conflict(), "conflict")])
def test_an_exception_is_a_failure(bench: Bench, error: Exception, code: str) -> None:
    def work(_: JobContext) -> None:
        raise error

    assert bench.run(work) == ("failed", code)


def test_an_exception_on_the_way_to_a_stop_is_no_failure(bench: Bench) -> None:
    def work(context: JobContext) -> None:
        if context.cancelled():
            raise InterruptedError

    bench.stop.reason = "shutdown"
    assert bench.run(work) == ("stopped", None)


def test_a_kind_that_nobody_handles_is_a_failure(bench: Bench) -> None:
    HANDLERS.pop("test.bench", None)
    ended, failure = attempt(bench.context, bench.lease, bench.stop)
    assert (ended, failure and failure.code) == ("failed", "jobs.unknown_kind")


def test_a_kind_has_one_handler() -> None:
    elsewhere: Callable[[JobContext], None] = assert_told
    handler("test.twice")(elsewhere)

    def other(_: JobContext) -> None: ...

    other.__module__ = "app.rounds.tasks"
    try:
        with pytest.raises(ValueError, match="a handler already"):
            handler("test.twice")(other)
    finally:
        HANDLERS.pop("test.twice")
