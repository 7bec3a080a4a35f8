"""Solutions side by side: every figure is counted again here from the documents, and chains add up to what the tiers differ by."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import DocumentRefused, Limits, read_problem, solve, write_document
from optimizer.cli import app
from optimizer.compare import compare
from tests.optimizer import tiny

Document = dict[str, Any]
LIMITS = Limits(workers=1)
SEEDS = [seed for seed in range(90) if tiny.best(tiny.problem(seed)) is not None][:30]


def round_of(**changes: Any) -> Document:
    """Ani teaches better than Budi and may go anywhere; Budi only north, where the need is greater."""
    return {
        "format": "placement-problem/1",
        "regions": [
            {"id": "land", "parent": None},
            {"id": "north", "parent": "land"},
            {"id": "south", "parent": "land"},
        ],
        "schools": [{"id": "s1", "region": "north"}, {"id": "s2", "region": "south"}],
        "posts": [
            {"id": "hill", "school": "s1", "seats": 1, "need": 5, "cost": 10},
            {"id": "shore", "school": "s2", "seats": 1, "need": 3, "cost": {"pay": 7}},
        ],
        "volunteers": [
            {"id": "ani", "suitability": 9, "tags": ["gender:f"]},
            {"id": "budi", "suitability": 4, "refuses": ["south"], "group": "g"},
        ],
        "funds": [{"id": "gift", "sponsor": "acme", "budget": 100}, {"id": "tax", "sponsor": "state", "budget": 100}],
        "agreements": [{"id": "both", "pays": {"pay": "tax", "*": "gift"}}],
        "objective": [{"need": 1}, {"fit": 1}, {"cost": -1}],
    } | changes


def forced(document: Document, *rules: Document) -> Document:
    """Return the best solution of a round under more rules, as a solution of the round itself."""
    named = [{"id": f"extra{number}", **rule} for number, rule in enumerate(rules)]
    narrow = read_problem({**document, "policies": [*document.get("policies", ()), *named]})
    found = solve(narrow, limits=LIMITS).document()
    plain = solve(read_problem(document), limits=LIMITS).document()
    tiers = [
        {"value": tier["value"], "bound": max(best["bound"], tier["value"])}
        for tier, best in zip(found["tiers"], plain["tiers"], strict=True)
    ]
    proven = all(tier["value"] == tier["bound"] for tier in tiers)
    why = [{"code": "not-better"}]  # the reasons found may name the rules that only the narrower round has
    left = {side: [{**one, "why": why} for one in found[side]] for side in ("unplaced", "unfilled")}
    status = "optimal" if proven else "feasible"
    return found | left | {"problem": plain["problem"], "tiers": tiers, "status": status}


ANI_AT_HILL = {"kind": "pin", "volunteer": "ani", "post": "hill"}


def test_tiers_breakdowns_and_moves_of_a_small_round() -> None:
    document = round_of()
    sides = {"best": solve(read_problem(document), limits=LIMITS).document(), "hill": forced(document, ANI_AT_HILL)}
    best, hill = compare(read_problem(document), sides).solutions
    assert (best.tiers, hill.gains) == (((8, 8), (13, 13), (-17, -17)), (-3, -4, 7))
    assert best.by["region"] == {
        "land": {"placed": 2, "need": 8, "fit": 13, "cost": 17},
        "north": {"placed": 1, "need": 5, "fit": 4, "cost": 10},
        "south": {"placed": 1, "need": 3, "fit": 9, "cost": 7},
    }
    # Both sponsors have a part in every placement, and each pays its own line.
    assert {name: (row["placed"], row["cost"]) for name, row in best.by["sponsor"].items()} == {
        "acme": (2, 10),
        "state": (2, 7),
    }
    assert (set(best.by["group"]), set(hill.by["group"])) == ({"g"}, set())
    assert hill.by["tag"] == {"gender:f": {"placed": 1, "need": 5, "fit": 9, "cost": 10}}
    (chain,) = hill.chains
    assert [(move.volunteer, move.post, move.new_post) for move in chain.moves] == [
        ("ani", "shore", "hill"),
        ("budi", "hill", None),
    ]
    assert (chain.tiers, chain.why, chain.tier, chain.funds) == ((-3, -4, 7), "gives-way", 0, {"tax": -7})


def test_a_move_that_gains_a_tier_is_told_so() -> None:
    document = round_of()
    sides = {"hill": forced(document, ANI_AT_HILL), "best": solve(read_problem(document), limits=LIMITS).document()}
    (chain,) = compare(read_problem(document), sides).solutions[1].chains
    assert (chain.why, chain.tier, chain.tiers) == ("gains", 0, (3, 4, -7))


@pytest.mark.parametrize("seed", SEEDS)
def test_chains_and_the_shared_rest_add_up_to_what_the_tiers_differ_by(seed: int) -> None:
    document = tiny.problem(seed)
    problem = read_problem(document)
    placed = solve(problem, limits=LIMITS).document()
    few = {"kind": "count", "max": max(0, len(placed["placements"]) - 1)}
    narrow = {**document, "policies": [*document["policies"], {"id": "few", **few}]}
    if tiny.best(narrow) is None:
        few["max"] = 3
    other = forced(document, few)
    first, second = compare(problem, {"a": placed, "b": other}).solutions
    assert first.chains == ()
    for position, gain in enumerate(second.gains):
        assert gain == second.shared[position] + sum(chain.tiers[position] for chain in second.chains)
    at = [{one["volunteer"]: (one["post"], one["agreement"]) for one in side["placements"]} for side in (placed, other)]
    moved = {name for name in at[0] | at[1] if at[0].get(name) != at[1].get(name)}
    assert {move.volunteer for chain in second.chains for move in chain.moves} == moved
    tops = {one["id"] for one in document["regions"] if one["parent"] is None}
    assert sum(row["placed"] for name, row in second.by["region"].items() if name in tops) == len(other["placements"])
    assert sum(row["cost"] for row in second.by["sponsor"].values()) == sum(one["cost"] for one in other["placements"])


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_copies_of_a_round_that_differ_are_each_checked_against_their_own(seed: int) -> None:
    document = tiny.problem(seed)
    # Other needs, the people in another order, one of them gone, and without the rules.
    gone, *others = document["volunteers"]
    copy = {**document, "policies": [], "volunteers": list(reversed(others))}
    for part in ("pairs", "previous"):
        copy[part] = [one for one in document.get(part, ()) if one["volunteer"] != gone["id"]]
    copy["posts"] = [{**post, "need": post.get("need", 0) + place} for place, post in enumerate(document["posts"])]
    sides = {"round": document, "copy": copy}
    problems = {name: read_problem(one) for name, one in sides.items()}
    made = {name: solve(one, limits=LIMITS).document() for name, one in problems.items()}
    if made["copy"]["status"] != "optimal":
        pytest.skip("without this person the round is impossible")
    first, second = compare(problems["round"], made, problems=problems).solutions
    for position, tier in enumerate(problems["round"].objective):
        values = [sum(weight * one.measures[name] for name, weight in tier.weights.items()) for one in (first, second)]
        assert second.gains[position] == values[1] - values[0]
        chains = sum(chain.tiers[position] for chain in second.chains)
        assert second.gains[position] == second.shared[position] + chains
    at = {
        name: {one["volunteer"]: (one["post"], one["agreement"]) for one in solution["placements"]}
        for name, solution in made.items()
    }
    moved = {one for one in at["round"] | at["copy"] if at["round"].get(one) != at["copy"].get(one)}
    assert {move.volunteer for chain in second.chains for move in chain.moves} == moved
    assert {*second.wishes.this, *second.wishes.first} <= moved - {gone["id"]}


def test_a_solution_of_another_round_is_refused_by_name() -> None:
    document = round_of()
    right = solve(read_problem(document), limits=LIMITS).document()
    with pytest.raises(DocumentRefused) as refused:
        compare(read_problem(document), {"right": right, "wrong": right | {"problem": "0" * 64}})
    (error,) = refused.value.errors
    assert error.code == "other-problem"
    assert error.message.startswith("wrong: ")


def test_the_shell_compares_in_both_languages_and_as_json(tmp_path: Path) -> None:
    document = round_of()
    write_document(tmp_path / "problem.json", document)
    write_document(tmp_path / "best.json", solve(read_problem(document), limits=LIMITS).document())
    write_document(tmp_path / "hill.json.gz", forced(document, ANI_AT_HILL))
    asked = ["compare", *(str(tmp_path / name) for name in ("problem.json", "best.json", "hill.json.gz"))]
    english = CliRunner().invoke(app, [*asked, "--language", "en"])
    assert english.exit_code == 0, english.output
    assert "ani: shore → hill; budi: hill → no place — gives way, goal 1 (-3)" in english.stdout
    indonesian = CliRunner().invoke(app, asked)
    assert "budi: hill → tanpa tempat — memberi jalan, tujuan 1 (-3)" in indonesian.stdout
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert [one["gains"] for one in told["solutions"]] == [[0, 0, 0], [-3, -4, 7]]


def test_the_shell_refuses_one_solution_alone_and_one_of_another_round(tmp_path: Path) -> None:
    document = round_of()
    problem, solution = str(tmp_path / "problem.json"), str(tmp_path / "solution.json")
    write_document(Path(problem), round_of(name="another"))
    write_document(Path(solution), solve(read_problem(document), limits=LIMITS).document())
    assert CliRunner().invoke(app, ["compare", problem, solution]).exit_code == 2
    assert CliRunner().invoke(app, ["compare", problem, solution, solution]).exit_code == 3
