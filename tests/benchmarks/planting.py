"""A lawful solution that is made before the rules: budgets and bounds are set around it, so that every round can be solved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.land import KINDS, LEVELS, Array, Land
from tests.benchmarks.money import Money
from tests.benchmarks.people import People


@dataclass
class Planted:
    """Placements as arrays; `lines` has one column for each of money.LINES."""

    volunteer: Array
    post: Array
    agreement: Array
    lines: Array


def plant(rng: np.random.Generator, land: Land, people: People, money: Money, fare: Array, fill: float) -> Planted:
    """Return placements on about `fill` of all seats that keep every hard rule of policies.py."""
    free = land.seats.copy()
    pairs = [_couples(rng, land, people, free)]
    placed = np.zeros(len(people.home), bool)
    placed[pairs[0][0]] = True
    single = (people.group < 0) & (people.kin < 0)
    for attempt in range(6):
        for kind in range(len(LEVELS) * KINDS):
            seats = np.repeat(np.flatnonzero(land.kind == kind), free[land.kind == kind])
            suited = people.kind == kind if attempt < 3 else _has_tags(people, kind)
            able = np.flatnonzero(suited & single & ~placed)
            found = _match(rng, land, people, seats, able, ordered=attempt == 0)
            placed[found[0]] = True
            np.subtract.at(free, found[1], 1)
            pairs.append(found)
    volunteer, post = (np.concatenate(part) for part in zip(*pairs, strict=True))
    keep = _thinned(rng, land, volunteer, post, people, round(fill * int(land.seats.sum())))
    volunteer, post = volunteer[keep], post[keep]
    start, usable = money.usable(land)
    number = start[post + 1] - start[post]
    picks = [usable[start[post] + np.floor(rng.random(len(post)) * number).astype(int)] for _ in range(2)]
    size = rng.pareto(1.5, len(money.agreement_ids))
    agreement = np.where(size[picks[0]] > size[picks[1]], picks[0], picks[1])
    home = people.home[volunteer]
    travel = np.where(home >= 0, fare[np.maximum(home, 0), land.post_region[post]], 0)
    lines = np.stack([land.stipend[post], land.training[post], land.living[post], travel], axis=1)
    return Planted(volunteer, post, agreement, lines)


def _has_tags(people: People, kind: int) -> Array:
    level, subject = divmod(kind, KINDS)
    found: Array = (people.level == level) | (people.second_level == level)
    if subject:
        found = found & ((people.subject == subject - 1) | (people.second_subject == subject - 1))
    return found


def _lawful(land: Land, people: People, volunteer: Array, post: Array) -> Array:
    region = land.post_region[post]
    limit = people.limit[volunteer]
    refused = (people.refused[volunteer] == land.province_of[region][:, None]).any(axis=1)
    banned = people.novice[volunteer] & land.no_signal[land.post_school[post]]
    found: Array = (
        ((limit < 0) | (land.hardship[post] <= limit)) & ~refused & ~banned & (people.home[volunteer] != region)
    )
    return found


def _match(
    rng: np.random.Generator, land: Land, people: People, seats: Array, able: Array, *, ordered: bool
) -> tuple[Array, Array]:
    """Pair seats and people of one kind: the hardest seats with those who bear most, later at random."""
    seats, able = rng.permutation(seats), rng.permutation(able)
    if ordered:
        limit = np.where(people.limit[able] < 0, 99, people.limit[able])
        seats = seats[np.argsort(-land.hardship[seats], kind="stable")]
        able = able[np.argsort(-limit, kind="stable")]
    both = min(len(seats), len(able))
    volunteer, post = able[:both], seats[:both]
    good = _lawful(land, people, volunteer, post)
    return volunteer[good], post[good]


def _couples(rng: np.random.Generator, land: Land, people: People, free: Array) -> tuple[Array, Array]:
    """Place couples in one region each, where two seats of their kinds are found in a few tries; takes the seats from `free`."""
    posts: dict[tuple[int, int], list[int]] = {}
    for post, (region, kind) in enumerate(zip(land.post_region.tolist(), land.kind.tolist(), strict=True)):
        posts.setdefault((region, kind), []).append(post)
    grouped = np.flatnonzero(people.group >= 0)
    couples = grouped[np.argsort(people.group[grouped], kind="stable")].reshape(-1, 2)
    tried = rng.integers(0, len(land.remote), (len(couples), 12)).tolist()
    made: list[tuple[int, int]] = []
    for couple, tries in zip(couples.tolist(), tried, strict=True):
        for region in tries:
            one, two = (posts.get((region, int(people.kind[person])), [-1])[0] for person in couple)
            if one < 0 or two < 0 or free[one] < 1 + (one == two) or free[two] < 1:
                continue
            pair = np.array([one, two])
            if _lawful(land, people, np.array(couple), pair).all():
                made += zip(couple, (one, two), strict=True)
                np.subtract.at(free, pair, 1)
                break
    found = np.array(made, dtype=int).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _thinned(rng: np.random.Generator, land: Land, volunteer: Array, post: Array, people: People, target: int) -> Array:
    """Return which placements stay: the needier ones, couples as they are, and nobody alone at a school for pairs."""
    couple = people.group[volunteer] >= 0
    school = land.post_school[post]
    mark = land.need[post] + rng.normal(0, 25, len(post)) + 1000 * couple
    keep = np.zeros(len(post), bool)
    keep[np.argsort(-mark, kind="stable")[:target]] = True
    while True:
        there = np.bincount(school[keep], minlength=len(land.school_region))
        alone = keep & land.paired[school] & (there[school] == 1)
        if not alone.any():
            return np.flatnonzero(keep)
        together = np.isin(people.group[volunteer], people.group[volunteer[alone & couple]]) & couple
        keep &= ~(alone | together)
