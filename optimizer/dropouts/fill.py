"""How many places will be filled: the exact distribution of the number of independent acceptances (Poisson-binomial), by convolution."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
NOBODY: Reals = np.ones(1)


def joined(one: Reals, other: Reals) -> Reals:
    """Return the distribution of the sum of two independent numbers."""
    return np.asarray(np.convolve(one, other))


def poisson_binomial(chances: Iterable[float]) -> Reals:
    """Return the chance of each number of acceptances, from 0, when each offer is taken independently with its own chance."""
    found = NOBODY
    for chance in chances:
        found = joined(found, np.array([1 - chance, chance]))
    return found


def all_or_none(size: int, chance: float) -> Reals:
    """Return the distribution of a group of `size` that comes whole with this chance, or not at all."""
    found = np.zeros(size + 1)
    found[0], found[size] = 1 - chance, chance
    return found


def at_most(distribution: Reals, places: int) -> Reals:
    """Return the distribution of how many of the acceptances find a place."""
    if len(distribution) <= places + 1:
        return distribution
    found = distribution[: places + 1].copy()
    found[places] += distribution[places + 1 :].sum()
    return found


def expected(distribution: Reals) -> float:
    """Return the mean."""
    return float(np.arange(len(distribution)) @ distribution)


def reached_with(distribution: Reals, certain: float) -> int:
    """Return the largest number that is reached with at least this chance."""
    chance = distribution[::-1].cumsum()[::-1]  # of at least so many
    return int(np.flatnonzero(chance >= certain - 1e-12)[-1])
