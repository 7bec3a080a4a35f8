"""`gotong demo`: a cohort into a database, its placement by the optimizer, the second program's check, and a summary to read.

The round is solved straight from the cohort's problem document; rounds through the service, the queue and a worker are still being
built (docs/plan.md).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from app.applicants.models import Applicant
from app.core import migrations
from app.core.database import Database
from app.demo.accounts import LOGINS, PASSWORD, give_application, open_accounts
from app.demo.cohort import PRESETS, VERSION, make_cohort
from app.demo.document import placement_problem
from app.demo.loading import load
from app.geography import reference
from app.geography.service import load_reference
from app.serving import check_port, serve_web
from app.settings import Settings
from optimizer import Limits, load_document, read_problem, solve, verify, write_document

FOLDER: Final = Path("var")
HOST: Final = "127.0.0.1"
SECONDS: Final = 120.0
UNITS: Final = {
    "optimal": "proven optimal",
    "feasible": "feasible, not proven",
    "infeasible": "impossible",
    "unknown": "nothing found",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A solved cohort: the problem, the solution, and what the independent verifier says against it."""

    problem: dict[str, Any]
    solution: dict[str, Any]
    findings: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Everything that is off: findings of the verifier, and a result that is not proven."""
        found = list(self.findings)
        if self.solution["status"] != "optimal":
            found.append(f"the round is {UNITS[self.solution['status']]}")
        return found


def check(size: str, seed: int) -> int:
    """Carry the cohort through in a folder that goes away; return 0 only where nothing is off."""
    with tempfile.TemporaryDirectory(prefix="gotong-demo-") as folder:
        outcome = prepare(Path(folder), size, seed)
    tell(Console(), outcome)
    for fault in outcome.faults:
        Console(stderr=True).print(f"[red]✗[/] {fault}")
    return 1 if outcome.faults else 0


def serve(size: str, seed: int, port: int) -> int:
    """Carry the cohort through once, print the summary and the log-ins, then serve until interrupted.

    Raises:
        PortTaken: Before any work is done.
    """
    check_port(HOST, port)
    folder = FOLDER / f"demo-{size}-{seed}-v{VERSION}"
    outcome = prepare(folder, size, seed)
    console = Console()
    tell(console, outcome)
    logins = Table(title=f"Log-ins on http://{HOST}:{port}/ (password for all: {PASSWORD})")
    for heading in ("role", "e-mail"):
        logins.add_column(heading)
    for login in LOGINS:
        logins.add_row(login.role, login.email)
    console.print(logins)
    url = _url(folder)
    # The server reads its settings from the environment, also in processes that it starts.
    os.environ["GOTONG_DATABASE_URL"] = url
    serve_web(replace(Settings.from_environment(), database_url=url), HOST, port)
    return 1 if outcome.faults else 0


def prepare(folder: Path, size: str, seed: int) -> Outcome:
    """Return the cohort's outcome from `folder`; whatever is not there yet is made. A crash leaves nothing half-made behind."""
    folder.mkdir(parents=True, exist_ok=True)
    cohort = make_cohort(PRESETS[size], seed)
    problem = placement_problem(cohort)
    _fill(_url(folder), cohort)
    stored = folder / "solution.json"
    if not stored.exists():
        solution = solve(read_problem(problem), limits=Limits(seconds=SECONDS), seed=seed)
        write_document(stored, solution.document())
    document = load_document(stored)
    report = verify(problem, document)
    return Outcome(problem, document, tuple(f"{one.pointer}: {one.message}" for one in report.findings))


def _url(folder: Path) -> str:
    return f"sqlite:///{(folder / 'gotong.db').absolute()}"


def _fill(url: str, cohort: Any) -> None:
    migrations.upgrade(url)
    with Database(url) as database, database.transaction() as session:
        if session.scalars(select(Applicant.id).limit(1)).first() is not None:
            return
        load_reference(session)
        loaded = load(session, cohort)
        users = open_accounts(session, loaded)
        applicant = next(user for user in users.values() if user.role == "applicant")
        give_application(session, applicant, min(loaded.people.values()))


