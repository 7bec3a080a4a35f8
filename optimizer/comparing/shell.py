"""`gotong compare`: solutions of one problem side by side, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from optimizer.compare import compare
from optimizer.comparing.wording import MOST, as_text
from optimizer.errors import DocumentRefused
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse

EPILOG = (
    "Exit codes: 0 compared, 2 usage, 3 refused document (also: a solution does not belong to the problem, or does not verify)."
    "  Example: gotong compare problem.json optimum.json wishes.json"
)


def compare_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solutions: Annotated[list[Path], typer.Argument(help="Two or more of its solutions; the first is compared with.")],
    *,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    moves: Annotated[int, typer.Option(min=0, help="How many chains of moves to show.")] = MOST,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Set solutions side by side: tiers, by region, sponsor and group, and who moved for the sake of what."""
    check_names(problem, *solutions)
    check_language(language)
    if len(solutions) < 2:
        fail("One solution alone cannot be compared: name two or more.")
    try:
        read = read_problem(load(problem, as_json=as_json))
        compared = compare(read, {name: load(path, as_json=as_json) for name, path in _named(solutions).items()})
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(compared.document(), ensure_ascii=False))
        return
    for line in as_text(compared, language, moves):
        typer.echo(line)


def _named(paths: list[Path]) -> dict[str, Path]:
    """Return the files by a short name: without folder and suffix where that is enough."""
    short = [path.name.removesuffix(".gz").removesuffix(".json") for path in paths]
    if len(set(short)) == len(short):
        return dict(zip(short, paths, strict=True))
    return {f"{position + 1}:{path}": path for position, path in enumerate(paths)}
