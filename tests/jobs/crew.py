"""Real worker processes, and ways to wait for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, select, text

from app.core.database import Database
from app.jobs import queue
from app.jobs.models import Job
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import sys; from app.settings import Settings; from app.worker import run;"
    "run(Settings.from_environment(), until_idle='until-idle' in sys.argv)"
)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float = 60.0) -> T:
    """Return the first true value of `condition`; fail after `seconds`."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"still waiting after {seconds} s"
        time.sleep(0.02)  # between two looks


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Crew:
    """The workers of one test, and the jobs that they work on."""

    settings: Settings
    database: Database
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self, *, until_idle: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker; its words go to a file of its own."""
        s = self.settings
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
        environment |= {
            "GOTONG_ENVIRONMENT": "test",
            "GOTONG_DATABASE_URL": s.database_url,
            "GOTONG_TASK_MODULES": ",".join(s.task_modules),
            "GOTONG_WORKER_LEASE_SECONDS": str(s.worker_lease_seconds),
            "GOTONG_WORKER_POLL_SECONDS": str(s.worker_poll_seconds),
            "GOTONG_WORKER_STOP_SECONDS": str(s.worker_stop_seconds),
            "GOTONG_JOB_BACKOFF_SECONDS": str(s.job_backoff_seconds),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
        }
        number = len(self.processes) + 1
        with (self.folder / f"worker-{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *(["until-idle"] if until_idle else [])],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def words(self, process: subprocess.Popen[bytes]) -> str:
        """Return what a worker has logged so far."""
        return (self.folder / f"worker-{self.processes.index(process) + 1}.log").read_text()

    def enqueue(self, kind: str, **payload: object) -> str:
        """Put a job into the queue; return its id."""
        with self.database.transaction() as session:
            return queue.enqueue(session, kind, {"folder": str(self.folder), **payload}).id

    def job(self, job_id: str) -> Job:
        """Return a job as it is now."""
        with self.database.reading() as session:
            return session.get_one(Job, job_id)

    def count(self, *states: str) -> int:
        """Return how many jobs are in one of `states`."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Job).where(Job.state.in_(states))) or 0

    def effects(self, job_id: str) -> list[str]:
        """Return what the job has done to the world, and what was heard of its end."""
        statement = text("SELECT what FROM effects WHERE job_id = :job_id ORDER BY what")
        with self.database.reading() as session:
            return list(session.scalars(statement, {"job_id": job_id}))

    def begun(self, job_id: str) -> list[int]:
        """Return the child processes in which the job has begun."""
        return [int(path.name.rsplit("-", 1)[1]) for path in self.folder.glob(f"begun-{job_id}-*")]

    def open_gate(self) -> None:
        """Let the jobs that wait at the gate pass."""
        (self.folder / "go").touch()

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a job."""
        with self.database.transaction() as session:
            queue.request_cancel(session, job_id, task_modules=self.settings.task_modules)

    def dismiss(self) -> None:
        """End the workers that this crew has started."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(timeout=60)
