"""Documents that nobody means well with: each ends with an error, or is read in time and memory in proportion to its size."""

import gzip
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from optimizer import DocumentRefused, Limits, load_document, parse_document, read_problem, solve, verify
from optimizer import documents as documents_module
from optimizer.index import RegionForest
from tests.benchmarks.rounds import named
from tests.optimizer import tiny

Document = dict[str, Any]
MANY = 1_000_000


def codes(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(DocumentRefused) as refused:
        read_problem(document)
    return [(error.pointer, error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": NaN}', "bad-number"),
        ('{"a": -Infinity}', "bad-number"),
        ('{"a": 1, "b": 2, "a": 3}', "duplicate-key"),
        ("{" + ",".join(['"a":1'] * 200_000) + "}", "duplicate-key"),
        ('{"a": ' + "[" * 10**6 + "]" * 10**6 + "}", "too-deep"),
        ('{"a":' * 10**5 + "1" + "}" * 10**5, "too-deep"),
        ('{"a": ' + "9" * 5000 + "}", "bad-number"),
        ('{"a": "\\ud800"}', "bad-text"),
        ('{"\\uDFFF": 1}', "bad-text"),
        ('{"a": 1', "not-json"),
        ("", "not-json"),
    ],
)
def test_text_that_is_no_strict_json_is_refused_at_once(text: str, code: str) -> None:
    started = time.process_time()
    with pytest.raises(DocumentRefused) as refused:
        parse_document(text.encode())
    assert [error.code for error in refused.value.errors] == [code]
    assert len(str(refused.value)) < 500
    assert time.process_time() - started < 5


def test_a_whole_surrogate_pair_and_a_backslash_are_text() -> None:
    assert parse_document(b'{"a": "\\ud83c\\udf33", "b": "\\\\ud800"}') == {"a": "🌳", "b": "\\ud800"}


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(DocumentRefused, match="Byte 6"):
        parse_document(b'{"a":"\xff"}')


def test_a_small_file_that_unpacks_to_more_than_the_limit_is_refused_without_unpacking_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_module, "LARGEST_FILE", 2**16)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(b" " * 2**26))
    tracemalloc.start()
    with pytest.raises(DocumentRefused) as refused:
        load_document(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()
    assert refused.value.errors[0].code == "too-large"


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"no gzip at all"])
def test_damaged_gzip_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "problem.json.gz"
    path.write_bytes(damage)
    with pytest.raises(DocumentRefused):
        load_document(path)


@pytest.mark.parametrize("value", [10**30, -(10**30), 1.0, 1e300, "1", True, [1], {"a": 1}])
def test_numbers_out_of_range_or_of_the_wrong_kind_are_refused_wherever_they_stand(value: Any) -> None:
    places = [
        ("posts", "need"),
        ("posts", "seats"),
        ("posts", "hardship"),
        ("volunteers", "suitability"),
        ("volunteers", "max_hardship"),
        ("volunteers", "accept"),
        ("funds", "budget"),
        ("travel", "cost"),
        ("agreements", "min_placements"),
        ("resources", "amount"),
        ("objective", "need"),
    ]
    document = named("demo")
    for name, field in places:
        document[name][1 if len(document[name]) > 1 else 0][field] = value
    assert {pointer for pointer, _ in codes(document)} == {
        f"/{name}/{1 if len(document[name]) > 1 else 0}/{field}" for name, field in places
    }


def test_a_value_nested_as_deeply_as_json_can_be_read_is_named_and_not_spelled_out() -> None:
    depth = 900
    text = json.dumps(named("demo")).replace('"hardship": ', '"hardship": ' + "[" * depth + "]" * depth + ', "x": ', 1)
    document = parse_document(text.encode())
    assert codes(document) == [("/posts/0/hardship", "wrong-type"), ("/posts/0/x", "unknown-field")]


