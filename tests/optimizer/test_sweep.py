"""The compiled passes say what the rows say, pair by pair."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.engines.columns.places import Pairs, Wanted
from optimizer.engines.columns.pricing import Pricing
from optimizer.engines.columns.triples import entries, ordinary, ranges, summed
from optimizer.formulation.arrays import Arrays
from optimizer.formulation.linear import linear
from optimizer.index import Index
from optimizer.reading import read_problem
from tests.benchmarks.rounds import make_round


@pytest.fixture(scope="module")
def pricing() -> Pricing:
    arrays = Arrays(Index(read_problem(make_round(60, 30, 6, 5, seed=3))))
    return Pricing(arrays, linear(arrays))


def every_pair(pricing: Pricing, value: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (person, option, worth) of every ordinary placement that is allowed, worked out from its entries."""
    arrays = pricing.arrays
    of, lists = arrays.able
    person, option = [], []
    for post in range(arrays.posts):
        start, end = arrays.options.start[post : post + 2]
        able = lists[of[post]]
        able = able[~np.isin(able, arrays.refusing[arrays.region[post]])] if arrays.region[post] >= 0 else able[:0]
        who, way = np.meshgrid(able, np.arange(start, end))
        person.append(who.ravel())
        option.append(way.ravel())
    people, ways = np.concatenate(person).astype(np.int64), np.concatenate(option).astype(np.int64)
    fine = pricing.allowed(people, ways)
    people, ways = people[fine], ways[fine]
    made = entries(pricing.rows, arrays, ordinary(arrays, people, ways))
    worth = np.zeros(len(people), dtype=np.int64)
    np.add.at(worth, made.of, made.amount * value[made.row])
    return people, ways, worth


@pytest.mark.parametrize("tier", [0, 1, 2])
@pytest.mark.parametrize("workers", [1, 2])
def test_everyones_best_is_the_best_of_all_pairs(pricing: Pricing, tier: int, workers: int) -> None:
    rng = np.random.default_rng(tier)
    prices = pricing.prices(rng.normal(0, 0.01, len(pricing.rows.lower)), pricing.rows.tiers[tier])
    people, ways, worth = every_pair(pricing, prices.value)
    best = np.zeros(pricing.arrays.people, dtype=np.int64)
    np.maximum.at(best, people, worth)
    nobody = np.zeros(pricing.arrays.people, dtype=np.int64)
    floor = np.full(pricing.arrays.people, -(2**56), dtype=np.int64)
    made = pricing.plan.tables(prices.value)
    pricing.teams.start(prices, pricing.explicit, np.zeros(len(pricing.explicit), dtype=np.int64))
    swept, _ = pricing.scanner.sweep(made, (nobody, nobody - 1), Wanted(floor, 4, 3), workers=workers)
    assert (swept.best == best).all()

    # Of each pair listed the gain is that over the floor, and the way to pay it is the best there is.
    listed = dict(
        zip(
            zip(swept.pairs.person.tolist(), swept.pairs.post.tolist(), strict=True),
            swept.pairs.gain.tolist(),
            strict=True,
        )
    )
    most: dict[tuple[int, int], int] = {}
    for person, way, much in zip(people.tolist(), ways.tolist(), worth.tolist(), strict=True):
        pair = person, int(pricing.arrays.options.post[way])
        most[pair] = max(most.get(pair, -(2**60)), much)
    assert listed
    assert all(most[pair] + 2**56 == gain for pair, gain in listed.items())
    person, option, _ = pricing.scanner.ways(made, swept.pairs)
    paid = dict(zip(zip(people.tolist(), ways.tolist(), strict=True), worth.tolist(), strict=True))
    post = pricing.arrays.options.post[option]
    assert all(
        paid[v, o] == most[v, p] for v, o, p in zip(person.tolist(), option.tolist(), post.tolist(), strict=True)
    )


def test_each_post_lists_those_who_gain_most_by_it(pricing: Pricing) -> None:
    prices = pricing.prices(np.zeros(len(pricing.rows.lower)), pricing.rows.tiers[1])
    people, ways, worth = every_pair(pricing, prices.value)
    alone = pricing.teams.single[people]
    nobody = np.zeros(pricing.arrays.people, dtype=np.int64)
    pricing.teams.start(prices, pricing.explicit, np.zeros(len(pricing.explicit), dtype=np.int64))
    wanted = Wanted(nobody, 2, 0)
    swept, _ = pricing.scanner.sweep(pricing.plan.tables(prices.value), (nobody, nobody - 1), wanted)
    post = pricing.arrays.options.post[ways]
    for one in np.unique(post):
        mine = (post == one) & alone
        best = np.sort([worth[mine & (people == v)].max() for v in np.unique(people[mine])])[::-1]
        best = best[best > 0][:2]
        assert sorted(swept.pairs.gain[swept.pairs.post == one].tolist(), reverse=True) == best.tolist()


def test_a_seat_goes_to_whoever_is_worth_most_of_those_who_are_left(pricing: Pricing) -> None:
    prices = pricing.prices(np.zeros(len(pricing.rows.lower)), pricing.rows.tiers[1])
    people, ways, worth = every_pair(pricing, prices.value)
    alone = pricing.teams.single[people]
    people, ways, worth = people[alone], ways[alone], worth[alone]
    way = int(ways[worth.argmax()])
    seats = np.array([way, way, way])
    found = pricing.scanner.seat(pricing.plan.tables(prices.value), seats, ~pricing.teams.single)
    there = sorted(worth[ways == way].tolist(), reverse=True)[:3]
    assert len(set(found.tolist())) == 3
    assert [int(worth[(people == who) & (ways == way)].max()) for who in found] == there


def test_entries_are_added_up_in_order_without_zeros() -> None:
    rng = np.random.default_rng(1)
    of, row, amount = rng.integers(0, 9, 200), rng.integers(0, 7, 200), rng.integers(-2, 3, 200)
    total = np.zeros((9, 7), dtype=np.int64)
    np.add.at(total, (of, row), amount)
    made = summed(of, row, amount)
    where = np.nonzero(total)
    assert made.of.tolist() == where[0].tolist()
    assert made.row.tolist() == where[1].tolist()
    assert made.amount.tolist() == total[where].tolist()


def test_nothing_listed_is_nothing_paid(pricing: Pricing) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    prices = pricing.prices(np.zeros(len(pricing.rows.lower)), pricing.rows.tiers[0])
    pairs = Pairs(nothing, nothing, nothing)
    assert [len(part) for part in pricing.scanner.ways(pricing.plan.tables(prices.value), pairs)] == [0, 0, 0]
    assert [part.tolist() for part in ranges(nothing, nothing)] == [[], []]
