"""What people do with agreements: draft, change, sign and end them. Part of the slice's service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.record import record
from app.core import clock
from app.core.etag import Match
from app.core.i18n import gettext, mark
from app.core.problems import FieldError, Invalid
from app.funding import ledger, queries
from app.funding.errors import AgreementSigned, AlreadySigned, CodeTaken, FundUnusable
from app.funding.lifecycle import AGREEMENT, STATE_WORDS
from app.funding.models import Agreement, AgreementLine, AgreementRegion, Fund, Signature
from app.funding.permissions import may_sign_for
from app.funding.schemas import AgreementIn, AgreementOut, AgreementPatch, LineIn, ReasonIn, SignIn, parties
from app.geography.models import Region
from app.identity.actor import Actor
from app.identity.models import Organisation
from app.identity.permissions import require

USABLE = frozenset({"pledged", "confirmed"})


def draft_agreement(session: Session, actor: Actor, body: AgreementIn) -> Agreement:
    """Write a new agreement, which nobody has signed yet.

    Raises:
        Invalid: With every wrong value.
        CodeTaken: For a code that another agreement has.
        FundUnusable: Naming every line whose fund is exhausted or closed.
    """
    require(actor, "agreements.draft")
    _check(session, body, set(type(body).model_fields))
    if session.scalar(select(Agreement.id).where(Agreement.code == body.code)) is not None:
        raise CodeTaken(taken=body.code)
    agreement = Agreement(
        code=body.code,
        title_id=body.title_id,
        title_en=body.title_en,
        anywhere=body.regions is None,
        tags=body.tags,
        min_placements=body.min_placements,
        max_placements=body.max_placements,
        state=AGREEMENT.initial,
        created_at=clock.now(),
        version=1,
        lines=_lines(body.lines),
        regions=_regions(body.regions),
    )
    session.add(agreement)
    session.flush()
    record(session, actor, "agreements.draft", "agreement", agreement.id, after=body.model_dump(mode="json"))
    return queries.agreement(session, actor, agreement.id)


def edit_agreement(session: Session, actor: Actor, agreement_id: str, body: AgreementPatch, match: Match) -> Agreement:
    """Change an agreement as long as nobody has signed it.

    Raises:
        Stale: When somebody changed it meanwhile.
        AgreementSigned: Naming who signed.
        IllegalMove: For an agreement that has ended.
        Invalid: With every wrong value.
        FundUnusable: Naming every line whose fund is exhausted or closed.
    """
    agreement = queries.agreement(session, actor, agreement_id, writing=True)
    require(actor, "agreements.draft", agreement)
    match.check(agreement.version)
    if agreement.signatures:
        raise AgreementSigned(signers=", ".join(queries.signers(session, agreement.id)))
    AGREEMENT.move(agreement.state, "edit")
    before = _body_of(agreement)
    changes = body.model_dump(exclude_unset=True)
    after = AgreementIn.model_validate({**before.model_dump(), **changes})
    _check(session, after, set(changes))
    for name in changes.keys() & {"title_id", "title_en", "tags", "min_placements", "max_placements"}:
        setattr(agreement, name, changes[name])
    _replace_parts(session, agreement, after, set(changes))
    agreement.version += 1
    session.flush()
    record(
        session,
        actor,
        "agreements.edit",
        "agreement",
        agreement.id,
        before=before.model_dump(mode="json"),
        after=after.model_dump(mode="json"),
    )
    return queries.agreement(session, actor, agreement.id)


def _replace_parts(session: Session, agreement: Agreement, body: AgreementIn, changed: set[str]) -> None:
    """Write lines and regions anew where they change; the old rows go first, since the new ones may have their keys."""
    if "lines" in changed:
        agreement.lines = []
        session.flush()
        agreement.lines = _lines(body.lines)
    if "regions" in changed:
        agreement.anywhere = body.regions is None
        agreement.regions = []
        session.flush()
        agreement.regions = _regions(body.regions)


def sign_agreement(session: Session, actor: Actor, agreement_id: str, body: SignIn, match: Match) -> Agreement:
    """Sign for one party; the last party's signature puts the agreement into force.

    Raises:
        Stale: When the text changed meanwhile: one signs what one has read.
        IllegalMove: For an agreement that is in force already, or has ended.
        Invalid: For an organisation that is no party, or a manager's signature without its reason.
        Forbidden: For a party that the actor does not sign for.
        AlreadySigned: For a party that has signed.
        FundUnusable: Naming every line whose fund was exhausted or closed meanwhile.
    """
    agreement = queries.agreement(session, actor, agreement_id, writing=True)
    party = _party(actor, agreement, body)
    require(actor, "agreements.sign", party)
    after = AGREEMENT.move(agreement.state, "sign")
    signed = {signature.organisation_id for signature in agreement.signatures}
    if party.id in signed:
        raise AlreadySigned(organisation=party.name)
    match.check(agreement.version)
    everybody = {one.id for one in parties(agreement)}  # before the lock, which loads the funds anew and alone
    ledger.lock(session, {row.fund_id for row in agreement.lines})
    _refuse_unusable(session, [LineIn(line=row.line, fund_id=row.fund_id) for row in agreement.lines])
    before = agreement.state
    if everybody <= signed | {party.id}:
        agreement.state = after
    agreement.version += 1
    session.add(
        Signature(agreement_id=agreement.id, organisation_id=party.id, signed_by=actor.id, signed_at=clock.now())
    )
    session.flush()
    record(
        session,
        actor,
        "agreements.sign",
        "agreement",
        agreement.id,
        reason=body.reason,
        before={"state": before},
        after={"state": agreement.state, "organisation_id": party.id},
    )
    return queries.agreement(session, actor, agreement.id)


def end_agreement(session: Session, actor: Actor, agreement_id: str, body: ReasonIn) -> Agreement:
    """End an agreement: no later round uses it; what was placed under it stays."""
    agreement = queries.agreement(session, actor, agreement_id, writing=True)
    require(actor, "agreements.end", agreement)
    before = agreement.state
    agreement.state = AGREEMENT.move(before, "end")
    agreement.version += 1
    session.flush()
    record(
        session,
        actor,
        "agreements.end",
        "agreement",
        agreement.id,
        reason=body.reason,
        before={"state": before},
        after={"state": agreement.state},
    )
    return queries.agreement(session, actor, agreement.id)


def _party(actor: Actor, agreement: Agreement, body: SignIn) -> Organisation:
    """Return the party that signs, as named or as the actor's own."""
    found = parties(agreement)
    errors = []
    if actor.role == "manager" and body.reason is None:
        errors.append(
            FieldError(
                "/reason", "missing", mark("This value is missing."), mark("Say what shows that the party signed.")
            )
        )
    chosen = [one for one in found if one.id == body.organisation_id]
    if body.organisation_id is None:
        # Who signs for one of the parties need not name it; who may sign for several must.
        chosen = [one for one in found if may_sign_for(actor, one)]
        if not chosen and not errors:
            return found[0]  # refused by the permission, which says who signs for whom
    if len(chosen) != 1:
        errors.append(
            FieldError(
                "/organisation_id",
                "not_a_party",
                mark("Say for which party you sign."),
                mark("Use the id of one of the parties: {parties}."),
                {"parties": ", ".join(f"{one.code} ({one.id})" for one in found)},
            )
        )
    if errors:
        raise Invalid(errors=errors)
    return chosen[0]


