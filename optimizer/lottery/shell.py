"""`gotong lottery`, `gotong chance` and `gotong draw`: equal chances, known before the draw, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.canonical import digest
from optimizer.documents import write_document
from optimizer.errors import DocumentError, DocumentRefused
from optimizer.lottery.chances import fair_chances
from optimizer.lottery.drawing import draw
from optimizer.lottery.wording import chance_in_words, drawn_in_words, lottery_in_words
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse
from optimizer.solve import Limits
from optimizer.verification.findings import Findings
from optimizer.verification.lotteries import check_lottery

LOTTERY_EPILOG = (
    "Exit codes: 0 written, 2 usage, 3 refused document (also: no solution, or the tiers are not proven in the limit)."
    "  Example: gotong lottery problem.json --out lottery.json --tiers 1"
)
CHANCE_EPILOG = (
    "Exit codes: 0 told, 2 usage (also: an unknown volunteer), 3 refused document (also: another problem's lottery, or a wrong figure)."
    "  Example: gotong chance problem.json lottery.json --volunteer v2"
)
DRAW_EPILOG = (
    "Exit codes: 0 drawn, 2 usage, 3 refused document.  Example: gotong draw problem.json lottery.json --public 'drand 4512345 8f2c…' --out"
    " draw.json; anyone replays it with: gotong verify problem.json --draw draw.json"
)
ProblemFile = Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")]
LotteryFile = Annotated[Path, typer.Argument(help="The lottery, .json or .json.gz.")]
Language = Annotated[str, typer.Option(help="id (Indonesian) or en (English).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def lottery_command(
    problem: ProblemFile,
    out: Annotated[Path, typer.Option("--out", help="Where to write the lottery, .json or .json.gz.")],
    *,
    tiers: Annotated[
        int, typer.Option(min=1, help="How many tiers of the objective count; the rest is left to chance.")
    ] = 1,
    first: Annotated[
        list[str] | None,
        typer.Option(help="Made fair before people's chances: regions, or tags:f,m; repeat it for an order."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the solves; it has nothing to do with the draw.")] = 0,
    work_limit: Annotated[
        float, typer.Option("--work-limit", min=0.0, help="Deterministic work for each solve.")
    ] = 30.0,
    language: Language = "id",
    as_json: AsJson = False,
) -> None:
    """Compute everybody's chances: leximin over all solutions that are equally good on the chosen tiers."""
    check_names(problem, out)
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        found = fair_chances(read, tiers=tiers, first=first or (), seed=seed, limits=Limits(work=work_limit))
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    _write(out, found.document)
    if as_json:
        told = {name: found.document[name] for name in ("tiers", "exact", "gap", "denominator")}
        typer.echo(json.dumps({**told, "digest": digest(found.document), "solves": found.asked}, ensure_ascii=False))
        return
    for line in lottery_in_words(found, language):
        typer.echo(line)


def chance_command(
    problem: ProblemFile,
    lottery: LotteryFile,
    *,
    volunteer: Annotated[str, typer.Option(help="Whose chances.")],
    language: Language = "id",
    as_json: AsJson = False,
) -> None:
    """Tell one person's chance of a place and of each region, as published before the draw."""
    check_names(problem, lottery)
    check_language(language)
    try:
        _, document = _checked(problem, lottery, as_json=as_json)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    one = next((one for one in document["chances"] if one["volunteer"] == volunteer), None)
    if one is None:
        fail(f"There is no volunteer {volunteer!r} in this round. Use an identifier of its list of volunteers.")
    typer.echo(json.dumps(one, ensure_ascii=False) if as_json else chance_in_words(one, language))


def draw_command(
    problem: ProblemFile,
    lottery: LotteryFile,
    *,
    public: Annotated[str, typer.Option("--public", help="The public value that nobody could know before.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the draw, .json or .json.gz.")],
    solution: Annotated[
        Path | None, typer.Option("--solution", help="Where to write the placement drawn by itself.")
    ] = None,
    language: Language = "id",
) -> None:
    """Draw one placement with a public value; the draw can be replayed by anyone."""
    check_names(problem, lottery, out, *([] if solution is None else [solution]))
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=False))
        drawn = draw(read, load(lottery, as_json=False), public)
    except DocumentRefused as error:
        refuse(error, as_json=False)
    _write(out, drawn)
    if solution is not None:
        _write(solution, drawn["solution"])
    typer.echo(drawn_in_words(drawn, language))


def _checked(problem: Path, lottery: Path, *, as_json: bool) -> tuple[Problem, Any]:
    read, document = read_problem(load(problem, as_json=as_json)), load(lottery, as_json=as_json)
    findings = Findings()
    check_lottery(read.document, document, findings)
    if findings.found:
        remedy = "Use the lottery that was computed for this problem."
        raise DocumentRefused([DocumentError(one.pointer, one.code, one.message, remedy) for one in findings.found])
    return read, document


def _write(path: Path, document: Any) -> None:
    try:
        write_document(path, document)
    except OSError as error:
        fail(f"Cannot write {path}: {error.strerror}.")
