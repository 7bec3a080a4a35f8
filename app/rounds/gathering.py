"""Everything that a round's problem is made of, read in a constant number of queries, however large the cohort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, column, func, select, table, text
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Preference, Refusal, ServiceRecord
from app.deployments.models import Deployment
from app.funding.models import Agreement, AgreementLine, AgreementRegion, Fund, FundBalance
from app.geography.models import Fare, Region
from app.identity.models import Organisation
from app.partners.models import Resource
from app.policies.models import Policy
from app.rounds.models import Placement, Round, RoundChoice, RoundNeed
from app.schools.models import Need, NeedCost, NeedUse, School

Rows = Sequence[Any]

# Offers belong to a slice above this one; of theirs only these columns are read here.
OFFERS: Final = table("offers", column("id"), column("placement_id"), column("state"))

# What a problem is read from. Held against writers while it is read, so that all queries see one state of things.
TABLES: Final = (
    "applicants",
    "applicant_preferences",
    "applicant_refusals",
    "service_records",
    "schools",
    "needs",
    "need_costs",
    "need_uses",
    "resources",
    "fares",
    "agreements",
    "agreement_lines",
    "agreement_regions",
    "policies",
    "funds",
    "fund_balances",
    "offers",
    "deployments",
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows of a round's problem, as selected; each field says which columns its rows have."""

    regions: Rows
    """code, parent_code, name"""
    schools: Rows
    """npsn, name, region_code, tags"""
    posts: Rows
    """code, npsn, seats that nobody has been offered, score, hardship, tags, requires, prefers, level, subject"""
    costs: Rows
    """code of the need, line, amount"""
    uses: Rows
    """code of the need, code of the resource, units"""
    resources: Rows
    """code, amount, name_id, name_en"""
    volunteers: Rows
    """code, home_code, columns of tags, max_hardship, suitability, accept, group_id"""
    preferences: Rows
    """code of the applicant, region_code; the dearest wish first"""
    refusals: Rows
    """code of the applicant, region_code"""
    fares: Rows
    """home_code, target_code, amount"""
    funds: Rows
    """code, name, available amount, code of the organisation, name of the organisation"""
    agreements: Rows
    """code, anywhere, tags, min_placements, max_placements, title_id, title_en"""
    lines: Rows
    """code of the agreement, line, code of the fund"""
    areas: Rows
    """code of the agreement, region_code"""
    policies: Rows
    """code, kind, parameters, penalty, title_id, title_en, reason_id, reason_en"""
    choices: Rows
    """code of the applicant, code of the need, kind, reason"""
    served: Rows
    """code of the applicant, code of the need: where somebody served before, or was placed in the round before"""


def hold_still(session: Session) -> None:
    """Keep writers out of the problem's tables until the transaction ends, readers not.

    PostgreSQL gives each statement its own view of what is committed; without this, money could be read before and an
    agreement after somebody's change. SQLite's one writer is alone anyway. The mode conflicts with itself, so two rounds
    that are frozen at once wait for each other instead of deadlocking.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN SHARE ROW EXCLUSIVE MODE"))


def gather(session: Session, round_: Round) -> Gathered:
    """Return what the problem of `round_` is made of, as it stands now."""

    def rows(statement: Select[*tuple[Any, ...]]) -> Rows:
        return session.execute(statement).all()

    places = {name: rows(statement) for name, statement in _places(round_)}
    return Gathered(
        regions=rows(select(Region.code, Region.parent_code, Region.name).order_by(Region.code)),
        **places,
        **{name: rows(statement) for name, statement in _people(round_)},
        **{name: rows(statement) for name, statement in _money(round_)},
        policies=rows(_policies(round_)),
        choices=rows(_choices(round_)),
        served=_served(session, round_, places["posts"]),
    )


def needs_of(round_: Round, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Limit a select on needs to those of the round."""
    return statement.join(RoundNeed, and_(RoundNeed.need_id == Need.id, RoundNeed.round_id == round_.id))


