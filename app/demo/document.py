"""Write a cohort as a document of format placement-problem/1, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.demo.records import Agreement, Cohort, Need, Person, Policy


def placement_problem(cohort: Cohort) -> dict[str, Any]:
    """Return the cohort as a problem document; identifiers are the cohort's own and stay the same for one seed."""
    return {
        "format": "placement-problem/1",
        "name": cohort.parameters.title.id,
        "regions": list(regions(cohort)),
        "schools": [{"id": s.npsn, "region": s.regency, "tags": list(s.tags)} for s in cohort.schools],
        "posts": [post(need) for need in cohort.needs],
        "volunteers": [volunteer(person) for person in cohort.people],
        "travel": [{"from": home, "to": target, "cost": cost} for home, target, cost in cohort.travel],
        "funds": [{"id": f.id, "sponsor": f.sponsor, "budget": f.budget} for f in cohort.funds],
        "agreements": [agreement(row) for row in cohort.agreements],
        "policies": [policy(row) for row in cohort.policies],
        "previous": [{"volunteer": person, "post": need} for person, need in cohort.previous],
        "resources": [{"id": r.id, "amount": r.amount} for r in cohort.resources],
        "objective": [dict(tier) for tier in cohort.objective],
    }


def regions(cohort: Cohort) -> Iterator[dict[str, Any]]:
    """Yield every region that the cohort names: regencies of homes and schools, and all provinces named or above those."""
    named = {*cohort.regencies, *(person.home for person in cohort.people)}
    for person in cohort.people:
        named.update(person.preferences, person.refuses)
    for row in cohort.agreements:
        named.update(row.regions or ())
    for rule in cohort.policies:
        for part in ("posts", "volunteers"):
            body = rule.parameters.get(part, {})
            named.update(body.get("regions", ()), body.get("homes", ()))
    named |= {code[:2] for code in named}
    for code in sorted(named):
        yield {"id": code, "parent": code[:2] if len(code) > 2 else None}


def post(need: Need) -> dict[str, Any]:
    """Return a need as a post."""
    return {
        "id": need.id,
        "school": need.school,
        "seats": need.seats,
        "need": need.score,
        "hardship": need.hardship,
        "tags": list(need.tags),
        "requires": list(need.requires),
        "prefers": list(need.prefers),
        "cost": dict(need.cost),
        "uses": dict(need.uses),
    }


def volunteer(person: Person) -> dict[str, Any]:
    """Return a person as a volunteer, without name or contact."""
    return {
        "id": person.id,
        "home": person.home,
        "tags": list(person.tags),
        "max_hardship": person.max_hardship,
        "suitability": person.suitability,
        "preferences": list(person.preferences),
        "refuses": list(person.refuses),
        "group": person.group,
        "accept": person.accept,
    }


def agreement(row: Agreement) -> dict[str, Any]:
    """Return an agreement; parts that do not restrict are left out."""
    body: dict[str, Any] = {"id": row.id, "pays": dict(row.pays), "min_placements": row.min_placements}
    if row.regions is not None:
        body["regions"] = list(row.regions)
    if row.tags:
        body["tags"] = list(row.tags)
    if row.max_placements is not None:
        body["max_placements"] = row.max_placements
    return body


def policy(row: Policy) -> dict[str, Any]:
    """Return a policy; without `penalty` it is hard."""
    body: dict[str, Any] = {"id": row.id, "kind": row.kind, **row.parameters}
    if row.penalty is not None:
        body["penalty"] = row.penalty
    return body
