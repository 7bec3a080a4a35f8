"""`gotong wishes`: place by wishes, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from optimizer.documents import write_document
from optimizer.errors import DocumentRefused
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse
from optimizer.solve import Limits
from optimizer.wishes.mechanism import nearest, wishes_first
from optimizer.wishes.plan import PlanNotFound
from optimizer.wishes.wording import as_text

BROKEN, NOTHING = 1, 5
EPILOG = (
    "Exit codes: 0 a lawful solution was written, 1 a rule that cannot be held is broken (named; no solution is written),"
    " 2 usage, 3 refused document, 5 no plan of seats in the limit.  Example: gotong wishes problem.json --out wishes.json --seed 7"
)


def wishes_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the solution, .json or .json.gz.")],
    *,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides ties.")] = 0,
    report: Annotated[
        Path | None, typer.Option("--report", help="Where to write what is promised and what is not.")
    ] = None,
    nearest_lawful: Annotated[
        bool, typer.Option("--nearest", help="Where a rule is broken, change as little as possible until all hold.")
    ] = False,
    work_limit: Annotated[
        float, typer.Option("--work-limit", min=0.0, help="Deterministic work for each solve.")
    ] = 10.0,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Place people by their own wishes: deferred acceptance with the posts' priorities under regional caps."""
    check_names(problem, out, *([] if report is None else [report]))
    check_language(language)
    limits = Limits(work=work_limit)
    try:
        found = wishes_first(read_problem(load(problem, as_json=as_json)), seed=seed, limits=limits)
        if nearest_lawful and not found.lawful:
            found = nearest(found, limits) or found
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    except PlanNotFound:
        typer.echo("No plan of seats was found in the limit; raise --work-limit.", err=True)
        raise typer.Exit(NOTHING) from None
    try:
        if found.lawful:
            write_document(out, found.solution)
        if report is not None:
            write_document(report, found.report())
    except OSError as error:
        fail(f"Cannot write {error.filename}: {error.strerror}.")
    for line in [json.dumps(found.report(), ensure_ascii=False)] if as_json else as_text(found, language):
        typer.echo(line)
    raise typer.Exit(0 if found.lawful else BROKEN)
