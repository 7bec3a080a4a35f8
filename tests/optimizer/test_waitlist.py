"""Waitlists, expected fill and further offers: against counting out, against 10,000 draws, and every outcome before the verifier."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from optimizer import Limits, read_problem, solve, verify, write_document
from optimizer.cli import app
from optimizer.dropouts.fill import expected, poisson_binomial, reached_with
from optimizer.dropouts.ledger import Ledger
from optimizer.dropouts.plan import Outcome, Plan
from optimizer.made import Made
from optimizer.problem import Problem
from optimizer.rules import penalty_of, violation
from optimizer.solve import tier_values
from tests.benchmarks.answers import answer
from tests.benchmarks.rounds import make_round
from tests.optimizer import tiny

DRAWS = 10_000
runner = CliRunner()
Document = dict[str, object]


@pytest.fixture(scope="module")
def round_of_forty() -> tuple[Document, Document]:
    document = make_round(60, 40, 6, 4, 5)
    return document, solve(read_problem(document), limits=Limits(work=4.0)).document()


def crowded() -> Document:
    """Return a round with large posts and people who often decline: there, further offers can be safe."""
    rng = np.random.default_rng(2)
    posts = [
        {
            "id": f"p{number}",
            "school": f"s{number}",
            "seats": 7,
            "need": 5 + number,
            "requires": ["even"] if number % 2 else [],
            "cost": {"stipend": 40_000_000 + 1_000_000 * number},
        }
        for number in range(6)
    ]
    volunteers = [
        {
            "id": f"v{number:03}",
            "home": str(1 + number % 3),
            "tags": ["even"] if number % 3 else ["odd"],
            "suitability": int(rng.integers(40, 95)),
            "accept": int(rng.integers(200, 700)),
        }
        for number in range(90)
    ]
    return {
        "format": "placement-problem/1",
        "regions": [{"id": str(number), "parent": None} for number in range(1, 4)],
        "schools": [{"id": f"s{number}", "region": str(1 + number % 3), "tags": []} for number in range(6)],
        "posts": posts,
        "volunteers": volunteers,
        "travel": [
            {"from": str(a), "to": str(b), "cost": 3_000_000 * abs(a - b)} for a in range(1, 4) for b in range(1, 4)
        ],
        "funds": [
            {"id": "f1", "sponsor": "a", "budget": 700_000_000},
            {"id": "f2", "sponsor": "b", "budget": 990_000_000},
        ],
        "policies": [
            {"id": "odd", "kind": "count", "volunteers": {"tags": ["odd"]}, "max": 12},
            {"id": "some", "kind": "count", "posts": {"regions": ["3"]}, "min": 3},
            {"id": "never-one", "kind": "each", "of": "school", "when": "open", "min": 2},
        ],
        "objective": [{"need": 1}, {"fit": 1}, {"cost": -1}],
    }


@pytest.fixture(scope="module")
def booked() -> Plan:
    problem = read_problem(crowded())
    return Plan(problem, solve(problem, limits=Limits(work=4.0)).document(), risk=0.05)


@pytest.fixture(scope="module")
def plan(round_of_forty: tuple[Document, Document]) -> Plan:
    document, solution = round_of_forty
    return Plan(read_problem(document), solution, risk=0.05)


def broken_by_the_verifier(problem: Problem, outcome: Outcome) -> set[str]:
    """Return the codes of what the verifier finds wrong with an outcome."""
    triples = [
        (problem.volunteers[one.volunteer].id, problem.posts[one.post].id, problem.agreements[one.agreement].id)
        for one in outcome.placements
    ]
    return {finding.code for finding in verify(problem.document, answer(problem, triples)).findings}


def drawn(problem: Problem, number: int, seed: int) -> np.ndarray:
    chances = np.array([one.accept / 1000 for one in problem.volunteers])
    return np.random.default_rng(seed).random((number, len(chances))) < chances


def test_the_ledger_counts_as_the_rules_do() -> None:
    counted = 0
    for seed in range(120):
        problem = read_problem(tiny.problem(seed))
        solution = solve(problem, limits=Limits(workers=1))
        if solution.status != "optimal" or not solution.placements:
            continue
        index = Plan(problem, solution.document(), risk=0).index
        every = Made(
            index,
            [
                (
                    index.volunteer[str(one["volunteer"])],
                    index.post[str(one["post"])],
                    index.agreement[str(one["agreement"])],
                )
                for one in solution.placements
            ],
        ).placements
        ledger = Ledger(index, every)
        for some in itertools.chain.from_iterable(itertools.combinations(every, k) for k in range(len(every) + 1)):
            for one in every:
                if one not in some:
                    ledger.remove(one)
            made = Made(index, [(one.volunteer, one.post, one.agreement) for one in some])
            hard = {one.id for one in problem.policies if one.penalty is None and violation(one, made)}
            assert {what[1] for what in ledger.wrong if what[0] == "policy"} == hard, seed
            assert ledger.penalty == penalty_of(problem.policies, made), seed
            assert ledger.tiers() == tuple(tier_values(problem.objective, made)), seed
            for one in every:
                if one not in some:
                    ledger.add(one)
            counted += 1
        assert not ledger.wrong
    assert counted > 100


def test_the_distribution_is_that_of_counting_out() -> None:
    chances = [0.9, 0.5, 0.75, 0.2]
    counted = np.zeros(5)
    for answers in itertools.product((0, 1), repeat=4):
        counted[sum(answers)] += np.prod([p if yes else 1 - p for p, yes in zip(chances, answers, strict=True)])
    found = poisson_binomial(chances)
    assert np.allclose(found, counted, atol=1e-15)
    assert expected(found) == pytest.approx(sum(chances))
    assert reached_with(found, 0.95) == max(k for k in range(5) if counted[k:].sum() >= 0.95)


@pytest.mark.parametrize("further", [False, True])
def test_fill_is_that_of_ten_thousand_draws(booked: Plan, plan: Plan, *, further: bool) -> None:
    for one in (booked, plan):
        check_fill(one, further=further)


def check_fill(plan: Plan, *, further: bool) -> None:
    yes = drawn(plan.problem, DRAWS, 11)
    filled = np.zeros(DRAWS, dtype=int)
    offered: dict[int, list[int]] = {}
    for unit in plan.units:
        whole = np.logical_and.reduce([yes[:, one.volunteer] for one in unit])
        for one in unit:
            yes[:, one.volunteer] = whole
            offered.setdefault(one.post, []).append(one.volunteer)
    planned = {post: len(people) for post, people in offered.items()}
    for offer in plan.further if further else ():
        offered[offer.placement.post].append(offer.placement.volunteer)
    for post, people in offered.items():
        filled += np.minimum(yes[:, people].sum(axis=1), planned[post])
    distribution = plan.fill(further=further)
    assert distribution.sum() == pytest.approx(1)
    # Four standard errors of the mean; of the chance, five.
    assert abs(filled.mean() - expected(distribution)) < 4 * filled.std() / DRAWS**0.5
    reached = reached_with(distribution, 0.95)
    assert (filled >= reached).mean() > 0.95 - 0.011
    assert (filled >= reached + 1).mean() < 0.95 + 0.011


def test_the_fill_of_posts_adds_up_to_that_of_the_round(plan: Plan) -> None:
    found = plan.document(certain=0.9)
    posts = found["posts"]
    assert sum(one["offers"] for one in posts) == found["offers"]
    assert sum(one["fill"]["expected"] for one in posts) == pytest.approx(found["fill"]["expected"])
    alone = next(one for one in posts if one["offers"] == 1)
    (taken,) = (one for one in plan.made.placements if plan.problem.posts[one.post].id == alone["post"])
    assert alone["fill"]["expected"] == pytest.approx(plan.chance(taken.volunteer))
    assert alone["fill"]["reached"] == (plan.chance(taken.volunteer) >= 0.9)


def test_further_offers_raise_the_fill_and_turn_away_no_more_than_the_risk(booked: Plan) -> None:
    assert len(booked.further) > 3
    assert 0 < booked.risk <= 0.05
    assert expected(booked.fill()) > expected(booked.fill(further=False)) + 1
    outcomes = booked.draws(DRAWS, 3)
    turned = sum(one.turned_away > 0 for one in outcomes) / DRAWS
    assert 0 < turned < booked.risk + 4 * (booked.risk / DRAWS) ** 0.5
    assert Plan(booked.problem, answer_of(booked), risk=0).further == ()


def test_more_risk_is_more_offers_and_where_only_single_seats_are_none_is_safe(booked: Plan, plan: Plan) -> None:
    bolder = Plan(booked.problem, answer_of(booked), risk=0.3)
    assert len(bolder.further) > len(booked.further)
    assert 0.05 < bolder.risk <= 0.3
    assert plan.further == ()


def answer_of(plan: Plan) -> Document:
    problem = plan.problem
    return answer(
        problem,
        [
            (problem.volunteers[one.volunteer].id, problem.posts[one.post].id, problem.agreements[one.agreement].id)
            for one in plan.made.placements
        ],
    )


def test_every_outcome_that_is_kept_verifies_and_every_other_names_what_is_broken(booked: Plan, plan: Plan) -> None:
    for one in (booked, plan):
        kept = 0
        for outcome in one.draws(150, 17):
            codes = broken_by_the_verifier(one.problem, outcome)
            assert (not outcome.broken) == (not codes), (outcome.broken, codes)
            kept += outcome.kept
        assert 0 < kept < 150


def test_nobody_drops_out_and_nothing_changes(plan: Plan) -> None:
    everyone_offered = [one.volunteer for one in plan.made.placements]
    outcome = plan.settle(everyone_offered)
    assert outcome.kept
    assert sorted(one.volunteer for one in outcome.placements) == sorted(everyone_offered)
    assert outcome.called == 0


def test_waitlists_hold_those_who_gain_most_by_trying_everybody(
    round_of_forty: tuple[Document, Document], plan: Plan
) -> None:
    """Each single drop-out is tried with each person and agreement, and the verifier says what is lawful."""
    problem, index = plan.problem, plan.index
    singles = [unit[0] for unit in plan.units if len(unit) == 1]
    alone = [one for one in singles if sum(other.post == one.post for other in plan.made.placements) == 1]
    for leaver in alone[:4]:
        rest = [one for one in plan.made.placements if one is not leaver]
        base = [(one.volunteer, one.post, one.agreement) for one in rest]
        empty = tier_values(problem.objective, Made(index, base))
        best: dict[str, tuple[int, ...]] = {}
        for person, payer in itertools.product(range(len(problem.volunteers)), range(len(problem.agreements))):
            if person in plan.made.post_of:
                continue
            triples = [*base, (person, leaver.post, payer)]
            named = [(problem.volunteers[v].id, problem.posts[p].id, problem.agreements[a].id) for v, p, a in triples]
            if verify(problem.document, answer(problem, named)).ok:
                values = tier_values(problem.objective, Made(index, triples))
                gains = tuple(now - was for now, was in zip(values, empty, strict=True))
                name = problem.volunteers[person].id
                best[name] = max(best.get(name, gains), gains)
        listed = [one for one in plan.waitlists[leaver.post] if one.mends][:10]
        worth = sorted((gains for gains in best.values() if gains > (0,) * len(gains)), reverse=True)[:10]
        assert [one.gains for one in listed] == worth
        for one in listed:
            assert best[problem.volunteers[one.placement.volunteer].id] == one.gains


def test_the_shell_prints_waitlists_and_fill(tmp_path: Path, round_of_forty: tuple[Document, Document]) -> None:
    problem, solution = tmp_path / "problem.json", tmp_path / "solution.json"
    for path, document in zip((problem, solution), round_of_forty, strict=True):
        write_document(path, document)
    told = runner.invoke(app, ["waitlist", str(problem), str(solution), "--language", "en", "--draws", "50"])
    assert told.exit_code == 0, told.output
    assert "expected" in told.stdout
    found = json.loads(runner.invoke(app, ["waitlist", str(problem), str(solution), "--json", "--risk", "0"]).stdout)
    assert found["overbooked"]["offers"] == []
    assert found["fill"]["expected"] == pytest.approx(found["overbooked"]["expected"])
    other = tmp_path / "other.json"
    write_document(other, tiny.problem(1))
    assert runner.invoke(app, ["waitlist", str(other), str(solution)]).exit_code == 3
    assert runner.invoke(app, ["waitlist", str(problem), str(solution), "--post", "nowhere"]).exit_code == 2
