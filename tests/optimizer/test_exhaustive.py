"""The engine against all solutions, counted out, on problems small enough for that."""

import os

import pytest

from optimizer import Limits, read_problem, solve, verify
from tests.optimizer import tiny

LONG = bool(os.environ.get("GOTONG_LONG"))
BATCH, BATCHES = (500, 20) if LONG else (25, 20)


def floor_of(value: int, tier: tiny.Document) -> int:
    return value - abs(value) * tier.get("tolerance", 0) // 1000


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_engine_finds_what_counting_out_finds(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        document = tiny.problem(seed)
        expected = tiny.best(document)
        solution = solve(read_problem(document), limits=Limits(workers=1), seed=seed)
        assert verify(document, solution.document()).findings == (), seed
        if expected is None:
            assert solution.status == "infeasible", seed
            continue
        assert solution.status == "optimal", seed
        tiers = document["objective"]
        if not any("tolerance" in tier for tier in tiers):
            assert [tier.value for tier in solution.tiers] == expected, seed
        # With a tolerance an earlier tier may give way to a later one, by so much and no more.
        assert solution.tiers[0].bound == expected[0], seed
        assert solution.tiers[0].value >= floor_of(expected[0], tiers[0]), seed


def test_the_problems_are_of_every_kind_hard_and_soft_and_of_both_outcomes() -> None:
    documents = [tiny.problem(seed) for seed in range(300)]
    seen = {(row["kind"], "penalty" in row) for document in documents for row in document["policies"]}
    assert seen == {(kind, soft) for kind in tiny.KINDS for soft in (False, True)}
    outcomes = [tiny.best(document) is None for document in documents[:60]]
    assert 5 < sum(outcomes) < 55
