"""The lottery: leximin to the last fraction beside all solutions counted out, equal for equals, replayed, blind to the file's order."""

import copy
import itertools
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, load_document, read_problem, verify, write_document
from optimizer.canonical import digest
from optimizer.cli import app
from optimizer.index import Index
from optimizer.lottery.chances import Lottery, fair_chances
from optimizer.lottery.drawing import Stream, draw
from optimizer.lottery.kinds import kinds_of
from optimizer.lottery.leximin import Search
from optimizer.lottery.oracle import Priced
from optimizer.lottery.stages import raise_least
from optimizer.verification.draws import draw_findings
from optimizer.verification.findings import Findings
from optimizer.verification.lotteries import check_lottery
from tests.optimizer import tiny
from tests.optimizer.lotteries import best_sets, best_shares, leximin

Document = dict[str, Any]
LIMITS = Limits(work=20.0, workers=1)
PUBLIC = "drand 4512345 8f2c61"
POSSIBLE = [
    seed
    for seed in range(160)
    for document in [tiny.problem(seed)]
    if not any("chosen" in tier for tier in document["objective"]) and tiny.best(document)
][:40]


def panel(**changes: Any) -> Document:
    """Two seats, at least one for a woman; one woman and four men, and one man who may not go: chances 1, 1/4 four times, 0."""
    people = [{"id": name, "tags": ["m", "fit"]} for name in ("budi", "eko", "gani", "hadi")]
    people += [{"id": "ani", "tags": ["f", "fit"]}, {"id": "zul", "tags": ["m"]}]
    return {
        "format": "placement-problem/1",
        "regions": [{"id": "land", "parent": None}, {"id": "n", "parent": "land"}, {"id": "s", "parent": "land"}],
        "schools": [{"id": "sn", "region": "n"}, {"id": "ss", "region": "s"}],
        "posts": [
            {"id": "hill", "school": "sn", "seats": 1, "requires": ["fit"]},
            {"id": "shore", "school": "ss", "seats": 1, "requires": ["fit"]},
        ],
        "volunteers": people,
        "funds": [{"id": "gift", "budget": 10}],
        "policies": [{"id": "women", "kind": "count", "volunteers": {"tags": ["f"]}, "min": 1}],
        "objective": [{"placed": 1}, {"cost": -1}],
    } | changes


def lottery_of(document: Document, tiers: int = 1) -> Lottery:
    return fair_chances(read_problem(document), tiers=tiers, limits=LIMITS)


def placed(lottery: Document) -> dict[str, Fraction]:
    return {one["volunteer"]: Fraction(one["placed"]) for one in lottery["chances"]}


def test_a_panel_has_the_chances_that_one_can_work_out_by_hand() -> None:
    found = lottery_of(panel())
    quarter = Fraction(1, 4)
    men = dict.fromkeys(("budi", "eko", "gani", "hadi"), quarter)
    assert placed(found.document) == {"ani": 1, **men, "zul": 0}
    assert found.exact
    assert [kind.size for kind in found.kinds] == [1, 4, 1]
    for one in found.document["chances"]:
        assert sum(map(Fraction, one["regions"].values())) == Fraction(one["placed"])


@pytest.mark.parametrize("seed", POSSIBLE)
def test_chances_are_leximin_over_all_solutions_counted_out(seed: int) -> None:
    document = tiny.problem(seed)
    for tiers in range(1, len(document["objective"]) + 1):
        found = lottery_of(document, tiers)
        assert found.exact, seed
        expected = leximin(best_sets(document, tiers))
        assert [placed(found.document)[name] for name in ("v1", "v2", "v3")] == expected, (seed, tiers)
        findings = Findings()
        check_lottery(document, found.document, findings)
        assert findings.found == [], seed


class Counted:
    """An oracle over sets that are all known."""

    def __init__(self, sets: list[tuple[int, ...]]) -> None:
        self.sets = sets
        self.asked = 0

    def heaviest(self, weights: list[int], work: float | None = None) -> Priced:
        self.asked += 1
        worth = [sum(w * x for w, x in zip(weights, one, strict=True)) for one in self.sets]
        top = max(worth)
        return Priced((), self.sets[worth.index(top)], top)


@pytest.mark.parametrize("number", range(25))
def test_any_family_of_sets_gets_its_leximin_distribution(number: int) -> None:
    every = list(itertools.product((0, 1), repeat=4))
    sets = [one for place, one in enumerate(every) if (number * 7919 + place * 104729) % 11 < 4][:7]
    search = Search([1] * 4, Counted(sets))  # type: ignore[arg-type]
    found = search.run()
    assert found.gap == 0
    assert sum(found.shares) == 1
    chances = [sum(s * c.counts[p] for s, c in zip(found.shares, found.columns, strict=True)) for p in range(4)]
    assert chances == leximin(sets)


