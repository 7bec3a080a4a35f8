"""The rules of a round are kept with the sentence that a person reads, and a result says which of them it breaks."""

from typing import Any

from app.rounds.policy_reader import with_sentences
from app.rounds.summary import summary_of
from optimizer import read_problem, solve, verify

PROBLEM: dict[str, Any] = {
    "format": "placement-problem/1",
    "name": "Uji",
    "regions": [{"id": "53", "parent": None}, {"id": "53.11", "parent": "53"}],
    "schools": [{"id": "s1", "region": "53.11", "tags": []}],
    "posts": [{"id": "moa", "school": "s1", "seats": 2, "cost": {"stipend": 10}}],
    "volunteers": [{"id": "ayu", "tags": []}],
    "travel": [],
    "funds": [{"id": "agro", "sponsor": "agro", "budget": 100}],
    "agreements": [{"id": "agro", "pays": {"*": "agro"}}],
    "policies": [
        {"id": "two", "kind": "count", "posts": {"regions": ["53"]}, "min": 2, "penalty": 3},
        {"id": "one", "kind": "count", "posts": {"regions": ["53"]}, "min": 1},
    ],
    "objective": [{"placed": 1, "penalty": -1}],
}
NAMES: dict[str, Any] = {
    "regions": {"53": "Nusa Tenggara Timur", "53.11": "Sumba Timur"},
    "posts": {"moa": {"school": "SD Moa", "npsn": "s1", "region": "53.11"}},
    "funds": {"agro": "Dana Agro"},
    "sponsors": {"agro": "Agro"},
    "agreements": {"agro": ["Perjanjian", "Agreement"]},
    "policies": {code: {"title": [code, code], "reason": ["", ""]} for code in ("one", "two")},
}


def test_a_rule_is_read_with_names_in_both_languages() -> None:
    words = with_sentences(NAMES, read_problem(PROBLEM).policies)["policies"]["two"]
    assert words["title"] == ["two", "two"]
    indonesian, english = words["sentence"]
    assert "Nusa Tenggara Timur" in indonesian
    assert english == "The number of placements in region Nusa Tenggara Timur is at least 2."


def test_a_result_says_by_how_much_each_rule_is_broken() -> None:
    solution = solve(read_problem(PROBLEM)).document()
    assert verify(PROBLEM, solution).ok
    assert summary_of(PROBLEM, solution)["policies"] == [["one", True, 0], ["two", False, 1]]


def test_an_impossible_round_keeps_and_breaks_nothing() -> None:
    problem = {**PROBLEM, "policies": [{"id": "three", "kind": "count", "min": 3}]}
    assert summary_of(problem, solve(read_problem(problem)).document())["policies"] == []
