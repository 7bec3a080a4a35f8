"""What is sent of replacements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.i18n import gettext
from app.funding.models import Fund, FundBalance
from app.offers import replacing
from app.offers.models import Offer, Replacement
from app.offers.schemas import LeftOut, OptionLineOut, OptionOut, ReplacementOut
from app.offers.wording import SEARCH_RULES
from app.rounds import queries as rounds
from app.rounds import words
from app.rounds.models import Placement, Round, Snapshot
from app.rounds.vacancy import OURS


def replacements_shown(session: Session, rows: Sequence[Replacement]) -> list[ReplacementOut]:
    """Return what is sent of replacements; a constant number of queries, and one more for each in which nobody was found."""
    pairs = (
        select(Offer.id, Placement)
        .join(Placement, Placement.id == Offer.placement_id)
        .where(Offer.id.in_([one.offer_id for one in rows]))
    )
    placed = dict(session.execute(pairs).all())
    details = rounds.details(session, [one.id for one in placed.values()])
    options = [option for one in rows for option in one.options]
    names = rounds.names_of_people(session, {option["volunteer"] for option in options})
    available = _available(session, {fund for option in options for _, fund, _ in option["lines"]})
    found = []
    for one in rows:
        old = placed[one.offer_id]
        row = details[old.id]
        found.append(
            ReplacementOut(
                id=one.id,
                offer_id=one.offer_id,
                state=one.state,  # type: ignore[arg-type]
                left=LeftOut(
                    applicant=row.applicant, name=row.name, cost=old.cost, fit=old.fit, preference=old.preference
                ),
                need=row.need,
                school=row.school,
                region_name=row.region,
                options=[
                    _option(number, option, old, names, available) for number, option in enumerate(one.options, start=1)
                ],
                why=_why(session, one, old) if one.state == "nothing" else [],
                new_offer_id=one.new_offer_id,
                job_id=one.job_id,
                created_at=one.created_at,
                ended_at=one.ended_at,
                version=one.version,
            )
        )
    return found


def replacement_shown(session: Session, row: Replacement) -> ReplacementOut:
    """Return what is sent of one replacement."""
    return replacements_shown(session, [row])[0]


def _option(
    number: int, option: dict[str, Any], old: Placement, names: dict[str, str], available: dict[str, int]
) -> OptionOut:
    return OptionOut(
        number=number,
        applicant=option["volunteer"],
        name=names.get(option["volunteer"]),
        agreement=option["agreement"],
        cost=option["cost"],
        fit=option["fit"],
        preference=option["preference"],
        cost_change=option["cost"] - old.cost,
        fit_change=option["fit"] - old.fit,
        preference_change=option["preference"] - old.preference,
        lines=[
            OptionLineOut(line=line, fund=fund, amount=amount, available=available.get(fund, 0))
            for line, fund, amount in option["lines"]
        ],
        moved=0,
        empty_elsewhere=option["empty_elsewhere"],
        broken=option["broken"],
        digest=option["digest"],
    )


def _available(session: Session, codes: set[str]) -> dict[str, int]:
    rows = session.execute(
        select(Fund.code, FundBalance.amount)
        .join(FundBalance, FundBalance.fund_id == Fund.id)
        .where(FundBalance.account == "available", Fund.code.in_(sorted(codes)))
    )
    return dict(rows.all())


def _why(session: Session, row: Replacement, old: Placement) -> list[str]:
    snapshot = session.scalars(
        select(Snapshot).join(Round, Round.snapshot_id == Snapshot.id).where(Round.result_id == old.result_id)
    ).first()
    listed = replacing.documents_of(row)["why"]
    names = _with_ours({} if snapshot is None else snapshot.names, listed)
    return list(dict.fromkeys(text for _, _, text in words.reasons(names, listed)))


def _with_ours(names: words.Names, listed: Sequence[dict[str, Any]]) -> words.Names:
    """Add words for the rules that the search itself brought in."""
    codes = [code for one in listed for code in one.get("policies", ()) if code.startswith(f"{OURS}-")]
    ours = {
        code: gettext(sentence)
        for code in codes
        for rule, sentence in SEARCH_RULES.items()
        if code.removeprefix(f"{OURS}-").startswith(rule)
    }
    return {**names, "policies": {**names.get("policies", {}), **ours}}
