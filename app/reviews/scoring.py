"""From scores to suitability: pure functions in whole fractions, so that everybody who has the scores gets the same number.

A score is a number of points between a criterion's `lowest` and `highest`. A review is worth

    100 · Σ weight · (points − lowest) / (highest − lowest)  /  Σ weight            (0 to 100)

Two reviews that differ by no more than the rubric allows give their mean. Where they differ by more, a third one is asked for,
and the middle of the three holds: no single reviewer moves it beyond what another one says. The result is rounded once, at the
end, half up. Nothing is rounded before, and no floating point is used, so the order of reviews and the machine do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

WANTED: Final = 2
"""How many reviewers read each application; one more where they differ too much."""
Verdict = Literal["waiting", "differing", "complete"]


@dataclass(frozen=True)
class Criterion:
    """What is looked at, and how much it counts: points from `lowest` to `highest`."""

    code: str
    weight: int
    lowest: int
    highest: int


@dataclass(frozen=True)
class Outcome:
    """What the reviews of one application come to.

    Attributes:
        verdict: `waiting` for a review, `differing` where two differ and a third is missing, or `complete`.
        totals: What each review is worth, 0–100, in the order in which they were given.
        difference: Between the first two, in points; None before there are two.
        suitability: 0–100, None before it is complete.
    """

    verdict: Verdict
    totals: tuple[Fraction, ...]
    difference: Fraction | None
    suitability: int | None


def criteria_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """Return the criteria of a stored rubric."""
    return tuple(Criterion(one["code"], one["weight"], one["lowest"], one["highest"]) for one in stored)


def total(criteria: Sequence[Criterion], scores: Mapping[str, int]) -> Fraction:
    """Return what a review is worth, 0–100.

    Raises:
        ValueError: For scores that are not those of the criteria, each within its scale.
    """
    if set(scores) != {one.code for one in criteria} or not criteria:
        raise ValueError("a review scores every criterion, and no other")
    worth = Fraction(0)
    for one in criteria:
        if not one.lowest <= scores[one.code] <= one.highest:
            raise ValueError(f"{one.code} is scored from {one.lowest} to {one.highest}")
        worth += one.weight * Fraction(scores[one.code] - one.lowest, one.highest - one.lowest)
    return 100 * worth / sum(one.weight for one in criteria)


def outcome(criteria: Sequence[Criterion], allowed: int, reviews: Sequence[Mapping[str, int]]) -> Outcome:
    """Return what `reviews`, in the order in which they were given, come to.

    Args:
        criteria: Those of the rubric that the reviews were made by.
        allowed: By how many points (of 100) the first two may differ.
        reviews: The scores of each review that is done; more than three can only be left over from a reassignment.
    """
    totals = tuple(total(criteria, scores) for scores in reviews)
    if len(totals) < WANTED:
        return Outcome("waiting", totals, None, None)
    difference = abs(totals[0] - totals[1])
    if len(totals) == WANTED:
        if difference > allowed:
            return Outcome("differing", totals, difference, None)
        return Outcome("complete", totals, difference, half_up(sum(totals, Fraction(0)) / WANTED))
    return Outcome("complete", totals, difference, half_up(_middle(totals)))


def half_up(value: Fraction) -> int:
    """Return the nearest whole number; a half goes up."""
    return (value + Fraction(1, 2)).__floor__()


def _middle(values: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
