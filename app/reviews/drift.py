"""How raters differ, from their scores alone: who is milder than the colleagues on the same applications, and whether that changes.

    milder       mean over the applications that others have scored too of (own total - mean of the others' totals), in points of 100
    agreeing     share of these applications in which own and others' mean differ by no more than the rubric allows
    drift        `milder` in the later half of them minus that in the earlier half, by the time of scoring
    spread       standard deviation of totals within one application, pooled over all (Bland and Altman, Measurement error,
                 BMJ 313:744, 1996): how far apart two who read the same are by chance
    uncertainty  standard error of a suitability from two reviews, spread / sqrt(2)

A difference is told as notable where it is above twice its standard error and above `NOTABLE` points, from `FEWEST`
applications on. It is a reason to talk with somebody, not a verdict: reviewers get their applications by lot, so a difference
between them is not one between the people they read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import fmean, stdev
from typing import Final

FEWEST: Final = 5
"""Applications below which nothing is told as notable; a drift needs as many in each half."""
NOTABLE: Final = 5.0
"""Points of 100."""


@dataclass(frozen=True)
class Given:
    """One review that is done: what it is worth, 0-100, and when it was given."""

    reviewer_id: str
    applicant_id: str
    total: Fraction
    done_at: dt.datetime


@dataclass(frozen=True)
class Rater:
    """What one reviewer's scores show; see above. None where there is too little to tell.

    Attributes:
        reviewer_id: Whose they are.
        done: How many reviews are done.
        compared: How many of these applications somebody else has scored too.
        mean: Of the totals.
        milder, agreeing, drift: See above; `agreeing` is between 0 and 1.
        is_notable: Whether `milder` is more than chance.
    """

    reviewer_id: str
    done: int
    compared: int
    mean: float
    milder: float | None
    agreeing: float | None
    drift: float | None
    is_notable: bool


@dataclass(frozen=True)
class Agreement:
    """How far reviewers of one cohort agree; `spread` and `uncertainty` are None before two have read the same."""

    raters: tuple[Rater, ...]
    spread: float | None
    uncertainty: float | None


def agreement(reviews: Sequence[Given], allowed: int) -> Agreement:
    """Return what the reviews of one cohort show, raters in the order of their ids.

    Args:
        reviews: Those that are done, in any order.
        allowed: By how many points two may differ.
    """
    together: dict[str, list[Given]] = {}
    of_rater: dict[str, list[Given]] = {}
    for one in sorted(reviews, key=lambda one: (one.done_at, one.applicant_id, one.reviewer_id)):
        together.setdefault(one.applicant_id, []).append(one)
        of_rater.setdefault(one.reviewer_id, []).append(one)
    raters = tuple(_rater(key, of_rater[key], together, allowed) for key in sorted(of_rater))
    spread = _spread(list(together.values()))
    return Agreement(raters, spread, None if spread is None else spread / sqrt(2))


def _rater(key: str, own: Sequence[Given], together: dict[str, list[Given]], allowed: int) -> Rater:
    differences = []
    for one in own:
        others = [other.total for other in together[one.applicant_id] if other is not one]
        if others:
            differences.append(float(one.total - sum(others, Fraction(0)) / len(others)))
    milder = fmean(differences) if differences else None
    within = sum(abs(difference) <= allowed for difference in differences)
    return Rater(
        reviewer_id=key,
        done=len(own),
        compared=len(differences),
        mean=fmean(float(one.total) for one in own),
        milder=milder,
        agreeing=within / len(differences) if differences else None,
        drift=_drift(differences),
        is_notable=milder is not None and abs(milder) > max(NOTABLE, _twice_error(differences)),
    )


def _drift(differences: Sequence[float]) -> float | None:
    half = len(differences) // 2
    return None if half < FEWEST else fmean(differences[-half:]) - fmean(differences[:half])


def _twice_error(differences: Sequence[float]) -> float:
    if len(differences) < FEWEST:
        return float("inf")
    return 2 * stdev(differences) / sqrt(len(differences))


def _spread(together: Sequence[Sequence[Given]]) -> float | None:
    squares, freedom = 0.0, 0
    for reviews in together:
        totals = [float(one.total) for one in reviews]
        middle = fmean(totals)
        squares += sum((total - middle) ** 2 for total in totals)
        freedom += len(totals) - 1
    return sqrt(squares / freedom) if freedom else None
