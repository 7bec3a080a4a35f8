"""Who is milder than the colleagues, whether that changes, and how sure a suitability is: by hand-worked figures."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reviews.drift import Agreement, Given, Rater, agreement

START = dt.datetime(2027, 1, 20, tzinfo=dt.UTC)


def scores(*rows: tuple[str, str, int]) -> list[Given]:
    """(reviewer, application, total), one an hour."""
    return [
        Given(reviewer, application, Fraction(total), START + dt.timedelta(hours=hour))
        for hour, (reviewer, application, total) in enumerate(rows)
    ]


def by_name(found: Agreement) -> dict[str, Rater]:
    return {one.reviewer_id: one for one in found.raters}


def test_before_anybody_has_scored_nothing_is_told() -> None:
    assert agreement([], 20) == Agreement((), None, None)


def test_who_reads_alone_is_compared_with_nobody() -> None:
    (sari,) = agreement(scores(("sari", "a", 70), ("sari", "b", 80)), 20).raters
    assert sari == Rater("sari", 2, 0, 75.0, None, None, None, False)


def test_two_who_differ_by_ten_points_each_time() -> None:
    rows = [(who, f"a{number}", total) for number in range(6) for who, total in (("sari", 80), ("tono", 70))]
    found = agreement(scores(*rows), 5)
    sari, tono = found.raters
    assert (sari.milder, tono.milder, sari.agreeing) == (10.0, -10.0, 0.0)
    assert sari.is_notable
    assert tono.is_notable
    # Within each application the two stand 5 from their mean: variance 50 with one degree of freedom.
    assert found.spread == pytest.approx(sqrt(50))
    assert found.uncertainty == pytest.approx(5)


def test_a_difference_within_chance_or_from_few_is_not_notable() -> None:
    apart = [30, -10, 20, -15, 5, 12]
    rows = [
        (who, f"a{number}", 50 + (by if who == "sari" else 0))
        for number, by in enumerate(apart)
        for who in ("sari", "tono")
    ]
    found = by_name(agreement(scores(*rows), 20))
    assert found["sari"].milder == pytest.approx(7)
    assert not found["sari"].is_notable
    assert found["sari"].agreeing == pytest.approx(5 / 6)
    few = [(who, f"a{number}", total) for number in range(4) for who, total in (("sari", 90), ("tono", 40))]
    assert not any(one.is_notable for one in agreement(scores(*few), 20).raters)


def test_a_third_reader_is_held_against_the_mean_of_the_first_two() -> None:
    found = by_name(agreement(scores(("sari", "a", 90), ("tono", "a", 50), ("uli", "a", 76)), 20))
    assert (found["uli"].milder, found["sari"].milder) == (6.0, 27.0)


def test_somebody_who_grows_stricter_over_time() -> None:
    rows = [
        (who, f"a{number}", total)
        for number in range(10)
        for who, total in (("sari", 80 if number < 5 else 60), ("tono", 70))
    ]
    found = by_name(agreement(scores(*rows), 20))
    assert (found["sari"].milder, found["sari"].drift, found["tono"].drift) == (0.0, -20.0, 20.0)
    assert by_name(agreement(scores(*rows[:18]), 20))["sari"].drift is None, "nine are too few"


@given(st.permutations(list(range(12))))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    rows = scores(*((who, f"a{n}", 50 + 3 * n + m) for n in range(4) for m, who in enumerate(("sari", "tono", "uli"))))
    assert agreement([rows[place] for place in order], 20) == agreement(rows, 20)
