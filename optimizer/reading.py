"""JSON to `Problem`: refuses a document with every error found, each with its JSON pointer, and then solves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from optimizer.collection import paused_collection
from optimizer.errors import DocumentRefused
from optimizer.fields import LARGEST, STRING, Errors, Record, shown
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
FIELDS = {
    "regions": frozenset({"id", "parent"}),
    "schools": frozenset({"id", "region", "tags"}),
    "posts": frozenset(
        {"id", "school", "seats", "need", "hardship", "tags", "requires", "prefers", "cost", "uses"},
    ),
    "volunteers": frozenset(
        {"id", "home", "tags", "max_hardship", "suitability", "preferences", "refuses", "group", "accept", "weight"},
    ),
    "travel": frozenset({"from", "to", "cost"}),
    "funds": frozenset({"id", "sponsor", "budget"}),
    "agreements": frozenset({"id", "pays", "regions", "tags", "min_placements", "max_placements"}),
    "pairs": frozenset({"volunteer", "post", "fit", "cost", "forbid"}),
    "policies": frozenset(),  # by kind, see policy_reading
    "previous": frozenset({"volunteer", "post"}),
    "resources": frozenset({"id", "amount"}),
    "objective": frozenset({"tolerance", *MEASURES}),
}
TOP = frozenset({"format", "name", "pairs_only", *FIELDS})
T = TypeVar("T")


def read_problem(document: Any) -> Problem:
    """Return the problem in `document` (the parsed JSON).

    Raises:
        DocumentRefused: with every error found, not only the first.
    """
    with paused_collection():
        return _read(document)


def _read(document: Any) -> Problem:
    errors = Errors()
    top = Record(document, "", errors)
    form = top.text("format", required=True)
    if form is not None and form != FORMAT:
        top.wrong("format", "unknown-format", f"{shown(form)} is not a format read here.", f"Use {FORMAT!r}.")
    name = top.text("name", empty=True) or ""
    reader = _Reader(top, errors)
    regions = reader.keyed("regions", _region, required=True)
    _check_forest(regions, reader)
    schools = reader.keyed("schools", lambda r, i: _school(r, i, regions, reader), required=True)
    resources = reader.keyed("resources", lambda r, i: Resource(i, r.integer("amount", required=True)))
    posts = reader.keyed("posts", lambda r, i: _post(r, i, schools, resources, reader), required=True)
    volunteers = reader.keyed("volunteers", lambda r, i: _volunteer(r, i, regions, reader), required=True)
    travel = _travel(reader, regions)
    funds = reader.keyed("funds", _fund)
    listed = top.raw("agreements") is not None
    agreements = reader.keyed("agreements", lambda r, i: _agreement(r, i, regions, funds, reader))
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
    top.close(TOP)
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
        self._tags: dict[tuple[str, ...], frozenset[str]] = {(): frozenset()}

    def tags(self, record: Record, name: str) -> frozenset[str]:
        """Return the set of strings in a field; equal ones are one object, since there are few different ones."""
        listed = record.strings(name) or ()
        found = self._tags.get(listed)
        if found is None:
            found = self._tags[listed] = frozenset(listed)
        return found

    def plain_columns(self, name: str, fields: Mapping[str, Mapping[str, Any] | None]) -> list[list[Any]] | None:
        """Return the columns of a list whose records all have just these fields, and all right; None where one is not so.

        A field holds one of the identifiers given, or (None) an amount. Column by column this is many times faster than record by record.
        """
        rows = self.top.fields.get(name)
        names = fields.keys()
        if type(rows) is not list or not all(type(row) is dict and row.keys() == names for row in rows):
            return None
        columns: list[list[Any]] = [[row[field] for row in rows] for field in fields]
        return columns if all(map(_is_right, columns, fields.values())) else None

    def records(self, name: str, *, required: bool = False, quiet: bool = False) -> Iterator[Record]:
        """Yield the records of the list `name`; what is none is noted, unless this is the second time (`quiet`)."""
        value = self.top.raw(name, required=required)
        if value is None:
            return
        if not isinstance(value, list):
            self.top.wrong(name, "wrong-type", f"{shown(value)} is not a list.", "Write a list of objects: [{…}].")
            return
        within = f"/{name}"
        for position, item in enumerate(value):
            if isinstance(item, dict):
                yield Record(item, within, self.errors, position)
            elif not quiet:
                Record(item, within, self.errors, position)  # notes that it is none

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
            record.close(FIELDS[name])
            if key is not None:
                found.setdefault(key, made)
        return found


def _is_right(column: list[Any], known: Mapping[str, Any] | None) -> bool:
    if known is None:
        return {int}.issuperset(map(type, column)) and min(column, default=0) >= 0 and max(column, default=0) <= LARGEST
    return STRING.issuperset(map(type, column)) and known.keys() >= set(column)


def _region(record: Record, key: str) -> Region:
    return Region(key, record.text("parent"))


def _check_forest(regions: dict[str, Region], reader: _Reader) -> None:
    """Note parents that are not there, and one error for each circle."""
    settled: set[str] = set()
    dangling: list[str] = []
    circles: dict[str, list[str]] = {}
    for start in regions:
        path: dict[str, None] = {}
        here: str | None = start
        while here is not None and here not in settled and here not in path:
            path[here] = None
            parent = regions[here].parent
            if parent is not None and parent not in regions:
                dangling.append(here)
                parent = None
            here = parent
        if here is not None and here in path:
            circles[here] = list(path)
        settled.update(path)
    if dangling or circles:
        _note_forest(regions, dangling, circles, reader)


def _note_forest(
    regions: dict[str, Region], dangling: list[str], circles: dict[str, list[str]], reader: _Reader
) -> None:
    listed = reversed(list(reader.records("regions", quiet=True)))
    first = {key: record for record in listed if isinstance(key := record.fields.get("id"), str)}
    for key in dangling:
        first[key].dangling(first[key].at("parent"), regions[key].parent or "", "region")
    for key, path in circles.items():
        around = path[path.index(key) :]
        shortened = [shown(region).strip("'") for region in [*around[:6], key]]
        if len(around) > 6:
            shortened.insert(6, "…")
        first[key].wrong(
            "parent",
            "region-cycle",
            f"The regions form a circle: {' → '.join(shortened)}.",
            "Give one of them another parent, or null.",
        )


def _school(record: Record, key: str, regions: dict[str, Region], reader: _Reader) -> School:
    region = record.reference("region", regions, "region")
    return School(key, region or "", reader.tags(record, "tags"))


def _post(
    record: Record, key: str, schools: dict[str, School], resources: dict[str, Resource], reader: _Reader
) -> Post:
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
        tags=reader.tags(record, "tags"),
        requires=reader.tags(record, "requires"),
        prefers=reader.tags(record, "prefers"),
        cost=record.amounts("cost", "base"),
        uses=uses,
    )


def _volunteer(record: Record, key: str, regions: dict[str, Region], reader: _Reader) -> Volunteer:
    return Volunteer(
        id=key,
        home=record.reference("home", regions, "region", required=False),
        tags=reader.tags(record, "tags"),
        max_hardship=record.optional_integer("max_hardship"),
        suitability=record.integer("suitability", high=100),
        preferences=record.references("preferences", regions, "region") or (),
        refuses=record.references("refuses", regions, "region") or (),
        group=record.text("group"),
        accept=record.integer("accept", 1000, high=1000),
        weight=record.integer("weight", 1, high=10**9),
    )


def _fund(record: Record, key: str) -> Fund:
    return Fund(key, record.integer("budget", required=True), record.text("sponsor"))


def _agreement(
    record: Record, key: str, regions: dict[str, Region], funds: dict[str, Fund], reader: _Reader
) -> Agreement:
    value = record.raw("pays", required=True)
    pays: dict[str, str] = {}
    if value is not None:
        inner = Record(value, record.at("pays"), record.errors)
        for line in inner.fields:
            fund = inner.reference(line, funds, "fund")
            if fund is not None:
                pays[line] = fund
    low, high = record.bounds("min_placements", "max_placements")
    return Agreement(key, pays, record.references("regions", regions, "region"), reader.tags(record, "tags"), low, high)


def _travel(reader: _Reader, regions: dict[str, Region]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    columns = reader.plain_columns("travel", {"from": regions, "to": regions, "cost": None})
    if columns is not None:
        found = dict(zip(zip(columns[0], columns[1], strict=True), columns[2], strict=True))
        if len(found) == len(columns[0]):
            return found
        found = {}
    for record in reader.records("travel"):
        start = record.reference("from", regions, "region")
        end = record.reference("to", regions, "region")
        cost = record.integer("cost", required=True)
        record.close(FIELDS["travel"])
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
        record.close(FIELDS["pairs"])
        if person is None or post is None:
            continue
        if (person, post) in found:
            record.wrong("", "duplicate-row", f"The pair {person!r}, {post!r} is there twice.", "Keep one row.")
        found[person, post] = Pair(person, post, fit, cost, forbid)
    return found


def _previous(reader: _Reader, volunteers: dict[str, Volunteer], posts: dict[str, Post]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    columns = reader.plain_columns("previous", {"volunteer": volunteers, "post": posts})
    if columns is not None:
        found = set(zip(*columns, strict=True))
        if len(found) == len(columns[0]):
            return found
        found = set()
    for record in reader.records("previous"):
        person = record.reference("volunteer", volunteers, "volunteer")
        post = record.reference("post", posts, "post")
        record.close(FIELDS["previous"])
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
        record.close(FIELDS["objective"])
        tiers.append(Tier(weights, tolerance))
    return tuple(tiers)
