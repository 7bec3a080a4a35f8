"""Real workers, real processes: killed, paused, told to stop, and left without a database."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from multiprocessing.connection import Pipe

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

import app.models  # noqa: F401 - jobs point to users
from app.jobs import presence
from app.jobs.models import Worker
from app.jobs.process import ChildFailed
from app.settings import Settings
from app.worker import run
from tests.jobs.crew import Crew, alive, wait_for
from tests.jobs.handlers import SECRET


def settle(crew: Crew, *workers: subprocess.Popen[bytes]) -> None:
    """Let workers end by themselves, and well."""
    for worker in workers:
        assert worker.wait(timeout=90) == 0, crew.words(worker)


def test_a_worker_works_off_the_queue(crew: Crew) -> None:
    ids = [crew.enqueue("test.count") for _ in range(5)]
    assert run(crew.settings, until_idle=True) == 5
    for job_id in ids:
        job = crew.job(job_id)
        assert (job.state, job.attempt, job.result) == ("done", 1, {"counted": 1})
        assert crew.effects(job_id) == ["done"]


def test_once_takes_one_job_or_none(crew: Crew) -> None:
    assert run(crew.settings, once=True) == 0
    crew.enqueue("test.count")
    crew.enqueue("test.count")
    assert run(crew.settings, once=True) == 1
    assert (crew.count("done"), crew.count("queued")) == (1, 1)


def test_a_failing_job_is_tried_to_the_limit_and_its_words_stay_inside(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job_id = crew.enqueue("test.fail", phone=SECRET)
    assert run(replace(crew.settings, job_attempts=3), until_idle=True) == 3
    job = crew.job(job_id)
    assert (job.state, crew.effects(job_id)) == ("dead", ["dead"])
    assert job.error is not None
    assert job.error["facts"]["what"].startswith("RuntimeError < tests/jobs/handlers.py:")
    assert f"job {job_id} failed state=dead" in caplog.text
    assert SECRET not in caplog.text + str(job.error)


def test_a_refusal_is_final(crew: Crew) -> None:
    job_id = crew.enqueue("test.refuse")
    assert run(crew.settings, until_idle=True) == 1
    job = crew.job(job_id)
    assert (job.state, job.error and job.error["code"]) == ("dead", "conflict")


def test_a_process_that_dies_is_replaced_and_its_job_tried_again(crew: Crew) -> None:
    job_id = crew.enqueue("test.crash")
    after = crew.enqueue("test.count")
    assert run(crew.settings, until_idle=True) == 3
    assert (crew.job(job_id).state, crew.job(job_id).attempt) == ("done", 2)
    assert crew.job(after).state == "done"


def test_a_task_module_that_cannot_be_imported_stops_the_worker_and_costs_no_attempt(crew: Crew) -> None:
    job_id = crew.enqueue("test.count")
    with pytest.raises(ChildFailed, match="before it was ready"):
        run(replace(crew.settings, task_modules=("tests.jobs.no_such_module",)), until_idle=True)
    assert (crew.job(job_id).state, crew.job(job_id).attempt) == ("queued", 0)


def test_progress_can_be_read_while_the_job_runs(crew: Crew) -> None:
    job_id = crew.enqueue("test.steps")
    worker = crew.hire(until_idle=True)
    numbers = []
    for step in (1, 2, 3):
        wait_for(lambda step=step: crew.job(job_id).progress == {"step": step})
        numbers.append(crew.job(job_id).number)
        (crew.folder / f"step-{step}").touch()
    settle(crew, worker)
    assert numbers == sorted(set(numbers))


def test_a_job_is_cancelled_within_two_seconds(crew: Crew) -> None:
    job_id = crew.enqueue("test.gate")
    worker = crew.hire(until_idle=True)
    wait_for(lambda: crew.begun(job_id))
    asked = time.monotonic()
    crew.cancel(job_id)
    wait_for(lambda: crew.job(job_id).state == "cancelled", seconds=2.0)
    assert time.monotonic() - asked < 2.0
    settle(crew, worker)
    assert crew.effects(job_id) == ["cancelled"]


def test_a_handler_that_does_not_listen_is_killed(crew: Crew) -> None:
    crew.settings = replace(crew.settings, worker_stop_seconds=0.3)
    job_id = crew.enqueue("test.deaf")
    worker = crew.hire(until_idle=True)
    (child,) = wait_for(lambda: crew.begun(job_id))
    crew.cancel(job_id)
    wait_for(lambda: crew.job(job_id).state == "cancelled", seconds=5.0)
    assert not alive(child)
    settle(crew, worker)


def test_a_cancelled_job_may_keep_its_best(crew: Crew) -> None:
    job_id = crew.enqueue("test.keep_best")
    worker = crew.hire(until_idle=True)
    wait_for(lambda: crew.begun(job_id))
    crew.cancel(job_id)
    settle(crew, worker)
    assert (crew.job(job_id).state, crew.job(job_id).result) == ("done", {"best": 71})


@pytest.mark.parametrize("kind", ["test.gate", "test.keep_best"])
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_gives_its_job_back(crew: Crew, kind: str, told: signal.Signals) -> None:
    job_id = crew.enqueue(kind)
    worker = crew.hire()
    (child,) = wait_for(lambda: crew.begun(job_id))
    worker.send_signal(told)
    settle(crew, worker)
    job = crew.job(job_id)
    assert (job.state, job.attempt, job.result, job.worker_id) == ("queued", 0, None, None)
    assert not alive(child)
    crew.open_gate()
    assert run(crew.settings, until_idle=True) == 1
    assert (crew.job(job_id).state, crew.job(job_id).attempt) == ("done", 1)


def test_a_second_signal_does_not_wait_for_a_handler_that_does_not_listen(crew: Crew) -> None:
    crew.settings = replace(crew.settings, worker_stop_seconds=60.0)
    job_id = crew.enqueue("test.deaf")
    worker = crew.hire()
    wait_for(lambda: crew.begun(job_id))
    worker.send_signal(signal.SIGTERM)
    wait_for(lambda: "reason=shutdown" in crew.words(worker))
    worker.send_signal(signal.SIGTERM)
    settle(crew, worker)
    assert (crew.job(job_id).state, crew.job(job_id).attempt) == ("queued", 0)


def test_a_killed_worker_takes_its_child_along_and_another_takes_over(crew: Crew) -> None:
    job_id = crew.enqueue("test.gate")
    first = crew.hire()
    (child,) = wait_for(lambda: crew.begun(job_id))
    first.kill()
    first.wait(timeout=60)
    wait_for(lambda: not alive(child), seconds=2.0)
    second = crew.hire(until_idle=True)
    wait_for(lambda: len(crew.begun(job_id)) == 2)
    crew.open_gate()
    settle(crew, second)
    assert (crew.job(job_id).state, crew.job(job_id).attempt) == ("done", 2)
    assert crew.effects(job_id) == ["done"]


def test_a_child_notices_the_end_of_its_worker_by_the_socket_too(crew: Crew) -> None:
    """Without the kernel's help, as on systems other than Linux."""
    code = (
        "import sys; from multiprocessing.connection import Connection; from app.jobs.child import Child;"
        "Child(Connection(int(sys.argv[1]))).serve()"
    )
    ours, theirs = Pipe()
    with theirs:
        child = subprocess.Popen([sys.executable, "-c", code, str(theirs.fileno())], pass_fds=[theirs.fileno()])
    ours.send_bytes(json.dumps({"setup": asdict(crew.settings), "level": 20}).encode())
    assert json.loads(ours.recv_bytes()) == {"ready": True}
    ours.close()
    assert child.wait(timeout=60) == 3