def pool_of(round_: Round, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Limit a select on applicants to the pool of the round's cohort."""
    return statement.where(Applicant.cohort_id == round_.cohort_id, Applicant.state == "in_pool")


def _places(round_: Round) -> Iterable[tuple[str, Select[*tuple[Any, ...]]]]:
    need = Need
    columns = (free_seats().label("seats"), need.score, need.hardship, need.tags, need.requires, need.prefers)
    posts = select(need.code, School.npsn, *columns, need.level, need.subject).join(School, School.id == need.school_id)
    school = select(School.npsn, School.name, School.region_code, School.tags)
    in_round = needs_of(round_, select(need.school_id))
    used = needs_of(round_, select(NeedUse.resource_id).join(need, need.id == NeedUse.need_id))
    yield "posts", needs_of(round_, posts).order_by(need.code)
    yield "schools", school.where(School.id.in_(in_round)).order_by(School.npsn)
    yield (
        "costs",
        needs_of(round_, select(need.code, NeedCost.line, NeedCost.amount).join(NeedCost, NeedCost.need_id == need.id)),
    )
    yield (
        "uses",
        needs_of(
            round_,
            select(need.code, Resource.code, NeedUse.units)
            .join(NeedUse, NeedUse.need_id == need.id)
            .join(Resource, Resource.id == NeedUse.resource_id),
        ),
    )
    yield (
        "resources",
        select(Resource.code, Resource.amount, Resource.name_id, Resource.name_en)
        .where(Resource.id.in_(used))
        .order_by(Resource.code),
    )
    homes = pool_of(round_, select(Applicant.home_code))
    targets = needs_of(round_, select(School.region_code).join(need, need.school_id == School.id))
    fares = select(Fare.home_code, Fare.target_code, Fare.amount)
    yield "fares", fares.where(Fare.home_code.in_(homes), Fare.target_code.in_(targets))


def free_seats() -> ColumnElement[int]:
    """Return how many of a need's seats are free: those of its headcount that no standing offer, of whatever round, has taken.

    An offer that was accepted stands until its deployment ends early.
    """
    left = select(Deployment.id).where(Deployment.offer_id == OFFERS.c.id, Deployment.state == "ended_early")
    taken = (
        select(func.count())
        .select_from(OFFERS)
        .join(Placement, Placement.id == OFFERS.c.placement_id)
        .where(Placement.need_id == Need.id, OFFERS.c.state.in_(("sent", "accepted")), ~left.exists())
        .correlate(Need)
        .scalar_subquery()
    )
    return case((taken < Need.headcount, Need.headcount - taken), else_=0)


def _people(round_: Round) -> Iterable[tuple[str, Select[*tuple[Any, ...]]]]:
    person = Applicant
    tags = (person.gender, person.levels, person.subjects, person.languages, person.skills)
    more = (person.regular_care, person.returning, person.max_hardship, person.suitability, person.accept)
    columns = (person.code, person.home_code, *tags, *more, person.group_id)
    yield "volunteers", pool_of(round_, select(*columns)).order_by(person.code)
    wishes = select(person.code, Preference.region_code).join(Preference, Preference.applicant_id == person.id)
    yield "preferences", pool_of(round_, wishes).order_by(person.code, Preference.rank)
    refusals = select(person.code, Refusal.region_code).join(Refusal, Refusal.applicant_id == person.id)
    yield "refusals", pool_of(round_, refusals).order_by(person.code, Refusal.region_code)


def _money(round_: Round) -> Iterable[tuple[str, Select[*tuple[Any, ...]]]]:
    del round_  # money belongs to no round until one is published
    # The last rupiah of an exhausted fund is spent, so it pays nothing; policies and agreements may still name it.
    funds = (
        select(Fund.code, Fund.name, FundBalance.amount, Organisation.code, Organisation.name)
        .join(FundBalance, and_(FundBalance.fund_id == Fund.id, FundBalance.account == "available"))
        .join(Organisation, Organisation.id == Fund.organisation_id)
        .where(Fund.state.in_(("confirmed", "exhausted")))
    )
    yield "funds", funds.order_by(Fund.code)
    terms = (Agreement.anywhere, Agreement.tags, Agreement.min_placements, Agreement.max_placements)
    signed = Agreement.state == "signed"
    agreements = select(Agreement.code, *terms, Agreement.title_id, Agreement.title_en).where(signed)
    yield "agreements", agreements.order_by(Agreement.code)
    lines = (
        select(Agreement.code, AgreementLine.line, Fund.code)
        .join(AgreementLine, AgreementLine.agreement_id == Agreement.id)
        .join(Fund, Fund.id == AgreementLine.fund_id)
    )
    yield "lines", lines.where(signed)
    areas = select(Agreement.code, AgreementRegion.region_code).join(
        AgreementRegion, AgreementRegion.agreement_id == Agreement.id
    )
    yield "areas", areas.where(signed).order_by(Agreement.code, AgreementRegion.region_code)


def _policies(round_: Round) -> Select[*tuple[Any, ...]]:
    columns = (Policy.code, Policy.kind, Policy.parameters, Policy.penalty)
    words = (Policy.title_id, Policy.title_en, Policy.reason_id, Policy.reason_en)
    active = select(*columns, *words).where(Policy.cohort_id == round_.cohort_id, Policy.active)
    return active.order_by(Policy.code)


def _choices(round_: Round) -> Select[*tuple[Any, ...]]:
    return (
        select(Applicant.code, Need.code, RoundChoice.kind, RoundChoice.reason)
        .select_from(RoundChoice)
        .join(Applicant, Applicant.id == RoundChoice.applicant_id)
        .join(Need, Need.id == RoundChoice.need_id)
        .where(RoundChoice.round_id == round_.id)
        .order_by(Applicant.code, Need.code)
    )


def _served(session: Session, round_: Round, posts: Rows) -> Rows:
    """Where people of the pool served before, and where the previous round placed them; needs of this round only.

    Which needs are in the round is looked up here: asked to join them too, SQLite tries every person with every need.
    """
    pairs = select(Applicant.code, Need.code).select_from(Applicant)
    before = pairs.join(ServiceRecord, ServiceRecord.applicant_id == Applicant.id).join(
        Need, Need.id == ServiceRecord.need_id
    )
    found = {tuple(row) for row in session.execute(pool_of(round_, before))}
    if round_.previous_round_id is not None:
        last = (
            pairs.join(Placement, Placement.applicant_id == Applicant.id)
            .join(Round, Round.result_id == Placement.result_id)
            .join(Need, Need.id == Placement.need_id)
            .where(Round.id == round_.previous_round_id)
        )
        found |= {tuple(row) for row in session.execute(pool_of(round_, last))}
    here = {post.code for post in posts}
    return sorted(pair for pair in found if pair[1] in here)
