"""Wishes first: no misreport pays, nobody has justified envy, caps and budgets hold, and what cannot be promised is said."""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import Limits, load_document, read_problem, solve, verify, write_document
from optimizer.cli import app
from optimizer.compare import compare
from optimizer.comparing.wishing import wish_rank
from optimizer.index import Index
from optimizer.wishes.choice import Choice, Holding
from optimizer.wishes.deferred import defer
from optimizer.wishes.mechanism import Wishes, choice_of, nearest, wishes_first
from optimizer.wishes.orders import orders_of
from optimizer.wishes.plan import plan_seats
from optimizer.wishes.rules import Cap, sort_rules
from tests.optimizer import tiny

Document = dict[str, Any]
REGIONS = ("n", "n1", "n2", "s", "s1")
PLACES = ("n1", "n2", "s1")
LIMITS = Limits(work=4.0, workers=1)


def round_of(seed: int) -> Document:
    """Four people, three or four posts in nested regions, tight money, caps on provinces and districts; nobody goes together."""
    rng = random.Random(seed)
    people = [
        {
            "id": name,
            "home": rng.choice(PLACES),
            "tags": rng.choice(([], ["t"])),
            "suitability": rng.randint(0, 3),
            "preferences": rng.sample(PLACES, rng.randint(0, 3)),
            "refuses": rng.sample(PLACES, rng.choice((0, 0, 1))),
            "max_hardship": rng.choice((None, None, 1, 2)),
        }
        for name in ("ani", "budi", "citra", "dewi")
    ]
    posts = [
        {
            "id": name,
            "school": f"at {rng.choice(PLACES)}",
            "seats": rng.choice((1, 1, 2)),
            "need": rng.randint(0, 5),
            "hardship": rng.choice((0, 0, 2)),
            "requires": rng.choice(([], [], ["t"])),
            "prefers": rng.choice(([], ["t"])),
            "cost": rng.choice((4, {"pay": 3, "train": rng.randint(0, 3)})),
        }
        for name in ("p1", "p2", "p3", "p4")[: rng.choice((3, 4))]
    ]
    rules: list[Document] = [{"kind": "each", "of": "region", "max": rng.randint(1, 2)}]
    rules.append({"kind": "count", "posts": {"regions": ["n"]}, "max": rng.randint(1, 3)})
    if rng.random() < 0.5:
        rules.append({"kind": "each", "of": "post", "max": 1})
    if rng.random() < 0.3:
        rules.append({"kind": "spend", "max": rng.randint(5, 20)})
    if rng.random() < 0.3:
        rules.append({"kind": "home", "level": 0})
    return {
        "format": "placement-problem/1",
        "regions": [{"id": one, "parent": one[:-1] or None} for one in REGIONS],
        "schools": [{"id": f"at {region}", "region": region} for region in PLACES],
        "posts": posts,
        "volunteers": people,
        "travel": [{"from": a, "to": b, "cost": rng.randint(0, 3)} for a in PLACES for b in PLACES if a != b],
        "funds": [{"id": "f1", "budget": rng.randint(4, 20)}, {"id": "f2", "budget": rng.randint(4, 20)}],
        "agreements": [
            {"id": "a1", "pays": {"*": "f1"}},
            {"id": "a2", "pays": {"pay": "f2", "*": "f1"}, "regions": ["n"]},
        ],
        "policies": [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)],
        "objective": [{"need": 1}, {"preference": 1}],
    }


def reports() -> Iterator[Document]:
    """Everything a person could say: every order of every choice of wishes, every set of refusals, every limit of hardship."""
    for number in range(len(PLACES) + 1):
        for wishes in itertools.permutations(PLACES, number):
            for refuses in itertools.chain.from_iterable(itertools.combinations(PLACES, k) for k in range(3)):
                for limit in (None, 1):
                    yield {"preferences": list(wishes), "refuses": list(refuses), "max_hardship": limit}


def worth(index: Index, person: int, post: int | None) -> int:
    """How far down the true wishes the outcome is; a place that the person does not accept is worse than none."""
    truth = index.problem.volunteers[person]
    none = len(truth.preferences) + 1
    if post is None:
        return none
    region, hardship = index.post_region[post], index.problem.posts[post].hardship
    refused = index.forest.covered(truth.refuses, region)
    too_hard = truth.max_hardship is not None and hardship > truth.max_hardship
    return none + 1 if refused or too_hard else wish_rank(index, person, post)


