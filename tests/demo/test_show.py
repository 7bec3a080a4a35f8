"""The demo leaves nothing behind: its worker, and the worker's own child, end with it, however it is ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.core.database import Database
from app.jobs.models import Worker
from tests.jobs.crew import ROOT, alive, wait_for

PROGRAM = "import sys; from app.demo.show import serve_with_worker; serve_with_worker(sys.argv[1], int(sys.argv[2]))"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
def test_a_demo_that_is_ended_takes_its_worker_with_it(
    how: signal.Signals, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "gotong.db")
    url, port = f"sqlite:///{tmp_path / 'gotong.db'}", free_port()
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GOTONG_")}
    command = [sys.executable, "-c", PROGRAM, url, str(port)]
    with Database(url) as database, (tmp_path / "demo.log").open("wb") as log:
        with subprocess.Popen(command, env=ours, cwd=ROOT, stdout=log, stderr=log) as demo:

            def worker() -> int | None:
                with database.reading() as session:
                    return session.scalar(select(Worker.process))

            try:
                serving = wait_for(worker, 60)
                assert serving in children(demo.pid)
                attempting = wait_for(lambda: children(serving), 60)
                wait_for(lambda: answers(port), 60)
            finally:
                demo.send_signal(how)
        wait_for(lambda: not alive(serving), 30)
        wait_for(lambda: not any(alive(one) for one in attempting), 30)
        with database.reading() as session:
            assert session.scalars(select(Worker.stopped_at)).one() is not None, "the worker did not take its leave"
