"""`gotong demo`: the demo's round in a summary that a manager would read, and then the service to look around in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from app.core.i18n import speaking
from app.demo.accounts import LOGINS, PASSWORD
from app.demo.cohort import VERSION
from app.demo.journey import STATUS, Outcome, WorkerFailed, carry_through, database_url, worker_command, worker_log
from app.rounds import words
from app.serving import check_port, serve_web
from app.settings import Settings

FOLDER: Final = Path("var")
HOST: Final = "127.0.0.1"
STOP_SECONDS: Final = 15.0


def check(size: str, seed: int) -> int:
    """Carry the cohort through in a folder that goes away; return 0 only where nothing is off."""
    console, errors = Console(), Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="gotong demo ") as folder:
        try:
            outcome = _carried(console, Path(folder), size, seed)
        except WorkerFailed as failed:
            errors.print((Path(folder) / "worker.log").read_text(encoding="utf-8"), markup=False)
            errors.print(f"[red]✗[/] {failed}")
            return 1
    tell(console, outcome)
    for fault in outcome.faults:
        errors.print(f"[red]✗[/] {fault}")
    return 1 if outcome.faults else 0


def serve(size: str, seed: int, port: int) -> int:
    """Carry the cohort through once, print the summary and the log-ins, then serve with a worker until interrupted.

    Raises:
        PortTaken: Before any work is done.
        WorkerFailed: Where the round could not be solved.
    """
    check_port(HOST, port)
    folder = FOLDER / f"demo-{size}-{seed}-v{VERSION}"
    console = Console()
    outcome = _carried(console, folder, size, seed)
    tell(console, outcome)
    logins = Table(title=f"Log-ins on http://{HOST}:{port}/ (password for all: {PASSWORD})")
    for heading in ("role", "e-mail"):
        logins.add_column(heading)
    for login in LOGINS:
        logins.add_row(login.role, login.email)
    console.print(logins)
    serve_with_worker(database_url(folder), port)
    return 1 if outcome.faults else 0


def serve_with_worker(url: str, port: int) -> None:
    """Serve the database with a worker beside it until interrupted; the worker ends with this process, however that ends."""
    # The server reads its settings from the environment, also in processes that it starts.
    os.environ["GOTONG_DATABASE_URL"] = url
    # The server raises the signal that has ended it once more, and by default that would end us before the worker is told.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with _worker(url):
        serve_web(replace(Settings.from_environment(), database_url=url), HOST, port)


@contextmanager
def _worker(url: str) -> Iterator[None]:
    """Let a worker take the jobs that people start on the pages, until the block ends."""
    with worker_log(url) as (environment, log):
        worker = subprocess.Popen(worker_command(), env=environment, stdout=log, stderr=log)  # noqa: S603
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _carried(console: Console, folder: Path, size: str, seed: int) -> Outcome:
    started = time.monotonic()
    with console.status("starting") as status:
        outcome = carry_through(folder, size, seed, told=lambda now: status.update(f"{now} …"))
    console.print(f"Carried through in {time.monotonic() - started:.1f} s.", style="dim")
    return outcome


def tell(console: Console, outcome: Outcome) -> None:
    """Print what a manager would read: filled and asked by region and sponsor, what is empty and why, tiers and seconds."""
    problem, solution = outcome.problem, outcome.solution
    seats = sum(post["seats"] for post in problem["posts"])
    console.print(
        f"[bold]{problem['name']}[/]: {len(problem['volunteers'])} applicants, {seats} seats, "
        f"{len(solution['placements'])} filled; {STATUS[solution['status']]} in {solution['seconds']:.1f} s; "
        f"{'NOT IN ORDER, see below' if outcome.faults else 'verified by the second program, ledger and record in order'}"
    )
    with speaking("en"):
        console.print(_regions(outcome.names, outcome.summary))
        console.print(_sponsors(outcome.names, outcome.summary))
        console.print(_tiers(problem, solution))
        console.print(_reasons("Seats that stay empty, by reason", outcome.names, solution["unfilled"]))
        console.print(_reasons("People without a placement, by reason", outcome.names, solution["unplaced"]))


def _regions(names: Mapping[str, Any], summary: Mapping[str, Any]) -> Table:
    table = Table("region", "filled", "asked", title="By region")
    for code, asked, filled in summary["regions"]:
        table.add_row(f"{code} {words.name_of(names, 'regions', code)}", str(filled), str(asked))
    return table


def _sponsors(names: Mapping[str, Any], summary: Mapping[str, Any]) -> Table:
    table = Table(
        "sponsor", "placements", "used, Rp", "of, Rp", title="By sponsor (a shared placement counts for each)"
    )
    for code, budget, paid, placements in summary["sponsors"]:
        table.add_row(words.name_of(names, "sponsors", code), str(placements), f"{paid:,}", f"{budget:,}")
    return table


def _tiers(problem: Mapping[str, Any], solution: Mapping[str, Any]) -> Table:
    table = Table("tier", "maximises", "value", "proven bound", title="Tiers")
    for number, (weights, tier) in enumerate(zip(problem["objective"], solution["tiers"], strict=True), start=1):
        bound = "not reached" if tier["bound"] is None else f"{tier['bound']:,}"
        table.add_row(str(number), words.goal(weights), f"{tier['value']:,}", bound)
    return table


def _reasons(title: str, names: Mapping[str, Any], rows: list[dict[str, Any]]) -> Table:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[" ".join(text for _, _, text in words.reasons(names, row["why"][:1]))] += row.get("seats", 1)
    table = Table("reason", "number", title=title)
    for sentence, number in counts.most_common():
        table.add_row(sentence, str(number))
    return table