@pytest.mark.parametrize("seed", range(12))
def test_no_volunteer_gains_by_any_misreport(seed: int) -> None:
    document = round_of(seed)
    index = Index(read_problem(document))
    plan = plan_seats(index, sort_rules(index), 1, LIMITS)
    honest = wishes_first(read_problem(document), seed=1, plan=plan).made.post_of
    for number, person in enumerate(document["volunteers"]):
        true = worth(index, number, honest.get(number))
        for report in reports():
            people = [one if one is not person else {**person, **report} for one in document["volunteers"]]
            told = wishes_first(read_problem({**document, "volunteers": people}), seed=1, plan=plan)
            assert worth(index, number, told.made.post_of.get(number)) >= true, (person, report)


@pytest.mark.parametrize("seed", range(40))
def test_no_order_of_posts_whatsoever_gains_over_the_true_one(seed: int) -> None:
    index = Index(read_problem(round_of(seed)))
    rules = sort_rules(index)
    plan = {post: [0] * place.seats for post, place in enumerate(index.problem.posts)}
    choice = choice_of(index, rules, plan, seed)
    orders = orders_of(index, seed, choice.seats, rules.banned, rules.pins)
    honest = defer(choice, orders).post_of
    for person, order in enumerate(orders):
        true = order.index(honest[person]) if person in honest else len(order)
        for number in range(len(order) + 1):
            for told in itertools.permutations(order, number):
                post = defer(choice, [told if one == person else mine for one, mine in enumerate(orders)]).post_of.get(
                    person
                )
                assert (len(order) if post is None else order.index(post)) >= true


def test_the_plan_of_seats_does_not_depend_on_anything_that_people_say() -> None:
    for seed in range(6):
        document = round_of(seed)
        silent = [{**one, "preferences": [], "refuses": [], "max_hardship": 0} for one in document["volunteers"]]
        plans = []
        for people in (document["volunteers"], silent[::-1]):
            index = Index(read_problem({**document, "volunteers": people}))
            plans.append(plan_seats(index, sort_rules(index), 1, LIMITS))
        assert plans[0] == plans[1]


@pytest.mark.parametrize("seed", range(60))
def test_nobody_has_justified_envy_nothing_is_wasted_and_every_cap_and_budget_holds(seed: int) -> None:
    document = round_of(seed)
    found = wishes_first(read_problem(document), seed=seed, limits=LIMITS)
    assert verify(document, found.solution).findings == ()
    assert found.lawful
    assert found.strategy_proof
    index, post_of = found.index, found.made.post_of
    choice = choice_of(index, found.rules, found.plan, seed)
    orders = orders_of(index, seed, choice.seats, found.rules.banned, found.rules.pins)
    at = {post: [v for v, p in post_of.items() if p == post] for post in choice.seats}
    for person, order in enumerate(orders):
        now = post_of.get(person)
        for post in order[: len(order) if now is None else order.index(now)]:
            # Whoever sits where this person would rather be has the better priority there.
            assert all(choice.key(other, post) < choice.key(person, post) for other in at[post])
            # A seat that is free there may not be taken: some cap is full without this person's own place, or would pass it on.
            after = {**post_of, person: post}
            full = len(at[post]) == choice.seats[post] or any(
                sum(p in cap.posts for p in after.values()) > cap.most for cap in choice.caps
            )
            inside = now is not None and any({post, now} <= cap.posts for cap in choice.caps)
            assert full or inside
            asked = {p: set(people) | ({person} if p == post else set()) for p, people in at.items()}
            assert (person, post) in choice.take(asked)[1]


