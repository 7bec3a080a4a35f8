"""The land of a made-up round: provinces and regencies, schools and posts, ways and fares, all as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
LEVELS = ("sd", "smp", "sma")
SUBJECTS = ("math", "science", "english", "indonesian", "ict", "arts", "sports", "religion")
# What schools ask for; volunteers bring something else (see people.py), so that mathematics is scarce and arts are not.
DEMAND = (0.22, 0.20, 0.20, 0.10, 0.12, 0.06, 0.06, 0.04)
KINDS = 1 + len(SUBJECTS)  # a class teacher, or a teacher of one subject


@dataclass
class Land:
    """Arrays by regency, school and post; `kind` of a post is level × KINDS + subject (0: class teacher)."""

    provinces: int
    province_of: Array
    remote: Array
    poor: Array
    school_region: Array
    school_level: Array
    no_signal: Array
    paired: Array
    post_school: Array
    seats: Array
    need: Array
    hardship: Array
    kind: Array
    stipend: Array
    training: Array
    living: Array
    satellite: Array

    @cached_property
    def post_region(self) -> Array:
        return self.school_region[self.post_school]

    @cached_property
    def province_ids(self) -> list[str]:
        return [str(11 + number) for number in range(self.provinces)]

    @cached_property
    def region_ids(self) -> list[str]:
        seen = [0] * self.provinces
        found = []
        for province in self.province_of.tolist():
            seen[province] += 1
            found.append(f"{self.province_ids[province]}.{seen[province]:02d}")
        return found

    @cached_property
    def school_ids(self) -> list[str]:
        return [f"s{number:06d}" for number in range(len(self.school_region))]

    @cached_property
    def post_ids(self) -> list[str]:
        return [f"p{number:06d}" for number in range(len(self.post_school))]


def make_land(rng: np.random.Generator, seats: int, regions: int) -> Land:
    """Return a land with exactly so many seats, over so many regencies (the provinces come on top)."""
    provinces = max(2, round(regions / 13.5))
    province_of = np.sort(np.concatenate([np.arange(provinces), rng.integers(0, provinces, regions - provinces)]))
    far = rng.beta(1.2, 1.6, provinces)
    remote = np.clip(far[province_of] + rng.normal(0, 0.15, regions), 0.02, 1.0)
    count = _seats_of_posts(rng, seats)
    posts = len(count)
    school_of_post = np.sort(rng.integers(0, max(1, round(posts / 1.8)), posts))
    _, post_school = np.unique(school_of_post, return_inverse=True)
    schools = int(post_school[-1]) + 1
    pull = (0.25 + remote) * rng.lognormal(0, 0.7, regions)
    region = np.sort(rng.choice(regions, schools, p=pull / pull.sum()))
    level = rng.choice(3, schools, p=(0.58, 0.28, 0.14))
    there = remote[region][post_school]
    hardship = np.clip(np.rint(5 * there + rng.normal(0, 0.5, posts)), 0, 5).astype(int)
    return Land(
        provinces,
        province_of,
        remote,
        remote >= np.quantile(remote, 0.7),
        region,
        level,
        rng.random(schools) < 0.5 * remote[region] ** 2,
        (rng.random(schools) < 0.3 * remote[region]) & (np.bincount(post_school, count, schools) >= 2),
        post_school,
        count,
        np.clip(np.rint(100 * rng.beta(0.9, 2.6, posts) + 20 * there), 1, 100).astype(int),
        hardship,
        _kinds(rng, level[post_school]),
        2_000_000 * (15 + 2 * hardship) + 1_000_000 * level[post_school],
        500_000 * rng.integers(16, 31, posts),
        500_000 * np.rint(4 + 40 * there**2 + 6 * rng.random(posts)).astype(int),
        (rng.random(posts) < 0.4 * there),
    )


def _seats_of_posts(rng: np.random.Generator, seats: int) -> Array:
    drawn = rng.choice((1, 2, 3), seats, p=(0.6, 0.28, 0.12))
    total = np.cumsum(drawn)
    number = int(np.searchsorted(total, seats)) + 1
    drawn = drawn[:number]
    drawn[-1] -= total[number - 1] - seats
    return drawn


def _kinds(rng: np.random.Generator, level: Array) -> Array:
    subject = 1 + rng.choice(len(SUBJECTS), len(level), p=DEMAND)
    class_teacher = (level == 0) & (rng.random(len(level)) < 0.7)
    found: Array = level * KINDS + np.where(class_teacher, 0, subject)
    return found


def fares(rng: np.random.Generator, land: Land) -> Array:
    """Return the rupiah of the way from each regency to each: between provinces, and the last miles at both ends."""
    between = rng.gamma(2.0, 900_000, (land.provinces, land.provinces))
    between = between + between.T + 600_000
    np.fill_diagonal(between, 300_000)
    local = 4_500_000 * land.remote**2 * rng.uniform(0.5, 1.5, len(land.remote))
    fare: Array = between[np.ix_(land.province_of, land.province_of)] + local[None, :] + 0.3 * local[:, None]
    fare = np.rint(fare / 50_000).astype(int) * 50_000
    np.fill_diagonal(fare, 0)
    return fare


def land_records(land: Land, fare: Array, homes: Array) -> dict[str, Any]:
    """Return the lists `regions`, `schools`, `posts`, `resources` (without its amount) and `travel` of the document."""
    names, tops = land.region_ids, land.province_ids
    regions: list[dict[str, Any]] = [{"id": name, "parent": None} for name in tops]
    regions += [{"id": n, "parent": tops[p]} for n, p in zip(names, land.province_of.tolist(), strict=True)]
    used = np.unique(land.post_region)
    travel = [
        {"from": names[start], "to": names[end], "cost": cost}
        for start in np.unique(homes[homes >= 0]).tolist()
        for end, cost in zip(used.tolist(), fare[start, used].tolist(), strict=True)
        if cost
    ]
    return {"regions": regions, "schools": _schools(land), "posts": _posts(land), "travel": travel}


def _schools(land: Land) -> list[dict[str, Any]]:
    far = (land.remote > 0.6)[land.school_region].tolist()
    poor = land.poor[land.school_region].tolist()
    columns = zip(
        land.school_ids,
        land.school_region.tolist(),
        land.school_level.tolist(),
        poor,
        far,
        land.no_signal.tolist(),
        land.paired.tolist(),
        strict=True,
    )
    return [
        {
            "id": name,
            "region": land.region_ids[region],
            "tags": [
                f"level:{LEVELS[level]}",
                *(tag for tag, here in zip(("3t", "remote", "no-signal", "pair"), marks, strict=True) if here),
            ],
        }
        for name, region, level, *marks in columns
    ]


def required_tags(kind: int) -> list[str]:
    """Return what a post of this kind requires."""
    level, subject = divmod(kind, KINDS)
    return [f"teach:{LEVELS[level]}", *([f"subject:{SUBJECTS[subject - 1]}"] if subject else [])]


def _posts(land: Land) -> list[dict[str, Any]]:
    requires = [required_tags(kind) for kind in range(len(LEVELS) * KINDS)]
    province = land.province_of[land.post_region].tolist()
    columns = zip(
        land.post_ids,
        land.post_school.tolist(),
        land.seats.tolist(),
        land.need.tolist(),
        land.hardship.tolist(),
        land.kind.tolist(),
        province,
        land.stipend.tolist(),
        land.training.tolist(),
        land.living.tolist(),
        land.satellite.tolist(),
        strict=True,
    )
    return [
        {
            "id": name,
            "school": land.school_ids[school],
            "seats": seats,
            "need": need,
            "hardship": hardship,
            "tags": ["class-teacher" if kind % KINDS == 0 else "subject-teacher"],
            "requires": requires[kind],
            "prefers": [f"lang:{where % 12}", f"subject:{SUBJECTS[(kind + where) % len(SUBJECTS)]}"],
            "cost": {"stipend": stipend, "training": training, "living": living},
            **({"uses": {"satellite": 1}} if satellite else {}),
        }
        for name, school, seats, need, hardship, kind, where, stipend, training, living, satellite in columns
    ]
