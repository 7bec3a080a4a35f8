"""One engine on one document, in a process of its own: `python -m tests.benchmarks.child ENGINE PROBLEM OUT SECONDS [CEILING_GB]`.

ENGINE is ours, cp-sat, highs, or ours:IDEA for ours without that idea (see ablation.py).

Writes OUT.json (the solution) and OUT.trace.json (how it went). Time runs from before the document is read until the solution is written.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from optimizer import Limits, Problem, Progress, load_document, read_problem, solve, write_document

Document = dict[str, Any]
Trace = list[tuple[float, int, int | None, int | None]]


def ours(problem: Problem, seconds: float, started: float, trace: Trace) -> Document:
    """Return our solution."""

    def listen(progress: Progress) -> None:
        trace.append((time.monotonic() - started, progress.tier, progress.value, progress.bound))

    return solve(problem, limits=Limits(seconds=seconds), progress=listen).document()


def peers(engine: str, problem: Problem, seconds: float, started: float, trace: Trace) -> Document | None:
    """Return a peer's solution (None: nothing found) with the lists and reasons that ours has."""
    # Imported here, so that the peers' libraries do not count in our memory.
    from tests.benchmarks.answers import answer  # noqa: PLC0415
    from tests.benchmarks.peers import solve_by  # noqa: PLC0415

    before = time.monotonic() - started
    found = solve_by(engine, problem, seconds)
    trace += [(before + at, *rest) for at, *rest in found.trace]  # type: ignore[misc]
    return None if found.placements is None else answer(problem, found.placements, found.bounds)


def main() -> None:
    """Run what the command line says."""
    engine, path, out, seconds = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
    if len(sys.argv) > 5:
        ceiling = int(float(sys.argv[5]) * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    trace: Trace = []
    started = time.monotonic()
    problem = read_problem(load_document(path))
    left = seconds - (time.monotonic() - started)
    name, _, idea = engine.partition(":")
    if idea:
        from tests.benchmarks.ablation import switch_off  # noqa: PLC0415 - only where one is missing

        switch_off(idea)
    if name == "ours":
        solution: Document | None = ours(problem, left, started, trace)
    else:
        solution = peers(engine, problem, left, started, trace)
    if solution is not None:
        write_document(out.with_suffix(".json"), solution)
    told = {"wall": time.monotonic() - started, "trace": trace}
    out.with_suffix(".trace.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
