"""The optimizer from a shell, on documents alone: `gotong solve`, `verify`, and the commands that answer (docs/answers.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from optimizer.again.shell import EPILOG as AGAIN_EPILOG
from optimizer.again.shell import again_command
from optimizer.comparing.shell import EPILOG as COMPARE_EPILOG
from optimizer.comparing.shell import compare_command
from optimizer.diagnosing.shell import EPILOG as DIAGNOSE_EPILOG
from optimizer.diagnosing.shell import diagnose_command
from optimizer.documents import write_document
from optimizer.dropouts.shell import EPILOG as WAITLIST_EPILOG
from optimizer.dropouts.shell import waitlist_command
from optimizer.errors import DocumentRefused
from optimizer.explaining.shell import EPILOG as EXPLAIN_EPILOG
from optimizer.explaining.shell import explain_command
from optimizer.fairness.shell import EPILOG as FAIRNESS_EPILOG
from optimizer.fairness.shell import fairness_command
from optimizer.lottery.shell import (
    CHANCE_EPILOG,
    DRAW_EPILOG,
    LOTTERY_EPILOG,
    chance_command,
    draw_command,
    lottery_command,
)
from optimizer.prices.shell import EPILOG as PRICES_EPILOG
from optimizer.prices.shell import prices_command
from optimizer.reading import read_problem
from optimizer.rolling.shell import EPILOG as ROLLING_EPILOG
from optimizer.rolling.shell import rolling_command
from optimizer.shell import check_names, fail, load, refuse
from optimizer.solve import Limits, Progress, Solution, solve
from optimizer.verification.draws import draw_findings
from optimizer.verify import Finding, verify
from optimizer.wishes.shell import EPILOG as WISHES_EPILOG
from optimizer.wishes.shell import wishes_command

app = typer.Typer(help="Solve and verify placement problems.", no_args_is_help=True)
app.command("explain", epilog=EXPLAIN_EPILOG)(explain_command)
app.command("compare", epilog=COMPARE_EPILOG)(compare_command)
app.command("wishes", epilog=WISHES_EPILOG)(wishes_command)
app.command("diagnose", epilog=DIAGNOSE_EPILOG)(diagnose_command)
app.command("fairness", epilog=FAIRNESS_EPILOG)(fairness_command)
app.command("lottery", epilog=LOTTERY_EPILOG)(lottery_command)
app.command("chance", epilog=CHANCE_EPILOG)(chance_command)
app.command("draw", epilog=DRAW_EPILOG)(draw_command)
app.command("waitlist", epilog=WAITLIST_EPILOG)(waitlist_command)
app.command("prices", epilog=PRICES_EPILOG)(prices_command)
app.command("again", epilog=AGAIN_EPILOG)(again_command)
app.command("rolling", epilog=ROLLING_EPILOG)(rolling_command)
EXIT = {"optimal": 0, "feasible": 0, "infeasible": 4, "unknown": 5}
NOT_RIGHT = 1


@app.command(
    "solve",
    epilog="Exit codes: 0 solved, 2 usage, 3 refused document, 4 infeasible (the file says why), 5 nothing found in the limit."
    "  Example: gotong solve problem.json --out solution.json --time-limit 60 --seed 7",
)
def solve_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the solution, .json or .json.gz.")],
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", min=0.0, help="Wall seconds; the best found by then is kept.")
    ] = None,
    work_limit: Annotated[
        float | None,
        typer.Option("--work-limit", min=0.0, help="Deterministic work; the same result on any machine."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides ties.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Threads (not used with --work-limit).")] = 2,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Place the volunteers of a problem document and write the solution."""
    check_names(problem, out)
    document = load(problem, as_json=as_json)
    limits = Limits(60.0 if time_limit is None and work_limit is None else time_limit, work_limit, workers)
    try:
        read = read_problem(document)
        solution = _solve_showing(read, limits, seed, quiet=as_json)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    try:
        write_document(out, solution.document())
    except OSError as error:
        fail(f"Cannot write {out}: {error.strerror}.")
    _report(solution, out, as_json=as_json)
    raise typer.Exit(EXIT[solution.status])