def test_the_choice_is_substitutable_and_takes_no_fewer_when_more_apply() -> None:
    rng = random.Random(5)
    for _ in range(40):
        seats = {post: rng.randint(1, 2) for post in range(3)}
        caps = [
            Cap("all", frozenset({0, 1, 2}), rng.randint(1, 4)),
            Cap("two", frozenset({0, 1}), rng.randint(1, 3)),
        ]
        lots = {(v, p): rng.random() for v in range(4) for p in range(3)}
        choice = Choice(seats, caps, {0: 2, 1: 0, 2: 1}, lambda v, p, lots=lots: (lots[v, p],))  # type: ignore[misc]
        everything = rng.sample(sorted(lots), 7)
        holding = Holding(choice)
        for number, (volunteer, post) in enumerate(everything):
            holding.add(volunteer, post)
            asked = {p: {v for v, q in everything[: number + 1] if q == p} for p in range(3)}
            held = {p: [v for _, v in people] for p, people in holding.at.items() if people}
            assert held == {p: people for p, people in choice.take(asked)[0].items() if people}

        def refused(some: tuple[tuple[int, int], ...], choice: Choice = choice) -> set[tuple[int, int]]:
            return set(choice.take({post: {v for v, p in some if p == post} for post in range(3)})[1])

        subsets = [some for k in range(8) for some in itertools.combinations(everything, k)]
        for some in subsets:
            for more in everything:
                if more not in some:
                    wider = refused((*some, more))
                    assert refused(some) <= wider
                    assert len(some) - len(refused(some)) <= len(some) + 1 - len(wider)


def test_a_cap_is_flexible_what_one_post_leaves_another_takes() -> None:
    cap = Cap("island", frozenset({0, 1}), 2)
    choice = Choice({0: 2, 1: 2}, [cap], {0: 0, 1: 1}, lambda person, post: (person,))
    assert choice.target == {0: 1, 1: 1}
    assert defer(choice, [[0], [0], [0]]).post_of == {0: 0, 1: 0}
    assert defer(choice, [[0], [0], [1]]).post_of == {0: 0, 2: 1}


def couple(**changes: Any) -> Document:
    """Ani and Budi go together; Citra has the better claim to the only post where one of them would have to sit."""
    document = round_of(0)
    people = [
        {"id": "ani", "preferences": ["n1", "s1"], "group": "pair"},
        {"id": "budi", "preferences": ["n1", "s1"], "group": "pair"},
        {"id": "citra", "preferences": ["n1"], "suitability": 9},
    ]
    posts = [
        {"id": "p1", "school": "at n1", "seats": 2, "cost": 1},
        {"id": "p2", "school": "at s1", "seats": 2, "cost": 1},
    ]
    return (
        document
        | {
            "volunteers": people,
            "posts": posts,
            "funds": [{"id": "f1", "budget": 9}],
            "agreements": [{"id": "a1", "pays": {"*": "f1"}}],
            "policies": [{"id": "stay", "kind": "together", "of": "post"}],
        }
        | changes
    )


def placed(found: Wishes) -> dict[str, str]:
    return {one["volunteer"]: one["post"] for one in found.solution["placements"]}


def test_a_couple_that_is_turned_down_goes_together_to_its_next_wish_and_frees_what_it_held() -> None:
    found = wishes_first(read_problem(couple()), seed=1, limits=LIMITS)
    assert placed(found) == {"ani": "p2", "budi": "p2", "citra": "p1"}
    assert (found.strategy_proof, found.lawful, found.blocking) == (False, True, ())
    one_seat = [{**post, "seats": 1} for post in couple()["posts"]]
    left = wishes_first(read_problem(couple(posts=one_seat)), seed=1, limits=LIMITS)
    assert placed(left) == {"citra": "p1"}


def test_groups_are_always_placed_whole_at_one_thing_or_not_at_all() -> None:
    for seed in range(30):
        document = round_of(seed)
        for person in document["volunteers"][:2]:
            person["group"] = "pair"
        of = random.Random(seed).choice(("post", "school", "region"))
        document["policies"].append({"id": "pair", "kind": "together", "of": of})
        found = wishes_first(read_problem(document), seed=seed, limits=LIMITS)
        assert found.lawful, seed
        assert [team.name for team in found.teams] == ["pair"]


