"""The arithmetic of reviews: whole fractions, one rounding, nobody's vote above another's."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reviews.allotment import allot
from app.reviews.scoring import Criterion, half_up, outcome, total

MOTIVATION, TEACHING = Criterion("motivation", 3, 1, 5), Criterion("teaching", 1, 0, 4)
BOTH = (MOTIVATION, TEACHING)


def scores(motivation: int, teaching: int) -> dict[str, int]:
    return {"motivation": motivation, "teaching": teaching}


def test_a_review_is_worth_the_weighted_part_of_each_scale() -> None:
    assert total(BOTH, scores(5, 4)) == 100
    assert total(BOTH, scores(1, 0)) == 0
    # (3 · 3/4 + 1 · 2/4) / 4
    assert total(BOTH, scores(4, 2)) == Fraction(275, 4)


@pytest.mark.parametrize("wrong", [{"motivation": 3}, {**scores(3, 3), "charm": 1}, scores(6, 0), scores(0, 0), {}])
def test_scores_of_another_rubric_are_an_error(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"scored|scores"):
        total(BOTH, wrong)


def test_two_that_agree_give_their_mean_and_three_the_middle() -> None:
    agreed = outcome(BOTH, 20, [scores(4, 2), scores(4, 4)])
    assert (agreed.verdict, agreed.difference, agreed.suitability) == ("complete", Fraction(25, 2), 75)
    apart = [scores(5, 4), scores(3, 2)]
    assert (outcome(BOTH, 20, apart).verdict, outcome(BOTH, 20, apart).suitability) == ("differing", None)
    assert outcome(BOTH, 50, apart).verdict == "complete"
    decided = outcome(BOTH, 20, [*apart, scores(4, 2)])
    assert (decided.verdict, decided.suitability) == ("complete", 69)
    assert outcome(BOTH, 20, [scores(5, 4)]).verdict == "waiting"


def test_a_half_goes_up() -> None:
    assert [half_up(Fraction(number, 2)) for number in (1, 3, 5, 6)] == [1, 2, 3, 3]


points = st.builds(scores, st.integers(1, 5), st.integers(0, 4))


@given(st.lists(points, min_size=3, max_size=3))
def test_no_single_reviewer_moves_the_middle_beyond_the_others(three: list[dict[str, int]]) -> None:
    found = outcome(BOTH, 0, three)
    worth = sorted(half_up(total(BOTH, one)) for one in three)
    assert found.suitability == worth[1]
    assert {outcome(BOTH, 0, order).suitability for order in itertools.permutations(three)} == {worth[1]}


@given(points, points)
def test_two_reviews_come_to_the_same_in_either_order(one: dict[str, int], other: dict[str, int]) -> None:
    assert outcome(BOTH, 100, [one, other]).suitability == outcome(BOTH, 100, [other, one]).suitability


@given(st.integers(1, 40), st.integers(2, 7), st.integers(0, 2**31 - 1))
def test_everybody_reads_as_much_as_the_others(applications: int, reviewers: int, seed: int) -> None:
    wanted = {f"a{number}": 2 for number in range(applications)}
    pairs = allot(wanted, [f"r{number}" for number in range(reviewers)], load={}, taken={}, seed=seed)
    assert len(set(pairs)) == len(pairs) == 2 * applications
    read = Counter(reviewer for _, reviewer in pairs)
    counts = [read[f"r{number}"] for number in range(reviewers)]
    assert max(counts) - min(counts) <= 1
    assert pairs == allot(dict(reversed(wanted.items())), read, load={}, taken={}, seed=seed) or len(read) < reviewers


def test_nobody_gets_what_they_gave_back_and_the_one_with_less_to_read_goes_first() -> None:
    pairs = allot({"a": 2}, ["tono", "uli", "vera"], load={"uli": 9}, taken={"a": ["tono"]}, seed=7)
    assert pairs == [("a", "vera"), ("a", "uli")]
    assert allot({"a": 2}, ["tono"], load={}, taken={}, seed=7) == [("a", "tono")]
