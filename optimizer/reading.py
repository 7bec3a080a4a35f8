"""JSON to `Problem`: refuses a document with every error found, each with its JSON pointer, and then solves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from optimizer.errors import DocumentRefused
from optimizer.fields import LARGEST, Errors, Record, shown
from optimizer.policy_reading import Known, read_policies
from optimizer.problem import (
    MEASURES,
    Agreement,
    Fund,
    Pair,
    Post,
    Problem,
    Region,
    Resource,
    School,
    Tier,
    Volunteer,
)

FORMAT = "placement-problem/1"
T = TypeVar("T")


def read_problem(document: Any) -> Problem:
    """Return the problem in `document` (the parsed JSON).

    Raises:
        DocumentRefused: with every error found, not only the first.
    """
    errors = Errors()
    top = Record(document, "", errors)
    form = top.text("format", required=True)
    if form is not None and form != FORMAT:
        top.wrong("format", "unknown-format", f"{shown(form)} is not a format read here.", f"Use {FORMAT!r}.")
    name = top.text("name", empty=True) or ""
    reader = _Reader(top, errors)
    regions = reader.keyed("regions", _region, required=True)
    _check_forest(regions, reader)
    schools = reader.keyed("schools", lambda r, i: _school(r, i, regions), required=True)
    resources = reader.keyed("resources", lambda r, i: Resource(i, r.integer("amount", required=True)))
    posts = reader.keyed("posts", lambda r, i: _post(r, i, schools, resources), required=True)
    volunteers = reader.keyed("volunteers", lambda r, i: _volunteer(r, i, regions), required=True)
    travel = _travel(reader, regions)
    funds = reader.keyed("funds", _fund)
    listed = top.raw("agreements") is not None
    agreements = reader.keyed("agreements", lambda r, i: _agreement(r, i, regions, funds))
    if not listed:
        agreements = {fund: Agreement(fund, {"*": fund}) for fund in funds}
    pairs = _pairs(reader, volunteers, posts)
    pairs_only = top.flag("pairs_only")
    sponsors = {fund.sponsor for fund in funds.values() if fund.sponsor is not None}
    groups = {person.group for person in volunteers.values() if person.group is not None}
    known = Known(regions, schools, posts, volunteers, funds, agreements, sponsors, groups)
    policies = read_policies(reader.records("policies"), known)
    previous = _previous(reader, volunteers, posts)
    objective = _objective(reader)
    top.close()
    if errors.found:
        raise DocumentRefused(errors.found)
    return Problem(
        name=name,
        regions=_by_id(regions),
        schools=_by_id(schools),
        posts=_by_id(posts),
        volunteers=_by_id(volunteers),
        travel=travel,
        funds=_by_id(funds),
        agreements=_by_id(agreements),
        pairs=pairs,
        pairs_only=pairs_only,
        policies=tuple(sorted(policies, key=lambda policy: policy.id)),
        previous=frozenset(previous),
        resources=_by_id(resources),
        objective=objective,
        document=document,
    )


def _by_id(records: dict[str, T]) -> tuple[T, ...]:
    return tuple(records[key] for key in sorted(records))


class _Reader:
    """The lists of records at the top level."""

    def __init__(self, top: Record, errors: Errors) -> None:
        self.top = top
        self.errors = errors

    def records(self, name: str, *, required: bool = False) -> list[Record]:
        """Return the records of the list `name`."""
        value = self.top.raw(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.top.wrong(name, "wrong-type", f"{shown(value)} is not a list.", "Write a list of objects: [{…}].")
            return []
        return [Record(item, f"/{name}/{position}", self.errors) for position, item in enumerate(value)]

    def keyed(self, name: str, read: Callable[[Record, str], T], *, required: bool = False) -> dict[str, T]:
        """Return the records of the list `name` by identifier, each made by `read`; a double identifier is an error."""
        found: dict[str, T] = {}
        for record in self.records(name, required=required):
            key = record.text("id", required=True)
            if key is not None and key in found:
                record.wrong(
                    "id", "duplicate-identifier", f"{shown(key)} is there twice in {name}.", "Give each its own id."
                )
            made = read(record, key or "")
            record.close()
            if key is not None:
                found.setdefault(key, made)
        return found


def _region(record: Record, key: str) -> Region:
    return Region(key, record.text("parent"))


def _check_forest(regions: dict[str, Region], reader: _Reader) -> None:
    positions = {
        record.fields.get("id"): record
        for record in reversed(reader.records("regions"))
        if isinstance(record.fields.get("id"), str)
    }
    settled: set[str] = set()
    for start in regions:
        path: list[str] = []
        on_path: set[str] = set()
        here: str | None = start
        while here is not None and here not in settled and here not in on_path:
            path.append(here)
            on_path.add(here)
            parent = regions[here].parent
            if parent is not None and parent not in regions:
                positions[here].dangling(positions[here].at("parent"), parent, "region")
                parent = None
            here = parent
        if here is not None and here in on_path:
            circle = " → ".join([*path[path.index(here) :][:6], here])
            positions[here].wrong(
                "parent",
                "region-cycle",
                f"The regions form a circle: {circle}.",
                "Give one of them another parent, or null.",
            )
        settled |= on_path


def _school(record: Record, key: str, regions: dict[str, Region]) -> School:
    region = record.reference("region", regions, "region")
    return School(key, region or "", frozenset(record.strings("tags") or ()))


def _post(record: Record, key: str, schools: dict[str, School], resources: dict[str, Resource]) -> Post:
    uses = record.amounts("uses")
    for resource in uses:
        if resource not in resources:
            record.dangling(f"{record.at('uses')}/{resource}", resource, "resource")
    return Post(
        id=key,
        school=record.reference("school", schools, "school") or "",
        seats=record.integer("seats", required=True, high=10**6),
        need=record.integer("need", 1),
        hardship=record.integer("hardship"),
        tags=frozenset(record.strings("tags") or ()),
        requires=frozenset(record.strings("requires") or ()),
        prefers=frozenset(record.strings("prefers") or ()),
        cost=record.amounts("cost", "base"),
        uses=uses,
    )


def _volunteer(record: Record, key: str, regions: dict[str, Region]) -> Volunteer:
    return Volunteer(
        id=key,
        home=record.reference("home", regions, "region", required=False),
        tags=frozenset(record.strings("tags") or ()),
        max_hardship=record.optional_integer("max_hardship"),
        suitability=record.integer("suitability", high=100),
        preferences=record.references("preferences", regions, "region") or (),
        refuses=record.references("refuses", regions, "region") or (),
        group=record.text("group"),
        accept=record.integer("accept", 1000, high=1000),
    )


def _fund(record: Record, key: str) -> Fund:
    return Fund(key, record.integer("budget", required=True), record.text("sponsor"))


def _agreement(record: Record, key: str, regions: dict[str, Region], funds: dict[str, Fund]) -> Agreement:
    value = record.raw("pays", required=True)
    pays: dict[str, str] = {}
    if value is not None:
        inner = Record(value, record.at("pays"), record.errors)
        for line in inner.fields:
            fund = inner.reference(line, funds, "fund")
            if fund is not None:
                pays[line] = fund
    low, high = record.bounds("min_placements", "max_placements")
    return Agreement(
        key, pays, record.references("regions", regions, "region"), frozenset(record.strings("tags") or ()), low, high
    )


def _travel(reader: _Reader, regions: dict[str, Region]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for record in reader.records("travel"):
        start = record.reference("from", regions, "region")
        end = record.reference("to", regions, "region")
        cost = record.integer("cost", required=True)
        record.close()
        if start is None or end is None:
            continue
        if (start, end) in found:
            record.wrong("", "duplicate-row", f"The way from {start!r} to {end!r} is there twice.", "Keep one row.")
        found[start, end] = cost
    return found


def _pairs(reader: _Reader, volunteers: dict[str, Volunteer], posts: dict[str, Post]) -> dict[tuple[str, str], Pair]:
    found: dict[tuple[str, str], Pair] = {}
    for record in reader.records("pairs"):
        person = record.reference("volunteer", volunteers, "volunteer")
        post = record.reference("post", posts, "post")
        fit = record.optional_integer("fit", low=-LARGEST)
        cost = record.optional_integer("cost")
        forbid = record.flag("forbid")
        record.close()
        if person is None or post is None:
            continue
        if (person, post) in found:
            record.wrong("", "duplicate-row", f"The pair {person!r}, {post!r} is there twice.", "Keep one row.")
        found[person, post] = Pair(person, post, fit, cost, forbid)
    return found


def _previous(reader: _Reader, volunteers: dict[str, Volunteer], posts: dict[str, Post]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for record in reader.records("previous"):
        person = record.reference("volunteer", volunteers, "volunteer")
        post = record.reference("post", posts, "post")
        record.close()
        if person is None or post is None:
            continue
        if (person, post) in found:
            record.wrong("", "duplicate-row", f"{person!r} at {post!r} is there twice.", "Keep one row.")
        found.add((person, post))
    return found


def _objective(reader: _Reader) -> tuple[Tier, ...]:
    tiers = []
    for record in reader.records("objective", required=True):
        tolerance = record.integer("tolerance", high=1000)
        weights = {}
        for name in record.fields:
            if name in MEASURES:
                weights[name] = record.integer(name, low=-(10**9), high=10**9)
        if not weights:
            record.wrong("", "empty-tier", "A tier weighs no measure.", f"Name at least one of: {', '.join(MEASURES)}.")
        record.used.update(MEASURES)
        record.close()
        tiers.append(Tier(weights, tolerance))
    return tuple(tiers)
