"""`gotong fairness`: what it costs that no region or group falls below a floor, from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from optimizer.errors import DocumentRefused
from optimizer.fairness.curve import Curve, price_of_fairness
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, load, refuse
from optimizer.solve import Limits

EPILOG = (
    "Exit codes: 0 told, 2 usage, 3 refused document (also: no solution, or an unknown tag)."
    "  Example: gotong fairness problem.json --over regions --steps 5"
)
HEAD: Final = (
    ("batas bawah", "yang paling sedikit", "harga", "nilai tujuan"),
    ("floor", "least served", "price", "values of the goals"),
)
IMPOSSIBLE: Final = (
    "Batas bawah {floor} tidak dapat dipenuhi.",
    "A floor of {floor} cannot be met, or not in the limit.",
)
OPEN: Final = ("belum terbukti", "not proven")


def fairness_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    *,
    over: Annotated[str, typer.Option(help="regions, or tags:f,m with tags of volunteers.")] = "regions",
    steps: Annotated[int, typer.Option(min=1, max=100, help="How many floors between none and the highest.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides ties.")] = 0,
    work_limit: Annotated[
        float | None, typer.Option("--work-limit", min=0.0, help="Deterministic work for each.")
    ] = None,
    time_limit: Annotated[float, typer.Option("--time-limit", min=0.0, help="Wall seconds for each solve.")] = 60.0,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print the curve as JSON.")] = False,
) -> None:
    """Show the price of fairness: what each goal loses as the floor for the least served region or group rises."""
    check_names(problem)
    check_language(language)
    limits = Limits(seconds=time_limit) if work_limit is None else Limits(work=work_limit)
    try:
        curve = price_of_fairness(
            read_problem(load(problem, as_json=as_json)), over, steps=steps, seed=seed, limits=limits
        )
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    if as_json:
        points = [
            {"floor": one.floor, "status": one.status, "least": one.least}
            | {"tiers": [{"value": value, "bound": bound} for value, bound in one.tiers]}
            for one in curve.points
        ]
        typer.echo(
            json.dumps({"over": curve.over, "points": points, "impossible": curve.impossible}, ensure_ascii=False)
        )
        return
    for line in _as_text(curve, 0 if language == "id" else 1):
        typer.echo(line)


def _as_text(curve: Curve, column: int) -> Iterator[str]:
    free = curve.points[0]
    floor, least, price, values = HEAD[column]
    yield f"{floor:>12}  {least:>20}  {price:>8}  {values}"
    for one in curve.points:
        lost = one.price(free, 0) if one.tiers else None
        shown = "–" if lost is None else f"{100 * lost:.2f} %"
        told = ", ".join(f"{value:,}" for value, _ in one.tiers)
        note = "" if one.status == "optimal" else f"  ({OPEN[column]})"
        bar = "█" * round(40 * (lost or 0))
        yield f"{_percent(one.floor):>12}  {_percent(one.least or 0):>20}  {shown:>8}  {told}{note}  {bar}".rstrip()
    if curve.impossible is not None:
        yield IMPOSSIBLE[column].format(floor=_percent(curve.impossible))


def _percent(thousandths: int) -> str:
    return f"{thousandths / 10:.1f} %"
