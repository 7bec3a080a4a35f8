"""Tiny random problems with every kind of policy, and their exhaustive solution.

The enumeration stands on `optimizer.verification`, which is written from the format alone and shares no code with the engine.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

from optimizer.verification.facts import Facts
from optimizer.verification.figures import measures
from optimizer.verification.findings import Findings
from optimizer.verification.placements import Placed, Placements, check_capacities
from optimizer.verification.policies import units_broken

Document = dict[str, Any]
KINDS = ("count", "share", "spend", "each", "home", "together", "apart", "pin", "forbid", "average")
REGIONS = ("1", "1.1", "1.2", "2", "2.1")


def problem(seed: int) -> Document:
    """Return the tiny problem of `seed`: 3 volunteers, 2 or 3 posts, 2 funds, up to 3 policies."""
    rng = random.Random(seed)
    posts = [_post(rng, name) for name in ("p1", "p2", "p3")[: rng.choice((2, 3))]]
    volunteers = [_volunteer(rng, name) for name in ("v1", "v2", "v3")]
    names = [post["id"] for post in posts]
    document: Document = {
        "format": "placement-problem/1",
        "regions": [{"id": code, "parent": code[:1] if "." in code else None} for code in REGIONS],
        "schools": [
            {"id": "s1", "region": "1.1", "tags": rng.choice(([], ["far"]))},
            {"id": "s2", "region": rng.choice(("1.1", "2.1")), "tags": []},
        ],
        "posts": posts,
        "volunteers": volunteers,
        "travel": [{"from": a, "to": b, "cost": rng.randint(0, 3)} for a in ("1.2", "2.1") for b in ("1.1", "2.1")],
        "funds": [
            {"id": "f1", "sponsor": "a", "budget": rng.randint(5, 25)},
            {"id": "f2", "sponsor": rng.choice(("a", "b")), "budget": rng.randint(5, 25)},
        ],
        "pairs": [
            {"volunteer": rng.choice(("v1", "v2")), "post": rng.choice(names), **_pair(rng)}
            for _ in range(rng.randint(0, 1))
        ],
        "previous": [{"volunteer": "v3", "post": rng.choice(names)}],
        "resources": [{"id": "boat", "amount": rng.randint(1, 3)}],
        "policies": [_policy(rng, f"r{n}", rng.choice(KINDS), names) for n in range(rng.randint(1, 3))],
        "objective": _objective(rng),
    }
    if rng.random() < 0.7:
        document["agreements"] = [_agreement(rng, name) for name in ("a1", "a2")]
    if rng.random() < 0.1:
        document["pairs_only"] = True
    _add_weights(random.Random(f"weights of {seed}"), document)
    return document


def _add_weights(rng: random.Random, document: Document) -> None:
    """Give some people a weight, and let a tier count it in a third of the problems."""
    for person in document["volunteers"]:
        if rng.random() < 0.6:
            person["weight"] = rng.randint(0, 9)
    if rng.random() < 0.33:
        rng.choice(document["objective"])["chosen"] = rng.choice((-1, 1, 3))


def _post(rng: random.Random, name: str) -> Document:
    return {
        "id": name,
        "school": rng.choice(("s1", "s2")),
        "seats": rng.choice((1, 1, 2)),
        "need": rng.randint(0, 9),
        "hardship": rng.randint(0, 3),
        "tags": rng.choice(([], ["sd"], ["sd", "x"])),
        "requires": rng.choice(([], [], ["t"])),
        "prefers": rng.choice(([], ["u"])),
        "cost": rng.choice((4, {"pay": rng.randint(1, 6), "train": rng.randint(0, 4)})),
        "uses": rng.choice(({}, {"boat": 1})),
    }


def _volunteer(rng: random.Random, name: str) -> Document:
    person: Document = {
        "id": name,
        "tags": rng.choice((["t"], ["t", "u"], [])),
        "suitability": rng.randint(0, 20),
        "preferences": rng.sample(REGIONS, rng.randint(0, 2)),
        "refuses": rng.choice(([], [], ["2"])),
        "group": rng.choice((None, "g")),
    }
    if rng.random() < 0.8:
        person["home"] = rng.choice(("1.2", "2.1", "1.1"))
    if rng.random() < 0.5:
        person["max_hardship"] = rng.randint(1, 3)
    return person


def _pair(rng: random.Random) -> Document:
    return rng.choice(({"fit": rng.randint(0, 30)}, {"cost": rng.randint(0, 9)}, {"forbid": True}))


def _agreement(rng: random.Random, name: str) -> Document:
    row: Document = {
        "id": name,
        "pays": rng.choice(({"*": "f1"}, {"pay": "f2", "*": "f1"}, {"pay": "f2", "train": "f1"})),
    }
    if rng.random() < 0.4:
        row["regions"] = rng.sample(REGIONS, 2)
    if rng.random() < 0.3:
        row["tags"] = ["sd"]
    if rng.random() < 0.3:
        row["min_placements"] = 1
    if rng.random() < 0.3:
        row["max_placements"] = rng.randint(1, 2)
    return row


def _objective(rng: random.Random) -> list[Document]:
    tiers: list[Document] = [
        {"need": 1, "penalty": -rng.randint(1, 2)},
        rng.choice(({"fit": 2, "preference": 1}, {"fairness": 1}, {"kept": 3, "placed": -1}, {"fit": -1, "placed": 9})),
        {"cost": rng.choice((-1, -1, 1))},
    ]
    for tier in tiers[:2]:
        if rng.random() < 0.3:
            tier["tolerance"] = rng.choice((50, 200))
    return tiers[: rng.randint(1, 3)]


def _where(rng: random.Random, names: list[str]) -> Document:
    where: Document = {}
    if rng.random() < 0.5:
        where["posts"] = rng.choice(
            ({"ids": rng.sample(names, 2)}, {"schools": ["s1"]}, {"regions": [rng.choice(REGIONS)]}, {"tags": ["sd"]})
        )
    if rng.random() < 0.4:
        where["volunteers"] = rng.choice(({"ids": ["v1", "v2"]}, {"homes": [rng.choice(REGIONS)]}, {"tags": ["t"]}))
    if rng.random() < 0.3:
        where["agreements"] = rng.choice(({"sponsors": ["a"]}, {}))
    return where


def _policy(rng: random.Random, name: str, kind: str, names: list[str]) -> Document:
    row: Document = {"id": name, "kind": kind}
    if rng.random() < 0.5:
        row["penalty"] = rng.randint(0, 5)
    if kind in {"count", "share", "spend", "each", "forbid", "average"}:
        row |= _where(rng, names)
    row |= _parameters(rng, kind, names)
    return row


def _parameters(rng: random.Random, kind: str, names: list[str]) -> Document:
    low = rng.randint(0, 2)
    bounds = rng.choice(({"min": low}, {"max": low}, {"min": low, "max": low + 1}))
    if kind == "count":
        return bounds
    if kind == "share":
        found: Document = {"percent": rng.choice((0, 34, 50, 100)), "of": rng.choice(("placements", "cost"))}
        return found | ({"among": _where(rng, names)} if rng.random() < 0.6 else {})
    if kind == "spend":
        found = {key: 5 * value for key, value in bounds.items()}
        return found | rng.choice(({}, {"funds": ["f1"]}, {"funds": ["f1", "f2"]}))
    if kind == "each":
        of = rng.choice(("region", "school", "post", "agreement", "sponsor"))
        found = {"of": of, "when": rng.choice(("always", "open", "matched")), **bounds}
        return found | ({"ids": ["1"]} if of == "region" and rng.random() < 0.5 else {})
    if kind == "home":
        return {"level": rng.randint(0, 2)} | rng.choice(({}, {"volunteers": {"tags": ["t"]}}))
    if kind in {"together", "apart"}:
        return {"of": rng.choice(("post", "school", "region"))}
    if kind == "pin":
        return {"volunteer": rng.choice(("v1", "v2", "v3")), "post": rng.choice(names)}
    if kind == "average":
        return {"of": rng.choice(("suitability", "fit", "preference")), "min": rng.randint(0, 12)}
    return {}


def best(document: Document) -> list[int] | None:
    """Return every tier's best value by looking at all solutions, or None where there is none."""
    found = [values for values in (_values(document, made) for made in _all(document)) if values is not None]
    if not found:
        return None
    bounds = []
    for position, tier in enumerate(document["objective"]):
        top = max(values[position] for values in found)
        bounds.append(top)
        floor = top - abs(top) * tier.get("tolerance", 0) // 1000
        found = [values for values in found if values[position] >= floor]
    return bounds