def test_a_rule_that_cannot_be_held_is_named_and_the_nearest_lawful_placement_changes_least() -> None:
    rule = {"id": "someone-south", "kind": "count", "posts": {"regions": ["s"]}, "min": 1}
    document = couple(policies=[rule])
    for person in document["volunteers"]:
        person["preferences"] = ["n1"]
    document["posts"][0]["seats"] = 3
    found = wishes_first(read_problem(document), seed=1, limits=LIMITS)
    assert (found.broken, found.lawful) == ({"someone-south": 1}, False)
    (told,) = found.report()["rules"]
    assert (told["held_as"], told["minimum_promised"], told["broken"]) == ("not", False, 1)
    mended = nearest(found, LIMITS)
    assert mended is not None
    assert (mended.changed, mended.lawful, mended.strategy_proof) == (1, True, False)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_rules_a_placement_that_says_it_is_lawful_verifies_and_names_what_is_broken(seed: int) -> None:
    document = tiny.problem(seed)
    found = wishes_first(read_problem(document), seed=seed, limits=LIMITS)
    findings = verify(document, found.solution).findings
    assert found.lawful is (findings == ())
    assert {one.code for one in findings} <= {"policy-broken", "agreement-outside-limits"}
    assert sum(one.code == "policy-broken" for one in findings) == sum(
        not n.startswith("agreement ") for n in found.broken
    )
    for name in found.broken:
        assert found.rules.how.get(name, "not") in {"not", "pin", "joint"} or name in found.rules.half


def test_the_order_of_the_file_changes_nothing() -> None:
    for seed in range(10):
        document = round_of(seed)
        turned = {k: v[::-1] if isinstance(v, list) and k != "objective" else v for k, v in reversed(document.items())}
        assert (
            wishes_first(read_problem(document), seed=3, limits=LIMITS).solution
            == wishes_first(read_problem(turned), seed=3, limits=LIMITS).solution
        )


def test_the_shell_places_verifies_and_compares_by_wishes(tmp_path: Path) -> None:
    posts = [
        {"id": "p1", "school": "at n1", "seats": 2, "cost": 3},
        {"id": "p2", "school": "at s1", "seats": 3, "cost": 1},
    ]
    document = couple(policies=[], posts=posts, objective=[{"need": 1}, {"cost": -1}])
    problem, best, wishes = (str(tmp_path / name) for name in ("problem.json", "best.json", "wishes.json"))
    write_document(Path(problem), document)
    write_document(Path(best), solve(read_problem(document), limits=LIMITS).document())
    runner = CliRunner()
    shown = runner.invoke(app, ["wishes", problem, "--out", wishes, "--seed", "1", "--language", "en"])
    assert shown.exit_code == 0, shown.output
    assert "Nobody can get a place that he or she likes better" in shown.stdout
    assert runner.invoke(app, ["verify", problem, wishes]).exit_code == 0
    compared = compare(
        read_problem(document), {"best": load_document(Path(best)), "wishes": load_document(Path(wishes))}
    )
    side = compared.solutions[1].wishes
    at = [{one["volunteer"]: one["post"] for one in load_document(Path(path))["placements"]} for path in (best, wishes)]
    dearness = {"p1": {"ani": 0, "budi": 0, "citra": 0}, "p2": {"ani": 1, "budi": 1, "citra": 1}}
    ranks = [{v: dearness[side[v]][v] if v in side else 9 for v in ("ani", "budi", "citra")} for side in at]
    assert set(side.this) == {v for v in ranks[0] if ranks[1][v] < ranks[0][v]}
    assert set(side.first) == {v for v in ranks[0] if ranks[0][v] < ranks[1][v]}
    text = runner.invoke(app, ["compare", problem, best, wishes, "--language", "en"])
    assert len(side.this) == 2
    assert f"{len(side.this)} prefer wishes, {len(side.first)} prefer best" in text.stdout


def test_the_shell_writes_no_solution_that_breaks_a_rule(tmp_path: Path) -> None:
    rule = {"id": "everyone", "kind": "count", "min": 3}
    problem, out, report = (str(tmp_path / name) for name in ("problem.json", "out.json", "report.json"))
    write_document(Path(problem), couple(policies=[rule], posts=couple()["posts"][:1]))
    told = CliRunner().invoke(app, ["wishes", problem, "--out", out, "--report", report])
    assert told.exit_code == 1
    assert "everyone: tidak dapat dijaga; DILANGGAR sebesar 1" in told.stdout
    assert not Path(out).exists()
    assert json.loads(Path(report).read_text())["broken"] == {"everyone": 1}