def _lines(lines: Sequence[LineIn]) -> list[AgreementLine]:
    return [AgreementLine(line=row.line, fund_id=row.fund_id) for row in lines]


def _regions(codes: Sequence[str] | None) -> list[AgreementRegion]:
    return [AgreementRegion(region_code=code) for code in codes or ()]


def _body_of(agreement: Agreement) -> AgreementIn:
    shown = AgreementOut.of(agreement)
    values: dict[str, Any] = shown.model_dump(include=set(AgreementIn.model_fields) - {"lines"})
    return AgreementIn(**values, lines=[LineIn(line=row.line, fund_id=row.fund.id) for row in shown.lines])


def _check(session: Session, body: AgreementIn, given: set[str]) -> None:
    """Raise Invalid with every wrong value of `body`, whose fields `given` stand in the request."""
    errors = [
        *_twice("/lines", [row.line for row in body.lines], "/line"),
        *_unknown_funds(session, body.lines),
        *_twice("/regions", body.regions or []),
        *_unknown_regions(session, body.regions or []),
        *_twice("/tags", body.tags),
    ]
    if body.max_placements is not None and body.max_placements < body.min_placements:
        errors.append(
            FieldError(
                "/max_placements" if "max_placements" in given else "/min_placements",
                "inverted_bounds",
                mark("At most {most} and at least {least} placements cannot both be."),
                mark("Raise max_placements or lower min_placements."),
                {"most": body.max_placements, "least": body.min_placements},
            )
        )
    if errors:
        raise Invalid(errors=errors)
    if "lines" in given:
        _refuse_unusable(session, body.lines)


def _twice(pointer: str, values: Sequence[str], field: str = "") -> list[FieldError]:
    first = Counter[str]()
    found = []
    for position, value in enumerate(values):
        first[value] += 1
        if first[value] > 1:
            found.append(
                FieldError(
                    f"{pointer}/{position}{field}",
                    "duplicate",
                    mark("{value} stands there twice."),
                    mark("Keep one of them."),
                    {"value": value},
                )
            )
    return found


def _unknown_funds(session: Session, lines: Sequence[LineIn]) -> list[FieldError]:
    known = set(session.scalars(select(Fund.id).where(Fund.id.in_({row.fund_id for row in lines}))))
    return [
        FieldError(
            f"/lines/{position}/fund_id",
            "unknown_fund",
            mark("There is no fund {fund}."),
            mark("Use the id of one of the funds."),
            {"fund": row.fund_id},
        )
        for position, row in enumerate(lines)
        if row.fund_id not in known
    ]


def _unknown_regions(session: Session, codes: Sequence[str]) -> list[FieldError]:
    known = set(session.scalars(select(Region.code).where(Region.code.in_(codes)))) if codes else set()
    return [
        FieldError(
            f"/regions/{position}",
            "unknown_region",
            mark("There is no region {region}."),
            mark("Use the official code of a province (53) or a regency (53.01)."),
            {"region": code},
        )
        for position, code in enumerate(codes)
        if code not in known
    ]


def _refuse_unusable(session: Session, lines: Sequence[LineIn]) -> None:
    rows = session.execute(select(Fund.id, Fund.code, Fund.state).where(Fund.id.in_({row.fund_id for row in lines})))
    states = {fund: (code, gettext(STATE_WORDS[state])) for fund, code, state in rows if state not in USABLE}
    errors = [
        FieldError(
            f"/lines/{position}/fund_id",
            "fund_unusable",
            mark("The fund {fund} is {state}."),
            mark("Name a fund that is pledged or confirmed."),
            dict(zip(("fund", "state"), states[row.fund_id], strict=True)),
        )
        for position, row in enumerate(lines)
        if row.fund_id in states
    ]
    if errors:
        raise FundUnusable(errors=errors)