def exact_seeds(number: int) -> list[int]:
    """Return the seeds of the first problems with a solution and without tolerances, where every tier's best is one number."""

    def exact(seed: int) -> bool:
        document = problem(seed)
        return not any("tolerance" in tier for tier in document["objective"]) and bool(best(document))

    return list(itertools.islice(filter(exact, itertools.count()), number))


def _all(document: Document) -> Any:
    facts = Facts(document)
    choices: list[list[Placed | None]] = []
    for volunteer in facts.volunteers:
        own: list[Placed | None] = [None]
        for post in facts.posts:
            lines = facts.lines(volunteer, post)
            if facts.hindrances(volunteer, post):
                continue
            own += [
                Placed(
                    volunteer,
                    post,
                    name,
                    lines,
                    sum(lines.values()),
                    facts.fit(volunteer, post),
                    facts.preference(volunteer, post),
                )
                for name in facts.agreements
                if not facts.unusable(name, post, lines)
            ]
        choices.append(own)
    for chosen in itertools.product(*choices):
        yield facts, Placements(one for one in chosen if one is not None)


def _values(document: Document, made: tuple[Facts, Placements]) -> list[int] | None:
    facts, placements = made
    findings = Findings()
    check_capacities(placements, facts, findings)
    penalty = 0
    for policy in facts.policies.values():
        units = units_broken(policy, placements, facts)
        if units and policy.get("penalty") is None:
            return None
        penalty += units * (policy.get("penalty") or 0)
    if findings.found:
        return None
    reached = measures(placements, penalty, facts)
    return [
        sum(weight * reached[name] for name, weight in tier.items() if name in reached)
        for tier in document["objective"]
    ]
