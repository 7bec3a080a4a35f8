"""A published round in which somebody drops out: against all solutions counted out, and before the independent verifier."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from optimizer import Limits, canonical_bytes, load_document, read_problem, solve, verify, write_document
from optimizer.again import plan
from optimizer.again.leaving import without_people
from optimizer.again.plan import again
from optimizer.again.search import Search
from optimizer.again.table import Table
from optimizer.cli import app
from optimizer.engines.columns.clock import Clock
from optimizer.engines.columns.engine import ColumnEngine
from optimizer.index import Index
from tests.benchmarks.rounds import make_round
from tests.optimizer import tiny

Document = dict[str, Any]
LIMITS = Limits(workers=1)
SEEDS = tiny.exact_seeds(20)
MOVING = (20, 41, 57)
"""Rounds in which somebody has to move when one of three drops out; found by looking at all solutions of a hundred."""
runner = CliRunner()


def solved(document: Document) -> Document:
    return solve(read_problem(document), limits=LIMITS).document()


def fewest_moves(document: Document, published: Document, first: int | None) -> int | None:
    """Return the fewest people who have to move where the first tier reaches `first` (None: anything), by looking at everything."""
    there = {one["volunteer"]: one["post"] for one in published["placements"]}
    stay = {person: there[person] for person in (one["id"] for one in document["volunteers"]) if person in there}
    found = []
    for made in tiny._all(document):
        values = tiny._values(document, made)
        if values is not None and first in {None, values[0]}:
            now = {one.volunteer: one.post for one in made[1].all}
            found.append(sum(now.get(person) != post for person, post in stay.items()))
    return min(found, default=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_goal_is_the_best_there_is_and_nobody_moves_who_need_not(seed: int) -> None:
    document = tiny.problem(seed)
    published = solved(document)
    for person in ("v1", "v2", "v3"):
        found = again(read_problem(document), published, [person], limits=LIMITS)
        rest = dict(found.problem.document)
        best = tiny.best(rest)
        if best is None:
            assert found.solution.status == "infeasible"
            continue
        assert verify(rest, found.solution.document()).findings == ()
        assert found.solution.tiers[0].value == best[0]
        assert len(found.moved) == found.least == fewest_moves(rest, published, best[0])


def test_with_no_goal_before_it_as_few_as_possible_move() -> None:
    for seed in SEEDS[:8]:
        document = tiny.problem(seed)
        published = solved(document)
        found = again(read_problem(document), published, ["v1"], limits=LIMITS, goals=0)
        if found.solution.status != "infeasible":
            assert len(found.moved) == found.least == fewest_moves(dict(found.problem.document), published, None)


def test_the_search_for_large_rounds_finds_lawful_placements_with_few_moves_too() -> None:
    refilled = moved = 0
    for seed in (*MOVING, *SEEDS[:6]):
        document = tiny.problem(seed)
        if ColumnEngine.obstacles(read_problem(document)):
            continue
        published = solved(document)
        for person in ("v1", "v2", "v3"):
            left = without_people(read_problem(document), [person]).problem
            standing = Index(left).triples([one for one in published["placements"] if one["volunteer"] != person])
            fewest = fewest_moves(dict(left.document), published, None)
            table, order = Table(left, standing), range(len(left.objective))
            if Search(table, Clock()).refilled(order) is not None:
                assert fewest == 0
                refilled += 1
                continue
            table = Table(left, standing)
            choice = Search(table, Clock()).moved([table.keeping, *order], np.arange(len(left.posts)))
            assert (choice is None) == (fewest is None)
            if choice is not None:
                kept = {(one, post) for one, post, _ in table.pool.triples(choice.columns.values())}
                assert len({(one, post) for one, post, _ in standing} - kept) == fewest
                moved += 1
    assert refilled > 10
    assert moved == len(MOVING)


def test_where_few_must_move_in_a_large_round_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SMALL", 0)
    bounded = 0
    for seed in (*MOVING, *SEEDS[:6]):
        document = tiny.problem(seed)
        if ColumnEngine.obstacles(read_problem(document)):
            continue
        published = solved(document)
        for person in ("v1", "v2", "v3"):
            found = again(read_problem(document), published, [person], limits=LIMITS)
            fewest = fewest_moves(dict(found.problem.document), published, None)
            assert (fewest is None) == (found.solution.status == "infeasible")
            if fewest is not None:
                assert verify(dict(found.problem.document), found.solution.document()).ok
                assert found.least is not None
                assert found.least <= fewest == len(found.moved)
                bounded += found.least > 0
    assert bounded == len(MOVING)


def test_nothing_names_who_is_gone_and_their_pins_go_with_them() -> None:
    document = tiny.problem(1) | {
        "policies": [
            {"id": "a", "kind": "pin", "volunteer": "v1", "post": "p1", "penalty": 1},
            {"id": "b", "kind": "count", "volunteers": {"ids": ["v1", "v2"]}, "max": 2},
            {"id": "c", "kind": "share", "percent": 0, "among": {"volunteers": {"ids": ["v1"], "groups": ["g"]}}},
            {"id": "d", "kind": "together", "of": "post", "groups": ["g"], "penalty": 1},
        ]
    }
    for one in document["volunteers"]:
        one["group"] = "g" if one["id"] == "v1" else None
    left = without_people(read_problem(document), ["v1"])
    assert left.pins == ("a",)
    assert not left.narrower
    assert b'"v1"' not in canonical_bytes(dict(left.problem.document))
    assert b'"g"' not in canonical_bytes(dict(left.problem.document))
    assert without_people(read_problem(document), ["v2"]).narrower


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    folder = tmp_path_factory.mktemp("again")
    document = make_round(60, 40, 6, 4, 5)
    published = solve(read_problem(document), limits=Limits(work=4.0)).document()
    write_document(folder / "problem.json", document)
    write_document(folder / "solution.json", published)
    return folder / "problem.json", folder / "solution.json", [one["volunteer"] for one in published["placements"]]


def test_from_a_shell_the_rest_of_the_round_verifies_and_is_no_worse_than_from_scratch(
    files: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    problem, solution, people = files
    out, rest = tmp_path / "new.json", tmp_path / "rest.json"
    named = ["--without", people[0], "--without", people[7], "--out", str(out), "--problem-out", str(rest)]
    limits = ["--time-limit", "6", "--check", "2"]
    made = runner.invoke(app, ["again", str(problem), str(solution), *named, *limits, "--json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert verify(load_document(rest), load_document(out)).findings == ()
    assert told["tiers"][0]["value"] >= told["scratch"]["tiers"][0]
    assert told["changes"] <= told["scratch"]["changes"]
    assert {people[0], people[7]}.isdisjoint(one["volunteer"] for one in load_document(out)["placements"])
    for language, words in (("id", "Mengundurkan diri"), ("en", "Dropped out")):
        said = runner.invoke(app, ["again", str(problem), str(solution), *named[:4], "--language", language])
        assert words in said.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--without", "nobody"], 2, "no volunteer 'nobody'"),
        ([], 2, "Nobody drops out"),
        (["--without", "v1", "--language", "fr"], 2, "no language"),
        (["--without", "v1", "--out", "new.txt"], 2, "neither .json"),
    ],
)
def test_wrong_questions_get_a_sentence(
    files: tuple[Path, Path, list[str]], arguments: list[str], code: int, words: str
) -> None:
    result = runner.invoke(app, ["again", str(files[0]), str(files[1]), *arguments])
    assert result.exit_code == code
    assert words in result.output


def test_a_solution_of_another_round_or_a_wrong_one_is_refused(
    files: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    problem, solution, people = files
    other = tmp_path / "other.json"
    write_document(other, tiny.problem(SEEDS[0]))
    result = runner.invoke(app, ["again", str(other), str(solution), "--without", "v1"])
    assert result.exit_code == 3
    assert "other-problem" in result.output or "answers another problem" in result.output
    wrong = load_document(solution)
    wrong["placements"][0]["cost"] += 1
    write_document(tmp_path / "wrong.json", wrong)
    result = runner.invoke(app, ["again", str(problem), str(tmp_path / "wrong.json"), "--without", people[0]])
    assert result.exit_code == 3


@pytest.mark.long
def test_five_who_drop_out_of_a_middle_round_are_replaced_and_nobody_else_moves() -> None:
    problem = read_problem(make_round(2000, 1000, 50, 20))
    published = solve(problem, limits=Limits(seconds=40)).document()
    rng = np.random.default_rng(1)
    people = [one["volunteer"] for one in published["placements"]]
    for _ in range(5):
        gone = rng.choice(people, 5, replace=False).tolist()
        found = again(problem, published, gone, limits=Limits(seconds=3), check=3)
        assert verify(found.problem.document, found.solution.document()).ok
        assert not found.moved
        assert found.scratch is not None
        assert (found.solution.tiers[0].value,) >= found.scratch.values[:1]
