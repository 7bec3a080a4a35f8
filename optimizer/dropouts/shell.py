"""`gotong waitlist`: who steps in, how full the round will be and which further offers are safe, from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.dropouts.plan import MOST, Plan
from optimizer.errors import DocumentRefused
from optimizer.reading import read_problem
from optimizer.shell import check_language, check_names, fail, load, refuse

EPILOG = (
    "Exit codes: 0 answered, 2 usage (also: an unknown post), 3 refused document (also: the solution does not belong to the problem,"
    " or does not verify).  Example: gotong waitlist problem.json solution.json --certain 95 --risk 5"
)
WORDS = {
    "fill": (
        "{offers} tawaran: diharapkan {expected:.1f} terisi; dengan peluang {certain:g} % sedikitnya {reached}.",
        "{offers} offers: {expected:.1f} expected to be filled; with a chance of {certain:g} % at least {reached}.",
    ),
    "further": (
        "{number} tawaran tambahan aman (peluang ada yang tak tertampung paling banyak {risk:.2f} %):"
        " diharapkan {expected:.1f} terisi; dengan peluang {certain:g} % sedikitnya {reached}.",
        "{number} further offers are safe (a chance of at most {risk:.2f} % that somebody finds no room):"
        " {expected:.1f} expected to be filled; with a chance of {certain:g} % at least {reached}.",
    ),
    "drawn": (
        "{draws} undian: semua aturan tetap berlaku dalam {kept:.1f} %, rata-rata {filled:.1f} terisi setelah daftar tunggu dipanggil.",
        "{draws} draws: every rule still holds in {kept:.1f} %, {filled:.1f} filled on average after calling up the waitlists.",
    ),
    "broken": ("  {kind} {id}: tidak berlaku dalam {share:.1f} %", "  {kind} {id}: does not hold in {share:.1f} %"),
    "nobody": ("{post}: tidak ada yang dapat menggantikan.", "{post}: nobody can step in."),
    "partly": ("aturan lain masih kurang", "other rules still short"),
}


def waitlist_command(
    problem: Annotated[Path, typer.Argument(help="The problem, .json or .json.gz.")],
    solution: Annotated[Path, typer.Argument(help="Its solution, .json or .json.gz.")],
    *,
    post: Annotated[str | None, typer.Option(help="Show this post only.")] = None,
    certain: Annotated[float, typer.Option(min=0.0, max=100.0, help="Chance of the fill stated, in per cent.")] = 95.0,
    risk: Annotated[
        float, typer.Option(min=0.0, max=100.0, help="Risk that further offers may bring, in per cent; 0: none.")
    ] = 5.0,
    most: Annotated[int, typer.Option(min=1, help="How many are listed for each post.")] = MOST,
    draws: Annotated[int, typer.Option(min=0, help="Draw so many outcomes and say what becomes of the rules.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Decides the draws.")] = 0,
    language: Annotated[str, typer.Option(help="id (Indonesian) or en (English).")] = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Rank who steps in at each post, and say how full the round will be, from everybody's chance to accept."""
    check_names(problem, solution)
    check_language(language)
    try:
        read = read_problem(load(problem, as_json=as_json))
        if post is not None and post not in {one.id for one in read.posts}:
            fail(f"There is no post {post!r}.")
        plan = Plan(read, load(solution, as_json=as_json), risk=risk / 100, most=most)
    except DocumentRefused as error:
        refuse(error, as_json=as_json)
    found = plan.document(certain=certain / 100, drawn=plan.draws(draws, seed))
    if post is not None:
        found["posts"] = [one for one in found["posts"] if one["post"] == post]
    for line in [json.dumps(found, ensure_ascii=False)] if as_json else as_text(found, language):
        typer.echo(line)


def as_text(found: dict[str, Any], language: str) -> Iterator[str]:
    """Yield the lines for a terminal."""
    column = 0 if language == "id" else 1
    certain = 100 * found["certain"]
    booked = found["overbooked"]
    yield WORDS["fill"][column].format(offers=found["offers"], certain=certain, **found["fill"])
    further = {"number": len(booked["offers"]), "risk": 100 * booked["risk"], "certain": certain}
    yield WORDS["further"][column].format(expected=booked["expected"], reached=booked["reached"], **further)
    for one in booked["offers"]:
        yield f"  + {one['volunteer']} → {one['post']} ({one['agreement']}, {100 * one['chance']:.0f} %)"
    if "drawn" in found:
        drawn = found["drawn"]
        figures = {"draws": drawn["draws"], "kept": 100 * drawn["kept"], "filled": drawn["filled"]}
        yield WORDS["drawn"][column].format(**figures)
        for one in drawn["broken"]:
            yield WORDS["broken"][column].format(kind=one["kind"], id=one["id"], share=100 * one["share"])
    for place in found["posts"]:
        if not place["waitlist"]:
            yield WORDS["nobody"][column].format(post=place["post"])
            continue
        yield f"{place['post']}:"
        for number, one in enumerate(place["waitlist"], start=1):
            gains = ", ".join(f"{gain:+,}" for gain in one["gains"])
            partly = "" if one["mends"] else f"; {WORDS['partly'][column]}"
            yield f"  {number}. {one['volunteer']} ({one['agreement']}): {gains}; {100 * one['chance']:.0f} %{partly}"
