"""Both backends give the same answers in the same order, lose nothing with a worker, and stop when they are told to."""

import importlib.util
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from optimizer import DocumentRefused, write_document
from optimizer.parallel import Pool, TaskFailed, backend
from tests.benchmarks.families import FAMILIES
from tests.parallel import work
from tests.parallel.work import Once

RAY = importlib.util.find_spec("ray") is not None
WITHOUT_RAY = pytest.mark.skipif(not RAY, reason="the extra `ray` is not installed: make setup-ray")
ON_RAY = pytest.param("ray", marks=[WITHOUT_RAY, pytest.mark.filterwarnings("default")])

MISSING = "Ray is not installed; the extra `ray` brings it: pip install 'gotong[ray]'."


@pytest.fixture(scope="module", params=["local", ON_RAY])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """Yield a pool of two workers on this machine; Ray is a real one, started for it."""
    with backend(request.param) as opened:
        yield opened


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.02)  # asks again
    return happens()


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_answers_come_with_their_tasks_in_order_from_several_processes(pool: Pool) -> None:
    assert list(pool.run(work.squared, range(50))) == [(n, n * n) for n in range(50)]
    found = {process for _, process in pool.run(work.process_of, range(12))}
    assert len(found) == 2
    assert os.getpid() not in found


def test_scenarios_have_the_same_solutions_as_in_this_process(pool: Pool) -> None:
    document = FAMILIES["soft"](20, 1)
    with backend("local", workers=1) as here:
        expected = list(here.run(partial(work.solved, document), range(4)))
    assert list(pool.run(partial(work.solved, document), range(4))) == expected
    assert {answer["status"] for _, answer in expected} == {"optimal"}


def test_a_task_that_ends_its_worker_is_run_again_and_nothing_is_lost(pool: Pool, tmp_path: Path) -> None:
    tasks = [Once(tmp_path, number, deadly=number in {2, 5}) for number in range(8)]
    assert [answer for _, answer in pool.run(work.dying, tasks)] == [number * 10 for number in range(8)]
    runs = [len(list(tmp_path.glob(f"{number}-*"))) for number in range(8)]
    assert runs[2] >= 2
    assert runs[5] >= 2


def test_a_worker_killed_from_outside_in_the_middle_loses_nothing(pool: Pool, tmp_path: Path) -> None:
    tasks = [Once(tmp_path, number, deadly=number == 1) for number in range(6)]
    killed = []

    def kill() -> None:
        if within(120, (tmp_path / "1").exists):
            killed.append(int((tmp_path / "1").read_text(encoding="ascii")))
            os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    assert [answer for _, answer in pool.run(work.asked_for_a_kill, tasks)] == [0, 10, 20, 30, 40, 50]
    killer.join()
    assert killed


def test_a_task_that_always_ends_its_worker_is_named_and_not_tried_for_ever(pool: Pool, tmp_path: Path) -> None:
    tasks = [Once(tmp_path, number, always=number == 1) for number in range(3)]
    with pytest.raises(TaskFailed, match="Task 1 lost its worker every time: Once") as failed:
        list(pool.run(work.dying, tasks))
    assert failed.value.task == tasks[1]
    assert len(list(tmp_path.glob("1-*"))) == 3


def test_an_error_comes_with_its_task_when_its_turn_has_come(pool: Pool) -> None:
    fails_in_its_turn(pool)


def test_an_error_in_this_process_comes_likewise() -> None:
    with backend(workers=1) as here:
        fails_in_its_turn(here)


def fails_in_its_turn(pool: Pool) -> None:
    seen: list[int] = []
    with pytest.raises(TaskFailed, match="Task 3 failed: 3") as failed:
        seen.extend(task for task, _ in pool.run(work.refusing, range(100)))
    assert seen == [0, 1, 2]
    assert (failed.value.task, failed.value.position) == (3, 3)
    cause = failed.value.__cause__
    assert isinstance(cause, DocumentRefused)
    assert cause.errors[0].pointer == "/format"
    assert [answer for _, answer in pool.run(work.squared, [4, 5])] == [16, 25]
    with pytest.raises(TaskFailed, match="Task 0") as failed:
        list(pool.run(work.refusing, [5]))
    assert "5 and 7" in str(failed.value.__cause__)


def test_cancelling_returns_what_is_there_within_two_seconds_and_stops_the_rest(pool: Pool, tmp_path: Path) -> None:
    tasks = [tmp_path / "0-quick", tmp_path / "1-slow", tmp_path / "2-quick", tmp_path / "3-slow", tmp_path / "4-quick"]
    cancelled = threading.Event()
    at: list[float] = []

    def cancel() -> None:
        within(120, tasks[3].exists)
        at.append(time.monotonic())
        cancelled.set()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    found = list(pool.run(work.for_ever, tasks, cancelled=cancelled.is_set))
    assert time.monotonic() - at[0] < 2
    canceller.join()
    assert [task.name for task, _ in found][:2] == ["0-quick", "2-quick"]
    processes = [int(tasks[n].read_text(encoding="ascii")) for n in (1, 3)]
    assert within(20, lambda: not any(alive(process) for process in processes))
    assert list(pool.run(work.squared, [3])) == [(3, 9)]


def test_time_that_is_up_ends_a_run(pool: Pool, tmp_path: Path) -> None:
    assert list(pool.run(work.for_ever, [tmp_path / "slow"], seconds=0.5)) == []
    assert list(pool.run(work.squared, itertools.count(), seconds=0)) == []


def test_who_stops_listening_stops_what_runs(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    with backend() as pool:
        run = pool.run(work.for_ever, [tmp_path / "quick", slow])
        assert next(run).answer == 1
        assert within(120, slow.exists)
        process = int(slow.read_text(encoding="ascii"))
        run.close()
        assert not alive(process)


PARENT = """
import sys
from pathlib import Path
from optimizer.parallel import backend
from tests.parallel import work

if __name__ == "__main__":
    with backend() as pool:
        list(pool.run(work.for_ever, [Path(sys.argv[1]) / "1", Path(sys.argv[1]) / "2"]))
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, program, tmp_path], env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    marks = [tmp_path / "1", tmp_path / "2"]
    assert within(120, lambda: all(mark.exists() and mark.read_text() for mark in marks))
    parent.kill()
    parent.wait()
    assert within(20, lambda: not any(alive(int(mark.read_text())) for mark in marks))


def test_tasks_are_taken_as_workers_become_free() -> None:
    with backend() as pool:
        run = pool.run(work.squared, itertools.count())
        assert [next(run) for _ in range(3)] == [(0, 0), (1, 1), (2, 4)]
    taken = itertools.count()
    with backend(workers=1) as here:
        assert next(here.run(work.squared, taken)) == (0, 0)
    assert next(taken) == 1


def test_what_cannot_run_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="'grid' is neither"):
        backend("grid")
    with pytest.raises(ValueError, match="at least one worker"):
        backend(workers=0)
    with pytest.raises(RuntimeError, match="not open"):
        backend().run(work.squared, [1])


@pytest.mark.skipif(RAY, reason="Ray is installed here")
def test_a_missing_ray_is_said_with_its_remedy(tmp_path: Path) -> None:
    write_document(tmp_path / "problem.json", FAMILIES["soft"](12, 1))
    asked = ["explain", *[str(tmp_path / "problem.json")] * 2, "--fund", "f", "--ray", "auto"]
    told = subprocess.run([sys.executable, "-m", "optimizer", *asked], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr.strip() == MISSING
