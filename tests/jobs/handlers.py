"""Jobs for the tests. What they do to the world is a row in `effects`, which has no key, so that a doubled effect shows."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.problems import Conflict
from app.jobs.queue import LeaseLost
from app.jobs.registry import JobContext, JobEnd, handler

SECRET = "phone 0812-3456-789"
EFFECT = text("INSERT INTO effects (job_id, what) VALUES (:job_id, :what)")
PATIENCE = 60.0


def note_end(session: Session, end: JobEnd) -> None:
    """What waited for the job hears of its end."""
    session.execute(EFFECT, {"job_id": end.job_id, "what": end.state})


def fail_on_end(session: Session, end: JobEnd) -> None:
    """A slice whose own code is broken."""
    note_end(session, end)
    raise RuntimeError("the round of this job is gone")


@handler("test.count")
def count(context: JobContext) -> None:
    """Do one thing."""
    until = time.monotonic() + context.payload.get("seconds", 0)
    while time.monotonic() < until:
        pass  # work that holds Python's lock
    with context.finishing({"counted": 1}) as session:
        session.execute(EFFECT, {"job_id": context.job_id, "what": "done"})


@handler("test.gate", ended=note_end)
def gate(context: JobContext) -> None:
    """Say that it has begun, wait until the file `go` is there, then do one thing."""
    folder = Path(context.payload["folder"])
    context.progress({"at": "gate"}, always=True)
    (folder / f"begun-{context.job_id}-{os.getpid()}").touch()
    if not _opened(folder / "go", context):
        return
    try:
        with context.finishing({"passed": True}) as session:
            session.execute(EFFECT, {"job_id": context.job_id, "what": "done"})
    except LeaseLost:
        (folder / "refused").touch()
        raise


@handler("test.keep_best")
def keep_best(context: JobContext) -> None:
    """Work until told to stop, and keep what was reached."""
    folder = Path(context.payload["folder"])
    (folder / f"begun-{context.job_id}-{os.getpid()}").touch()
    _opened(folder / "go", context)
    with context.finishing({"best": 71}):
        pass


@handler("test.deaf")
def deaf(context: JobContext) -> None:
    """Begin, and never ask whether to stop."""
    folder = Path(context.payload["folder"])
    (folder / f"begun-{context.job_id}-{os.getpid()}").touch()
    _opened(folder / "go", None)


@handler("test.steps")
def steps(context: JobContext) -> None:
    """Tell a step each time that its file appears."""
    for step in range(1, 4):
        context.progress({"step": step})
        _opened(Path(context.payload["folder"]) / f"step-{step}", None)


@handler("test.fail", ended=note_end)
def fail(_: JobContext) -> None:
    """Fail with a text that must not be stored."""
    raise RuntimeError(f"cannot call {SECRET}")


@handler("test.refuse")
def refuse(_: JobContext) -> None:
    """Fail in a way that no further attempt mends."""
    raise Conflict


@handler("test.crash")
def crash(context: JobContext) -> None:
    """Die as if the machine had run out of memory, the first time; then succeed."""
    trace = Path(context.payload["folder"]) / "crashed"
    if not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)


@handler("test.broken_end", ended=fail_on_end)
def broken_end(_: JobContext) -> None:
    """Do nothing; its ending is what fails."""


def _opened(path: Path, context: JobContext | None) -> bool:
    """Wait for the file; tell whether it came before the job was to stop."""
    until = time.monotonic() + PATIENCE
    while not path.exists():
        if context is not None and context.cancelled():
            return False
        if time.monotonic() > until:
            raise TimeoutError(path)
        time.sleep(0.02)  # between two looks
    return True
