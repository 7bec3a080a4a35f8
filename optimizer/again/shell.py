"""`gotong again`: a published round in which somebody drops out, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from optimizer.again.wording import as_text
from optimizer.documents import write_document
from optimizer.errors import DocumentRefused
from optimizer.explaining.questions import QuestionRefused
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse
from optimizer.solve import Limits

EPILOG = (
    "Exit codes: 0 filled up, 2 usage (also: somebody unknown drops out), 3 refused document (also: the solution does not belong to"
    " the problem, or does not verify), 4 impossible without them, 5 nothing found in the limit."
    "  Example: gotong again problem.json solution.json --without v1 --without v2 --out new.json --problem-out rest.json"
)
EXIT = {"optimal": 0, "feasible": 0, "infeasible": 4, "unknown": 5}


def again_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solution: Annotated[Path, typer.Argument(help="Its published solution, .json or .json.gz.")],
    *,
    without: Annotated[list[str] | None, typer.Option(help="Who dropped out; again for each.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the new solution.")] = None,
    problem_out: Annotated[
        Path | None, typer.Option("--problem-out", help="Where to write the problem without them, which it answers.")
    ] = None,
    goals: Annotated[
        int, typer.Option(min=0, help="So many goals come before keeping everybody else where they are.")
    ] = 1,
    check: Annotated[
        float | None,
        typer.Option(min=0.1, help="Also solve from scratch for so many seconds, and never be worse on those goals."),
    ] = None,
    time_limit: Annotated[float, typer.Option("--time-limit", min=0.0, help="Wall seconds.")] = 2.0,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Fill up what became free when somebody drops out, with the fewest changes for everybody else."""
    # Brings the engine for large rounds along, whose compiled loops no other command needs to load.
    from optimizer.again.plan import again  # noqa: PLC0415

    written = [(path, name) for path, name in ((out, "solution"), (problem_out, "problem")) if path is not None]
    check_names(problem, solution, *(path for path, _ in written))
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        given = load(solution, as_json=as_json)
        found = again(read, given, without or (), limits=Limits(seconds=time_limit), goals=goals, check=check)
    except QuestionRefused as error:
        fail("\n".join(f"{one.message} {one.remedy}" for one in error.errors))
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    documents = {"solution": found.solution.document(), "problem": dict(found.problem.document)}
    for path, name in written:
        try:
            write_document(path, documents[name])
        except OSError as error:
            fail(f"Cannot write {path}: {error.strerror}.")
    for line in [json.dumps(found.document(), ensure_ascii=False)] if as_json else as_text(found, language):
        typer.echo(line)
    raise typer.Exit(EXIT[found.solution.status])
