"""Impossible rounds of ten kinds: a realistic round that has a solution, and a far corner of it where a few rules clash.

`KINDS[name](round, rng)` adds the corner and returns the rules that clash, as (kind, id). The corner has its own region, schools, people
and money, so that no other rule of the round has a part in it, and each proper subset of the clash can hold.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.benchmarks.rounds import make_round

Document = dict[str, Any]
Clash = set[tuple[str, str]]
PLENTY = 10**11


def impossible(
    name: str, seed: int, volunteers: int = 120, seats: int = 75, regions: int = 12, funds: int = 8
) -> tuple[Document, Clash]:
    """Return an impossible round of one kind and the rules that clash in it."""
    document = make_round(volunteers, seats, regions, funds, seed)
    return document, KINDS[name](document, random.Random(seed))


def corner(
    document: Document, schools: list[list[int]], people: int, budget: int = PLENTY
) -> tuple[list[str], list[str]]:
    """Add a region 99 with schools (the seats of each one's posts), its own fund and people; return posts and volunteers."""
    document["regions"].append({"id": "99", "parent": None})
    posts, tag = [], "corner"
    for number, seats in enumerate(schools):
        document["schools"].append({"id": f"corner-{number}", "region": "99", "tags": []})
        for place, size in enumerate(seats):
            posts.append(f"corner-{number}-{place}")
            document["posts"].append(
                {"id": posts[-1], "school": f"corner-{number}", "seats": size, "need": 9, "requires": [tag], "cost": 10}
            )
    names = [f"corner-v{number}" for number in range(people)]
    document["volunteers"] += [{"id": name, "tags": [tag], "suitability": 80} for name in names]
    document["funds"].append({"id": "corner-fund", "sponsor": "corner-sponsor", "budget": budget})
    document["agreements"].append({"id": "corner-deed", "pays": {"*": "corner-fund"}, "regions": ["99"]})
    groups = sorted({one["group"] for one in document["volunteers"] if one.get("group")})
    for policy in document["policies"]:
        if policy["kind"] == "together":
            policy.setdefault("groups", groups)
    for agreement in document["agreements"][:-1]:
        if agreement.get("regions") is None:
            agreement["regions"] = [
                one["id"] for one in document["regions"] if one["parent"] is None and one["id"] != "99"
            ]
    return posts, names


def rule(document: Document, name: str, kind: str, **fields: Any) -> tuple[str, str]:
    """Add a rule and return its name as it stands in a conflict."""
    document["policies"].append({"id": f"clash-{name}", "kind": kind, **fields})
    return "policy", f"clash-{name}"


THERE = {"regions": ["99"]}


def person_of(document: Document, name: str) -> Document:
    return next(one for one in document["volunteers"] if one["id"] == name)


def quota_against_skills(document: Document, rng: random.Random) -> Clash:
    able = rng.randint(1, 4)
    corner(document, [[able + 3], [2]], able)
    return {rule(document, "quota", "count", posts=THERE, min=able + rng.randint(1, 3))}


def minimum_against_budget(document: Document, rng: random.Random) -> Clash:
    paid = rng.randint(1, 5)
    corner(document, [[4], [4]], 8, budget=10 * paid + rng.randint(0, 9))
    document["agreements"][-1]["min_placements"] = paid + rng.randint(1, 3)
    return {("agreement", "corner-deed"), ("fund", "corner-fund")}


def couple_against_two_per_school(document: Document, rng: random.Random) -> Clash:
    # Three seats at the only school that the couple may serve, one of them fixed; two at most, so the couple cannot come together.
    posts, people = corner(document, [[3], [rng.randint(1, 3)]], 5)
    for name in people[:2]:
        person_of(document, name)["group"] = "corner-couple"
    document["pairs"] = [
        *document.get("pairs", ()),
        *({"volunteer": name, "post": posts[1], "forbid": True} for name in people[:2]),
    ]
    return {
        rule(document, "couple", "together", of="school", groups=["corner-couple"]),
        rule(document, "two", "each", of="school", ids=["corner-0"], max=2),
        rule(document, "fixed", "pin", volunteer=people[2], post=posts[0]),
        rule(document, "wanted", "count", volunteers={"ids": people[:2]}, min=1),
    }


def pin_against_ban(document: Document, rng: random.Random) -> Clash:
    posts, people = corner(document, [[2], [2]], 4)
    person, post = rng.choice(people), rng.choice(posts)
    return {
        rule(document, "pin", "pin", volunteer=person, post=post),
        rule(document, "ban", "forbid", posts={"ids": [post]}, volunteers={"ids": [person]}),
    }


def share_against_pool(document: Document, rng: random.Random) -> Clash:
    few = rng.randint(1, 2)
    _, people = corner(document, [[4], [4]], 8)
    for name in people[:few]:
        person_of(document, name)["tags"].append("rare")
    return {
        rule(
            document, "share", "share", among={"posts": THERE}, posts=THERE, volunteers={"tags": ["rare"]}, percent=50
        ),
        rule(document, "quota", "count", posts=THERE, min=2 * few + rng.randint(1, 3)),
    }


def earmark_without_posts(document: Document, rng: random.Random) -> Clash:
    corner(document, [[2]], 3)
    document["agreements"][-1] |= {"tags": ["level:none"], "min_placements": rng.randint(1, 3)}
    return {("agreement", "corner-deed")}


def language_without_speakers(document: Document, rng: random.Random) -> Clash:
    corner(document, [[rng.randint(1, 3)], [2]], 6)
    return {
        rule(document, "opened", "count", posts={"schools": ["corner-0"]}, min=1),
        rule(
            document,
            "speakers",
            "each",
            of="school",
            ids=["corner-0"],
            when="open",
            volunteers={"tags": ["speaks"]},
            min=1,
        ),
    }


def quota_against_two_ceilings(document: Document, rng: random.Random) -> Clash:
    one, other = rng.randint(1, 2), rng.randint(1, 2)
    _, people = corner(document, [[4], [4]], 8)
    for position, name in enumerate(people):
        person_of(document, name)["tags"].append("corner:a" if position % 2 else "corner:b")
    return {
        rule(document, "quota", "count", posts=THERE, min=one + other + 1),
        rule(document, "ceiling-a", "count", posts=THERE, volunteers={"tags": ["corner:a"]}, max=one),
        rule(document, "ceiling-b", "count", posts=THERE, volunteers={"tags": ["corner:b"]}, max=other),
    }


def two_pins_against_kin(document: Document, rng: random.Random) -> Clash:
    posts, people = corner(document, [[2], [2]], 4)
    one, other = rng.sample(people, 2)
    return {
        rule(document, "pin-one", "pin", volunteer=one, post=posts[0]),
        rule(document, "pin-other", "pin", volunteer=other, post=posts[1]),
        rule(document, "kin", "apart", of="region", volunteers={"ids": [one, other]}),
    }


def couple_pin_and_ban(document: Document, rng: random.Random) -> Clash:
    posts, people = corner(document, [[2], [2]], 4)
    one, other = rng.sample(people, 2)
    for name in (one, other):
        person_of(document, name)["group"] = "corner-couple"
    return {
        rule(document, "couple", "together", of="region", groups=["corner-couple"]),
        rule(document, "pin", "pin", volunteer=one, post=rng.choice(posts)),
        rule(document, "ban", "forbid", volunteers={"ids": [other]}, posts=THERE),
    }


KINDS: dict[str, Callable[[Document, random.Random], Clash]] = {
    "quota against skills": quota_against_skills,
    "minimum against budget": minimum_against_budget,
    "couple against two per school": couple_against_two_per_school,
    "pin against ban": pin_against_ban,
    "share against pool": share_against_pool,
    "earmark without posts": earmark_without_posts,
    "language without speakers": language_without_speakers,
    "quota against two ceilings": quota_against_two_ceilings,
    "two pins against kin": two_pins_against_kin,
    "couple, pin and ban": couple_pin_and_ban,
}
