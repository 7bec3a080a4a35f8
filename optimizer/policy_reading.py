"""Reading policies: one function for each kind, and the filters they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.errors import DocumentError
from optimizer.fields import LARGEST, Errors, Record, shown
from optimizer.problem import (
    AgreementFilter,
    Apart,
    Average,
    Count,
    Each,
    Forbid,
    Home,
    Pin,
    Policy,
    PostFilter,
    Share,
    Spend,
    Together,
    VolunteerFilter,
    Where,
)

PLACES = ("post", "school", "region")
POSTS = frozenset({"ids", "schools", "regions", "tags"})
VOLUNTEERS = frozenset({"ids", "homes", "tags", "groups"})
AGREEMENTS = frozenset({"ids", "sponsors"})
FILTERS = frozenset({"posts", "volunteers", "agreements"})
EVERY = frozenset({"id", "kind", "penalty"})
FIELDS = {
    "count": EVERY | FILTERS | {"min", "max"},
    "share": EVERY | FILTERS | {"percent", "among", "of"},
    "spend": EVERY | FILTERS | {"funds", "min", "max"},
    "each": EVERY | FILTERS | {"of", "ids", "min", "max", "when"},
    "home": EVERY | {"level", "volunteers"},
    "together": EVERY | {"of", "groups"},
    "apart": EVERY | {"volunteers", "of"},
    "pin": EVERY | {"volunteer", "post", "agreement"},
    "forbid": EVERY | FILTERS,
    "average": EVERY | FILTERS | {"of", "min"},
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy may name, by identifier."""

    regions: Mapping[str, Any]
    schools: Mapping[str, Any]
    posts: Mapping[str, Any]
    volunteers: Mapping[str, Any]
    funds: Mapping[str, Any]
    agreements: Mapping[str, Any]
    sponsors: set[str]
    groups: set[str]


def read_policies(records: Iterable[Record], known: Known) -> list[Policy]:
    """Return the policies in `records`; errors are noted in the records' collector."""
    found: dict[str, Policy] = {}
    for record in records:
        key = record.text("id", required=True)
        if key is not None and key in found:
            record.wrong(
                "id",
                "duplicate-identifier",
                f"{shown(key)} is there twice in policies.",
                "Give each its own id.",
                value=shown(key),
            )
        kind = record.raw("kind", required=True)
        if kind is None or not isinstance(kind, str) or kind not in KINDS:
            if kind is not None:
                record.wrong(
                    "kind",
                    "unknown-kind",
                    f"{shown(kind)} is not a kind of policy.",
                    f"Use one of: {', '.join(KINDS)}.",
                    value=shown(kind),
                    allowed=", ".join(KINDS),
                )
            continue
        policy = KINDS[kind](record, key or "", record.optional_integer("penalty"), known)
        record.close(FIELDS[kind])
        if key is not None:
            found.setdefault(key, policy)
    return list(found.values())


def read_policy(body: Any, known: Known) -> tuple[Policy | None, tuple[DocumentError, ...]]:
    """Return the one policy in `body` (with its `id`), or None, and every error with its pointer into `body`."""
    errors = Errors()
    found = read_policies([Record(body, "", errors)], known)
    return (None if errors.found else found[0]), tuple(errors.found)


def _posts(record: Record, known: Known) -> PostFilter | None:
    part = record.part("posts")
    if part is None:
        return None
    made = PostFilter(
        _set(part.references("ids", known.posts, "post")),
        _set(part.references("schools", known.schools, "school")),
        part.references("regions", known.regions, "region"),
        _set(part.strings("tags")),
    )
    part.close(POSTS)
    return made


def _volunteers(record: Record, known: Known) -> VolunteerFilter | None:
    part = record.part("volunteers")
    if part is None:
        return None
    made = VolunteerFilter(
        _set(part.references("ids", known.volunteers, "volunteer")),
        part.references("homes", known.regions, "region"),
        _set(part.strings("tags")),
        _set(part.references("groups", known.groups, "group")),
    )
    part.close(VOLUNTEERS)
    return made


def _agreements(record: Record, known: Known) -> AgreementFilter | None:
    part = record.part("agreements")
    if part is None:
        return None
    made = AgreementFilter(
        _set(part.references("ids", known.agreements, "agreement")),
        _set(part.references("sponsors", known.sponsors, "sponsor")),
    )
    part.close(AGREEMENTS)
    return made


def _set(found: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if found is None else frozenset(found)


def _where(record: Record, known: Known) -> Where:
    return Where(_posts(record, known), _volunteers(record, known), _agreements(record, known))


def _count(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    where = _where(record, known)
    low, high = record.bounds("min", "max")
    return Count(id=key, penalty=penalty, where=where, min=low, max=high)


def _share(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    where = _where(record, known)
    inner = record.part("among")
    among = Where()  # a missing filter selects everything
    if inner is not None:
        among = _where(inner, known)
        inner.close(FILTERS)
    percent = record.integer("percent", high=100, required=True)
    of = record.choice("of", ("placements", "cost"), "placements")
    return Share(id=key, penalty=penalty, where=where, among=among, percent=percent, of=of)


def _spend(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    where = _where(record, known)
    funds = _set(record.references("funds", known.funds, "fund"))
    low, high = record.bounds("min", "max")
    return Spend(id=key, penalty=penalty, where=where, funds=funds, min=low, max=high)


def _each(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    of = record.choice("of", (*PLACES, "agreement", "sponsor"))
    things: dict[str, Mapping[str, Any] | set[str]] = {
        "region": known.regions,
        "school": known.schools,
        "post": known.posts,
        "agreement": known.agreements,
        "sponsor": known.sponsors,
    }
    ids = record.references("ids", things[of], of)
    where = _where(record, known)
    low, high = record.bounds("min", "max")
    when = record.choice("when", ("always", "open", "matched"), "always")
    unique = None if ids is None else tuple(sorted(set(ids)))
    return Each(id=key, penalty=penalty, of=of, ids=unique, where=where, min=low, max=high, when=when)


def _home(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    level = record.integer("level", required=True)
    return Home(id=key, penalty=penalty, level=level, volunteers=_volunteers(record, known))


def _together(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    groups = _set(record.references("groups", known.groups, "group"))
    return Together(id=key, penalty=penalty, of=record.choice("of", PLACES), groups=groups)


def _apart(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    return Apart(id=key, penalty=penalty, of=record.choice("of", PLACES), volunteers=_volunteers(record, known))


def _pin(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    return Pin(
        id=key,
        penalty=penalty,
        volunteer=record.reference("volunteer", known.volunteers, "volunteer") or "",
        post=record.reference("post", known.posts, "post") or "",
        agreement=record.reference("agreement", known.agreements, "agreement", required=False),
    )


def _forbid(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    return Forbid(id=key, penalty=penalty, where=_where(record, known))


def _average(record: Record, key: str, penalty: int | None, known: Known) -> Policy:
    where = _where(record, known)
    of = record.choice("of", ("suitability", "fit", "preference"))
    return Average(id=key, penalty=penalty, where=where, of=of, min=record.integer("min", low=-LARGEST))


KINDS: dict[str, Callable[[Record, str, int | None, Known], Policy]] = {
    "count": _count,
    "share": _share,
    "spend": _spend,
    "each": _each,
    "home": _home,
    "together": _together,
    "apart": _apart,
    "pin": _pin,
    "forbid": _forbid,
    "average": _average,
}
