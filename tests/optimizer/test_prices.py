"""What more would be worth: against what anybody can work out, against all solutions, and a round that is searched by parts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, read_problem, solve, write_document
from optimizer.cli import app
from optimizer.engines.columns.engine import ColumnEngine
from optimizer.prices import plan, solving
from optimizer.prices.plan import Item, Worth, prices
from tests.benchmarks.rounds import make_round
from tests.optimizer import tiny

Document = dict[str, Any]
LIMITS = Limits(workers=1)
runner = CliRunner()


def usable(document: Document) -> bool:
    free = not any("tolerance" in tier for tier in document["objective"])
    return free and not ColumnEngine.obstacles(read_problem(document)) and tiny.best(document) is not None


SEEDS = [seed for seed in range(120) if usable(tiny.problem(seed))][:16]


def priced(document: Document) -> Worth:
    problem = read_problem(document)
    return prices(problem, solve(problem, limits=LIMITS).document(), limits=LIMITS)


def four_posts() -> Document:
    """Return a round in which each placement costs ten, and the money pays the two most needed of four posts."""
    needs = {"p1": 8, "p2": 6, "p3": 4, "p4": 2}
    return {
        "format": "placement-problem/1",
        "regions": [{"id": "here", "parent": None}, {"id": "there", "parent": None}],
        "schools": [{"id": "s1", "region": "here", "tags": []}],
        "posts": [
            {"id": name, "school": "s1", "seats": 1, "need": need, "cost": 10, "tags": ["plain"]}
            for name, need in needs.items()
        ],
        "volunteers": [{"id": f"v{number}"} for number in range(4)],
        "funds": [{"id": "tight", "budget": 20}, {"id": "far", "budget": 10}, {"id": "odd", "budget": 10}],
        "agreements": [
            {"id": "all", "pays": {"*": "tight"}},
            {"id": "elsewhere", "pays": {"*": "far"}, "regions": ["there"]},
            {"id": "special", "pays": {"*": "odd"}, "tags": ["special"], "max_placements": 1},
        ],
        "policies": [{"id": "few", "kind": "count", "max": 3}, {"id": "pairs", "kind": "count", "max": 9}],
        "objective": [{"need": 1}],
    }


def of(found: Worth, name: str, parameter: str) -> Item:
    return next(one for one in found.items if (one.change.id, one.change.parameter) == (name, parameter))


def test_prices_ranges_and_gains_are_what_anybody_can_work_out() -> None:
    found = priced(four_posts())
    assert [(one.value, one.bound, one.closed) for one in found.relaxed] == [(14.0, 14, True)]
    fund = of(found, "tight", "budget")
    assert fund.tiers[0].price == pytest.approx(0.4)  # ten rupiah more pay for the post that needs four
    assert (fund.tiers[0].low, fund.tiers[0].high) == (pytest.approx(20), pytest.approx(30))
    assert fund.change.step == 10
    assert [one and one.gain for one in fund.confirmed] == [4]
    region = of(found, "elsewhere", "region")
    assert (region.change.today, region.tiers[0].step) == ("here", pytest.approx(4))
    assert [one and one.gain for one in region.confirmed] == [4]
    tag = of(found, "special", "tag")
    assert (tag.change.today, tag.tiers[0].step) == ("special", pytest.approx(4))
    assert found.summary() == [{"solved": 3, "proven": 3, "confirmed": 3, "largest_deviation": 0.0}]
    assert [(one.id, one.gains, one.moved) for one in found.policies] == [("few", (0,), 0), ("pairs", (0,), 0)]


def test_a_rule_costs_what_the_round_reaches_without_it() -> None:
    document = four_posts()
    document["policies"][0]["max"] = 1
    found = priced(document)
    rule = of(found, "few", "max")
    assert (rule.tiers[0].price, rule.tiers[0].low, rule.tiers[0].high) == pytest.approx((6, 1, 2))
    assert [(one.id, one.gains, one.moved, one.placed, one.rupiah, one.exact) for one in found.policies] == [
        ("few", (6,), 1, 1, 10, True),
        ("pairs", (0,), 0, 0, 0, True),
    ]


def reached(document: Document, holds: Sequence[int], tier: int) -> int:
    """Return the best of one tier among all solutions that keep the tiers before it."""
    found = [values for values in (tiny._values(document, made) for made in tiny._all(document)) if values is not None]
    return max(one[tier] for one in found if all(a >= b for a, b in zip(one[:tier], holds[:tier], strict=True)))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_gain_is_what_counting_out_says_and_none_exceeds_the_relaxation(seed: int) -> None:
    document = tiny.problem(seed)
    found = priced(document)
    for item in found.items:
        changed = item.change.applied(document)
        for tier, (price, solved) in enumerate(zip(item.tiers, item.confirmed, strict=True)):
            assert solved is not None
            assert solved.exact
            gain = reached(changed, found.values, tier) - reached(document, found.values, tier)
            assert solved.gain == gain
            if item.change.kind in {"fund", "resource"} or item.change.parameter == "max_placements":
                assert found.relaxed[tier].value + price.step >= found.values[tier] + gain - 1e-6
                assert price.step <= price.price * abs(item.change.step) + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_rule_costs_is_what_counting_out_says(seed: int) -> None:
    document = tiny.problem(seed)
    best = tiny.best(document)
    assert best is not None
    for one in priced(document).policies:
        policy = next(rule for rule in document["policies"] if rule["id"] == one.id)
        without = tiny.best({**document, "policies": [rule for rule in document["policies"] if rule is not policy]})
        assert without is not None
        assert one.exact
        assert list(one.gains) == [a - b for a, b in zip(without, best, strict=True)]


@pytest.fixture(scope="module")
def round_of_twenty() -> tuple[Document, Document]:
    document = make_round(30, 20, 4, 3, 5)
    return document, solve(read_problem(document), limits=Limits(work=2.0)).document()


def test_a_large_round_has_the_same_prices_and_gains_found_by_parts(
    round_of_twenty: tuple[Document, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    document, solution = round_of_twenty
    problem = read_problem(document)
    whole = prices(problem, solution, limits=LIMITS, confirm=0, policies=False, most=2)
    monkeypatch.setattr(plan, "SMALL", 0)
    monkeypatch.setattr(solving, "SECONDS", 2.0)
    parts = prices(problem, solution, limits=Limits(seconds=60, workers=1), confirm=2, policies=False, most=2)
    assert not parts.small
    assert [one.value for one in parts.relaxed] == pytest.approx([one.value for one in whole.relaxed])
    solved = [one for item in parts.items for one in item.confirmed if one is not None]
    assert solved
    assert all(one.gain >= 0 and not one.exact for one in solved)


def test_what_rules_cost_by_parts_is_no_more_than_over_the_whole(
    round_of_twenty: tuple[Document, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    document, _ = round_of_twenty
    document = {**document, "objective": document["objective"][:1]}
    problem = read_problem(document)
    solution = solve(problem, limits=LIMITS).document()
    whole = prices(problem, solution, limits=LIMITS, confirm=0, most=0).policies
    assert all(one.exact for one in whole)
    monkeypatch.setattr(plan, "SMALL", 0)
    parts = prices(problem, solution, limits=Limits(seconds=60, workers=1), confirm=0, most=0).policies
    assert [one.id for one in parts] == [one.id for one in whole]
    assert all((0,) <= one.gains <= best.gains for one, best in zip(parts, whole, strict=True))


def test_from_a_shell_in_both_languages(tmp_path: Path) -> None:
    document = four_posts()
    write_document(tmp_path / "p.json", document)
    write_document(tmp_path / "s.json", solve(read_problem(document), limits=LIMITS).document())
    files = [str(tmp_path / "p.json"), str(tmp_path / "s.json")]
    english = runner.invoke(app, ["prices", *files, "--language", "en"])
    assert english.exit_code == 0, english.output
    assert "Fund tight: Rp 1.000.000 more" in english.output
    assert "from Rp 20 to Rp 30; Rp 10 more: +4 by the price, +4 solved again, proven." in english.output
    assert "Agreement elsewhere: also in region here" in english.output
    assert "Goal 1: 3 of 3 gains solved again are what the price says" in english.output
    assert "Tujuan 1: 3 dari 3 kenaikan" in runner.invoke(app, ["prices", *files]).output
    told = json.loads(runner.invoke(app, ["prices", *files, "--json"]).stdout)
    assert {one["id"] for one in told["prices"]} == {"tight", "elsewhere", "special"}
    assert told["idle"] == 5


def test_wrong_questions_get_a_sentence(round_of_twenty: tuple[Document, Document], tmp_path: Path) -> None:
    document, solution = round_of_twenty
    for name, one in (("p", document), ("s", solution), ("other", four_posts())):
        write_document(tmp_path / f"{name}.json", one)
    broken = {**solution, "placements": solution["placements"][1:]}
    write_document(tmp_path / "broken.json", broken)

    def asked(*arguments: str) -> tuple[int, str]:
        made = runner.invoke(app, ["prices", *(str(tmp_path / one) for one in arguments[:2]), *arguments[2:]])
        return made.exit_code, made.output

    assert asked("p.json", "s.json", "--language", "fr")[0] == 2
    assert asked("p.json", "s.txt")[0] == 2
    assert asked("other.json", "s.json")[0] == 3
    assert asked("p.json", "broken.json")[0] == 3
    odd = next(
        tiny.problem(seed)
        for seed in range(60)
        if ColumnEngine.obstacles(read_problem(tiny.problem(seed))) and tiny.best(tiny.problem(seed))
    )
    with pytest.raises(DocumentRefused, match="There are no prices"):
        priced(odd)


@pytest.mark.long
def test_a_middle_round_is_priced() -> None:
    document = make_round(2000, 1000, 50, 20)
    problem = read_problem(document)
    found = prices(
        problem,
        solve(problem, limits=Limits(seconds=30)).document(),
        limits=Limits(seconds=200),
        confirm=2,
        policies=False,
    )
    for one, value in zip(found.relaxed, found.values, strict=False):
        assert one.bound is not None
        assert value <= one.bound
        assert not one.closed or one.bound <= one.value + 1 + 1e-6 * abs(one.value)
    assert any(item.change.kind == "fund" for item in found.items)
