"""The volunteers of a made-up round, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tests.benchmarks.land import KINDS, LEVELS, SUBJECTS, Array, Land

SUPPLY = (0.09, 0.08, 0.18, 0.20, 0.07, 0.15, 0.16, 0.07)


@dataclass
class People:
    """Arrays by volunteer; −1 stands for none. `kind` is the kind of post (see land.py) that suits best."""

    home: Array
    level: Array
    second_level: Array
    subject: Array
    second_subject: Array
    kind: Array
    limit: Array
    suitability: Array
    wishes: Array
    refused: Array
    woman: Array
    language: Array
    novice: Array
    kin: Array
    group: Array
    accept: Array

    @cached_property
    def ids(self) -> list[str]:
        return [f"v{number:07d}" for number in range(len(self.home))]


def make_people(rng: np.random.Generator, number: int, land: Land) -> People:
    """Return so many volunteers: most from the centre, few for the scarce subjects, about 3 % in couples."""
    regions, everyone = len(land.remote), np.arange(number)
    pull = (1.05 - land.remote) ** 2 * rng.lognormal(0, 0.8, regions)
    home = rng.choice(regions, number, p=pull / pull.sum())
    level = rng.choice(3, number, p=(0.52, 0.3, 0.18))
    subject = np.where((level > 0) | (rng.random(number) < 0.5), rng.choice(len(SUBJECTS), number, p=SUPPLY), -1)
    class_teacher = (level == 0) & ((subject < 0) | (rng.random(number) < 0.6))
    couples = max(1, round(0.015 * number))
    group = np.full(number, -1)
    group[rng.permutation(number)[: 2 * couples]] = np.arange(2 * couples) // 2
    kin = np.full(number, -1)
    kin[rng.permutation(number)[: 5 * (2 + number // 4000)]] = np.arange(5 * (2 + number // 4000)) // 5
    kin[group >= 0] = -1
    province = np.arange(land.provinces)
    liked = (1.1 - np.bincount(land.province_of, land.remote) / np.bincount(land.province_of)) ** 1.5
    return People(
        np.where(rng.random(number) < 0.98, home, -1),
        level,
        np.where(rng.random(number) < 0.3, (level + 1 + rng.integers(0, 2, number)) % 3, -1),
        subject,
        np.where(rng.random(number) < 0.15, rng.choice(len(SUBJECTS), number, p=SUPPLY), -1),
        level * KINDS + np.where(class_teacher, 0, 1 + np.maximum(subject, 0)),
        rng.choice((2, 3, 4, 5, -1), number, p=(0.14, 0.24, 0.26, 0.2, 0.16)),
        np.clip(np.rint(rng.normal(68, 13, number)), 0, 100).astype(int),
        _some(rng, province, liked, number, 3, (0.2, 0.3, 0.3, 0.2)),
        _some(rng, province, 1.15 - liked / liked.max(), number, 2, (0.7, 0.2, 0.1)),
        rng.random(number) < 0.62,
        np.where(rng.random(number) < 0.5, land.province_of[home] % 12, -1),
        (rng.random(number) < 0.08) & (everyone % 2 == 0),
        kin,
        group,
        np.clip(np.rint(1000 * rng.beta(9, 1.5, number)), 100, 1000).astype(int),
    )


def _some(
    rng: np.random.Generator, things: Array, pull: Array, number: int, most: int, chances: tuple[float, ...]
) -> Array:
    """Return for each volunteer up to `most` different things (−1: none)."""
    found = rng.choice(things, (number, most), p=pull / pull.sum())
    found[np.arange(most)[None, :] >= rng.choice(most + 1, number, p=chances)[:, None]] = -1
    for later in range(1, most):
        for earlier in range(later):
            found[found[:, later] == found[:, earlier], later] = -1
    result: Array = found
    return result


def person_records(people: People, land: Land) -> list[dict[str, Any]]:
    """Return the list `volunteers` of the document."""
    tops, names = land.province_ids, land.region_ids
    columns = zip(
        people.ids,
        people.home.tolist(),
        _tags(people),
        people.limit.tolist(),
        people.suitability.tolist(),
        people.wishes.tolist(),
        people.refused.tolist(),
        people.group.tolist(),
        people.accept.tolist(),
        strict=True,
    )
    return [
        {
            "id": name,
            "home": names[home] if home >= 0 else None,
            "tags": tags,
            "max_hardship": limit if limit >= 0 else None,
            "suitability": suitability,
            "preferences": [tops[wish] for wish in wishes if wish >= 0],
            "refuses": [tops[place] for place in refused if place >= 0],
            "group": f"g{group:06d}" if group >= 0 else None,
            "accept": accept,
        }
        for name, home, tags, limit, suitability, wishes, refused, group, accept in columns
    ]


def _tags(people: People) -> list[list[str]]:
    levels = [f"teach:{level}" for level in LEVELS]
    subjects = [f"subject:{subject}" for subject in SUBJECTS]
    columns = zip(
        people.woman.tolist(),
        people.level.tolist(),
        people.second_level.tolist(),
        people.subject.tolist(),
        people.second_subject.tolist(),
        people.language.tolist(),
        people.novice.tolist(),
        people.kin.tolist(),
        strict=True,
    )
    return [
        list(
            dict.fromkeys(
                [
                    "gender:f" if woman else "gender:m",
                    *(levels[one] for one in (level, second_level) if one >= 0),
                    *(subjects[one] for one in (subject, second_subject) if one >= 0),
                    *([f"lang:{language}"] if language >= 0 else []),
                    *(["novice"] if novice else []),
                    *([f"kin:{kin}"] if kin >= 0 else []),
                ]
            )
        )
        for woman, level, second_level, subject, second_subject, language, novice, kin in columns
    ]
