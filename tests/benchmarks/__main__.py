"""`python -m tests.benchmarks`: ours and both peers on the same documents in the same run; writes the page and the chart into docs/."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.chart import draw
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.measure import ENGINES, measure
from tests.benchmarks.report import page
from tests.benchmarks.rounds import SIZES, named

Document = dict[str, Any]
SECONDS = {"demo": 60.0, "middle": 120.0, "large": 300.0, "national": 600.0, "continental": 1800.0}


def main() -> None:
    """Measure what the command line asks for, and write it."""
    asked = _arguments()
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*asked.rounds, *asked.families]:
            document = named(name, asked.seed) if name in SIZES else FAMILIES[name](asked.volunteers, asked.seed)
            seconds = asked.seconds or SECONDS.get(name, 60.0)
            (folder / f"{name}.json").unlink(missing_ok=True)
            for engine in asked.engines:
                print(f"{name}: {engine}, {seconds:.0f} s …", flush=True)
                result = measure(engine, name, document, folder, seconds, asked.memory)
                results.append(result | {"volunteers": len(document["volunteers"]) if name in SIZES else None})
                _write(asked.out, results, asked.seed)


def _write(out: Path, results: list[Document], seed: int) -> None:
    """Write what is there so far, so that a run that is cut off has its first rows."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "benchmarks.md").write_text(page(results, seed), encoding="utf-8")
    (out / "benchmarks.svg").write_text(draw(results), encoding="utf-8")
    (out / "benchmarks.json").write_text(json.dumps(results) + "\n", encoding="utf-8")


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", nargs="*", choices=SIZES, default=["demo", "middle", "large", "national"])
    parser.add_argument("--families", nargs="*", choices=FAMILIES, default=[])
    parser.add_argument("--volunteers", type=int, default=200, help="of each family's round")
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--seconds", type=float, help="the limit of each run (default: by size)")
    parser.add_argument("--memory", type=float, default=20.0, help="address space of a child in GB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--keep", type=Path, help="where to leave documents, solutions and traces")
    return parser.parse_args()


if __name__ == "__main__":
    main()
