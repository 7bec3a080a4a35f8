"""Realistic rounds of any size: `make_round` returns a problem document that has a solution by construction.

Needs are skewed, mathematics is scarce, remote places cost more, money is tight (it pays about four fifths of the seats), earmarks and
co-funding cross each other, and there are policies of every kind. A lawful solution is planted first, and budgets and bounds are set
around it. From a shell: `python -m tests.benchmarks.rounds middle problem.json.gz`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer import write_document
from tests.benchmarks.land import Land, fares, land_records, make_land
from tests.benchmarks.money import LINES, Money, agreement_records, make_money
from tests.benchmarks.people import People, make_people, person_records
from tests.benchmarks.planting import Planted, plant
from tests.benchmarks.policies import Rulebook

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a round is."""

    volunteers: int
    seats: int
    regions: int
    funds: int


SIZES = {
    "demo": Size(120, 75, 12, 8),
    "district": Size(300, 150, 20, 10),
    "middle": Size(2_000, 1_000, 50, 20),
    "large": Size(20_000, 10_000, 300, 100),
    "national": Size(100_000, 50_000, 514, 400),
    "continental": Size(1_000_000, 250_000, 514, 2_000),
}


def size_named(name: str) -> Size:
    """Return the size of that name, or the one that four numbers say, such as `300x150x20x10`.

    Raises:
        ValueError: it is neither.
    """
    if name in SIZES:
        return SIZES[name]
    numbers = name.split("x")
    if len(numbers) != 4 or not all(one.isdecimal() and int(one) for one in numbers):
        raise ValueError(f"{name!r} is none of {', '.join(SIZES)}, nor volunteers x seats x regions x funds.")
    return Size(*map(int, numbers))


def make_round(volunteers: int, seats: int, regions: int, funds: int, seed: int = 0, *, fill: float = 0.8) -> Document:
    """Return a round as a document of format 1; `fill` is the part of the seats that the money pays."""
    return make_planted(volunteers, seats, regions, funds, seed, fill=fill)[0]


def make_planted(
    volunteers: int, seats: int, regions: int, funds: int, seed: int = 0, *, fill: float = 0.8
) -> tuple[Document, list[tuple[str, str, str]]]:
    """Return a round and the planted solution, as (volunteer, post, agreement) by identifier."""
    rng = np.random.default_rng(seed)
    land = make_land(rng, seats, regions)
    people = make_people(rng, volunteers, land)
    money = make_money(rng, funds, land)
    fare = fares(rng, land)
    planted = plant(rng, land, people, money, fare, fill)
    document: Document = {
        "format": "placement-problem/1",
        "name": f"Benchmark {volunteers} × {seats}, {regions} regions, {funds} funds, seed {seed}",
        **land_records(land, fare, people.home),
        "volunteers": person_records(people, land),
        "resources": [{"id": "satellite", "amount": int(land.satellite[planted.post].sum()) + 1}],
        "funds": _funds(rng, money, planted),
        "agreements": _agreements(rng, money, land, planted),
        "policies": Rulebook(rng, land, people, money, planted).all(),
        "previous": _previous(rng, land, people, planted),
        "objective": [
            {"need": 1},
            {"fit": 2, "preference": 3, "kept": 10, "penalty": -1},
            {"cost": -1},
        ],
    }
    return document, [
        (people.ids[volunteer], land.post_ids[post], money.agreement_ids[agreement])
        for volunteer, post, agreement in zip(
            planted.volunteer.tolist(), planted.post.tolist(), planted.agreement.tolist(), strict=True
        )
    ]


def _funds(rng: np.random.Generator, money: Money, planted: Planted) -> list[Document]:
    """Return the funds with what the planted solution spends and a little more, so that money is short nearly everywhere."""
    spent = np.zeros(len(money.fund_ids), int)
    for line in range(len(LINES)):
        np.add.at(spent, money.payer[planted.agreement, line], planted.lines[:, line])
    budget = spent * rng.uniform(1.0, 1.05, len(spent)) + np.where(spent > 0, 0, rng.uniform(0, 200e6, len(spent)))
    whole = (np.ceil(budget / 1_000_000) * 1_000_000).astype(int).tolist()
    return [
        {"id": name, "sponsor": sponsor, "budget": amount}
        for name, sponsor, amount in zip(money.fund_ids, money.sponsors, whole, strict=True)
    ]


def _agreements(rng: np.random.Generator, money: Money, land: Land, planted: Planted) -> list[Document]:
    number = np.bincount(planted.agreement, minlength=len(money.agreement_ids))
    low = np.where(rng.random(len(number)) < 0.2, number // 2, 0).tolist()
    limited = (rng.random(len(number)) < 0.3).tolist()
    high = [one + 1 + one // 10 if limit else None for one, limit in zip(number.tolist(), limited, strict=True)]
    return agreement_records(money, land, low, high)


def _previous(rng: np.random.Generator, land: Land, people: People, planted: Planted) -> list[Document]:
    """Return who was where last year: a twentieth of the planted placements, and some pairs at random."""
    number = 2 + len(planted.post) // 20
    some = rng.permutation(len(planted.post))[:number]
    pairs = set(zip(planted.volunteer[some].tolist(), planted.post[some].tolist(), strict=True))
    pairs |= set(
        zip(
            rng.integers(0, len(people.home), number).tolist(),
            rng.integers(0, len(land.post_school), number).tolist(),
            strict=True,
        )
    )
    return [{"volunteer": people.ids[person], "post": land.post_ids[post]} for person, post in sorted(pairs)]


def named(name: str, seed: int = 0) -> Document:
    """Return the round of a size by its name."""
    size = size_named(name)
    return make_round(size.volunteers, size.seats, size.regions, size.funds, seed)


if __name__ == "__main__":
    write_document(Path(sys.argv[2]), named(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 0))
