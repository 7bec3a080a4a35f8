"""Put a generated cohort into the database: bulk rows in one transaction, in an order that the foreign keys allow.

People, organisations and conditions of schools are invented and marked so; regions come from the reference data and must be
there already (`app.geography.service.load_reference`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.applicants.models import Applicant, ApplicantGroup, Cohort, Preference, Refusal, ServiceRecord
from app.core import clock
from app.core.database import Base
from app.core.ids import new_id
from app.demo import records
from app.funding.models import Agreement, AgreementLine, AgreementRegion, Fund, FundBalance, LedgerEntry
from app.geography.models import Fare
from app.identity.models import Organisation
from app.partners.models import Activity, Resource
from app.policies.models import Policy, PolicyVersion
from app.schools.models import Need, NeedCost, NeedUse, School

ACTOR = "system"
BATCH = 5_000
# The school year of the cohort's year, in which everybody serves.
FIRST_DAY, LAST_DAY = (7, 1), (6, 30)
INTAKE = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where the cohort's things are in the database: primary keys by the cohort's own identifiers."""

    cohort: str
    schools: dict[str, str]
    needs: dict[str, str]
    people: dict[str, str]
    organisations: dict[str, str]
    funds: dict[str, str]
    agreements: dict[str, str]


def load(session: Session, cohort: records.Cohort) -> Loaded:
    """Write `cohort` into empty tables (regions apart) and return its keys; needs are verified, people in the pool, funds confirmed.

    Agreements are left in draft: every party signs its own (`app.demo.accounts`).

    Raises:
        sqlalchemy.exc.IntegrityError: Where the cohort, or one with the same codes, is loaded already.
    """
    now = clock.now()
    organisations = _organisations(session, cohort, now)
    resources = _resources(session, cohort, organisations, now)
    schools, needs = _places(session, cohort, resources, now)
    cohort_id, people = _people(session, cohort, needs, now)
    funds = _funds(session, cohort, organisations, now)
    agreements = _agreements(session, cohort, funds, now)
    _policies(session, cohort, cohort_id, now)
    _activities(session, cohort, organisations, schools, now)
    _insert(session, Fare, ({"home_code": a, "target_code": b, "amount": rupiah} for a, b, rupiah in cohort.travel))
    return Loaded(cohort_id, schools, needs, people, organisations, funds, agreements)


