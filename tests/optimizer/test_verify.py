"""Corrupt any one figure of a right solution, and the verifier finds it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from app.demo.cohort import PRESETS, make_cohort
from app.demo.document import placement_problem
from optimizer import Limits, read_problem, solve, verify

Document = dict[str, Any]


@pytest.fixture(scope="module")
def demo_round() -> tuple[Document, Document]:
    problem = placement_problem(make_cohort(PRESETS["demo"], 7))
    solution = solve(read_problem(problem), limits=Limits(seconds=120), seed=7).document()
    return problem, solution


def corruptions(solution: Document) -> Iterator[tuple[str, Document]]:
    """Yield (what was done, the solution with that one thing wrong)."""
    for number in (0, len(solution["placements"]) // 2, len(solution["placements"]) - 1):
        for field in ("cost", "fit", "preference"):
            wrong = copy.deepcopy(solution)
            wrong["placements"][number][field] += 1
            yield f"placement {number}: {field}", wrong
        for field in ("volunteer", "post", "agreement"):
            wrong = copy.deepcopy(solution)
            wrong["placements"][number][field] = "nobody"
            yield f"placement {number}: unknown {field}", wrong
        wrong = copy.deepcopy(solution)
        del wrong["placements"][number]
        yield f"placement {number} is gone", wrong
        wrong = copy.deepcopy(solution)
        wrong["placements"].append(copy.deepcopy(wrong["placements"][number]))
        yield f"placement {number} is there twice", wrong
    for tier in range(3):
        for field, by in (("value", 1), ("value", -1), ("bound", -1)):
            wrong = copy.deepcopy(solution)
            wrong["tiers"][tier][field] += by
            yield f"tier {tier}: {field} {by:+}", wrong
    for field, value in (("status", "feasible"), ("status", "infeasible"), ("problem", "0" * 64), ("format", "x")):
        yield f"{field} is {value}", {**solution, field: value}
    for field in ("unplaced", "unfilled"):
        yield f"{field} misses one", {**solution, field: solution[field][1:]}
    yield "an unknown field", {**solution, "more": 1}


def test_the_demo_round_is_proven_and_right(demo_round: tuple[Document, Document]) -> None:
    problem, solution = demo_round
    assert solution["status"] == "optimal"
    assert all(tier["value"] == tier["bound"] for tier in solution["tiers"])
    assert verify(problem, solution).findings == ()


def test_any_one_corrupted_figure_is_found(demo_round: tuple[Document, Document]) -> None:
    problem, solution = demo_round
    missed = [name for name, wrong in corruptions(solution) if verify(problem, wrong).ok]
    assert missed == []


def test_the_order_of_the_file_changes_nothing(demo_round: tuple[Document, Document]) -> None:
    problem, solution = demo_round
    turned = {
        name: value[::-1] if isinstance(value, list) and name != "objective" else value
        for name, value in problem.items()
    }
    assert solve(read_problem(turned), limits=Limits(work=3, workers=1), seed=7).problem == solution["problem"]
