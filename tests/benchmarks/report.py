"""The measurements as a page of documentation: table, ratios, growth, and the machine they were made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import NAMES
from tests.benchmarks.measure import first_seconds, gap

Result = dict[str, Any]
WORDS = {
    "memory": "out of memory",
    "time": "ended after the limit",
    "nothing": "nothing found",
    "failed": "failed (see its log)",
}


def page(results: list[Result], seed: int) -> str:
    """Return docs/benchmarks.md."""
    parts = [
        "# Benchmarks",
        "",
        "Written by `python -m tests.benchmarks` (`make bench`); do not edit.",
        "",
        machine(),
        "",
    ]
    parts += [f"Rounds of seed {seed}; one run each, one after another, in a child process each, two threads.", ""]
    parts += ["![Value, bound, gap and memory](benchmarks.svg)", "", *_table(results), "", *_ratios(results), ""]
    return "\n".join([*parts, *_growth(results), "", METHOD])


METHOD = """## What is compared

- *Gotong* is `gotong solve` from the document read to the solution written.
- *plain CP-SAT* and *plain HiGHS* solve the model that an ordinary engineer writes (tests/benchmarks/plain.py): one 0/1 column for
  each volunteer, post and agreement. They are given the eligible pairs and money in its greatest common divisor; they find each tier
  in turn, from the solution of the tier before.
- Time is wall time from before the document is read. A gap is (bound − value) ÷ |value|, of the bound that the engine has proven.
  Memory is the peak of the child process as the kernel counts it. A child may take its memory ceiling, and half as long again as its
  limit and two minutes; then it is ended.
- Every solution, the peers' too, is checked by `optimizer.verify`.
"""


def machine() -> str:
    """Return the machine in one sentence."""
    model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    engines = ", ".join(f"{name} {version(name)}" for name in ("ortools", "highspy", "numpy"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"Machine: {model}, {os.cpu_count()} cores, {memory:.0f} GB; {system}; {engines}."


def _table(results: list[Result]) -> list[str]:
    found = [
        "| round | engine | status | tiers: value (gap) | first solution | total | peak memory | verified |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    for one in results:
        tiers = " · ".join(f"{tier['value']:,} ({_percent(gap(tier))})" for tier in one["tiers"]) or "–"
        verified = {True: "yes", False: "NO: " + "; ".join(one.get("findings", [])), None: "–"}[one["verified"]]
        cells = [
            one["round"],
            NAMES[one["engine"]],
            WORDS.get(one["status"], one["status"]),
            tiers,
            _seconds(first_seconds(one)),
            _seconds(one["seconds"]),
            f"{one['peak']:,} MB",
            verified,
        ]
        found.append(f"| {' | '.join(cells)} |")
    return found


def _ratios(results: list[Result]) -> list[str]:
    """Return each peer beside ours: how many times the time and memory, and the share of the first tier's value."""
    found = [
        "## Peer to ours",
        "",
        "| round | peer | time ÷ ours | memory ÷ ours | first tier ÷ ours |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    ours = {one["round"]: one for one in results if one["engine"] == "ours"}
    for one in results:
        base = ours.get(one["round"])
        if one["engine"] == "ours" or base is None:
            continue
        value = "–"
        if one["tiers"] and base["tiers"] and base["tiers"][0]["value"]:
            value = f"{one['tiers'][0]['value'] / base['tiers'][0]['value']:.4f}"
        time = "–" if not one["seconds"] or not base["seconds"] else f"{one['seconds'] / base['seconds']:.2f}"
        memory = f"{one['peak'] / max(1, base['peak']):.2f}"
        found.append(f"| {one['round']} | {NAMES[one['engine']]} | {time} | {memory} | {value} |")
    return found


def _growth(results: list[Result]) -> list[str]:
    """Return how our time and memory grow from one round to the next, beside the number of volunteers."""
    ours = [one for one in results if one["engine"] == "ours" and one.get("volunteers")]
    found = ["## Growth", "", "| from | to | volunteers × | time × | memory × |", "| --- | --- | ---: | ---: | ---: |"]
    for before, after in pairwise(ours):
        people = after["volunteers"] / before["volunteers"]
        time = "–" if not before["seconds"] or not after["seconds"] else f"{after['seconds'] / before['seconds']:.1f}"
        memory = f"{after['peak'] / max(1, before['peak']):.1f}"
        found.append(f"| {before['round']} | {after['round']} | {people:.1f} | {time} | {memory} |")
    return found


def _percent(share: float | None) -> str:
    return "not reached" if share is None else "proven" if share == 0 else f"{100 * share:.3g} %"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
