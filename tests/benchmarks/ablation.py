"""`python -m tests.benchmarks.ablation`: what each idea of the engine brings, by switching one at a time off; writes docs/ablations.md.

Nothing in the engine knows of this: a switch sets one of its constants, or puts something plainer in the place of one of its functions, in
the child process that is measured.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.engines import cpsat
from tests.benchmarks.measure import Result, first_seconds, gap, measure
from tests.benchmarks.report import line, percent, seconds, status
from tests.benchmarks.rounds import make_round, size_named

HEAD = """# What each idea brings

Written by `python -m tests.benchmarks.ablation`; do not edit. Each row is the whole engine with one idea switched off, in a process of its
own, on the same document and with the same limit. Rounds are made as those of [benchmarks.md](benchmarks.md).
"""


@dataclass(frozen=True, slots=True)
class Idea:
    """One idea: its name, what happens without it, and the attributes (module:path) that are something else then."""

    name: str
    without: str
    instead: dict[str, Any]


def _forget(*_: object) -> None:
    """Take the place of a function that only helps."""


IDEAS = [
    Idea("bare-stage", "no first search without presolve", {"cpsat:STAGES": cpsat.STAGES[1:]}),
    Idea("presolved-stage", "no second search with presolve", {"cpsat:STAGES": (cpsat.STAGES[0], cpsat.STAGES[2])}),
    Idea("stages", "the portfolio of strategies from the start", {"cpsat:STAGES": cpsat.STAGES[2:]}),
    Idea("warm-start", "each search starts from nothing", {"cpsat:CpSat.hint": _forget}),
]


def switch_off(name: str, put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Switch one idea off in this process; an attribute that is not there any more is an error."""
    idea = next(one for one in IDEAS if one.name == name)
    for place, plainer in idea.instead.items():
        module, path = place.split(":")
        *parents, last = path.split(".")
        owner = functools.reduce(getattr, parents, importlib.import_module(f"optimizer.engines.{module}"))
        getattr(owner, last)
        put(owner, last, plainer)


def page(results: list[Result]) -> str:
    """Return docs/ablations.md."""
    parts = [HEAD]
    for name in dict.fromkeys(one["round"] for one in results):
        rows = [one for one in results if one["round"] == name]
        first = rows[0]
        tiers = max(len(one["tiers"]) for one in rows)
        parts.append(f"## {first['name'].removeprefix('Benchmark ')}, {first['limit']:.0f} s\n")
        parts.append(f"On {first['day']}. {first['machine']}.\n")
        columns = ["without", *(f"tier {number + 1} (gap)" for number in range(tiers))]
        parts.append(line([*columns, "status", "first solution", "wall", "CPU", "memory"]))
        parts.append(line(["---"] + ["---:"] * (tiers + 5)))
        parts += [_row(one, tiers) for one in rows]
        parts.append("")
    return "\n".join(parts)


def _row(one: Result, tiers: int) -> str:
    known = {f"ours:{idea.name}": f"{idea.name}: {idea.without}" for idea in IDEAS}
    reached = [f"{tier['value']:,} ({percent(gap(tier['value'], tier['bound']))})" for tier in one["tiers"]]
    took = [seconds(first_seconds(one)), seconds(one["wall"]), seconds(one["cpu"]), f"{one['peak']:,} MiB"]
    return line([known.get(one["engine"], "nothing (all ideas)"), *(reached or ["–"] * tiers), status(one), *took])


def run(asked: argparse.Namespace, told: Callable[[str], None]) -> list[Result]:
    """Measure all ideas, and each one missing, on every size."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.sizes:
            size = size_named(name)
            document = make_round(size.volunteers, size.seats, size.regions, size.funds, asked.seed)
            for engine in ["ours", *(f"ours:{idea}" for idea in asked.ideas)]:
                told(f"{name}: {engine}, {asked.seconds:.0f} s …")
                results.append(measure(engine, name, document, Path(folder), asked.seconds, asked.memory))
                asked.out.write_text(page(results), encoding="utf-8")
    return results


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ablation", description=__doc__)
    names = [idea.name for idea in IDEAS]
    parser.add_argument("--sizes", nargs="*", default=["demo", "district", "middle"])
    parser.add_argument("--ideas", nargs="*", choices=names, default=names)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--memory", type=float, default=20.0, help="address space of a child in GB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs/ablations.md"))
    return parser.parse_args(given)


if __name__ == "__main__":
    run(arguments(), print)