def test_a_stage_is_exact_with_unhandy_fractions_too() -> None:
    sizes = [3, 7, 2]
    columns = [(1, 4, 0), (2, 0, 1), (0, 5, 1), (3, 1, 0)]
    stage = raise_least(sizes, columns, {})
    assert stage.exact
    assert stage.value == min(
        sum(s * c[k] for s, c in zip(stage.probabilities, columns, strict=True)) / sizes[k] for k in range(3)
    )


@pytest.mark.parametrize("seed", POSSIBLE[:20])
def test_regions_and_groups_come_first_and_people_among_what_is_fairest_for_them(seed: int) -> None:
    document = tiny.problem(seed)
    for tag, person in zip("abb", document["volunteers"], strict=True):
        person["tags"] = [*person["tags"], f"group-{tag}"]
    found = fair_chances(
        read_problem(document), tiers=1, first=["regions", "tags:group-a,group-b"], limits=LIMITS
    ).document
    findings = Findings()
    check_lottery(document, found, findings)
    assert findings.found == []
    regions = {school["id"]: school["region"] for school in document["schools"]}
    seats = Counter()
    for post in document["posts"]:
        seats[regions[post["school"]]] += post["seats"]
    names = [one["name"] for one in found["shares"]]
    rows = best_shares(document, 1, {post["id"]: regions[post["school"]] for post in document["posts"]}, seats)
    assert [one["share"] for one in found["shares"]] + [str(placed(found)[v]) for v in ("v1", "v2", "v3")] == [
        str(one) for one in leximin(rows, [0] * len(seats) + [1] * 2 + [2] * 3)
    ], names


@pytest.mark.parametrize("seed", POSSIBLE[:30])
def test_people_of_one_kind_can_change_places_in_every_solution(seed: int) -> None:
    document = tiny.problem(seed)
    for person in document["volunteers"][1:]:
        person.update(
            {name: document["volunteers"][0].get(name) for name in ("tags", "home", "max_hardship", "refuses")}
        )
    problem = read_problem(document)
    kinds = kinds_of(Index(problem), problem.objective[:1])
    solutions = {
        tuple(sorted((one.volunteer, one.post, one.agreement) for one in made[1].all)): values[0]
        for made in tiny._all(document)
        if (values := tiny._values(document, made)) is not None
    }
    names = [one.id for one in problem.volunteers]
    for kind in kinds:
        for one, other in itertools.combinations(kind.members, 2):
            swap = {names[one]: names[other], names[other]: names[one]}
            for solution, value in solutions.items():
                turned = tuple(sorted((swap.get(v, v), post, payer) for v, post, payer in solution))
                assert solutions.get(turned) == value, (seed, solution)


def test_the_order_of_the_file_changes_neither_the_lottery_nor_the_draw() -> None:
    for document in (panel(), tiny.problem(POSSIBLE[4])):
        turned = {k: v[::-1] if isinstance(v, list) and k != "objective" else v for k, v in reversed(document.items())}
        one, other = lottery_of(document).document, lottery_of(turned).document
        assert digest(one) == digest(other)
        first, second = draw(read_problem(document), one, PUBLIC), draw(read_problem(turned), other, PUBLIC)
        assert first["solution"] == second["solution"]


@pytest.mark.parametrize("seed", POSSIBLE[:25])
def test_every_draw_is_lawful_as_good_as_said_and_replayed(seed: int) -> None:
    document = tiny.problem(seed)
    found = lottery_of(document)
    for public in ("a", "b", "c"):
        drawn = draw(read_problem(document), found.document, public)
        assert draw_findings(document, drawn) == ()
        assert verify(document, drawn["solution"]).findings == ()
        assert drawn["solution"]["tiers"][0]["bound"] == found.values[0]


def test_draws_come_as_often_as_the_chances_say() -> None:
    problem, lottery = read_problem(panel()), lottery_of(panel()).document
    drawn = Counter(
        one["volunteer"]
        for number in range(800)
        for one in draw(problem, lottery, f"value {number}")["solution"]["placements"]
    )
    assert drawn["ani"] == 800
    assert drawn["zul"] == 0
    for man in ("budi", "eko", "gani", "hadi"):
        assert 140 < drawn[man] < 260  # 200 ± 5 standard deviations


def test_numbers_of_a_stream_are_equally_likely() -> None:
    stream = Stream(b"seed")
    seen = Counter(stream.below(5) for _ in range(5000))
    assert set(seen) == set(range(5))
    assert all(850 < number < 1150 for number in seen.values())


