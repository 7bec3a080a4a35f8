"""The policies of a made-up round: every kind, hard and soft, with bounds around the planted solution."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.land import Array, Land
from tests.benchmarks.money import Money
from tests.benchmarks.people import People
from tests.benchmarks.planting import Planted

Policy = dict[str, Any]


class Rulebook:
    """Counts the planted solution and writes the rules around it; hard ones hold there, soft ones ask for somewhat more."""

    def __init__(self, rng: np.random.Generator, land: Land, people: People, money: Money, planted: Planted) -> None:
        self.rng = rng
        self.land, self.people, self.money, self.planted = land, people, money, planted
        self.region = land.post_region[planted.post]
        self.province = land.province_of[self.region]
        self.cost = planted.lines.sum(axis=1)
        self.poor = land.poor[self.region]
        self.woman = people.woman[planted.volunteer]
        self.in_province = np.bincount(self.province, minlength=land.provinces)

    def all(self) -> list[Policy]:
        """Return every policy of the round."""
        return [
            *self._counts(),
            *self._shares(),
            *self._spends(),
            *self._each(),
            *self._people(),
            *self._pins(),
            *self._averages(),
        ]

    def _tops(self, provinces: list[int]) -> list[str]:
        return [self.land.province_ids[one] for one in provinces]

    def _drawn(self, number: int) -> list[int]:
        return sorted(self.rng.permutation(self.land.provinces)[:number].tolist())

    def _counts(self) -> list[Policy]:
        found: list[Policy] = []
        for place in self._drawn(1 + self.land.provinces // 4):
            least = int(0.85 * self.in_province[place])
            found.append(
                {
                    "id": f"count-min-{place}",
                    "kind": "count",
                    "posts": {"regions": self._tops([place])},
                    "min": least,
                }
            )
        near = np.argsort(np.bincount(self.land.province_of, self.land.remote), kind="stable")[:2].tolist()
        number = int(self.in_province[near].sum())
        found.append(
            {
                "id": "count-max-centre",
                "kind": "count",
                "posts": {"regions": self._tops(sorted(near))},
                "max": number + 1 + number // 20,
            }
        )
        women = int((self.woman & self.poor).sum())
        found.append(
            {
                "id": "count-women-poor",
                "kind": "count",
                "posts": {"tags": ["3t"]},
                "volunteers": {"tags": ["gender:f"]},
                "min": women + women // 10,
                "penalty": 20,
            }
        )
        sponsor = self.money.sponsors[-1]
        found.append(
            {
                "id": "count-sponsor-women",
                "kind": "count",
                "agreements": {"sponsors": [sponsor]},
                "volunteers": {"tags": ["gender:f"]},
                "min": 1 + int((self._under(sponsor) & self.woman).sum()),
                "penalty": 15,
            }
        )
        return found

    def _under(self, sponsor: str) -> Array:
        funds: Array = np.array([name == sponsor for name in self.money.sponsors])
        found: Array = np.asarray(funds[self.money.payer].any(axis=1))[self.planted.agreement]
        return found

    def _shares(self) -> list[Policy]:
        poor = _percent(self.poor.sum(), len(self.poor))
        money = _percent(self.cost[self.poor].sum(), self.cost.sum())
        women = _percent(self.woman.sum(), len(self.woman))
        among = {"posts": {"tags": ["remote"]}}
        return [
            {"id": "share-poor", "kind": "share", "posts": {"tags": ["3t"]}, "percent": max(0, poor - 2)},
            {
                "id": "share-poor-money",
                "kind": "share",
                "posts": {"tags": ["3t"]},
                "of": "cost",
                "percent": max(0, money - 15),  # need comes first, and must be able to keep it
                "penalty": 1,
            },
            {
                "id": "share-women-remote",
                "kind": "share",
                "among": among,
                **among,
                "volunteers": {"tags": ["gender:f"]},
                "percent": min(100, women),
                "penalty": 40,
            },
        ]

    def _spends(self) -> list[Policy]:
        found: list[Policy] = []
        for place in self._drawn(1 + self.land.provinces // 5):
            spent = int(self.cost[self.province == place].sum())
            found.append(
                {
                    "id": f"spend-max-{place}",
                    "kind": "spend",
                    "posts": {"regions": self._tops([place])},
                    "max": (spent * 21 // 20_000_000 + 1) * 1_000_000,
                }
            )
        # A rupiah is a unit, so breaking a soft rule on money outweighs everything else: its bound is one that can be kept.
        found.append(
            {
                "id": "spend-programme",
                "kind": "spend",
                "funds": ["programme"],
                "max": self._paid("programme") + 500_000_000,
                "penalty": 1,
            }
        )
        return found

    def _paid(self, fund: str) -> int:
        pays = self.money.payer == self.money.fund_ids.index(fund)
        return int((self.planted.lines * pays[self.planted.agreement]).sum())

    def _each(self) -> list[Policy]:
        most = int(self.in_province.max())
        busy = self._drawn(max(1, self.land.provinces // 2))
        sponsors = sorted(set(self.money.sponsors))[:: max(1, len(set(self.money.sponsors)) // 20)]
        return [
            {
                "id": "each-pair",
                "kind": "each",
                "of": "school",
                "when": "open",
                "posts": {"tags": ["pair"]},
                "min": 2,
            },
            {
                "id": "each-province-max",
                "kind": "each",
                "of": "region",
                "ids": self._tops(list(range(self.land.provinces))),
                "max": most + most // 50,
            },
            {
                "id": "each-province-min",
                "kind": "each",
                "of": "region",
                "ids": self._tops(busy),
                "min": int(0.9 * self.in_province[busy].min()),
            },
            {
                "id": "each-regency",
                "kind": "each",
                "of": "region",
                "posts": {"tags": ["3t"]},
                "min": 1,
                "penalty": 30,
            },
            {
                "id": "each-women-together",
                "kind": "each",
                "of": "school",
                "when": "matched",
                "posts": {"tags": ["pair"]},
                "volunteers": {"tags": ["gender:f"]},
                "min": 2,
                "penalty": 12,
            },
            {"id": "each-sponsor", "kind": "each", "of": "sponsor", "ids": sponsors, "min": 2, "penalty": 25},
            {"id": "each-agreement", "kind": "each", "of": "agreement", "when": "matched", "min": 2, "penalty": 10},
        ]

    def _people(self) -> list[Policy]:
        return [
            {"id": "home-own", "kind": "home", "level": 0},
            {
                "id": "home-province",
                "kind": "home",
                "level": 1,
                "volunteers": {"tags": ["novice"]},
                "penalty": 5,
            },
            {"id": "together-region", "kind": "together", "of": "region"},
            {"id": "together-school", "kind": "together", "of": "school", "penalty": 8},
            {
                "id": "apart-kin-0",
                "kind": "apart",
                "of": "school",
                "volunteers": {"tags": ["kin:0"]},
            },
            {
                "id": "apart-kin-1",
                "kind": "apart",
                "of": "region",
                "volunteers": {"tags": ["kin:1"]},
                "penalty": 50,
            },
            {
                "id": "forbid-novice-no-signal",
                "kind": "forbid",
                "posts": {"tags": ["no-signal"]},
                "volunteers": {"tags": ["novice"]},
            },
            {
                "id": "forbid-sponsor-sd",
                "kind": "forbid",
                "posts": {"tags": ["level:sd"]},
                "agreements": {"sponsors": [self.money.sponsors[-1]]},
                "penalty": 3,
            },
        ]

    def _pins(self) -> list[Policy]:
        found: list[Policy] = []
        chosen = self.rng.permutation(len(self.planted.post))[: 4 + len(self.planted.post) // 1000]
        for number, place in enumerate(chosen.tolist()):
            pin: Policy = {
                "id": f"pin-{number}",
                "kind": "pin",
                "volunteer": self.people.ids[int(self.planted.volunteer[place])],
                "post": self.land.post_ids[int(self.planted.post[place])],
            }
            if number % 4 == 1:
                pin["agreement"] = self.money.agreement_ids[int(self.planted.agreement[place])]
            if number % 4 == 2:
                pin["penalty"] = 35
            found.append(pin)
        return found

    def _averages(self) -> list[Policy]:
        suitability = self.people.suitability[self.planted.volunteer]
        return [
            {
                "id": "average-suitability",
                "kind": "average",
                "of": "suitability",
                "min": max(0, _percent(suitability.sum(), 100 * len(suitability)) - 1),
            },
            {
                "id": "average-fit-poor",
                "kind": "average",
                "of": "fit",
                "posts": {"tags": ["3t"]},
                "min": _percent(suitability[self.poor].sum(), 100 * self.poor.sum()) + 4,
                "penalty": 1,
            },
        ]


def _percent(part: int, whole: int) -> int:
    """Return ⌊100 × part ÷ whole⌋, 0 of nothing."""
    return int(100 * int(part) // max(1, int(whole)))
