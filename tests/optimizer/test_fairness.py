"""The price of fairness: every point against all solutions counted out, and no floor higher than the highest can be met."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, read_problem, write_document
from optimizer.cli import app
from optimizer.fairness.curve import NEAR, parts_of, price_of_fairness, with_floor
from tests.optimizer import tiny

LIMITS = Limits(work=20.0, workers=1)
POSSIBLE = [seed for seed in range(60) if tiny.best(tiny.problem(seed))][:15]


def shores(**changes: Any) -> tiny.Document:
    """Three seats in the north are needed more than three in the south; three people, who go where they are sent."""
    return {
        "format": "placement-problem/1",
        "regions": [{"id": "n", "parent": None}, {"id": "s", "parent": None}],
        "schools": [{"id": "sn", "region": "n"}, {"id": "ss", "region": "s"}],
        "posts": [
            {"id": "hill", "school": "sn", "seats": 3, "need": 5},
            {"id": "shore", "school": "ss", "seats": 3, "need": 3},
        ],
        "volunteers": [{"id": "ani", "tags": ["f"]}, {"id": "budi", "tags": ["m"]}, {"id": "eko", "tags": ["m"]}],
        "funds": [{"id": "gift", "budget": 10}],
        "objective": [{"need": 1}],
    } | changes


def test_a_floor_for_the_least_served_region_costs_what_one_can_work_out_by_hand() -> None:
    curve = price_of_fairness(read_problem(shores()), "regions", steps=2, limits=LIMITS)
    assert [(one.floor, one.least, one.tiers[0][0]) for one in curve.points] == [
        (0, 0, 15),
        (166, 333, 13),
        (333, 333, 13),
    ]
    assert curve.points[-1].price(curve.points[0], 0) == pytest.approx(2 / 15)
    assert curve.impossible is not None
    assert 333 < curve.impossible <= 333 + NEAR


@pytest.mark.parametrize("over", ["regions", "tags:t,u"])
@pytest.mark.parametrize("seed", POSSIBLE)
def test_every_point_is_the_best_of_all_solutions_with_that_floor(seed: int, over: str) -> None:
    document = tiny.problem(seed)
    for tag, person in zip("tu", document["volunteers"], strict=False):
        person["tags"] = [*person["tags"], tag]
    if tiny.best(document) is None:
        pytest.skip("the tags make this one impossible")
    problem = read_problem(document)
    curve = price_of_fairness(problem, over, steps=3, limits=LIMITS)
    parts = parts_of(problem, over)
    for point in curve.points:
        floored = with_floor(problem, parts, point.floor)
        best = tiny.best(floored)
        assert best is not None
        assert point.tiers[0][1] == best[0], seed
        assert point.least is not None
        assert point.least >= point.floor
    if curve.impossible is not None:
        assert tiny.best(with_floor(problem, parts, curve.impossible)) is None


def test_unknown_groups_and_impossible_rounds_are_refused() -> None:
    with pytest.raises(DocumentRefused, match="No volunteer is tagged 'x'"):
        price_of_fairness(read_problem(shores()), "tags:x", limits=LIMITS)
    with pytest.raises(DocumentRefused, match="nothing to be fair to"):
        price_of_fairness(read_problem(shores()), "people", limits=LIMITS)
    rule = {"id": "many", "kind": "count", "min": 9}
    with pytest.raises(DocumentRefused, match="infeasible"):
        price_of_fairness(read_problem(shores(policies=[rule])), "regions", limits=LIMITS)


def test_the_shell_shows_the_curve_and_prints_it_as_json(tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    write_document(problem, shores())
    shown = CliRunner().invoke(app, ["fairness", str(problem), "--over", "regions", "--steps", "2", "--language", "en"])
    assert shown.exit_code == 0, shown.output
    assert "13.33 %" in shown.stdout
    told = json.loads(CliRunner().invoke(app, ["fairness", str(problem), "--over", "tags:f,m", "--json"]).stdout)
    assert told["points"][0]["least"] == 1000
    assert told["impossible"] is None
    assert CliRunner().invoke(app, ["fairness", str(problem), "--over", "tags:x"]).exit_code == 3
