"""`gotong rolling`: place one batch with the future in mind, or see how a whole season would have gone, from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.errors import DocumentRefused
from optimizer.problem import Problem
from optimizer.reading import read_problem
from optimizer.rolling.intake import SAMPLES, Learning, hindsight, place_batch, run, shuffled
from optimizer.rolling.program import Triple
from optimizer.rolling.worth import goal_of
from optimizer.shell import check_language, check_names, fail, load, refuse

EPILOG = (
    "Exit codes: 0 answered, 2 usage, 3 refused document.  Examples: gotong rolling problem.json --history earlier.json --to-come 150"
    " --placed so-far.json;  gotong rolling season.json --history earlier.json --batches 10 --orders 10"
)
WORDS = {
    "bound": (
        "Batas terbukti bagi yang sudah tahu semuanya sejak awal: {bound:,.0f}",
        "Proven bound for whoever knows everyone from the start: {bound:,.0f}",
    ),
    "order": (
        "urutan {order}: dengan harga {learned:.1f} %, rakus {greedy:.1f} %",
        "order {order}: with prices {learned:.1f} %, greedy {greedy:.1f} %",
    ),
    "all": (
        "{number} urutan: dengan harga rata-rata {learned:.1f} % (paling rendah {least:.1f} %), rakus rata-rata {greedy:.1f} %",
        "{number} orders: with prices {learned:.1f} % on average ({least:.1f} % at least), greedy {greedy:.1f} % on average",
    ),
    "batch": ("{number} dari {size} ditempatkan sekarang", "{number} of {size} placed now"),
}


def rolling_command(
    problem: Annotated[
        Path, typer.Argument(help="The round; its volunteers are those who came (or come) this season.")
    ],
    *,
    history: Annotated[Path, typer.Option(help="A problem document whose volunteers are earlier cohorts.")],
    to_come: Annotated[
        int | None, typer.Option("--to-come", min=0, help="Place who is not placed yet; so many are still expected.")
    ] = None,
    placed: Annotated[Path | None, typer.Option(help="A solution whose placements stay as they are.")] = None,
    batches: Annotated[int, typer.Option(min=1, help="Without --to-come: in how many batches they come.")] = 10,
    orders: Annotated[int, typer.Option(min=1, help="Without --to-come: in how many orders to try.")] = 10,
    samples: Annotated[int, typer.Option(min=1, help="How many futures to draw from the history.")] = SAMPLES,
    seed: Annotated[int, typer.Option(min=0, help="Decides the draws.")] = 0,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Place people who come in batches, at prices learned from earlier cohorts."""
    check_names(problem, history, *([] if placed is None else [placed]))
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        goal_of(read)
        learning = Learning(read_problem(load(history, as_json=as_json)).volunteers, samples, seed)
        if to_come is None:
            _season(read, learning, batches, range(orders), language, as_json=as_json)
        else:
            before = [] if placed is None else _placed(read, load(placed, as_json=as_json))
            _batch(read, learning, before, to_come, language, as_json=as_json)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)


def _placed(problem: Problem, solution: Any) -> list[Triple]:
    """Return the placements of a solution document, or end with a sentence where one names something unknown."""
    known = (
        {one.id for one in problem.volunteers},
        {one.id for one in problem.posts},
        {one.id for one in problem.agreements},
    )
    rows = solution.get("placements") if isinstance(solution, dict) else None
    found = []
    for row in rows if isinstance(rows, list) else [None]:
        triple = tuple(row.get(name) for name in ("volunteer", "post", "agreement")) if isinstance(row, dict) else ()
        if len(triple) != 3 or not all(name in names for name, names in zip(triple, known, strict=True)):
            fail(
                "The solution given with --placed has placements of people, posts or agreements that the problem has not."
            )
        found.append((str(triple[0]), str(triple[1]), str(triple[2])))
    return found


def _batch(
    problem: Problem, learning: Learning, before: list[Triple], to_come: int, language: str, *, as_json: bool
) -> None:
    names = {person for person, _, _ in before}
    batch = [one for one in problem.volunteers if one.id not in names]
    made = place_batch(problem, before, batch, to_come, learning, turn=len(before))
    if as_json:
        rows = [{"volunteer": person, "post": post, "agreement": agreement} for person, post, agreement in made]
        typer.echo(json.dumps({"placements": rows}, ensure_ascii=False))
        return
    typer.echo(WORDS["batch"][language == "en"].format(number=len(made), size=len(batch)))
    for person, post, agreement in made:
        typer.echo(f"  {person} → {post} ({agreement})")


def _season(problem: Problem, learning: Learning, batches: int, orders: range, language: str, *, as_json: bool) -> None:
    column = language == "en"
    bound = hindsight(problem)
    if not as_json:
        typer.echo(WORDS["bound"][column].format(bound=bound))
    found = []
    for order in orders:
        coming = shuffled(problem, batches, learning.seed + order)
        shares = {
            "learned": run(problem, coming, learning, bound).share,
            "greedy": run(problem, coming, None, bound).share,
        }
        found.append({"order": order, **shares})
        if not as_json:
            figures = {name: 100 * share for name, share in shares.items()}
            typer.echo(WORDS["order"][column].format(order=order + 1, **figures))
    if as_json:
        typer.echo(json.dumps({"bound": bound, "orders": found}))
        return
    means = {name: 100 * sum(one[name] for one in found) / len(found) for name in ("learned", "greedy")}
    least = 100 * min(one["learned"] for one in found)
    typer.echo(WORDS["all"][column].format(number=len(found), least=least, **means))
