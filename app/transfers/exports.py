"""Rows of each kind as tables, a thousand at a time: from what the actor may see, with the filters and the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.applicants import listing
from app.applicants import queries as applicants
from app.applicants.models import Applicant, Cohort
from app.applicants.permissions import hidden_from
from app.applicants.schemas import ApplicantQuery, profile_of
from app.core.filters import filtered
from app.core.paging import PageQuery
from app.funding import queries as funds
from app.funding.api import FUND_FILTERS, FUND_SORTS
from app.funding.models import Fund
from app.funding.schemas import FundQuery
from app.identity.actor import Actor
from app.schools import queries as schools
from app.schools.api import NEED_FILTERS, NEED_SORTS, SCHOOL_FILTERS, SCHOOL_SORTS
from app.schools.models import Need, School
from app.schools.schemas import NeedQuery, SchoolQuery
from app.schools.vocabulary import post_tags, required_tags
from app.transfers.cells import Value, listed, paired
from app.transfers.columns import COLUMNS

AT_ONCE: Final = 1000

Facts = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """How one kind is exported.

    Attributes:
        statement: Gives the select of the rows that a query asks for.
        sorts: What the list can be sorted by.
        key: The primary key, which makes the order total.
        shown: Turns rows of one batch into values by column; all further reads are one for the batch.
    """

    statement: Callable[[Actor, Any], Select[Any]]
    sorts: Mapping[str, InstrumentedAttribute[Any]]
    key: InstrumentedAttribute[Any]
    shown: Callable[[Session, Actor, Sequence[Any]], Iterator[Facts]]


def exported(
    session: Session, actor: Actor, kind: str, query: PageQuery, *, most: int | None = None
) -> Iterator[tuple[Value, ...]]:
    """Yield the rows that `query` asks for, as far as `actor` may see them, in the order of the columns of `kind`."""
    table = TABLES[kind]
    names = [column.name for column in COLUMNS[kind]]
    statement = table.statement(actor, query).order_by(*_order(table, query.sort)).limit(most)
    rows = session.scalars(statement.execution_options(yield_per=AT_ONCE))
    for part in rows.partitions(AT_ONCE):
        for facts in table.shown(session, actor, part):
            yield tuple(_cell(facts[name]) for name in names)
        session.expunge_all()


def _order(table: Table, sort: str) -> list[Any]:
    column = table.sorts[sort.removeprefix("-")]
    down = sort.startswith("-")
    return [column.desc().nulls_last() if down else column.asc().nulls_last(), table.key.desc() if down else table.key]


def _cell(value: Any) -> Value:
    if isinstance(value, Mapping):
        return paired(value)
    if isinstance(value, list | tuple):
        return listed(value)
    return value  # type: ignore[no-any-return]


def school_facts(school: School) -> Facts:
    """Return a school by the columns of its file."""
    facts = {name.name: getattr(school, name.name) for name in COLUMNS["schools"] if name.name != "region"}
    return {**facts, "region": school.region_code}


def need_facts(need: Need, resource_codes: Mapping[str, str]) -> Facts:
    """Return a need, whose parts are loaded, by the columns of its file; without the tags that it has by itself."""
    own, required = post_tags(need.level, need.subject), required_tags(need.level, need.subject)
    made = {
        "school": need.school.npsn,
        "tags": [tag for tag in need.tags if tag not in own],
        "requires": [tag for tag in need.requires if tag not in required],
        "costs": {row.line: row.amount for row in need.costs},
        "uses": {resource_codes[row.resource_id]: row.units for row in need.uses},
    }
    return {name.name: made.get(name.name, getattr(need, name.name, None)) for name in COLUMNS["needs"]} | made


def _schools(_: Session, __: Actor, rows: Sequence[School]) -> Iterator[Facts]:
    yield from map(school_facts, rows)


def _needs(session: Session, _: Actor, rows: Sequence[Need]) -> Iterator[Facts]:
    codes = schools.resource_codes(session, rows)
    for need in rows:
        yield need_facts(need, codes)


def _applicants(session: Session, actor: Actor, rows: Sequence[Applicant]) -> Iterator[Facts]:
    wanted = {one.cohort_id for one in rows}
    cohorts = {key: code for key, code in session.execute(select(Cohort.id, Cohort.code).where(Cohort.id.in_(wanted)))}  # noqa: C416 - rows are no pairs for the type checker
    hidden = dict.fromkeys(hidden_from(actor))
    for one in rows:
        yield {
            "code": one.code,
            "cohort": cohorts[one.cohort_id],
            "state": one.state,
            **profile_of(one),
            **hidden,
        }


def fund_facts(fund: Fund) -> Facts:
    """Return a fund, whose organisation is loaded, by the columns of its file."""
    plain = {column.name: getattr(fund, column.name) for column in COLUMNS["funds"] if column.name != "organisation"}
    return {**plain, "organisation": fund.organisation.code}


def _funds(_: Session, __: Actor, rows: Sequence[Fund]) -> Iterator[Facts]:
    yield from map(fund_facts, rows)


def _schools_asked(actor: Actor, query: SchoolQuery) -> Select[Any]:
    return filtered(schools.schools_visible_to(actor), query, SCHOOL_FILTERS)


def _needs_asked(actor: Actor, query: NeedQuery) -> Select[Any]:
    return filtered(schools.with_parts(schools.visible_to(actor)), query, NEED_FILTERS)


def _applicants_asked(actor: Actor, query: ApplicantQuery) -> Select[Any]:
    return applicants.with_parts(listing.asked_for(actor, query))


def _funds_asked(actor: Actor, query: FundQuery) -> Select[Any]:
    return filtered(funds.with_balances(funds.visible_to(actor)), query, FUND_FILTERS)


TABLES: Final[Mapping[str, Table]] = {
    "schools": Table(_schools_asked, SCHOOL_SORTS, School.id, _schools),
    "needs": Table(_needs_asked, NEED_SORTS, Need.id, _needs),
    "applicants": Table(_applicants_asked, listing.SORTS, Applicant.id, _applicants),
    "funds": Table(_funds_asked, FUND_SORTS, Fund.id, _funds),
}
QUERIES: Final[Mapping[str, type[PageQuery]]] = {
    "schools": SchoolQuery,
    "needs": NeedQuery,
    "applicants": ApplicantQuery,
    "funds": FundQuery,
}
