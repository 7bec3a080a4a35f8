"""What both backends have in common: results in the order of their tasks, lost workers, failures and cancelling."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
ASK_AGAIN = 0.2  # seconds after which `cancelled` is asked again


class Done(NamedTuple, Generic[Task, Answer]):
    """A task and what the function returned for it."""

    task: Task
    answer: Answer


class TaskFailed(Exception):  # noqa: N818 - a task that failed, not an error of the pool
    """A task raised something (the cause), or lost its worker every time; `task` is that task and `position` its place."""

    def __init__(self, task: object, position: int, why: str) -> None:
        self.task = task
        self.position = position
        super().__init__(f"Task {position} {why}: {_short(task)}")


class BackendMissing(Exception):  # noqa: N818 - says what is missing
    """The package that a backend needs is not installed, or nothing runs at the address."""


def _short(task: object) -> str:
    text = repr(task)
    return text if len(text) <= 200 else text[:199] + "…"


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt at a task ended: an answer, or an error that it raised, or neither: its worker was lost."""

    position: int
    answer: Any = None
    error: BaseException | None = None
    lost: bool = False


class Crew(Protocol):
    """A backend: it has workers, starts attempts and says how they ended."""

    tries: int  # how often a task may lose its worker before it counts as the one to blame

    def open(self) -> None:
        """Start the workers."""

    def begin(self, function: Callable[[Any], Any]) -> None:
        """Take the function of the tasks that follow."""

    def room(self) -> int:
        """Return how many tasks can be started now."""

    def start(self, position: int, task: Any) -> None:
        """Start an attempt at a task."""

    def ended(self, seconds: float) -> list[Ended]:
        """Wait for attempts to end, for at most so many seconds, and return those that did."""

    def abandon(self) -> None:
        """Stop whatever runs, at once."""

    def close(self) -> None:
        """Stop the workers."""


@dataclass
class _Run(Generic[Task]):
    """One call of `run`: tasks by position, from their start until their answer has been handed out."""

    tasks: dict[int, Task] = field(default_factory=dict)
    answers: dict[int, Any] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    again: deque[int] = field(default_factory=deque)
    running: int = 0
    next: int = 0


class Pool:
    """Runs tasks on the workers of one backend; use it with `with`, one `run` at a time."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._open = False

    def __enter__(self) -> Self:
        """Start the workers.

        Raises:
            BackendMissing: nothing runs at the address of a Ray.
        """
        self._crew.open()
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the workers, whatever they are doing."""
        self._open = False
        self._crew.close()

    def run(
        self,
        function: Callable[[Task], Answer],
        tasks: Iterable[Task],
        *,
        cancelled: Callable[[], bool] | None = None,
        seconds: float | None = None,
    ) -> Generator[Done[Task, Answer], None, None]:
        """Yield every task with its answer, in the order of the tasks; they are taken from `tasks` as workers become free.

        A task whose worker is lost is run again by another one. A task that raises, or that loses its worker time and again, ends the
        run when its turn comes. Whoever stops listening stops what runs.

        Args:
            function: a function of a module, or a partial of one; depends on its task only, since it may run more than once.
            tasks: what to run it on.
            cancelled: asked a few times a second; once it returns True, what is running is stopped, and the answers that are
                there come, those behind a gap too.
            seconds: the same after so many seconds.

        Raises:
            TaskFailed: with the task; what it raised is the cause.
        """
        if not self._open:
            raise RuntimeError("The pool is not open; use it with `with`.")
        deadline = None if seconds is None else time.monotonic() + seconds

        def over() -> bool:
            return (cancelled is not None and cancelled()) or (deadline is not None and time.monotonic() >= deadline)

        return self._run(function, tasks, over)

    def _run(
        self, function: Callable[[Task], Answer], tasks: Iterable[Task], over: Callable[[], bool]
    ) -> Generator[Done[Task, Answer], None, None]:
        run: _Run[Task] = _Run()
        self._crew.begin(function)
        coming = enumerate(tasks)
        try:
            while not over():
                self._start(run, coming)
                if not run.running:
                    break
                for one in self._crew.ended(ASK_AGAIN):
                    self._take(run, one)
                while run.next in run.answers:
                    yield _hand_out(run, run.next)
                    run.next += 1
            for one in self._crew.ended(0):
                self._take(run, one)
            for position in sorted(run.answers):
                yield _hand_out(run, position)
        finally:
            self._crew.abandon()

    def _start(self, run: _Run[Task], coming: Iterator[tuple[int, Task]]) -> None:
        """Give every free worker a task: first those that lost theirs, then new ones."""
        room = self._crew.room()
        for _ in range(min(room, len(run.again))):
            self._attempt(run, run.again.popleft())
            room -= 1
        for position, task in islice(coming, room):
            run.tasks[position] = task
            self._attempt(run, position)

    def _attempt(self, run: _Run[Task], position: int) -> None:
        run.running += 1
        run.tried[position] = run.tried.get(position, 0) + 1
        self._crew.start(position, run.tasks[position])

    def _take(self, run: _Run[Task], one: Ended) -> None:
        run.running -= 1
        if not one.lost:
            run.answers[one.position] = one
        elif run.tried[one.position] < self._crew.tries:
            run.again.append(one.position)
        else:
            run.answers[one.position] = one


def _hand_out(run: _Run[Task], position: int) -> Done[Task, Any]:
    one, task = run.answers.pop(position), run.tasks.pop(position)
    run.tried.pop(position)
    if one.lost:
        raise TaskFailed(task, position, "lost its worker every time")
    if one.error is not None:
        raise TaskFailed(task, position, "failed") from one.error
    return Done(task, one.answer)