def test_every_error_is_found_in_document_order_and_none_twice() -> None:
    document = named("demo")
    document["regions"].append("nowhere")
    document["regions"][3]["parent"] = "atlantis"
    document["regions"][0]["parent"] = document["regions"][0]["id"]
    document["schools"][1]["region"] = 7
    document["posts"].append(dict(document["posts"][0]))
    document["volunteers"][5]["preferences"] = ["atlantis", 3, ""]
    document["volunteers"][5]["shoes"] = 44
    document["travel"].append(dict(document["travel"][0]))
    document["travel"][4]["cost"] = -1
    document["funds"][0]["budget"] = None
    document["agreements"][2]["pays"] = {"*": "gold"}
    document["policies"].append({"id": "new", "kind": "magic"})
    document["policies"].append({"id": "more", "kind": "count", "min": 3, "max": 2, "posts": {"colour": []}})
    document["previous"].append({"volunteer": "nobody", "post": "nowhere"})
    posts, travel = len(document["posts"]) - 1, len(document["travel"]) - 1
    policies, previous = len(document["policies"]) - 2, len(document["previous"]) - 1
    assert codes(document) == [
        (f"/regions/{len(document['regions']) - 1}", "wrong-type"),
        ("/regions/3/parent", "dangling-identifier"),
        ("/regions/0/parent", "region-cycle"),
        ("/schools/1/region", "wrong-type"),
        (f"/posts/{posts}/id", "duplicate-identifier"),
        ("/volunteers/5/preferences", "wrong-type"),
        ("/volunteers/5/preferences", "wrong-type"),
        ("/volunteers/5/preferences/0", "dangling-identifier"),
        ("/volunteers/5/shoes", "unknown-field"),
        ("/travel/4/cost", "negative-money"),
        (f"/travel/{travel}", "duplicate-row"),
        ("/funds/0/budget", "missing-field"),
        ("/agreements/2/pays/*", "dangling-identifier"),
        (f"/policies/{policies}/kind", "unknown-kind"),
        (f"/policies/{policies + 1}/posts/colour", "unknown-field"),
        (f"/policies/{policies + 1}/max", "inverted-bounds"),
        (f"/previous/{previous}/volunteer", "dangling-identifier"),
        (f"/previous/{previous}/post", "dangling-identifier"),
    ]


def chain(length: int) -> Document:
    """Return a tiny round whose regions are one chain, with a school at its end and homes at both ends."""
    document = tiny.problem(3)
    last = f"r{length - 1}"
    document["regions"] = [{"id": f"r{n}", "parent": f"r{n - 1}" if n else None} for n in range(length)]
    for school in document["schools"]:
        school["region"] = last
    for place, person in enumerate(document["volunteers"]):
        person |= {"home": "r0" if place else last, "preferences": [last, "r1"], "refuses": [], "max_hardship": None}
    for name in ("travel", "pairs", "agreements", "previous"):
        document.pop(name, None)
    document["funds"] = [{"id": "f", "budget": 100}]
    document["policies"] = [
        {"id": "home", "kind": "home", "level": length // 2},
        {"id": "top", "kind": "count", "posts": {"regions": ["r0"]}, "min": 1, "penalty": 1},
    ]
    return document


@pytest.mark.long
def test_a_chain_of_a_million_regions_is_read_solved_and_verified() -> None:
    document = chain(MANY)
    started = time.process_time()
    solution = solve(read_problem(document), limits=Limits(seconds=60)).document()
    assert verify(document, solution).findings == ()
    assert time.process_time() - started < 120


def test_a_chain_of_regions_deeper_than_any_recursion_is_read_solved_and_verified() -> None:
    document = chain(20_000)
    solution = solve(read_problem(document), limits=Limits(seconds=20)).document()
    assert verify(document, solution).findings == ()


def test_levels_of_a_long_chain_are_found_without_climbing_it() -> None:
    forest = RegionForest({f"r{n}": f"r{n - 1}" if n else None for n in range(200_000)})
    started = time.process_time()
    for level in [*range(0, 400_000, 4), 10**15]:
        top = forest.raised("r199999", level)
        assert top == (f"r{199_999 - level}" if level < 199_999 else "r0")
    assert time.process_time() - started < 10


def test_a_circle_of_many_regions_is_one_short_error() -> None:
    document = chain(50_000)
    document["regions"][0]["parent"] = "r49999"
    assert codes(document) == [("/regions/0/parent", "region-cycle")]


@pytest.mark.long
def test_a_million_policies_are_read_and_verified_or_refused_with_an_error_each() -> None:
    document = tiny.problem(3)
    document["policies"] = [
        {"id": f"p{n}", "kind": "count", "posts": {"regions": ["1"]}, "max": 3 + n % 5} for n in range(MANY)
    ]
    started = time.process_time()
    assert len(read_problem(document).policies) == MANY
    assert verify(document, {}).ok is False
    for policy in document["policies"]:
        policy["kind"] = "charm"
    assert len(codes(document)) == MANY
    assert time.process_time() - started < 60
