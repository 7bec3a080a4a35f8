"""One engine on one document, in a process of its own: `python -m tests.benchmarks.child ENGINE PROBLEM OUT SECONDS [CEILING_GB]`.

Writes OUT.json (the solution) and OUT.trace.json (how it went). Time runs from before the document is read until the solution is written.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from optimizer import Limits, Progress, load_document, read_problem, solve, write_document

Document = dict[str, Any]


def run(engine: str, path: Path, seconds: float) -> tuple[Document | None, Document]:
    """Return the solution (None: nothing found) and how it went."""
    started = time.monotonic()
    problem = read_problem(load_document(path))
    reading = time.monotonic() - started
    trace: list[tuple[float, int, int | None, int | None]] = []
    if engine == "ours":

        def listen(progress: Progress) -> None:
            trace.append((time.monotonic() - started, progress.tier, progress.value, progress.bound))

        solution: Document | None = solve(problem, limits=Limits(seconds=seconds - reading), progress=listen).document()
        return solution, {"reading": reading, "trace": trace}
    # Imported here, so that the peers' libraries do not count in our memory.
    from tests.benchmarks.answers import answer  # noqa: PLC0415
    from tests.benchmarks.peers import solve_by  # noqa: PLC0415

    found = solve_by(engine, problem, seconds - reading)
    trace = [(reading + at, *rest) for at, *rest in found.trace]  # type: ignore[misc]
    told = {"reading": reading, "trace": trace, "columns": found.columns, "rows": found.rows}
    solution = None if found.placements is None else answer(problem, found.placements, found.bounds)
    return solution, told


def main() -> None:
    """Run what the command line says."""
    engine, path, out, seconds = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
    if len(sys.argv) > 5:
        ceiling = int(float(sys.argv[5]) * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    started = time.monotonic()
    solution, told = run(engine, path, seconds)
    if solution is not None:
        write_document(out.with_suffix(".json"), solution)
    told["seconds"] = time.monotonic() - started
    out.with_suffix(".trace.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
