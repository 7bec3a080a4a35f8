"""Ours and plain CP-SAT agree value by value on rounds of every family that are too large to be counted out."""

import pytest

from optimizer import Limits, read_problem, solve, verify
from tests.benchmarks.answers import answer
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.peers import solve_by

SECONDS = 120.0


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize(
    "volunteers", [16, pytest.param(60, marks=pytest.mark.long), pytest.param(200, marks=pytest.mark.long)]
)
def test_ours_and_plain_cp_sat_never_contradict_each_other(family: str, volunteers: int) -> None:
    document = FAMILIES[family](volunteers, 3)
    problem = read_problem(document)
    ours = solve(problem, limits=Limits(seconds=SECONDS)).document()
    run = solve_by("cp-sat", problem, SECONDS)
    assert verify(document, ours).findings == ()
    assert ours["status"] in {"optimal", "feasible"}
    if volunteers < 100:
        assert ours["status"] == "optimal"
    if run.placements is None:
        return
    theirs = answer(problem, run.placements, run.bounds)
    assert verify(document, theirs).findings == ()
    for goal, one, other in zip(problem.objective, ours["tiers"], theirs["tiers"], strict=True):
        # What one has reached, the other's bound may not deny; as long as both are proven, they are the same.
        assert one["bound"] is None or other["value"] <= one["bound"]
        assert other["bound"] is None or one["value"] <= other["bound"]
        if one["value"] != other["value"] or goal.tolerance:
            break
