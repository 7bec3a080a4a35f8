"""Generated streams for rolling intake: a season's round, its people in random order, and earlier cohorts of the same kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer import Problem, read_problem
from optimizer.problem import Volunteer

Document = dict[str, Any]
LEVELS = ("teach:sd", "teach:smp", "teach:sma")


def stream(
    people: int, seats: int, seed: int, *, regions: int = 10, funds: int = 4
) -> tuple[Problem, tuple[Volunteer, ...]]:
    """Return a round, and the people of two earlier cohorts of the same size."""
    document, history = stream_document(people, seats, seed, regions=regions, funds=funds)
    return read_problem(document), read_problem(history).volunteers


def stream_document(people: int, seats: int, seed: int, *, regions: int, funds: int) -> tuple[Document, Document]:
    """Return a season's round and the same round with two earlier cohorts for people.

    Money pays about four fifths of the seats; homes, levels, wishes, limits of hardship and suitability differ from person to person.
    """
    rng = np.random.default_rng(seed)
    posts = _posts(rng, seats, regions)
    everyone = [_person(rng, number, regions) for number in range(3 * people)]
    cost = sum(post["seats"] * post["cost"]["stipend"] for post in posts)
    document: Document = {
        "format": "placement-problem/1",
        "regions": [{"id": f"r{number}", "parent": None} for number in range(regions)],
        "schools": [{"id": f"s{number}", "region": f"r{number % regions}", "tags": []} for number in range(len(posts))],
        "posts": posts,
        "volunteers": everyone[:people],
        "travel": [
            {"from": f"r{a}", "to": f"r{b}", "cost": 1_500_000 * abs(a - b)}
            for a in range(regions)
            for b in range(regions)
        ],
        "funds": [
            {"id": f"f{number}", "sponsor": f"sponsor-{number}", "budget": int(0.85 * cost / funds)}
            for number in range(funds)
        ],
        "policies": [
            {"id": "not-home", "kind": "home", "level": 0},
            {"id": "far", "kind": "each", "of": "region", "max": seats // regions},
            {"id": "sd", "kind": "count", "volunteers": {"tags": ["teach:sd"]}, "max": int(0.45 * seats)},
        ],
        "objective": [{"fit": 1, "preference": 3, "need": 1}],
    }
    return document, document | {"volunteers": everyone[people:]}


def _posts(rng: np.random.Generator, seats: int, regions: int) -> list[Document]:
    return [
        {
            "id": f"p{number}",
            "school": f"s{number}",
            "seats": seats // (2 * regions),
            "need": int(rng.integers(20, 80)),
            "hardship": int(rng.integers(0, 4)),
            "requires": [LEVELS[number % 3]],
            "cost": {"stipend": int(rng.integers(35, 55)) * 1_000_000},
        }
        for number in range(2 * regions)
    ]


def _person(rng: np.random.Generator, number: int, regions: int) -> Document:
    levels = rng.permutation(3)[: 1 + int(rng.random() < 0.4)]
    return {
        "id": f"v{number:05}",
        "home": f"r{rng.integers(regions)}",
        "tags": [LEVELS[level] for level in levels],
        "max_hardship": int(rng.integers(1, 5)),
        "suitability": int(rng.integers(30, 100)),
        "preferences": [f"r{region}" for region in rng.permutation(regions)[:3]],
    }
