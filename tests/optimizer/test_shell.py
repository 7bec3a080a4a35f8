"""`gotong solve` and `gotong verify` as a stranger would use them: exit codes, files, words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer import load_document, write_document
from optimizer.cli import app
from tests.optimizer import tiny

runner = CliRunner()


def seed_of(*, possible: bool) -> int:
    return next(seed for seed in range(500) if (tiny.best(tiny.problem(seed)) is not None) is possible)


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_a_round_is_solved_and_verified(tmp_path: Path, suffix: str) -> None:
    problem, solution = tmp_path / f"problem{suffix}", tmp_path / f"solution{suffix}"
    write_document(problem, tiny.problem(seed_of(possible=True)))
    assert runner.invoke(app, ["solve", str(problem), "--out", str(solution), "--seed", "7"]).exit_code == 0
    assert runner.invoke(app, ["verify", str(problem), str(solution)]).exit_code == 0
    changed = load_document(solution)
    changed["tiers"][0]["value"] += 1
    write_document(solution, changed)
    assert runner.invoke(app, ["verify", str(problem), str(solution)]).exit_code == 1


def test_an_impossible_round_ends_with_4_and_the_file_says_why(tmp_path: Path) -> None:
    problem, solution = tmp_path / "problem.json", tmp_path / "solution.json"
    write_document(problem, tiny.problem(seed_of(possible=False)))
    assert runner.invoke(app, ["solve", str(problem), "--out", str(solution)]).exit_code == 4
    assert load_document(solution)["conflict"]


def test_a_refused_document_ends_with_3_and_names_every_error(tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    wrong = tiny.problem(1)
    wrong["posts"][0]["school"] = "nowhere"
    wrong["volunteers"][0]["suitability"] = 101
    problem.write_text(json.dumps(wrong), encoding="utf-8")
    result = runner.invoke(app, ["solve", str(problem), "--out", str(tmp_path / "s.json"), "--json"])
    assert result.exit_code == 3
    pointers = {error["pointer"] for error in json.loads(result.stdout)["errors"]}
    assert {"/posts/0/school", "/volunteers/0/suitability"} <= pointers
    assert not (tmp_path / "s.json").exists()


def test_wrong_usage_ends_with_2(tmp_path: Path) -> None:
    assert runner.invoke(app, ["solve", str(tmp_path / "a.txt"), "--out", str(tmp_path / "b.json")]).exit_code == 2
    assert runner.invoke(app, ["solve", str(tmp_path / "a.json"), "--out", str(tmp_path / "b.json")]).exit_code == 2


@pytest.mark.parametrize(
    "text", ["", "[", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, '{"n": 1' + "0" * 5000 + "}"]
)
def test_hostile_text_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    problem = tmp_path / "problem.json"
    problem.write_text(text, encoding="utf-8")
    result = runner.invoke(app, ["solve", str(problem), "--out", str(tmp_path / "s.json")])
    assert result.exit_code == 3, result.output


def test_the_same_work_and_seed_give_the_same_solution_on_any_number_of_workers(tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    write_document(problem, tiny.problem(seed_of(possible=True)))
    found = []
    for workers in ("1", "2"):
        out = tmp_path / f"{workers}.json"
        arguments = ["solve", str(problem), "--out", str(out), "--work-limit", "5", "--seed", "3", "--workers", workers]
        assert runner.invoke(app, arguments).exit_code == 0
        found.append({**load_document(out), "seconds": 0})
    assert found[0] == found[1]