def _insert(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Insert `rows` in batches, so that a national cohort does not stand in memory twice."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            session.execute(insert(table), batch)
            batch.clear()
    if batch:
        session.execute(insert(table), batch)


def _keys(rows: Iterable[Any]) -> dict[str, str]:
    return {row.id: new_id() for row in rows}


def _organisations(session: Session, cohort: records.Cohort, now: dt.datetime) -> dict[str, str]:
    keys = _keys([*cohort.sponsors, *cohort.partners])
    sponsors = [(s.id, s.kind, s.name, s.region, s.invented) for s in cohort.sponsors]
    partners = [(p.id, "ngo", p.name, None, p.invented) for p in cohort.partners]
    _insert(
        session,
        Organisation,
        (
            {
                "id": keys[code],
                "code": code,
                "kind": kind,
                "name": name,
                "region_code": region,
                "invented": invented,
                "created_at": now,
            }
            for code, kind, name, region, invented in [*sponsors, *partners]
        ),
    )
    return keys


def _resources(
    session: Session, cohort: records.Cohort, organisations: dict[str, str], now: dt.datetime
) -> dict[str, str]:
    keys = _keys(cohort.resources)
    _insert(
        session,
        Resource,
        (
            {
                "id": keys[row.id],
                "code": row.id,
                "organisation_id": organisations[row.partner],
                "name_id": row.name.id,
                "name_en": row.name.en,
                "amount": row.amount,
                "created_at": now,
                "version": 1,
            }
            for row in cohort.resources
        ),
    )
    return keys


def _places(
    session: Session, cohort: records.Cohort, resources: dict[str, str], now: dt.datetime
) -> tuple[dict[str, str], dict[str, str]]:
    schools = {school.npsn: new_id() for school in cohort.schools}
    needs = _keys(cohort.needs)
    _insert(session, School, (_school_row(school, schools[school.npsn], now) for school in cohort.schools))
    year = cohort.parameters.year
    period = (dt.date(year, *FIRST_DAY), dt.date(year + 1, *LAST_DAY))
    _insert(
        session, Need, (_need_row(need, needs[need.id], schools[need.school], period, now) for need in cohort.needs)
    )
    _insert(
        session,
        NeedCost,
        ({"need_id": needs[n.id], "line": line, "amount": rupiah} for n in cohort.needs for line, rupiah in n.cost),
    )
    _insert(
        session,
        NeedUse,
        (
            {"need_id": needs[need.id], "resource_id": resources[resource], "units": units}
            for need in cohort.needs
            for resource, units in need.uses
        ),
    )
    return schools, needs


def _school_row(school: records.SchoolPlace, key: str, now: dt.datetime) -> dict[str, Any]:
    return {
        "id": key,
        "npsn": school.npsn,
        "name": school.name,
        "level": school.level,
        "status": school.status,
        "region_code": school.regency,
        "district": school.district,
        "lat": school.lat,
        "lon": school.lon,
        "tags": list(school.tags),
        "invented": school.invented,
        "created_at": now,
        "version": 1,
    }


def _need_row(
    need: records.Need, key: str, school: str, period: tuple[dt.date, dt.date], now: dt.datetime
) -> dict[str, Any]:
    return {
        "id": key,
        "code": need.id,
        "school_id": school,
        "level": need.level,
        "subject": need.subject,
        "headcount": need.seats,
        "starts_on": period[0],
        "ends_on": period[1],
        "hardship": need.hardship,
        "tags": list(need.tags),
        "requires": list(need.requires),
        "prefers": list(need.prefers),
        "teachers_missing": need.teachers_missing,
        "years_without": need.years_without,
        "score": need.score,
        "score_parts": dict(need.score_parts),
        "state": "verified",
        "created_at": now,
        "version": 1,
    }


def _people(
    session: Session, cohort: records.Cohort, needs: dict[str, str], now: dt.datetime
) -> tuple[str, dict[str, str]]:
    parameters = cohort.parameters
    row = Cohort(
        id=new_id(),
        code=parameters.name,
        name_id=f"Angkatan {parameters.year} (contoh)",
        name_en=f"Cohort {parameters.year} (example)",
        year=parameters.year,
        intake_opens_on=now.date() - INTAKE,
        intake_closes_on=now.date() + INTAKE,
        invented=True,
        created_at=now,
    )
    session.add(row)
    session.flush()
    groups = {code: new_id() for code in sorted({person.group for person in cohort.people if person.group})}
    _insert(session, ApplicantGroup, ({"id": g, "cohort_id": row.id, "kind": "couple"} for g in groups.values()))
    people = _keys(cohort.people)
    _insert(session, Applicant, (_applicant_row(p, people[p.id], row.id, groups, now) for p in cohort.people))
    _insert(
        session,
        Preference,
        (
            {"applicant_id": people[person.id], "rank": rank, "region_code": region}
            for person in cohort.people
            for rank, region in enumerate(person.preferences)
        ),
    )
    _insert(
        session,
        Refusal,
        ({"applicant_id": people[p.id], "region_code": region} for p in cohort.people for region in p.refuses),
    )
    last_year = parameters.year - 1
    _insert(
        session,
        ServiceRecord,
        ({"applicant_id": people[p], "need_id": needs[need], "year": last_year} for p, need in cohort.previous),
    )
    return row.id, people


def _applicant_row(
    person: records.Person, key: str, cohort: str, groups: dict[str, str], now: dt.datetime
) -> dict[str, Any]:
    return {
        "id": key,
        "code": person.id,
        "cohort_id": cohort,
        "group_id": groups[person.group] if person.group else None,
        "name": person.name,
        "email": person.email,
        "gender": person.gender,
        "birth_year": person.birth_year,
        "home_code": person.home,
        "levels": list(person.levels),
        "subjects": list(person.subjects),
        "languages": list(person.languages),
        "skills": list(person.skills),
        "regular_care": person.regular_care,
        "returning": person.returning,
        "max_hardship": person.max_hardship,
        "suitability": person.suitability,
        "accept": person.accept,
        "state": "in_pool",
        "invented": person.invented,
        "created_at": now,
        "submitted_at": now,
        "version": 1,
    }


def _funds(session: Session, cohort: records.Cohort, organisations: dict[str, str], now: dt.datetime) -> dict[str, str]:
    keys = _keys(cohort.funds)
    year = cohort.parameters.year
    _insert(
        session,
        Fund,
        (
            {
                "id": keys[fund.id],
                "code": fund.id,
                "organisation_id": organisations[fund.sponsor],
                "name": fund.name,
                "earmark_id": fund.earmark.id,
                "earmark_en": fund.earmark.en,
                "amount": fund.budget,
                "starts_on": dt.date(year, 1, 1),
                "ends_on": dt.date(year + 1, 12, 31),
                "state": "confirmed",
                "created_at": now,
                "version": 1,
            }
            for fund in cohort.funds
        ),
    )
    _insert(
        session,
        FundBalance,
        (
            {"fund_id": keys[fund.id], "account": account, "amount": fund.budget if account == "available" else 0}
            for fund in cohort.funds
            for account in ("available", "reserved", "committed", "spent")
        ),
    )
    _insert(
        session,
        LedgerEntry,
        (
            {
                "id": new_id(),
                "fund_id": keys[fund.id],
                "from_account": "outside",
                "to_account": "available",
                "amount": fund.budget,
                "reason": "pledge",
                "actor_id": ACTOR,
                "at": now,
            }
            for fund in cohort.funds
            if fund.budget
        ),
    )
    return keys


def _agreements(session: Session, cohort: records.Cohort, funds: dict[str, str], now: dt.datetime) -> dict[str, str]:
    keys = _keys(cohort.agreements)
    _insert(
        session,
        Agreement,
        (
            {
                "id": keys[row.id],
                "code": row.id,
                "title_id": row.title.id,
                "title_en": row.title.en,
                "anywhere": row.regions is None,
                "tags": list(row.tags),
                "min_placements": row.min_placements,
                "max_placements": row.max_placements,
                "state": "draft",
                "created_at": now,
                "version": 1,
            }
            for row in cohort.agreements
        ),
    )
    _insert(
        session,
        AgreementLine,
        (
            {"agreement_id": keys[row.id], "line": line, "fund_id": funds[fund]}
            for row in cohort.agreements
            for line, fund in row.pays
        ),
    )
    _insert(
        session,
        AgreementRegion,
        (
            {"agreement_id": keys[row.id], "region_code": region}
            for row in cohort.agreements
            for region in row.regions or ()
        ),
    )
    return keys


def _policies(session: Session, cohort: records.Cohort, cohort_id: str, now: dt.datetime) -> None:
    keys = _keys(cohort.policies)
    bodies = [(keys[row.id], _policy_body(row)) for row in cohort.policies]
    _insert(
        session,
        Policy,
        (
            {"id": key, "cohort_id": cohort_id, **body, "active": True, "created_at": now, "version": 1}
            for key, body in bodies
        ),
    )
    _insert(
        session,
        PolicyVersion,
        ({"policy_id": key, "version": 1, "body": {**body, "active": True}, "changed_at": now} for key, body in bodies),
    )


def _policy_body(row: records.Policy) -> dict[str, Any]:
    return {
        "code": row.id,
        "kind": row.kind,
        "title_id": row.title.id,
        "title_en": row.title.en,
        "reason_id": row.reason.id,
        "reason_en": row.reason.en,
        "basis_id": row.basis.id,
        "basis_en": row.basis.en,
        "parameters": dict(row.parameters),
        "penalty": row.penalty,
    }


def _activities(
    session: Session,
    cohort: records.Cohort,
    organisations: dict[str, str],
    schools: dict[str, str],
    now: dt.datetime,
) -> None:
    def month(text: str) -> dt.date:
        return dt.date.fromisoformat(f"{text}-01")

    def rows(activities: Sequence[records.Activity]) -> Iterable[dict[str, Any]]:
        for row in activities:
            yield {
                "id": new_id(),
                "organisation_id": organisations[row.partner],
                "sector": row.sector,
                "what_id": row.what.id,
                "what_en": row.what.en,
                "region_code": row.regency,
                "school_id": schools[row.school] if row.school else None,
                "first_month": month(row.first_month),
                "last_month": month(row.last_month),
                "created_at": now,
                "version": 1,
            }

    _insert(session, Activity, rows(cohort.activities))
