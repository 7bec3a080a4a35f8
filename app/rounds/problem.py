"""From the database to the problem document of format 1, and to the names with which people read its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.tags import tags_of
from app.rounds.gathering import Gathered, Rows, gather
from app.rounds.models import Round
from app.rounds.narrowing import known_in, narrowed

Document = dict[str, Any]
FARES_NAMED = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A round's problem before it is frozen.

    Attributes:
        document: The problem document; not yet read by the optimizer, so perhaps refused.
        names: How its identifiers are called, by kind; see `names_of`. Applicants have none: a person's name is
            looked up when it is shown, and goes when the person is erased.
    """

    document: Document
    names: Document


def draft_of(session: Session, round_: Round) -> Draft:
    """Return the problem of `round_` as the database stands now, in a constant number of queries."""
    rows = gather(session, round_)
    document, names = _document(rows, round_), names_of(rows, round_)
    known = known_in(document)
    left_out: dict[str, list[str]] = {}
    for place, policy in enumerate(document["policies"]):
        document["policies"][place], gone = narrowed(policy, known)
        if gone:
            left_out[policy["id"]] = gone
    return Draft(document, {**names, "left_out": left_out})


def document_of(session: Session, round_: Round) -> Document:
    """Return the problem document of `round_` as the database stands now; see `draft_of`."""
    return draft_of(session, round_).document


def _document(rows: Gathered, round_: Round) -> Document:
    pays = _maps((code, line, fund) for code, line, fund in rows.lines)
    areas = _lists(rows.areas)
    budgets = {code: change["budget"] for code, change in round_.overrides.get("funds", {}).items()}
    return {
        "format": "placement-problem/1",
        "name": round_.name,
        "regions": [{"id": code, "parent": parent} for code, parent, _ in rows.regions],
        "schools": [
            {"id": npsn, "region": region, "tags": sorted(set(tags))} for npsn, _, region, tags in rows.schools
        ],
        "posts": list(_posts(rows)),
        "volunteers": list(_volunteers(rows)),
        "travel": [{"from": home, "to": target, "cost": amount} for home, target, amount in rows.fares],
        "funds": [
            {"id": code, "sponsor": sponsor, "budget": budgets.get(code, available)}
            for code, _, available, sponsor, _ in rows.funds
        ],
        "agreements": [_agreement(row, pays, areas) for row in rows.agreements],
        "policies": [*_policies(rows, round_), *(_choice(*row) for row in rows.choices)],
        "previous": [{"volunteer": person, "post": need} for person, need in rows.served],
        "resources": [{"id": code, "amount": amount} for code, amount, _, _ in rows.resources],
        "objective": [dict(tier) for tier in round_.objective],
    }


def _posts(rows: Gathered) -> Iterable[Document]:
    costs, uses = _maps(rows.costs), _maps(rows.uses)
    for code, npsn, seats, score, hardship, tags, requires, prefers, _, _ in rows.posts:
        yield {
            "id": code,
            "school": npsn,
            "seats": seats,
            "need": score,
            "hardship": hardship,
            "tags": sorted(set(tags)),
            "requires": sorted(set(requires)),
            "prefers": sorted(set(prefers)),
            "cost": costs.get(code, {}),
            "uses": uses.get(code, {}),
        }


def _volunteers(rows: Gathered) -> Iterable[Document]:
    wishes, refusals = _lists(rows.preferences), _lists(rows.refusals)
    for person in rows.volunteers:
        yield {
            "id": person.code,
            "home": person.home_code,
            "tags": list(tags_of(person)),
            "max_hardship": person.max_hardship,
            "suitability": person.suitability,
            "preferences": wishes.get(person.code, []),
            "refuses": refusals.get(person.code, []),
            "group": person.group_id,
            "accept": person.accept,
        }


def _agreement(row: Any, pays: dict[str, dict[str, Any]], areas: dict[str, list[str]]) -> Document:
    body = {"id": row.code, "pays": pays.get(row.code, {}), "min_placements": row.min_placements}
    if not row.anywhere:
        body["regions"] = areas.get(row.code, [])
    if row.tags:
        body["tags"] = sorted(set(row.tags))
    if row.max_placements is not None:
        body["max_placements"] = row.max_placements
    return body


