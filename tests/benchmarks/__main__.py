"""`python -m tests.benchmarks`: ours and both peers on the same documents in the same run.

Writes docs/benchmarks.md, its chart docs/benchmarks.svg and the figures behind both, docs/benchmarks.json. A round that is measured again
takes the place of what was there of it; other rounds stay, so that the large ones need not run every time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import draw
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.measure import ENGINES, Result, measure
from tests.benchmarks.report import page
from tests.benchmarks.rounds import SIZES, make_round, size_named

Document = dict[str, Any]
SECONDS = {"demo": 60.0, "district": 60.0, "middle": 120.0, "large": 300.0, "national": 600.0, "continental": 1800.0}


def main() -> None:
    """Measure what the command line asks for, and write it."""
    asked = _arguments()
    kept = _read(asked.out)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*asked.sizes, *asked.families]:
            document = _document(name, asked)
            seconds = asked.seconds or SECONDS.get(name, 60.0)
            (folder / f"{name}.json").unlink(missing_ok=True)
            kept = [one for one in kept if one["round"] != name]
            for engine in asked.engines:
                print(f"{name}: {engine}, {seconds:.0f} s …", flush=True)
                kept.append(measure(engine, name, document, folder, seconds, asked.memory))
                _write(asked.out, kept)


def _document(name: str, asked: argparse.Namespace) -> Document:
    if name in FAMILIES:
        return FAMILIES[name](asked.volunteers, asked.seed)
    size = size_named(name)
    return make_round(size.volunteers, size.seats, size.regions, size.funds, asked.seed)


def _read(out: Path) -> list[Result]:
    figures = out / "benchmarks.json"
    if not figures.exists():
        return []
    found: list[Result] = json.loads(figures.read_text(encoding="utf-8"))
    return found


def _write(out: Path, results: Iterable[Result]) -> None:
    """Write what is there so far, so that a run that is cut off has its first rows."""
    out.mkdir(parents=True, exist_ok=True)
    ordered = sorted(results, key=lambda one: (one["volunteers"], one["round"]))  # stable: engines stay in their order
    (out / "benchmarks.md").write_text(page(ordered), encoding="utf-8")
    (out / "benchmarks.svg").write_text(draw(ordered), encoding="utf-8")
    rows = ",\n".join(json.dumps(one) for one in ordered)
    (out / "benchmarks.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    sizes = f"{', '.join(SIZES)}, or volunteers x seats x regions x funds such as 400x200x25x12"
    default = ["demo", "district", "middle", "large", "national"]
    parser.add_argument("--sizes", nargs="*", metavar="SIZE", default=default, help=sizes)
    parser.add_argument("--families", nargs="*", choices=FAMILIES, default=[])
    parser.add_argument("--volunteers", type=int, default=200, help="of each family's round")
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--seconds", type=float, help="the limit of each run (default: by size)")
    parser.add_argument("--memory", type=float, default=20.0, help="address space of a child in GB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--keep", type=Path, help="where to leave documents, solutions and traces")
    asked = parser.parse_args()
    for name in asked.sizes:
        try:
            size_named(name)
        except ValueError as error:
            parser.error(str(error))
    return asked


if __name__ == "__main__":
    main()
