"""Compile the engine's loops for this machine, once, so that the first large solve does not wait for them.

The set-up calls it: `python -m optimizer.engines.columns`. Nothing depends on it: what is not compiled
yet is compiled when it is first used.
"""

from __future__ import annotations

from typing import Any

import optimizer.engines.columns.ground as sizes
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.engine import ColumnEngine
from optimizer.formulation.arrays import Arrays
from optimizer.index import Index
from optimizer.reading import read_problem

WORK = 0.1
"""Enough for every loop to be called."""


def small_round() -> dict[str, Any]:
    """Return a round that takes every path: a team, a soft rule, a preference, two ways to pay."""
    return {
        "format": "placement-problem/1",
        "regions": [{"id": "r", "parent": None}, {"id": "s", "parent": None}],
        "volunteers": [
            {
                "id": f"v{i}",
                "home": "s",
                "suitability": 50 + i,
                "preferences": ["r"],
                **({"group": "g"} if i < 2 else {}),
            }
            for i in range(8)
        ],
        "schools": [{"id": "h", "region": "r"}],
        "posts": [{"id": f"p{i}", "school": "h", "seats": 2, "need": 3 + i, "cost": {"pay": 5}} for i in range(3)],
        "travel": [{"from": "s", "to": "r", "cost": 1}],
        "funds": [{"id": f"f{i}", "sponsor": "s", "budget": 14} for i in range(2)],
        "agreements": [{"id": f"a{i}", "pays": {"pay": f"f{i}", "travel": f"f{i}"}} for i in range(2)],
        "policies": [
            {"id": "t", "kind": "together", "of": "region"},
            {"id": "c", "kind": "count", "min": 6, "penalty": 3},
        ],
        "objective": [{"need": 1}, {"fit": 1, "preference": 1, "penalty": -1}, {"cost": -1}],
    }


def compile_all() -> None:
    """Solve a small round as a small one and as a large one."""
    arrays, usual = Arrays(Index(read_problem(small_round()))), sizes.PARTS
    try:
        for parts in (usual, 0):
            sizes.PARTS = parts
            ColumnEngine(arrays, 0, Clock(work=WORK), lambda *_: None).run()
    finally:
        sizes.PARTS = usual


if __name__ == "__main__":
    compile_all()