@app.command(
    "verify",
    epilog="Exit codes: 0 every rule holds and every figure is right, 1 something does not, 2 usage, 3 refused document."
    "  Example: gotong verify problem.json solution.json",
)
def verify_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solution: Annotated[Path | None, typer.Argument(help="The solution to check; with --draw, the one drawn.")] = None,
    *,
    drawn: Annotated[
        Path | None, typer.Option("--draw", help="A draw to replay: its commitment, its numbers and its placement.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a solution independently: every rule, every rupiah, every figure."""
    given = [path for path in (solution, drawn) if path is not None]
    if not given:
        fail("Name a solution to check, or a draw to replay with --draw.")
    check_names(problem, *given)
    document = load(problem, as_json=as_json)
    try:
        read_problem(document)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    told = None if solution is None else load(solution, as_json=as_json)
    found = (
        verify(document, told).findings if drawn is None else _replayed(document, load(drawn, as_json=as_json), told)
    )
    if as_json:
        findings = [{"pointer": one.pointer, "code": one.code, "message": one.message} for one in found]
        typer.echo(json.dumps({"ok": not found, "findings": findings}, ensure_ascii=False))
    elif not found:
        if drawn is not None:
            typer.echo(
                "The draw is right: its seed, its outcome and its placement follow from the lottery and the public value."
            )
        typer.echo("The solution is right: every rule holds and every figure is correct.")
    else:
        for one in found:
            typer.echo(f"{one.pointer or '/'}: {one.message} [{one.code}]", err=True)
        typer.echo(f"{len(found)} finding(s): the {'solution' if drawn is None else 'draw'} is not right.", err=True)
    raise typer.Exit(NOT_RIGHT if found else 0)


def _replayed(problem: Any, drawn: Any, told: Any) -> tuple[Finding, ...]:
    """Return what is wrong with a draw, its solution included, and with a solution that is said to come from it."""
    found = list(draw_findings(problem, drawn))
    solution = drawn.get("solution") if isinstance(drawn, dict) else None
    found += [Finding(f"/solution{one.pointer}", one.code, one.message) for one in verify(problem, solution).findings]
    if told is not None and told != solution:
        found.append(Finding("/solution", "other-solution", "The solution given is not the one that was drawn."))
    return tuple(found)


def _solve_showing(read: Any, limits: Limits, seed: int, *, quiet: bool) -> Solution:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        return solve(read, limits=limits, seed=seed)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading")

        def show(progress: Progress) -> None:
            best = "–" if progress.value is None else f"{progress.value:,}"
            bound = "–" if progress.bound is None else f"{progress.bound:,}"
            bar.update(
                task,
                description=f"{progress.phase}: tier {progress.tier + 1} of {progress.tiers}, best {best}, bound {bound}",
            )

        return solve(read, limits=limits, seed=seed, progress=show)


def _report(solution: Solution, out: Path, *, as_json: bool) -> None:
    tiers = [{"value": tier.value, "bound": tier.bound} for tier in solution.tiers]
    if as_json:
        summary = {
            "status": solution.status,
            "tiers": tiers,
            "placed": len(solution.placements),
            "conflict": solution.conflict,
            "seconds": round(solution.seconds, 3),
            "out": str(out),
        }
        typer.echo(json.dumps(summary, ensure_ascii=False))
        return
    typer.echo(f"{solution.status}: {len(solution.placements)} placed in {solution.seconds:.2f} s, written to {out}")
    for position, tier in enumerate(solution.tiers):
        bound = "not reached" if tier.bound is None else f"bound {tier.bound:,}"
        typer.echo(f"  tier {position + 1}: value {tier.value:,}, {bound}")
    if solution.conflict:
        names = ", ".join(f"{item['kind']} {item['id']}" for item in solution.conflict)
        typer.echo(f"  these cannot hold together: {names}")
    for repair in solution.relaxations:
        changes = (
            f"{change['kind']} {change['id']}, {change['parameter']} {change['today']} → {change['works']}"
            for change in (repair, *repair.get("also", ()))
        )
        typer.echo(f"  would work: {'; '.join(changes)}")