def tell(console: Console, outcome: Outcome) -> None:
    """Print what a manager would read: filled and asked by region and sponsor, what is empty and why, tiers and seconds."""
    started = time.monotonic()
    problem, solution = outcome.problem, outcome.solution
    seats = sum(post["seats"] for post in problem["posts"])
    console.print(
        f"[bold]{problem['name']}[/]: {len(problem['volunteers'])} applicants, {seats} seats, "
        f"{len(solution['placements'])} filled; {UNITS[solution['status']]} in {solution['seconds']:.1f} s; "
        f"{'verified by the second program' if not outcome.findings else 'NOT VERIFIED'}"
    )
    console.print(_regions(problem, solution))
    console.print(_sponsors(problem, solution))
    console.print(_tiers(problem, solution))
    console.print(_reasons("Seats that stay empty, by reason", solution["unfilled"]))
    console.print(_reasons("People without a placement, by reason", solution["unplaced"]))
    console.print(f"Summary written in {time.monotonic() - started:.2f} s.", style="dim")


def _regions(problem: Mapping[str, Any], solution: Mapping[str, Any]) -> Table:
    region_of = {school["id"]: school["region"] for school in problem["schools"]}
    place_of = {post["id"]: region_of[post["school"]] for post in problem["posts"]}
    asked: Counter[str] = Counter()
    for post in problem["posts"]:
        asked[place_of[post["id"]]] += post["seats"]
    filled = Counter(place_of[one["post"]] for one in solution["placements"])
    table = Table("region", "filled", "asked", title="By region")
    for code in sorted(asked):
        table.add_row(f"{code} {reference.regencies()[code].name}", str(filled[code]), str(asked[code]))
    return table


def _sponsors(problem: Mapping[str, Any], solution: Mapping[str, Any]) -> Table:
    sponsor_of = {fund["id"]: fund["sponsor"] for fund in problem["funds"]}
    pays = {agreement["id"]: agreement["pays"] for agreement in problem["agreements"]}
    cost_of = {post["id"]: post["cost"] for post in problem["posts"]}
    budgets: Counter[str] = Counter()
    for fund in problem["funds"]:
        budgets[fund["sponsor"]] += fund["budget"]
    spent: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for one in solution["placements"]:
        lines = dict(cost_of[one["post"]])
        lines["travel"] = one["cost"] - sum(lines.values())
        payers = pays[one["agreement"]]
        paid = {line: payers.get(line, payers.get("*")) for line, amount in lines.items() if amount}
        for line, fund in paid.items():
            spent[sponsor_of[fund]] += lines[line]
        people.update({sponsor_of[fund] for fund in payers.values()})
    table = Table("sponsor", "placements", "used, Rp", "of, Rp", title="By sponsor")
    for sponsor in sorted(budgets):
        table.add_row(sponsor, str(people[sponsor]), f"{spent[sponsor]:,}", f"{budgets[sponsor]:,}")
    return table


def _tiers(problem: Mapping[str, Any], solution: Mapping[str, Any]) -> Table:
    table = Table("tier", "maximises", "value", "proven bound", title="Tiers")
    for number, (weights, tier) in enumerate(zip(problem["objective"], solution["tiers"], strict=True), start=1):
        goal = ", ".join(f"{weight}×{name}" for name, weight in weights.items())
        bound = "not reached" if tier["bound"] is None else f"{tier['bound']:,}"
        table.add_row(str(number), goal, f"{tier['value']:,}", bound)
    return table


def _reasons(title: str, rows: list[dict[str, Any]]) -> Table:
    counts: Counter[str] = Counter()
    for row in rows:
        for reason in row["why"][:1]:
            names = ", ".join(reason.get("funds") or reason.get("policies") or ())
            counts[f"{reason['code']}{f' ({names})' if names else ''}"] += row.get("seats", 1)
    table = Table("reason", "number", title=title)
    for reason_text, number in counts.most_common():
        table.add_row(reason_text, str(number))
    return table
