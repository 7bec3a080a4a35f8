"""Rolling intake: every batch is lawful and stays, learned prices come near to hindsight, and greedy does not."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, read_problem, solve, verify, write_document
from optimizer.cli import app
from optimizer.dropouts.ledger import OVER, Ledger
from optimizer.index import Index
from optimizer.made import Made
from optimizer.problem import Problem, Volunteer
from optimizer.rolling.intake import Intake, Learning, hindsight, place_batch, run, shuffled
from optimizer.rolling.worth import keepable
from tests.benchmarks.answers import answer
from tests.benchmarks.rounds import make_round
from tests.optimizer.streams import stream, stream_document

ORDERS = range(10)
runner = CliRunner()


@pytest.fixture(scope="module")
def season() -> tuple[Problem, tuple[Volunteer, ...]]:
    return stream(120, 80, 4, regions=5, funds=3)


class Foreseen(Learning):
    """Knows who will come: the one future drawn is the true one."""

    coming: list[list[Volunteer]]

    def futures(self, size: int, turn: int) -> Iterator[list[Volunteer]]:
        later = [one for batch in self.coming[turn + 1 :] for one in batch]
        assert len(later) == size
        yield later


def foreseen(coming: list[list[Volunteer]]) -> Foreseen:
    made = Foreseen(tuple(coming[0]), samples=1)
    object.__setattr__(made, "coming", coming)
    return made


def test_bound_is_one_for_whole_placements(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, _ = season
    first = replace(problem, objective=problem.objective[:1])
    best = solve(first, limits=Limits(work=6.0))
    bound = hindsight(problem)
    assert best.tiers[0].value <= bound + 1e-6
    assert best.tiers[0].value > 0.97 * bound


def test_every_intake_verifies_and_everybody_is_asked_once(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, history = season
    coming = shuffled(problem, 6, 1)
    assert sorted(one.id for batch in coming for one in batch) == [one.id for one in problem.volunteers]
    for learning in (None, Learning(history)):
        intake = run(problem, coming, learning, hindsight(problem))
        document = answer(problem, intake.placements)
        assert verify(problem.document, document).findings == ()
        assert document["tiers"][0]["value"] == intake.value
        assert 0 < intake.share <= 1


def test_what_is_placed_stays_and_only_the_batch_is_placed(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, history = season
    first, second, *_ = shuffled(problem, 6, 1)
    placed = place_batch(problem, [], first, 100, Learning(history))
    more = place_batch(problem, placed, second, 80, Learning(history), turn=1)
    assert {person for person, _, _ in placed} <= {one.id for one in first}
    assert {person for person, _, _ in more} <= {one.id for one in second}
    assert verify(problem.document, answer(problem, [*placed, *more])).findings == ()


def test_prices_of_the_true_future_lose_nothing(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, _ = season
    bound = hindsight(problem)
    for order in range(3):
        coming = shuffled(problem, 6, order)
        assert run(problem, coming, foreseen(coming), bound).share > 0.985


def test_learned_prices_beat_greedy(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, history = season
    learned, greedy = intakes(problem, history, range(3), batches=6)
    assert all(one.share > other.share for one, other in zip(learned, greedy, strict=True))
    assert sum(one.share for one in learned) / 3 > 0.95


def intakes(
    problem: Problem, history: tuple[Volunteer, ...], orders: range, *, batches: int
) -> tuple[list[Intake], list[Intake]]:
    """Return the intakes with learned prices and the greedy ones, by order."""
    bound = hindsight(problem)
    learned, greedy = [], []
    for order in orders:
        coming = shuffled(problem, batches, order)
        learned.append(run(problem, coming, Learning(history, seed=order), bound))
        greedy.append(run(problem, coming, None, bound))
    return learned, greedy


def test_with_rules_of_every_kind_no_ceiling_is_broken() -> None:
    document = make_round(90, 40, 6, 4, 3)
    document["objective"] = [{"need": 1, "fit": 1}]
    problem = read_problem(document)
    intake = run(problem, shuffled(problem, 4, 2), Learning(problem.volunteers, samples=1), hindsight(problem))
    lawful = keepable(problem)
    index = Index(lawful)
    made = Made(index, [(index.volunteer[v], index.post[p], index.agreement[a]) for v, p, a in intake.placements])
    assert len(made.placements) > 15
    ledger = Ledger(index, made.placements)
    assert not ledger.wrong
    whole = Ledger(Index(problem), made.placements)
    assert not [what for what in whole.wrong if what[2] == OVER]


def test_a_goal_that_is_no_sum_is_refused(season: tuple[Problem, tuple[Volunteer, ...]]) -> None:
    problem, history = season
    document = dict(problem.document) | {"objective": [{"fairness": 1}]}
    with pytest.raises(DocumentRefused) as caught:
        place_batch(read_problem(document), [], problem.volunteers[:3], 5, Learning(history))
    assert caught.value.errors[0].code == "not-a-sum"


def test_the_shell_places_a_batch_and_tells_how_a_season_goes(tmp_path: Path) -> None:
    document, history = stream_document(40, 20, 4, regions=3, funds=2)
    paths = {name: tmp_path / f"{name}.json" for name in ("season", "history", "first", "placed")}
    write_document(paths["season"], document)
    write_document(paths["history"], history)
    write_document(paths["first"], document | {"volunteers": document["volunteers"][:20]})
    told = ["rolling", str(paths["first"]), "--history", str(paths["history"]), "--to-come", "20", "--json"]
    first = json.loads(runner.invoke(app, told).stdout)
    write_document(paths["placed"], first)
    told = ["rolling", str(paths["season"]), "--history", str(paths["history"]), "--to-come", "0", "--json"]
    second = json.loads(runner.invoke(app, [*told, "--placed", str(paths["placed"])]).stdout)
    rows = [*first["placements"], *second["placements"]]
    problem = read_problem(document)
    triples = [(row["volunteer"], row["post"], row["agreement"]) for row in rows]
    assert verify(document, answer(problem, triples)).findings == ()
    season = ["rolling", str(paths["season"]), "--history", str(paths["history"]), "--batches", "4", "--orders", "2"]
    shown = runner.invoke(app, [*season, "--language", "en"])
    assert shown.exit_code == 0, shown.output
    assert "2 orders: with prices" in shown.stdout
    write_document(paths["placed"], {"placements": [{"volunteer": "nobody", "post": "p0", "agreement": "f0"}]})
    assert runner.invoke(app, [*told, "--placed", str(paths["placed"])]).exit_code == 2


@pytest.mark.long
def test_ten_orders_reach_98_percent_of_hindsight() -> None:
    problem, history = stream(300, 160, 1)
    learned, greedy = intakes(problem, history, ORDERS, batches=10)
    assert sum(one.share for one in learned) / len(learned) >= 0.98
    assert min(one.share for one in learned) > max(one.share for one in greedy)
