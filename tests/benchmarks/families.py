"""Rounds that stress one part of an engine each: `FAMILIES[name](volunteers, seed)` is a problem document.

Each starts from a realistic round and keeps only what the family is about, so that a slow or wrong engine shows where. All can be solved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.benchmarks.rounds import make_planted

Document = dict[str, Any]
Policy = dict[str, Any]
Triples = list[tuple[str, str, str]]
PLENTY = 10**14


def _start(volunteers: int, seed: int) -> tuple[Document, Triples]:
    """Return a round without policies, with money for everyone, and its planted solution."""
    regions, funds = max(6, volunteers // 40), max(4, volunteers // 100)
    document, planted = make_planted(volunteers, max(4, volunteers // 2), min(514, regions), min(400, funds), seed)
    document["policies"] = []
    for fund in document["funds"]:
        fund["budget"] = PLENTY
    for agreement in document["agreements"]:
        agreement["min_placements"] = 0
        agreement.pop("max_placements", None)
    del document["resources"]
    for post in document["posts"]:
        post.pop("uses", None)
    document["previous"] = []
    for person in document["volunteers"]:
        person["group"] = None
    document["objective"] = [{"need": 1}, {"fit": 2, "preference": 3}, {"cost": -1}]
    return document, planted


def assignment(volunteers: int, seed: int = 0) -> Document:
    """One programme pays everything: a pure assignment."""
    document, _ = _start(volunteers, seed)
    del document["agreements"]
    document["funds"] = [{"id": "programme", "sponsor": "ministry", "budget": PLENTY}]
    return document


def generalised(volunteers: int, seed: int = 0) -> Document:
    """A generalised assignment: few tight budgets, each post has one fund that may pay it, and indivisible costs."""
    document, planted = _start(volunteers, seed)
    funds: list[Document] = [{"id": f"f{number}", "sponsor": f"s{number}", "budget": 0} for number in range(6)]
    region = {school["id"]: school["region"].split(".")[0] for school in document["schools"]}
    tops = sorted(set(region.values()) | {one["id"] for one in document["regions"] if one["parent"] is None})
    document["agreements"] = [
        {"id": f"a{number}", "pays": {"*": f"f{number}"}, "regions": tops[number::6]}
        for number in range(6)
        if tops[number::6]
    ]
    document["funds"] = funds
    share = {top: position % 6 for position, top in enumerate(tops)}
    posts = {post["id"]: post for post in document["posts"]}
    for _, post, _ in planted:
        cost = sum(posts[post]["cost"].values())
        funds[share[region[posts[post]["school"]]]]["budget"] += int(0.7 * cost)
    return document


def nested(volunteers: int, seed: int = 0) -> Document:
    """Quotas on provinces and on the regencies in them: min and max, nested."""
    document, planted = _start(volunteers, seed)
    number = _by_region(document, planted)
    tops = [one["id"] for one in document["regions"] if one["parent"] is None]
    rules: list[Policy] = []
    for region in (one["id"] for one in document["regions"]):
        here = number.get(region, 0)
        rules.append(
            {
                "id": f"quota-{region}",
                "kind": "count",
                "posts": {"regions": [region]},
                "min": here * (9 if region in tops else 7) // 10,
                "max": here + 1,
            }
        )
    document["policies"] = rules
    return document


def _by_region(document: Document, planted: Triples) -> dict[str, int]:
    parent = {one["id"]: one["parent"] for one in document["regions"]}
    school = {one["id"]: one["region"] for one in document["schools"]}
    post_region = {one["id"]: school[one["school"]] for one in document["posts"]}
    number: dict[str, int] = {}
    for _, post, _ in planted:
        region: str | None = post_region[post]
        while region is not None:
            number[region] = number.get(region, 0) + 1
            region = parent[region]
    return number


def couples(volunteers: int, seed: int = 0) -> Document:
    """A third of the volunteers come in twos and threes, and are placed at one school, or in one region, or not at all."""
    document, _ = _start(volunteers, seed)
    members = document["volunteers"][: volunteers // 3]
    for position, person in enumerate(members):
        person["group"] = f"g{position // 5}{'ab'[position % 5 > 1]}"  # two and three in turn
    groups = sorted({person["group"] for person in members})
    document["policies"] = [
        {"id": "same-region", "kind": "together", "of": "region"},
        {"id": "same-school", "kind": "together", "of": "school", "groups": groups[::3]},
    ]
    return document


def pairs_at_schools(volunteers: int, seed: int = 0) -> Document:
    """A school that opens gets two at least, everywhere; and money for about two thirds."""
    document, planted = _start(volunteers, seed)
    document["policies"] = [
        {"id": "two-per-school", "kind": "each", "of": "school", "when": "open", "min": 2},
        {"id": "few", "kind": "count", "max": max(2, 2 * len(planted) // 3)},
    ]
    return document


def shares(volunteers: int, seed: int = 0) -> Document:
    """Shares of placements and of rupiah that pull against need."""
    document, planted = _start(volunteers, seed)
    poor = {school["id"] for school in document["schools"] if "3t" in school["tags"]}
    posts = {post["id"]: post for post in document["posts"]}
    there = 100 * sum(posts[post]["school"] in poor for _, post, _ in planted) // max(1, len(planted))
    document["policies"] = [
        {"id": "poor", "kind": "share", "posts": {"tags": ["3t"]}, "percent": min(90, there + 10) if there else 0},
        {"id": "women", "kind": "share", "volunteers": {"tags": ["gender:f"]}, "percent": 55},
        {
            "id": "primary-money",
            "kind": "share",
            "of": "cost",
            "posts": {"tags": ["level:sd"]},
            "percent": 50,
        },
        {
            "id": "women-far",
            "kind": "share",
            "posts": {"tags": ["remote"]},
            "volunteers": {"tags": ["gender:f"]},
            "among": {"posts": {"tags": ["remote"]}},
            "percent": 60,
            "penalty": 30,
        },
        {"id": "few", "kind": "count", "max": max(2, 9 * len(planted) // 10)},
    ]
    return document


def fairness(volunteers: int, seed: int = 0) -> Document:
    """The least-served region first, as leximin begins, and then everything else; too few people for all seats."""
    document, planted = _start(volunteers, seed)
    document["policies"] = [{"id": "few", "kind": "count", "max": max(2, 2 * len(planted) // 3)}]
    document["objective"] = [{"fairness": 1}, {"placed": 10, "need": 1}, {"fit": 1, "preference": 1}]
    return document


def pinned(volunteers: int, seed: int = 0) -> Document:
    """A replacement round: nearly everyone is where they were, a tenth of the placements is pinned, some posts are closed."""
    document, planted = _start(volunteers, seed)
    pins: list[Policy] = [
        {"id": f"pin-{position}", "kind": "pin", "volunteer": person, "post": post}
        | ({"agreement": agreement} if position % 3 == 0 else {})
        for position, (person, post, agreement) in enumerate(planted[::10])
    ]
    kept = {post for _, post, _ in planted[::10]}
    closed = [post for _, post, _ in planted[5::17] if post not in kept]
    document["policies"] = [*pins, {"id": "closed", "kind": "forbid", "posts": {"ids": closed}}]
    document["previous"] = [{"volunteer": person, "post": post} for person, post, _ in planted]
    document["objective"] = [{"kept": 100, "need": 1}, {"fit": 2, "preference": 3}, {"cost": -1}]
    return document


def cofunded(volunteers: int, seed: int = 0) -> Document:
    """Every agreement draws on two funds, and in each province the one that pays stipends runs dry first."""
    document, planted = _start(volunteers, seed)
    tops = [one["id"] for one in document["regions"] if one["parent"] is None]
    funds = {f"apbd-{top}": {"id": f"apbd-{top}", "sponsor": f"prov-{top}", "budget": 0} for top in tops}
    companies = [{"id": f"company-{number}", "sponsor": f"group-{number}", "budget": 0} for number in range(4)]
    document["agreements"] = [
        {
            "id": f"a-{top}-{number}",
            "pays": {"stipend": f"apbd-{top}", "*": f"company-{(place + number) % 4}"},
            "regions": [top],
        }
        for place, top in enumerate(tops)
        for number in range(2)
    ]
    document["funds"] = [*funds.values(), *companies]
    region = {school["id"]: school["region"].split(".")[0] for school in document["schools"]}
    posts = {post["id"]: post for post in document["posts"]}
    for position, (_, post, _) in enumerate(planted):
        cost, top = posts[post]["cost"], region[posts[post]["school"]]
        funds[f"apbd-{top}"]["budget"] += 6 * cost["stipend"] // 10
        companies[(tops.index(top) + position % 2) % 4]["budget"] += cost["training"] + cost["living"]
    return document


def soft(volunteers: int, seed: int = 0) -> Document:
    """Every rule of the realistic round is soft, and asks for more than can be had; breaking them weighs in the first tier."""
    regions, funds = max(6, volunteers // 40), max(4, volunteers // 100)
    document, _ = make_planted(volunteers, max(4, volunteers // 2), min(514, regions), min(400, funds), seed)
    for position, policy in enumerate(document["policies"]):
        policy.setdefault("penalty", 5 + 7 * position % 40)
        if policy["kind"] in {"count", "each"} and "min" in policy:
            policy["min"] = policy["min"] * 6 // 5
    document["objective"] = [{"need": 1, "penalty": -1}, {"fit": 2, "preference": 3}, {"cost": -1}]
    return document


FAMILIES: dict[str, Callable[[int, int], Document]] = {
    "assignment": assignment,
    "generalised": generalised,
    "nested": nested,
    "couples": couples,
    "two-per-school": pairs_at_schools,
    "shares": shares,
    "fairness": fairness,
    "pinned": pinned,
    "co-funding": cofunded,
    "soft": soft,
}