def _policies(rows: Gathered, round_: Round) -> Iterable[Document]:
    """Yield the active policies, as the overrides of a scenario change them: left out, hard or soft, other parameters."""
    overrides = round_.overrides.get("policies", {})
    for row in rows.policies:
        change = overrides.get(row.code, {})
        if change.get("active", True):
            body = {**_policy(row), **change.get("parameters", {}), "id": row.code, "kind": row.kind}
            if "penalty" in change:
                body.pop("penalty", None)
                body.update({} if change["penalty"] is None else {"penalty": change["penalty"]})
            yield body


def _choice(person: str, need: str, kind: str, _reason: str) -> Document:
    if kind == "pin":
        return {"id": choice_id(kind, person, need), "kind": "pin", "volunteer": person, "post": need}
    return {
        "id": choice_id(kind, person, need),
        "kind": "forbid",
        "volunteers": {"ids": [person]},
        "posts": {"ids": [need]},
    }


def choice_id(kind: str, person: str, need: str) -> str:
    """Return the identifier of a pin or a ban in the document; a colon is in no code of a policy, so it takes nobody's place."""
    return f"{kind}:{person}:{need}"


def _policy(row: Any) -> Document:
    # The columns go last, so that no parameter can pass for an identifier, a kind or a penalty.
    body = {**row.parameters, "id": row.code, "kind": row.kind}
    if row.penalty is not None:
        body["penalty"] = row.penalty
    return body


def _maps(rows: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Return (owner, key, value) rows as one map for each owner."""
    found: dict[str, dict[str, Any]] = {}
    for owner, key, value in rows:
        found.setdefault(owner, {})[key] = value
    return found


def _lists(rows: Rows) -> dict[str, list[str]]:
    """Return (owner, value) rows as one list for each owner, in their order."""
    found: dict[str, list[str]] = {}
    for owner, value in rows:
        found.setdefault(owner, []).append(value)
    return found


def names_of(rows: Gathered, round_: Round) -> Document:
    """Return how the document's identifiers are called, as plain JSON; two texts are Indonesian and English.

    `missing_fares` counts the ways from a home to a region of service that have no fare and so cost nothing in the
    problem; some of them are named, since a forgotten fare is money that nobody planned. `left_out` (see `draft_of`) lists, by
    policy, what it names and the round does not have.
    """
    places = {npsn: (name, region) for npsn, name, region, _ in rows.schools}
    missing = _missing_fares(rows)
    return {
        "regions": {code: name for code, _, name in rows.regions},
        "posts": {
            row.code: {
                "school": places[row.npsn][0],
                "npsn": row.npsn,
                "region": places[row.npsn][1],
                "level": row.level,
                "subject": row.subject,
            }
            for row in rows.posts
        },
        "funds": {code: name for code, name, _, _, _ in rows.funds},
        "sponsors": {sponsor: name for _, _, _, sponsor, name in rows.funds},
        "agreements": {row.code: [row.title_id, row.title_en] for row in rows.agreements},
        "policies": {**_rules_named(rows, round_), **dict(map(_choice_named, rows.choices))},
        "resources": {code: [indonesian, english] for code, _, indonesian, english in rows.resources},
        "missing_fares": {"count": len(missing), "some": missing[:FARES_NAMED]},
    }


def _rules_named(rows: Gathered, round_: Round) -> Document:
    overrides = round_.overrides.get("policies", {})
    return {
        row.code: {"title": [row.title_id, row.title_en], "reason": [row.reason_id, row.reason_en]}
        for row in rows.policies
        if overrides.get(row.code, {}).get("active", True)
    }


def _choice_named(row: Any) -> tuple[str, Document]:
    person, need, kind, reason = row
    titles = {"pin": ["Ditetapkan: {0} di {1}", "Pinned: {0} at {1}"], "ban": ["Tidak: {0} di {1}", "Not: {0} at {1}"]}
    title = [text.format(person, need) for text in titles[kind]]
    return choice_id(kind, person, need), {"title": title, "reason": [reason, reason]}


def _missing_fares(rows: Gathered) -> list[list[str]]:
    there = {(home, target) for home, target, _ in rows.fares}
    homes = sorted({person.home_code for person in rows.volunteers if person.home_code})
    targets = sorted({region for _, _, region, _ in rows.schools})
    return [[home, to] for home in homes for to in targets if home != to and (home, to) not in there]
