"""Functions that workers run in the tests: workers find them by the name of this module."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer import Limits, read_problem, solve


def squared(number: int) -> int:
    return number * number


def process_of(task: int) -> int:
    """Return who ran it; slow enough that one worker alone cannot take all."""
    time.sleep(0.2)
    return os.getpid()


@dataclass(frozen=True)
class Once:
    """A task that ends its own worker the first time it runs, by the signal that nothing can catch; `marks` says that it has."""

    marks: Path
    number: int
    deadly: bool = False
    always: bool = False


def dying(task: Once) -> int:
    mark = task.marks / f"{task.number}-{time.monotonic_ns()}"
    first = not list(task.marks.glob(f"{task.number}-*"))
    mark.write_text(str(os.getpid()), encoding="ascii")
    if task.always or (task.deadly and first):
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number * 10


def asked_for_a_kill(task: Once) -> int:
    """Say which process this is and wait to be killed from outside, the first time."""
    mark = task.marks / str(task.number)
    if task.deadly and not mark.exists():
        mark.with_suffix(".new").write_text(str(os.getpid()), encoding="ascii")
        mark.with_suffix(".new").rename(mark)
        threading.Event().wait()
    return task.number * 10


class OddError(Exception):
    """Cannot be made again from its own arguments."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def refusing(task: int) -> int:
    if task == 3:
        read_problem({})
    if task == 5:
        raise OddError(5, 7)
    return task


def for_ever(task: Path) -> int:
    """Say that it runs, then run until it is stopped; an odd number ends at once."""
    if task.name.endswith("quick"):
        return 1
    task.write_text(str(os.getpid()), encoding="ascii")
    threading.Event().wait()
    return 0


def solved(document: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the solution of one scenario: the same problem with other ties."""
    found = solve(read_problem(document), limits=Limits(work=2.0), seed=seed).document()
    return {name: part for name, part in found.items() if name != "seconds"}
