"""The measurements as a page of documentation: a table for each round, ratios, growth, and the machine they were made on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.benchmarks.families import FAMILIES
from tests.benchmarks.measure import Result, first_seconds, gap

NAMES = {"ours": "Gotong", "cp-sat": "plain CP-SAT", "highs": "plain HiGHS"}
WORDS = {
    "memory": "out of memory",
    "time": "ended after the limit",
    "nothing": "nothing found",
    "unknown": "nothing found",
    "failed": "failed (see its log)",
}
HEAD = """# Benchmarks

Written by `python -m tests.benchmarks` (`make bench`); do not edit. The figures are in [benchmarks.json](benchmarks.json).

![Value, bound and gap over time, and peak memory](benchmarks.svg)
"""
METHOD = """## What is compared

- *Gotong* is `optimizer.solve`, from before the document is read until the solution is written.
- *Plain CP-SAT* and *plain HiGHS* solve the model that an ordinary engineer writes (tests/benchmarks/plain.py): one 0/1 column for
  each volunteer, post and agreement that may come together, and one row for each rule. They find tier after tier: a tier's objective is
  solved, then held as a row, and the next one starts from its solution. They are given two things that one would not have at once:
  the eligible pairs, and money in its greatest common divisor. CP-SAT has two workers, HiGHS two threads and no gap that it may leave.
- Each tier but the last may take 60 % of the time that is left.
- Rounds are made by tests/benchmarks/rounds.py: skewed needs, scarce subjects, remote costs, co-funded and earmarked agreements, policies
  of every kind, hard and soft. Each engine has a process of its own, one after another on the same document.
- *Wall* is the time from before the document is read until the solution is written; *verified* says how long `optimizer.verify` took
  afterwards to find every rule kept and every figure right; *CPU* is that of the process, its start too; *memory* its peak as the kernel
  counts it.
- A gap is (bound − value) ÷ |value| of the bound that the engine has proven for that tier, with what it reached in the tiers before it.
"""


def page(results: list[Result]) -> str:
    """Return docs/benchmarks.md."""
    parts = [HEAD]
    for name in dict.fromkeys(one["round"] for one in results):
        parts += _round([one for one in results if one["round"] == name])
    parts += [*_growth(results), METHOD]
    return "\n".join(parts)


def _round(results: list[Result]) -> Iterator[str]:
    """Yield the section of one round."""
    first = results[0]
    yield f"## {first['round'].capitalize()}: {first['name'].removeprefix('Benchmark ')}\n"
    made = f", commit {first['commit']}" if first["commit"] else ""
    yield f"At most {first['limit']:.0f} s each, on {first['day']}{made}. {first['machine']}.\n"
    tiers = max((len(one["tiers"]) for one in results), default=0)
    columns = [f"tier {number + 1} (gap)" for number in range(tiers)]
    cells = ["engine", "status", *columns, "first solution", "wall", "verified", "CPU", "memory"]
    yield line(cells)
    yield line(["---", "---", *["---:"] * (len(cells) - 2)])
    for one in results:
        reached = [f"{tier['value']:,} ({percent(gap(tier['value'], tier['bound']))})" for tier in one["tiers"]]
        yield line(
            [
                NAMES[one["engine"]],
                status(one),
                *(reached or ["–"] * tiers),
                seconds(first_seconds(one)),
                _times(one, results),
                _verified(one),
                seconds(one["cpu"]),
                f"{one['peak']:,} MiB",
            ]
        )
    yield ""


def status(one: Result) -> str:
    """Return how it ended, in words."""
    return WORDS.get(one["status"], one["status"])


def line(cells: list[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def _times(one: Result, results: list[Result]) -> str:
    """Return the wall time, and beside a peer's how many times ours that is."""
    ours = next((other["wall"] for other in results if other["engine"] == "ours"), None)
    if one["engine"] == "ours" or not ours or not one["wall"]:
        return seconds(one["wall"])
    return f"{seconds(one['wall'])} (× {one['wall'] / ours:.3g})"


def _verified(one: Result) -> str:
    if one["verified"] is None or one["status"] == "unknown":  # a solution document without placements says nothing
        return "–"
    return seconds(one["verifying"]) if one["verified"] else "NO: " + "; ".join(one["findings"])


def _growth(results: list[Result]) -> Iterator[str]:
    """Yield how our time and memory grow from one round to the next, beside the number of volunteers."""
    ours = [one for one in results if one["engine"] == "ours" and one["wall"] and one["round"] not in FAMILIES]
    if len(ours) < 2:
        return
    yield "## Growth of Gotong\n"
    yield "| from | to | volunteers × | wall × | CPU × | memory × |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for before, after in pairwise(ours):
        ratios = [
            after["volunteers"] / before["volunteers"],
            (after["wall"] or 0) / (before["wall"] or 1),
            after["cpu"] / before["cpu"],
            after["peak"] / before["peak"],
        ]
        yield line([before["round"], after["round"], *(f"{ratio:.1f}" for ratio in ratios)])
    yield ""


def percent(share: float | None) -> str:
    """Return a gap in words."""
    if share is None:
        return "no bound"
    if share == 0:
        return "proven"
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.2g} %"


def seconds(value: float | None) -> str:
    """Return a time in words."""
    return "–" if value is None else f"{value:.2f} s" if value < 10 else f"{value:,.0f} s"