def test_the_write_of_a_worker_that_slept_past_its_lease_is_refused(crew: Crew) -> None:
    job_id = crew.enqueue("test.gate")
    sleeper = crew.hire()
    (child,) = wait_for(lambda: crew.begun(job_id))
    for pid in (sleeper.pid, child):
        os.kill(pid, signal.SIGSTOP)
    second = crew.hire(until_idle=True)
    wait_for(lambda: len(crew.begun(job_id)) == 2)
    crew.open_gate()
    settle(crew, second)
    done = crew.job(job_id)
    # The child first: it is at the gate, finds it open, and tries to store what it has.
    os.kill(child, signal.SIGCONT)
    wait_for((crew.folder / "refused").exists)
    os.kill(sleeper.pid, signal.SIGCONT)
    wait_for(lambda: f"job {job_id} lost state=taken-over" in crew.words(sleeper))
    after = crew.job(job_id)
    assert (after.worker_id, after.attempt, after.finished_at) == (done.worker_id, 2, done.finished_at)
    assert crew.effects(job_id) == ["done"]


def test_a_worker_that_slept_past_its_lease_ends_work_that_is_not_its_own_any_more(crew: Crew) -> None:
    job_id = crew.enqueue("test.gate")
    sleeper = crew.hire()
    wait_for(lambda: crew.begun(job_id))
    os.kill(sleeper.pid, signal.SIGSTOP)
    second = crew.hire()
    wait_for(lambda: len(crew.begun(job_id)) == 2)
    os.kill(sleeper.pid, signal.SIGCONT)
    wait_for(lambda: "reason=lost" in crew.words(sleeper) and "state=taken-over" in crew.words(sleeper))
    assert crew.job(job_id).state == "running", "with the second worker"
    crew.open_gate()
    wait_for(lambda: crew.job(job_id).state == "done")
    assert crew.effects(job_id) == ["done"]
    assert second.poll() is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_bears_with_a_database_that_goes_away(crew: Crew) -> None:
    job_id = crew.enqueue("test.gate")
    worker = crew.hire()
    wait_for(lambda: crew.begun(job_id))
    cut = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with crew.database.transaction() as session:
        assert session.scalar(cut)
    crew.open_gate()
    wait_for(lambda: crew.job(job_id).state == "done")
    after = crew.enqueue("test.count")
    wait_for(lambda: crew.job(after).state == "done")
    assert worker.poll() is None


def test_four_workers_share_a_queue_and_do_each_job_once(crew: Crew) -> None:
    ids = [crew.enqueue("test.count", seconds=0.05) for _ in range(24)]
    workers = [crew.hire(until_idle=True) for _ in range(4)]
    wait_for(lambda: crew.count("done") >= 3)
    workers[0].kill()
    settle(crew, *workers[1:])
    assert crew.count("done") == len(ids)
    assert [crew.effects(job_id) for job_id in ids] == [["done"]] * len(ids)


def test_workers_are_listed_while_they_live(crew: Crew) -> None:
    def seen() -> bool:
        with crew.database.reading() as session:
            return presence.worker_seen(session, seconds=30)

    assert not seen()
    worker = crew.hire()
    wait_for(seen)
    worker.terminate()
    settle(crew, worker)
    assert not seen(), "it has said that it stops"
    with crew.database.reading() as session:
        (listed,) = session.scalars(select(Worker))
    assert (listed.process, listed.stopped_at is not None) == (worker.pid, True)


def test_a_worker_does_not_start_without_a_database(settings: Settings) -> None:
    with pytest.raises(OperationalError):
        run(replace(settings, database_url="postgresql+psycopg://gotong@127.0.0.1:1/gotong"), once=True)
