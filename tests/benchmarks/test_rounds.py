"""The made-up rounds are what they promise: lawful, solvable, tight, the same for the same seed, and read and verified in seconds."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer import Limits, digest, load_document, read_problem, solve, verify, write_document
from tests.benchmarks.answers import answer
from tests.benchmarks.families import FAMILIES
from tests.benchmarks.rounds import SIZES, Size, make_planted, named
from tests.optimizer import tiny

ODD = [Size(30, 9, 6, 4), Size(500, 400, 20, 6), Size(300, 40, 40, 30), Size(1_000, 500, 3, 50)]


@pytest.mark.parametrize("size", [*(SIZES[name] for name in ("demo", "middle", "large")), *ODD])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_planted_solution_keeps_every_rule(size: Size, seed: int) -> None:
    document, planted = make_planted(size.volunteers, size.seats, size.regions, size.funds, seed)
    problem = read_problem(document)
    assert verify(document, answer(problem, planted)).findings == ()
    assert sum(post.seats for post in problem.posts) == size.seats
    assert (len(problem.volunteers), len(problem.funds)) == (size.volunteers, size.funds)


def test_a_round_has_every_kind_of_policy_hard_and_soft_where_that_makes_sense() -> None:
    seen = {(row["kind"], "penalty" in row) for row in named("middle")["policies"]}
    assert seen == {(kind, soft) for kind in tiny.KINDS for soft in (False, True)}


def test_money_pays_about_four_fifths_of_the_seats_and_some_subjects_are_scarce() -> None:
    document, planted = make_planted(2_000, 1_000, 50, 20, 3)
    assert 700 < len(planted) < 900
    cost = {post["id"]: sum(post["cost"].values()) for post in document["posts"]}
    budget = sum(fund["budget"] for fund in document["funds"])
    assert 0.7 < budget / sum(cost[post["id"]] * post["seats"] for post in document["posts"]) < 1.0
    able = [sum("subject:math" in one["tags"] for one in document["volunteers"])]
    assert able[0] < sum("subject:arts" in one["tags"] for one in document["volunteers"])


def test_the_same_seed_makes_the_same_round_and_another_seed_another() -> None:
    assert digest(named("demo", 4)) == digest(named("demo", 4)) != digest(named("demo", 5))


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("volunteers", [12, pytest.param(60, marks=pytest.mark.long)])
def test_every_family_can_be_solved(family: str, volunteers: int) -> None:
    document = FAMILIES[family](volunteers, 2)
    solution = solve(read_problem(document), limits=Limits(work=1, workers=1)).document()
    assert solution["status"] in {"optimal", "feasible"}
    assert verify(document, solution).findings == ()


def test_a_large_round_is_read_within_three_seconds_and_verified_within_five(tmp_path: Path) -> None:
    size = SIZES["large"]
    document, planted = make_planted(size.volunteers, size.seats, size.regions, size.funds)
    write_document(tmp_path / "large.json", document)
    started = time.process_time()
    problem = read_problem(load_document(tmp_path / "large.json"))
    assert time.process_time() - started < 3
    solution = answer(problem, planted)
    started = time.process_time()
    assert verify(document, solution).findings == ()
    assert time.process_time() - started < 5


NATIONAL = """
import sys, time
from pathlib import Path
from optimizer import load_document, read_problem
started = time.process_time()
problem = read_problem(load_document(Path(sys.argv[1])))
print(time.process_time() - started, len(problem.volunteers))
"""


@pytest.mark.long
def test_a_national_round_is_made_read_explained_and_verified_in_time_and_memory(tmp_path: Path) -> None:
    started = time.process_time()
    document, planted = make_planted(100_000, 50_000, 514, 400)
    assert time.process_time() - started < 60
    write_document(tmp_path / "national.json", document)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    program = [sys.executable, "-c", NATIONAL, str(tmp_path / "national.json")]
    seconds, people = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()
    assert float(seconds) < 15
    assert people == "100000"
    assert max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) < 2 * 2**20  # KiB
    started = time.process_time()
    solution = answer(read_problem(document), planted)
    assert time.process_time() - started < 60
    started = time.process_time()
    assert verify(document, solution).findings == ()
    assert time.process_time() - started < 30