def changed(document: Document, *path: Any, to: Any) -> Document:
    made = copy.deepcopy(document)
    here: Any = made
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = to
    return made


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("public",), "another value", "wrong-seed"),
        (("seed",), "00" * 32, "wrong-seed"),
        (("outcome",), 99, "wrong-outcome"),
        (("solution", "placements"), [], "wrong-placements"),
        (("lottery", "denominator"), 7, "wrong-figure"),
        (("lottery", "problem"), "0" * 64, "other-problem"),
        (("lottery", "tiers"), [1], "wrong-figure"),
        (("lottery", "chances", 0, "placed"), "1/2", "wrong-figure"),
        (("lottery", "kinds", 0, "volunteers"), ["ani", "budi"], "not-alike"),
        (("lottery", "outcomes", 0, "placements", 0, "volunteer"), "zul", "not-eligible"),
        (("lottery", "outcomes", 0, "placements", 0, "volunteer"), "nobody", "dangling-identifier"),
        (("problem",), "0" * 64, "other-problem"),
    ],
)
def test_a_draw_that_was_tampered_with_is_found_out(path: tuple[Any, ...], value: Any, code: str) -> None:
    drawn = draw(read_problem(panel()), lottery_of(panel()).document, PUBLIC)
    assert draw_findings(panel(), drawn) == ()
    assert code in {one.code for one in draw_findings(panel(), changed(drawn, *path, to=value))}


@pytest.mark.parametrize("value", [None, [], 7, {}, {"format": "placement-draw/1"}])
def test_what_is_no_draw_gets_findings_and_no_exception(value: Any) -> None:
    assert draw_findings(panel(), value)


def test_a_lottery_asks_for_tiers_that_are_there_and_a_round_that_can_be_solved() -> None:
    for first in ("people", "tags:nobody"):
        with pytest.raises(DocumentRefused, match=r"can come first|No volunteer is tagged"):
            fair_chances(read_problem(panel()), first=[first])
    with pytest.raises(DocumentRefused, match="There is no tier 3"):
        lottery_of(panel(), tiers=3)
    with pytest.raises(DocumentRefused, match="has no solution"):
        lottery_of(panel(policies=[{"id": "many", "kind": "count", "min": 3}]))
    with pytest.raises(DocumentRefused, match="`chosen`"):
        lottery_of(panel(objective=[{"chosen": 1}]))


def test_the_shell_draws_replays_and_tells_one_person(tmp_path: Path) -> None:
    problem, lottery, drawn, solution = (str(tmp_path / f"{name}.json") for name in ("p", "l", "d", "s"))
    write_document(Path(problem), panel())
    runner = CliRunner()
    told = runner.invoke(app, ["lottery", problem, "--out", lottery, "--language", "en"])
    assert told.exit_code == 0, told.output
    assert "Proven as fair as can be" in told.stdout
    assert digest(load_document(Path(lottery))) in told.stdout
    chance = runner.invoke(app, ["chance", problem, lottery, "--volunteer", "eko", "--language", "en"])
    assert chance.stdout.startswith("eko: chance of a place 25.00 % (1/4)")
    assert runner.invoke(app, ["chance", problem, lottery, "--volunteer", "nobody"]).exit_code == 2
    asked = ["draw", problem, lottery, "--public", PUBLIC, "--out", drawn, "--solution", solution]
    assert runner.invoke(app, asked).exit_code == 0
    assert runner.invoke(app, ["verify", problem, "--draw", drawn]).exit_code == 0
    assert runner.invoke(app, ["verify", problem, solution, "--draw", drawn]).exit_code == 0
    assert runner.invoke(app, ["verify", problem, solution]).exit_code == 0
    assert runner.invoke(app, ["verify", problem]).exit_code == 2
    write_document(Path(drawn), load_document(Path(drawn)) | {"public": "another"})
    wrong = runner.invoke(app, ["verify", problem, "--draw", drawn, "--json"])
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["findings"][0]["code"] == "wrong-seed"


def test_the_shell_refuses_the_lottery_of_another_round(tmp_path: Path) -> None:
    problem, lottery = str(tmp_path / "p.json"), str(tmp_path / "l.json")
    write_document(Path(problem), panel(name="another"))
    write_document(Path(lottery), lottery_of(panel()).document)
    runner = CliRunner()
    asked = ["draw", problem, lottery, "--public", PUBLIC, "--out", str(tmp_path / "d.json")]
    assert runner.invoke(app, asked).exit_code == 3
    assert runner.invoke(app, ["chance", problem, lottery, "--volunteer", "ani"]).exit_code == 3
