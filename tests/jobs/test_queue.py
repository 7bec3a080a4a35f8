"""The queue by itself: who gets a job, for how long, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

import app.models  # noqa: F401 - jobs point to users
from app.core.database import Database
from app.core.lifecycle import IllegalMove
from app.jobs import queue
from app.jobs.failures import Failure, failure_of, killed
from app.jobs.models import Job
from app.jobs.queue import Lease, LeaseLost
from app.settings import Settings
from tests.jobs.conftest import SetClock

SITI, BAYU = "worker-siti", "worker-bayu"
FAILURE = killed(-9)


def put(database: Database, kind: str = "test.count", **options: object) -> str:
    with database.transaction() as session:
        return queue.enqueue(session, kind, {}, **options).id  # type: ignore[arg-type]


def take(database: Database, settings: Settings, worker: str = SITI) -> Lease | None:
    with database.transaction() as session:
        return queue.claim(session, worker, settings)


def taken(database: Database, settings: Settings, worker: str = SITI) -> Lease:
    lease = take(database, settings, worker)
    assert lease is not None
    return lease


def rescued(database: Database, settings: Settings) -> list[str]:
    with database.transaction() as session:
        return queue.rescue(session, settings)


def failed(database: Database, settings: Settings, lease: Lease, failure: Failure = FAILURE) -> str:
    with database.transaction() as session:
        return queue.fail(session, lease, failure, settings)


def finished(database: Database, lease: Lease) -> None:
    with database.transaction() as session:
        queue.finish(session, lease, {"placed": 71})


def seen(database: Database, job_id: str) -> Job:
    with database.reading() as session:
        return session.get_one(Job, job_id)


def effects_of(database: Database, job_id: str) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT what FROM effects WHERE job_id = :id"), {"id": job_id}))


@contextmanager
def in_threads(number: int) -> Iterator[Callable[[Callable[[], object]], list[object]]]:
    """Give a function that runs its argument in `number` threads which start together, and returns their results."""
    with ThreadPoolExecutor(number) as pool:
        barrier = threading.Barrier(number)

        def at_once(work: Callable[[], object]) -> list[object]:
            def run() -> object:
                barrier.wait(10)
                return work()

            return [future.result(60) for future in [pool.submit(run) for _ in range(number)]]

        yield at_once


def test_a_job_exists_only_if_the_caller_commits(database: Database) -> None:
    def enqueue_and_fail() -> None:
        with database.transaction() as session:
            queue.enqueue(session, "test.count", {})
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        enqueue_and_fail()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_key_stands_for_one_unfinished_job(database: Database, settings: Settings) -> None:
    first = put(database, key="round:2026-1")
    assert put(database, key="round:2026-1") == first
    lease = taken(database, settings)
    assert put(database, key="round:2026-1") == first, "it runs, so it is not finished"
    finished(database, lease)
    assert put(database, key="round:2026-1") != first
    assert put(database) != put(database), "jobs without a key are all different"


def test_a_key_stands_for_one_job_also_when_many_ask_at_once(database: Database) -> None:
    with in_threads(8) as at_once:
        ids = at_once(lambda: put(database, key="round:2026-1"))
    assert len(set(ids)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_the_oldest_job_that_is_due_comes_first(database: Database, settings: Settings, clock: SetClock) -> None:
    later = put(database, run_after=clock.now + dt.timedelta(hours=1))
    first, second = put(database), put(database)
    assert [taken(database, settings).job_id, taken(database, settings).job_id] == [first, second]
    assert take(database, settings) is None
    clock.pass_by(hours=1)
    assert taken(database, settings).job_id == later


def test_a_claim_counts_the_attempt_and_starts_the_lease(
    database: Database, settings: Settings, clock: SetClock
) -> None:
    job_id = put(database)
    taken(database, settings, worker=SITI)
    job = seen(database, job_id)
    assert (job.state, job.attempt, job.worker_id) == ("running", 1, SITI)
    assert job.lease_until == clock.now + dt.timedelta(seconds=settings.worker_lease_seconds)


def test_no_job_is_given_to_two_workers(database: Database, settings: Settings) -> None:
    ids = {put(database) for _ in range(40)}

    def take_all() -> list[str]:
        found = []
        while lease := take(database, settings, worker=threading.current_thread().name):
            found.append(lease.job_id)
        return found

    with in_threads(4) as at_once:
        shares = at_once(take_all)
    everything = [job_id for share in shares for job_id in share]  # type: ignore[attr-defined]
    assert sorted(everything) == sorted(ids)


def test_heartbeats_keep_a_job_and_carry_progress(database: Database, settings: Settings, clock: SetClock) -> None:
    job_id = put(database)
    lease = taken(database, settings)
    clock.pass_by(seconds=settings.worker_lease_seconds - 0.1)
    with database.transaction() as session:
        assert queue.heartbeat(session, lease, settings, {"tier": 2}) is False
    clock.pass_by(seconds=settings.worker_lease_seconds - 0.1)
    assert rescued(database, settings) == []
    assert seen(database, job_id).progress == {"tier": 2}


def test_a_lease_that_ran_out_is_taken_over_and_its_attempt_is_used_up(
    database: Database, settings: Settings, clock: SetClock
) -> None:
    job_id = put(database)
    taken(database, settings, worker=SITI)
    clock.pass_by(seconds=settings.worker_lease_seconds + 0.1)
    assert rescued(database, settings) == [job_id]
    assert seen(database, job_id).error == {"code": "jobs.lost", "message": queue.lost().message, "facts": {}}
    assert taken(database, settings, worker=BAYU).attempt == 2


def test_a_worker_that_was_only_paused_can_write_nothing(
    database: Database, settings: Settings, clock: SetClock
) -> None:
    job_id = put(database)
    paused = taken(database, settings, worker=SITI)
    clock.pass_by(seconds=settings.worker_lease_seconds + 0.1)
    rescued(database, settings)
    taken(database, settings, worker=BAYU)
    with database.transaction() as session:
        for write in (
            lambda: queue.heartbeat(session, paused, settings),
            lambda: queue.finish(session, paused, None),
            lambda: queue.fail(session, paused, FAILURE, settings),
            lambda: queue.give_back(session, paused, settings),
            lambda: queue.cancelled(session, paused, settings),
        ):
            with pytest.raises(LeaseLost):
                write()
    job = seen(database, job_id)
    assert (job.state, job.worker_id, job.attempt) == ("running", BAYU, 2)


def test_an_earlier_attempt_of_the_same_worker_is_refused_too(
    database: Database, settings: Settings, clock: SetClock
) -> None:
    put(database)
    earlier = taken(database, settings, worker=SITI)
    clock.pass_by(seconds=settings.worker_lease_seconds + 0.1)
    rescued(database, settings)
    now = taken(database, settings, worker=SITI)
    with pytest.raises(LeaseLost):
        finished(database, earlier)
    finished(database, now)


def test_results_and_the_end_of_the_job_are_stored_together_or_not_at_all(
    database: Database, settings: Settings, effects: None
) -> None:
    job_id = put(database)
    lease = taken(database, settings)

    def finish_and_fail() -> None:
        with database.transaction() as session:
            queue.finish(session, lease, None)
            session.execute(text("INSERT INTO effects VALUES (:id, 'done')"), {"id": job_id})
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk"):
        finish_and_fail()
    assert seen(database, job_id).state == "running"
    assert effects_of(database, job_id) == []


def test_a_job_that_is_just_finishing_is_not_rescued(database: Database, settings: Settings, clock: SetClock) -> None:
    job_id = put(database)
    lease = taken(database, settings)
    clock.pass_by(hours=1)
    with ThreadPoolExecutor(1) as other:
        with database.transaction() as session:
            queue.finish(session, lease, None)
            rescue = other.submit(rescued, database, settings)
            if database.dialect == "postgresql":
                assert rescue.result(10) == [], "it skips what is locked; SQLite's writers wait for each other instead"
        assert rescue.result(10) == []
    assert seen(database, job_id).state == "done"


def test_each_failure_waits_twice_as_long_up_to_the_limit(
    database: Database, settings: Settings, clock: SetClock
) -> None:
    patient = replace(settings, job_backoff_seconds=5.0, job_backoff_limit_seconds=30.0, job_attempts=10)
    put(database)
    for seconds in (5, 10, 20, 30, 30):
        assert failed(database, patient, taken(database, patient)) == "queued"
        clock.pass_by(seconds=seconds, milliseconds=-1)
        assert take(database, patient) is None, f"a millisecond before {seconds} s are over"
        clock.pass_by(milliseconds=1)
    assert queue.backoff(100_000, patient) == dt.timedelta(seconds=30)


def test_after_the_last_attempt_a_job_is_dead(
    database: Database, settings: Settings, clock: SetClock, effects: None
) -> None:
    stubborn = replace(settings, job_attempts=3)
    job_id = put(database, "test.fail")
    for expected in ("queued", "queued", "dead"):
        assert failed(database, stubborn, taken(database, stubborn)) == expected
        clock.pass_by(hours=1)
    assert take(database, stubborn) is None
    job = seen(database, job_id)
    assert job.error == {"code": "jobs.killed", "message": FAILURE.message, "facts": {"how": "signal 9"}}
    assert effects_of(database, job_id) == ["dead"], "what waited for it has heard, once"


def test_lost_attempts_count_too(database: Database, settings: Settings, clock: SetClock) -> None:
    job_id = put(database, max_attempts=2)
    for _ in range(2):
        taken(database, settings)
        clock.pass_by(seconds=settings.worker_lease_seconds + 0.1)
        assert rescued(database, settings) == [job_id]
    assert seen(database, job_id).state == "dead"


def test_a_failure_that_is_final_is_not_tried_again(database: Database, settings: Settings) -> None:
    put(database)
    assert failed(database, settings, taken(database, settings), replace(FAILURE, final=True)) == "dead"


def test_a_job_that_is_given_back_has_lost_nothing(database: Database, settings: Settings) -> None:
    job_id = put(database, max_attempts=1)
    lease = taken(database, settings, worker=SITI)
    with database.transaction() as session:
        assert queue.give_back(session, lease, settings) == "queued"
    assert seen(database, job_id).attempt == 0
    assert taken(database, settings, worker=BAYU).attempt == 1


def test_a_waiting_job_is_cancelled_at_once_and_its_slice_hears_of_it(
    database: Database, settings: Settings, effects: None
) -> None:
    job_id = put(database, "test.gate")
    with database.transaction() as session:
        job = queue.request_cancel(session, job_id, task_modules=settings.task_modules)
    assert (job.state, effects_of(database, job_id)) == ("cancelled", ["cancelled"])
    assert take(database, settings) is None


def test_a_running_job_is_told_and_never_tried_again(
    database: Database, settings: Settings, clock: SetClock, effects: None
) -> None:
    for end in ("fails", "is lost", "is given back"):
        job_id = put(database, "test.gate")
        lease = taken(database, settings)
        with database.transaction() as session:
            assert queue.request_cancel(session, job_id, task_modules=settings.task_modules).state == "running"
        with database.transaction() as session:
            assert queue.heartbeat(session, lease, settings) is True
            if end == "fails":
                queue.fail(session, lease, FAILURE, settings)
            if end == "is given back":
                queue.give_back(session, lease, settings)
        if end == "is lost":
            clock.pass_by(seconds=settings.worker_lease_seconds + 0.1)
            assert rescued(database, settings) == [job_id]
        assert seen(database, job_id).state == "cancelled", end
        assert effects_of(database, job_id) == ["cancelled"]


def test_a_job_that_has_ended_cannot_be_cancelled(database: Database, settings: Settings) -> None:
    job_id = put(database)
    finished(database, taken(database, settings))
    with pytest.raises(IllegalMove), database.transaction() as session:
        queue.request_cancel(session, job_id, task_modules=settings.task_modules)


def test_a_slice_that_fails_on_the_end_of_its_job_does_not_keep_it_from_ending(
    database: Database, settings: Settings, effects: None, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = put(database, "test.broken_end")
    with database.transaction() as session:
        queue.request_cancel(session, job_id, task_modules=settings.task_modules)
    assert seen(database, job_id).state == "cancelled"
    assert effects_of(database, job_id) == [], "what it had written is undone"
    assert f"job {job_id} ending-failed kind=test.broken_end what=RuntimeError" in caplog.text


def test_every_change_has_a_higher_number(database: Database, settings: Settings) -> None:
    job_id = put(database)
    numbers = [seen(database, job_id).number]
    lease = taken(database, settings)
    numbers.append(seen(database, job_id).number)
    with database.transaction() as session:
        queue.heartbeat(session, lease, settings, {"tier": 1})
    numbers.append(seen(database, job_id).number)
    finished(database, lease)
    numbers.append(seen(database, job_id).number)
    assert numbers == sorted(set(numbers))


def test_what_is_kept_of_an_unexpected_error_holds_none_of_its_values() -> None:
    try:
        int("phone 0812-3456-789")
    except ValueError as error:
        failure = failure_of(error)
    assert failure.code == "jobs.crashed"
    assert failure.facts["what"].startswith("ValueError < tests/jobs/test_queue.py:")
    assert "0812" not in str(failure.document())
