"""What people do with schools and needs: add and change schools; propose, change, verify, reject, open and close needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.constraints import refusing_duplicates
from app.core.etag import ANY_VERSION, Match
from app.core.i18n import mark
from app.core.problems import FieldError, Invalid
from app.identity.actor import Actor
from app.identity.permissions import require
from app.schools import queries
from app.schools.checks import need_errors, school_errors
from app.schools.errors import NeedCodeTaken, NumberTaken
from app.schools.lifecycle import NEED
from app.schools.models import Need, NeedCost, NeedUse, School
from app.schools.schemas import NeedIn, NeedPatch, SchoolIn, SchoolPatch
from app.schools.scoring import score_parts
from app.schools.vocabulary import post_tags, required_tags

SCHOOL_FACTS: Final = ("npsn", "name", "level", "status", "region_code", "district", "lat", "lon", "tags")
PLAIN: Final = (
    "level", "subject", "headcount", "starts_on", "ends_on", "hardship", "prefers", "teachers_missing", "years_without",
)  # fmt: skip
NEED_FACTS: Final = ("code", "school_id", *PLAIN, "tags", "requires", "score", "state", "rejection_reason")


def add_school(session: Session, actor: Actor, body: SchoolIn) -> School:
    """Add a real school.

    Raises:
        Invalid: With every wrong value.
        NumberTaken: For a national number that is there already.
    """
    require(actor, "schools.create")
    _check_school(session, body.model_dump())
    values = body.model_dump(exclude={"region"})
    school = School(**values, region_code=body.region, invented=False, created_at=clock.now(), version=1)
    session.add(school)
    with refusing_duplicates(NumberTaken(npsn=body.npsn)):
        session.flush()
    record(session, actor, "schools.create", "school", school.id, after=_facts(school, SCHOOL_FACTS))
    return school


def edit_school(session: Session, actor: Actor, school_id: str, body: SchoolPatch, match: Match) -> School:
    """Change what is known of a school; where it moves to another regency, its verified needs are scored again.

    Raises:
        Stale: When somebody changed it meanwhile.
        Invalid: With every wrong value.
    """
    school = queries.school(session, actor, school_id, writing=True)
    require(actor, "schools.edit", school)
    match.check(school.version)
    changes = body.model_dump(exclude_unset=True)
    _check_school(session, changes)
    before = _facts(school, SCHOOL_FACTS)
    moved = changes.get("region", school.region_code) != school.region_code
    for name, value in changes.items():
        setattr(school, "region_code" if name == "region" else name, value)
    school.version += 1
    record(session, actor, "schools.edit", "school", school.id, before=before, after=_facts(school, SCHOOL_FACTS))
    if moved:
        score_again(session, actor, school)
    session.flush()
    return school


def propose_need(session: Session, actor: Actor, body: NeedIn) -> Need:
    """State a school's request for people; somebody verifies it before it counts.

    Raises:
        Forbidden: For a school outside an officer's own region.
        Invalid: With every wrong value.
        NeedCodeTaken: For a code that another need has.
    """
    require(actor, "needs.propose")
    # The school's row is locked: two needs proposed at once do not get the same made-up code.
    school = session.scalar(
        queries.locked(queries.schools_visible_to(actor).where(School.id == body.school_id), School)
    )
    errors = need_errors(session, body, set(NeedIn.model_fields))
    if school is None:
        raise Invalid(errors=[_no_school(body.school_id), *errors])
    require(actor, "needs.propose", school)
    if errors:
        raise Invalid(errors=errors)
    need = Need(
        school=school,
        code=body.code or _free_code(session, school, body.subject),
        state=NEED.initial,
        proposed_by=_person(actor),
        created_at=clock.now(),
        version=1,
    )
    _write(session, need, body.model_copy(update={"level": body.level or school.level}))
    session.add(need)
    with refusing_duplicates(NeedCodeTaken(taken=need.code)):
        session.flush()
    record(session, actor, "needs.propose", "need", need.id, after=need_facts(need))
    return need


def edit_need(session: Session, actor: Actor, need_id: str, body: NeedPatch, match: Match) -> Need:
    """Change a need that is not opened yet; a verified one is scored again.

    Raises:
        Stale: When somebody changed it meanwhile.
        IllegalMove: For a need that is open or later, or rejected.
        Invalid: With every wrong value.
    """
    need = queries.need(session, actor, need_id, writing=True)
    require(actor, "needs.edit", need)
    match.check(need.version)
    need.state = NEED.move(need.state, "edit")
    before = need_facts(need)
    changes = body.model_dump(exclude_unset=True)
    wanted = NeedIn.model_validate({**_body_of(session, need), **changes})
    errors = need_errors(session, wanted, set(changes))
    if errors:
        raise Invalid(errors=errors)
    _write(session, need, wanted)
    if need.state == "verified":
        _score(need)
        need.verified_by = _person(actor)
    need.version += 1
    session.flush()
    record(session, actor, "needs.edit", "need", need.id, before=before, after=need_facts(need))
    return need


def verify_need(
    session: Session, actor: Actor, need_id: str, *, reason: str | None = None, match: Match = ANY_VERSION
) -> Need:
    """Confirm that the request is real; this works out its score."""
    need = _move(session, actor, need_id, "verify", match)
    before = need.state
    need.state = NEED.move(before, "verify")
    _score(need)
    need.verified_by = _person(actor)
    return _moved(session, actor, need, "needs.verify", before, reason)


def reject_need(session: Session, actor: Actor, need_id: str, *, reason: str, match: Match = ANY_VERSION) -> Need:
    """Refuse a proposed need, with the reason that the school reads."""
    need = _move(session, actor, need_id, "reject", match)
    before = need.state
    need.state = NEED.move(before, "reject")
    need.rejection_reason = reason
    return _moved(session, actor, need, "needs.reject", before, reason)


def open_need(
    session: Session, actor: Actor, need_id: str, *, reason: str | None = None, match: Match = ANY_VERSION
) -> Need:
    """Let people be placed at a verified need."""
    need = _move(session, actor, need_id, "open", match)
    before = need.state
    need.state = NEED.move(before, "open")
    return _moved(session, actor, need, "needs.open", before, reason)


def close_need(
    session: Session, actor: Actor, need_id: str, *, reason: str | None = None, match: Match = ANY_VERSION
) -> Need:
    """End a need: it was met, or nobody is to be sent any more."""
    need = _move(session, actor, need_id, "close", match)
    before = need.state
    need.state = NEED.move(before, "close")
    return _moved(session, actor, need, "needs.close", before, reason)


def _move(session: Session, actor: Actor, need_id: str, action: str, match: Match) -> Need:
    """Return the need, locked, after asking whether the actor may do this with it as they know it."""
    need = queries.need(session, actor, need_id, writing=True)
    require(actor, f"needs.{action}", need)
    match.check(need.version)
    return need


def _moved(session: Session, actor: Actor, need: Need, action: str, before: str, reason: str | None) -> Need:
    need.version += 1
    session.flush()
    after = {"state": need.state, "score": need.score, "score_parts": need.score_parts}
    record(session, actor, action, "need", need.id, reason=reason, before={"state": before}, after=after)
    return need


def _score(need: Need) -> None:
    parts = score_parts(
        need.school.region_code,
        need.level,
        teachers_missing=need.teachers_missing,
        years_without=need.years_without,
    )
    need.score_parts, need.score = parts, sum(parts.values())


def score_again(session: Session, actor: Actor, school: School) -> None:
    """Score the verified needs of a school that moved; what is open or later stays as the round saw it."""
    statement = queries.visible_to(actor).where(Need.school_id == school.id, Need.state == "verified")
    for need in session.scalars(queries.with_parts(statement)):
        before = {"score": need.score, "score_parts": need.score_parts}
        _score(need)
        need.version += 1
        after = {"score": need.score, "score_parts": need.score_parts}
        record(session, actor, "needs.edit", "need", need.id, reason="school moved", before=before, after=after)


def _write(session: Session, need: Need, body: NeedIn) -> None:
    """Put the fields of a checked body into `need`; `level` is given."""
    assert body.level is not None  # noqa: S101 - for the type checker; both callers fill it
    for name in PLAIN:
        setattr(need, name, getattr(body, name))
    need.tags, need.requires = tags_of(body.level, body)
    costs = {row.line: row for row in need.costs}
    need.costs = [costs.get(line) or NeedCost(line=line) for line in body.costs]
    for cost in need.costs:
        cost.amount = body.costs[cost.line]
    keys = queries.resource_keys(session, body.uses) if body.uses else {}
    uses = {row.resource_id: row for row in need.uses}
    need.uses = [uses.get(key) or NeedUse(resource_id=key) for key in keys.values()]
    units = {keys[code]: count for code, count in body.uses.items()}
    for use in need.uses:
        use.units = units[use.resource_id]


def tags_of(level: str, body: NeedIn) -> tuple[list[str], list[str]]:
    """Return the tags and the requirements of a need with those that it has by itself, each sorted."""
    own, required = post_tags(level, body.subject), required_tags(level, body.subject)
    return sorted({*own, *body.tags}), sorted({*required, *body.requires})


def _body_of(session: Session, need: Need) -> dict[str, Any]:
    """Return `need` as the body that would propose it, without the tags that it has by itself."""
    codes = queries.resource_codes(session, [need])
    return {
        "school_id": need.school_id,
        **{name: getattr(need, name) for name in PLAIN},
        "tags": [tag for tag in need.tags if tag not in post_tags(need.level, need.subject)],
        "requires": [tag for tag in need.requires if tag not in required_tags(need.level, need.subject)],
        "costs": {row.line: row.amount for row in need.costs},
        "uses": {codes[row.resource_id]: row.units for row in need.uses},
    }


def _check_school(session: Session, given: dict[str, Any]) -> None:
    errors = school_errors(session, given)
    if errors:
        raise Invalid(errors=errors)


def _free_code(session: Session, school: School, subject: str | None) -> str:
    """Return `n-<number>-<subject>`, with -2, -3 … where the school has asked for the same before."""
    wanted = f"n-{school.npsn}-{subject or 'class'}"
    taken = set(session.scalars(select(Need.code).where(Need.code.startswith(wanted, autoescape=True))))
    number = 1
    while (code := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return code


def _no_school(given: str) -> FieldError:
    return FieldError(
        "/school_id",
        "unknown_school",
        mark("There is no school {school}."),
        mark("Use the id of one of the schools."),
        {"school": given},
    )


def _person(actor: Actor) -> str | None:
    """Return whom the row names; the worker and the shell are nobody's account."""
    return None if actor.role == "system" else actor.id


def _facts(row: School | Need, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def need_facts(need: Need) -> dict[str, Any]:
    """Return what the audit record keeps of a need, whose parts are loaded."""
    return {
        **_facts(need, NEED_FACTS),
        "costs": {row.line: row.amount for row in need.costs},
        "uses": {row.resource_id: row.units for row in need.uses},
    }
