"""Drawing from a seed in whole numbers, so that a cohort is the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, part: str) -> random.Random:
    """Return the random stream of one part of a cohort; changing one part leaves the others as they were."""
    return random.Random(f"{seed}/{part}")  # noqa: S311 - a demo, not a secret


def apportion(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split `total` by `weights` into whole parts that add up, by largest remainders (Hamilton's method)."""
    whole = sum(weights.values())
    parts = {key: total * weight // whole for key, weight in weights.items()}
    left = total - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % whole), key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return parts


def dealt(rng: random.Random, total: int, weights: Mapping[str, int]) -> list[str]:
    """Return `total` keys in random order, each as often as its weight asks: exact counts rather than luck."""
    deck = [key for key, count in apportion(total, weights).items() for _ in range(count)]
    rng.shuffle(deck)
    return deck


def bell(rng: random.Random, low: int, high: int) -> int:
    """Return a number from `low` to `high`, roughly normal around the middle (the mean of four dice)."""
    return low + sum(rng.randint(0, high - low) for _ in range(4)) // 4


def chance(rng: random.Random, percent: int) -> bool:
    """Return True in `percent` of a hundred cases."""
    return rng.randrange(100) < percent


def weighted_sample(rng: random.Random, weights: Mapping[str, int], count: int) -> list[str]:
    """Return up to `count` different keys, likelier ones first more often."""
    left = {key: weight for key, weight in weights.items() if weight > 0}
    found: list[str] = []
    while left and len(found) < count:
        key = rng.choices(list(left), list(left.values()))[0]
        found.append(key)
        del left[key]
    return found


def take(rng: random.Random, items: Sequence[T], count: int) -> list[T]:
    """Return `count` different items, or all of them in random order where there are fewer."""
    return rng.sample(list(items), min(count, len(items)))
