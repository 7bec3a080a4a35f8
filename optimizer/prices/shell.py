"""`gotong prices`: what more money, wider earmarks and looser rules would be worth, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from optimizer.errors import DocumentRefused
from optimizer.linear import NotSolvedError
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, load, refuse
from optimizer.solve import Limits

EPILOG = (
    "Exit codes: 0 priced, 2 usage, 3 refused document (also: the solution does not belong to the problem, does not verify, or the"
    " problem has no prices), 5 the linear engine gave up.  Example: gotong prices problem.json solution.json --language en"
)
NOTHING_FOUND = 5


def prices_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solution: Annotated[Path, typer.Argument(help="Its solution, .json or .json.gz.")],
    *,
    most: Annotated[int, typer.Option(min=0, help="So many wider earmarks are looked at for each goal.")] = 10,
    confirm: Annotated[int, typer.Option(min=0, help="So many changes are solved again, the dearest first.")] = 20,
    policies: Annotated[bool, typer.Option(help="Say what each rule costs, by solving without it.")] = True,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.0, help="Wall seconds for all prices, and for each solve again.")
    ] = 60.0,
    workers: Annotated[int, typer.Option(min=1, help="Threads.")] = 2,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what the next rupiah, a wider earmark and a looser rule would bring, and what each rule costs this round."""
    # They bring the engine for large rounds along, whose compiled loops no other command needs to load.
    from optimizer.prices.plan import prices  # noqa: PLC0415
    from optimizer.prices.wording import as_text  # noqa: PLC0415

    check_names(problem, solution)
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        given = load(solution, as_json=as_json)
        limits = Limits(seconds=time_limit, workers=workers)
        found = prices(read, given, limits=limits, most=most, confirm=confirm, policies=policies)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    except NotSolvedError as error:
        typer.echo(f"The linear engine gave up: {error}.", err=True)
        raise typer.Exit(NOTHING_FOUND) from error
    for line in [json.dumps(found.document(), ensure_ascii=False)] if as_json else as_text(found, language):
        typer.echo(line)
