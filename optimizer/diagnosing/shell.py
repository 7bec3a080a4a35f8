"""`gotong diagnose`: why a round is impossible and what would make it possible, from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.diagnose import Diagnosis, diagnose
from optimizer.engines.cpsat import Run
from optimizer.errors import DocumentRefused
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.rules import sentence
from optimizer.rules.words import rupiah
from optimizer.shell import check_language, check_names, load, refuse

EPILOG = (
    "Exit codes: 0 the round has a solution, 2 usage, 3 refused document, 4 impossible (and why), 5 not found out in the limit."
    "  Example: gotong diagnose problem.json --time-limit 60"
)
POSSIBLE, IMPOSSIBLE, UNKNOWN = 0, 4, 5
WORDS = {
    "possible": ("Ronde ini dapat diselesaikan.", "This round has a solution."),
    "unknown": ("Belum diketahui dalam batas waktu ini.", "Not found out within this time."),
    "clash": ("Ini tidak dapat berlaku bersama-sama:", "These cannot hold together:"),
    "works": ("Salah satu dari ini sudah cukup:", "Any one of these is enough:"),
    "nothing": ("Tidak ditemukan perbaikan dalam batas waktu ini.", "No repair was found within this time."),
    "fund": ("dana {id}: anggaran {budget}", "fund {id}: budget {budget}"),
    "agreement": ("perjanjian {id}: {low} sampai {high} penempatan", "agreement {id}: {low} to {high} placements"),
    "drop": ("tanpa {id}", "without {id}"),
    "reaches": ("kebutuhan {need}, {placed} penempatan", "need {need}, {placed} placements"),
}


def diagnose_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    *,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    time_limit: Annotated[float, typer.Option("--time-limit", min=0.0, help="Wall seconds.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Decides ties.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the diagnosis as JSON.")] = False,
) -> None:
    """Name the rules that cannot hold together, and the smallest changes after which the round can be solved."""
    check_names(problem)
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        found = diagnose(read, Run(seconds=time_limit, seed=seed))
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(found.document(), ensure_ascii=False))
    else:
        for line in as_text(found, read, language):
            typer.echo(line)
    raise typer.Exit({True: POSSIBLE, False: IMPOSSIBLE, None: UNKNOWN}[found.possible])


def as_text(found: Diagnosis, problem: Problem, language: str) -> Iterator[str]:
    """Yield the lines for a terminal."""
    column = 0 if language == "id" else 1
    if found.conflict is None:
        yield WORDS["possible" if found.possible else "unknown"][column]
        return
    yield WORDS["clash"][column]
    for one in found.conflict:
        yield f"  {_rule(one, problem, language)}"
    yield WORDS["works" if found.relaxations else "nothing"][column]
    for repair in found.relaxations:
        changes = "; ".join(_change(one, column) for one in (repair, *repair.get("also", ())))
        yield f"  {changes} ({WORDS['reaches'][column].format(**repair['reaches'])})"


def _rule(tag: dict[str, str], problem: Problem, language: str) -> str:
    column = 0 if language == "id" else 1
    if tag["kind"] == "policy":
        policy = next(one for one in problem.policies if one.id == tag["id"])
        return f"{policy.id}: {sentence(policy, language)}"
    if tag["kind"] == "fund":
        fund = next(one for one in problem.funds if one.id == tag["id"])
        return WORDS["fund"][column].format(id=fund.id, budget=rupiah(fund.budget))
    deed = next(one for one in problem.agreements if one.id == tag["id"])
    high = "∞" if deed.max_placements is None else deed.max_placements
    return WORDS["agreement"][column].format(id=deed.id, low=deed.min_placements, high=high)


def _change(change: dict[str, Any], column: int) -> str:
    if change["parameter"] == "active":
        return WORDS["drop"][column].format(**change)
    shown = rupiah if change["parameter"] == "budget" else str
    return f"{change['id']}: {change['parameter']} {shown(change['today'])} → {shown(change['works'])}"
