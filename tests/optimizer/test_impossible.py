"""Impossible rounds: the conflict named is the one planted, irreducible, and each repair really makes the round possible."""

import copy
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from optimizer import Limits, read_problem, solve, verify, write_document
from optimizer.cli import app
from optimizer.diagnose import Diagnosis, diagnose
from optimizer.engines.cpsat import Run
from tests.optimizer import tiny
from tests.optimizer.impossible import KINDS, Document, impossible

SMALL = (30, 20, 4, 3)
MIDDLE = (2_000, 1_000, 50, 20)
SEEDS = range(400)
LISTS = {"policy": "policies", "fund": "funds", "agreement": "agreements"}
runner = CliRunner()


def diagnosed(document: Document) -> Diagnosis:
    return diagnose(read_problem(document), Run(work=30.0))


def is_possible(document: Document) -> bool:
    document = document | {"objective": []}
    solution = solve(read_problem(document), limits=Limits(work=60.0))
    assert verify(document, solution.document()).findings == ()
    assert solution.status in {"optimal", "infeasible"}
    return solution.status == "optimal"


def with_rules(document: Document, kept: set[tuple[str, str]]) -> Document:
    """Return the document with only some of its hard rules; what is left out of funds and agreements is their limits."""
    found = copy.deepcopy(document)
    found["policies"] = [
        one for one in found["policies"] if one.get("penalty") is not None or ("policy", one["id"]) in kept
    ]
    found.setdefault("agreements", [{"id": one["id"], "pays": {"*": one["id"]}} for one in found["funds"]])
    for fund in found["funds"]:
        if ("fund", fund["id"]) not in kept:
            fund["budget"] = 10**12
    for agreement in found["agreements"]:
        if ("agreement", agreement["id"]) not in kept:
            agreement |= {"min_placements": 0, "max_placements": None}
    return found


def mended(document: Document, repair: dict[str, Any]) -> Document:
    """Return the document with the changes of a repair made."""
    found = copy.deepcopy(document)
    for change in (repair, *repair.get("also", ())):
        rows = found[LISTS[change["kind"]]]
        row = next(one for one in rows if one["id"] == change["id"])
        if change["parameter"] == "active":
            rows.remove(row)
        else:
            row[change["parameter"]] = change["works"]
    return found


def named(found: Diagnosis) -> set[tuple[str, str]]:
    return {(one["kind"], one["id"]) for one in found.conflict or ()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_clash_of_each_kind_is_named_exactly_and_mended(kind: str) -> None:
    document, clash = impossible(kind, 3, *SMALL)
    found = diagnosed(document)
    assert named(found) == clash
    assert found.possible is False
    assert not is_possible(with_rules(document, clash))
    for one in clash:
        assert is_possible(with_rules(document, clash - {one})), one
    assert 1 <= len(found.relaxations) <= 5
    assert {(one["kind"], one["id"]) for one in found.relaxations} <= clash
    for repair in found.relaxations:
        assert is_possible(mended(document, repair)), repair


def impossible_tiny(number: int) -> list[Document]:
    """Return the first tiny rounds without a solution, of every kind of rule, as counting out finds them."""
    found = (document for document in map(tiny.problem, SEEDS) if tiny.best(document) is None)
    return list(islice(found, number))


def test_conflicts_are_irreducible_by_counting_out() -> None:
    for document in impossible_tiny(40):
        clash = named(diagnosed(document))
        assert clash, document
        assert tiny.best(with_rules(document, clash)) is None, document
        for one in clash:
            assert tiny.best(with_rules(document, clash - {one})) is not None, (document, one)


def test_repairs_work_by_counting_out_and_no_nearer_value_does() -> None:
    repairs = [(document, one) for document in impossible_tiny(40) for one in diagnosed(document).relaxations]
    assert len(repairs) > 40
    for document, repair in repairs:
        assert tiny.best(mended(document, repair)) is not None, (document, repair)
        if repair["parameter"] != "active":
            step = 1 if repair["today"] > repair["works"] else -1
            nearer = repair | {"works": repair["works"] + step}
            assert tiny.best(mended(document, nearer)) is None, (document, repair)


def test_repairs_touch_the_fewest_rules_first_and_then_change_the_least() -> None:
    for document in impossible_tiny(40):
        keys = []
        for repair in diagnosed(document).relaxations:
            changes = [repair, *repair.get("also", ())]
            size = sum(
                1.0 if one["parameter"] == "active" else abs(one["works"] - one["today"]) / max(1, abs(one["today"]))
                for one in changes
            )
            keys.append((len(changes), size, -repair["reaches"]["need"]))
        assert keys == sorted(keys)
        assert len({key[0] for key in keys}) <= 1


def test_two_clashes_at_once_are_mended_together() -> None:
    document = impossible("pin against ban", 1, *SMALL)[0]
    document["policies"] += [
        {"id": "all", "kind": "count", "min": 1, "volunteers": {"ids": ["corner-v3"]}, "posts": {"regions": ["99"]}},
        {"id": "none", "kind": "forbid", "volunteers": {"ids": ["corner-v3"]}, "posts": {"regions": ["99"]}},
    ]
    assert not is_possible(document)
    found = diagnosed(document)
    assert found.relaxations
    for repair in found.relaxations:
        assert len(repair["also"]) == 1
        assert is_possible(mended(document, repair)), repair


def test_a_possible_round_is_called_possible() -> None:
    document = next(one for one in map(tiny.problem, SEEDS) if tiny.best(one) is not None)
    assert diagnosed(document) == Diagnosis(None, (), possible=True)


def test_the_shell_says_what_clashes_and_what_is_enough(tmp_path: Path) -> None:
    document, clash = impossible("minimum against budget", 3, *SMALL)
    path = tmp_path / "problem.json"
    write_document(path, document)
    told = runner.invoke(app, ["diagnose", str(path), "--language", "en"])
    assert told.exit_code == 4
    assert "fund corner-fund: budget Rp" in told.stdout
    assert "corner-fund: budget Rp" in told.stdout.split("Any one of these is enough:")[1]
    found = json.loads(runner.invoke(app, ["diagnose", str(path), "--json"]).stdout)
    assert {(one["kind"], one["id"]) for one in found["conflict"]} == clash
    write_document(path, with_rules(document, set()))
    assert runner.invoke(app, ["diagnose", str(path), "--language", "en"]).exit_code == 0


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_what_clashes_in_a_middle_round_is_named_exactly(kind: str) -> None:
    document, clash = impossible(kind, 1, *MIDDLE)
    problem = read_problem(document)
    found = diagnose(problem, Run(seconds=180.0, workers=1))
    assert named(found) == clash
    assert found.relaxations
