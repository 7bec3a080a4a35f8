"""The engine for large rounds, alone: against all solutions on tiny problems, beside CP-SAT on larger ones, and what limits promise."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from optimizer import Limits, Progress, Solution, read_problem, solve, verify
from optimizer.engines.columns import annealing, prices, state, sweep
from optimizer.engines.columns.__main__ import compile_all, small_round
from optimizer.engines.columns.engine import ColumnEngine
from tests.benchmarks.rounds import make_round
from tests.optimizer import tiny

LONG = bool(os.environ.get("GOTONG_LONG"))
BATCH, BATCHES = (250, 20) if LONG else (20, 2)
strategy = sys.modules["optimizer.solve"]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every problem to the engine for large rounds, whatever its size."""
    monkeypatch.setattr(strategy, "SMALL", -1)
    monkeypatch.setattr(strategy, "MIDDLE", -1)


def supported(document: tiny.Document) -> bool:
    return not ColumnEngine.obstacles(read_problem(document))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("batch", range(BATCHES))
def test_bounds_hold_and_placements_are_lawful_beside_counting_out(batch: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        document = tiny.problem(seed)
        if not supported(document):
            continue
        expected = tiny.best(document)
        solution = solve(read_problem(document), limits=Limits(work=0.1, workers=1), seed=seed)
        assert verify(document, solution.document()).findings == (), seed
        if expected is None:
            assert solution.status == "unknown", seed
            continue
        outcomes[_compared(solution, expected, document)] += 1
    # It is made for thousands of seats; on a handful it still finds nearly all.
    assert outcomes["best"] >= 0.8 * outcomes.total(), outcomes


def _compared(solution: Solution, expected: list[int], document: tiny.Document) -> str:
    if solution.status == "unknown":
        return "not found"
    tolerant = any("tolerance" in tier for tier in document["objective"])
    for tier, best in zip(solution.tiers, expected, strict=True):
        assert tier.bound is None or tier.bound >= best or tolerant
        if tolerant:
            return "best"
        if tier.value != best:
            assert tier.value < best
            return "less"
    return "best"


@pytest.mark.usefixtures("alone")
def test_the_same_work_gives_the_same_answer_on_one_worker_and_on_two() -> None:
    document = make_round(100, 50, 12, 8, 3)
    one, two = (
        solve(read_problem(document), limits=Limits(work=0.6, workers=workers), seed=5).document() for workers in (1, 2)
    )
    assert one["placements"] == two["placements"]
    assert one["tiers"] == two["tiers"]


@pytest.mark.usefixtures("alone")
def test_an_early_end_keeps_the_best_so_far() -> None:
    document = make_round(100, 50, 12, 8, 4)
    seen: list[Progress] = []

    def cancelled() -> bool:
        return any(progress.value is not None for progress in seen)

    solution = solve(read_problem(document), progress=seen.append, cancelled=cancelled)
    assert solution.status == "feasible"
    assert solution.placements
    assert verify(document, solution.document()).findings == ()


@pytest.mark.parametrize("seed", range(3 if LONG else 1))
def test_both_engines_bound_each_other(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    volunteers, seats = (200, 100) if LONG else (80, 40)
    document = make_round(volunteers, seats, 12, 8, seed)
    limits = Limits(work=20.0 if LONG else 1.5)
    monkeypatch.setattr(strategy, "SMALL", 10**9)
    plain = solve(read_problem(document), limits=limits)
    monkeypatch.setattr(strategy, "SMALL", -1)
    monkeypatch.setattr(strategy, "MIDDLE", -1)
    columns = solve(read_problem(document), limits=limits)
    for solution in (plain, columns):
        assert verify(document, solution.document()).findings == ()
    mine, other = columns.tiers[0], plain.tiers[0]
    assert mine.bound is not None
    assert other.bound is not None
    assert mine.value <= other.bound
    assert other.value <= mine.bound
    assert mine.value >= 0.97 * other.value


def test_the_set_up_compiles_on_a_round_that_is_solved_lawfully() -> None:
    compile_all()
    document = small_round()
    solution = solve(read_problem(document), limits=Limits(work=1.0))
    assert solution.status == "optimal"
    assert verify(document, solution.document()).findings == ()


def test_what_is_compiled_is_compiled_anew_when_what_it_holds_of_other_files_changes() -> None:
    text = Path(state.__file__).read_bytes()
    assert hashlib.sha256(text).hexdigest()[:16] == annealing.STATE, (
        "state.py has changed: note its fingerprint in annealing.py"
    )
    assert sweep.NEVER == prices.NEVER
