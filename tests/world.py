"""A small programme for tests: two regencies in two provinces, three needs, four people in the pool, two funds that share costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.applicants.models import Applicant, Cohort, Preference
from app.core import clock
from app.core.access import SYSTEM
from app.funding import ledger
from app.funding.models import Agreement, AgreementLine, Fund
from app.geography.models import Fare, Region
from app.identity.models import Organisation
from app.policies.models import Policy
from app.schools.models import Need, NeedCost, School
from app.schools.scoring import MOST

YEAR = 2027
STIPEND, TRAINING, FARE = 50_000_000, 12_000_000, 9_000_000


@dataclass(frozen=True)
class World:
    """Primary keys by the names that tests use."""

    cohort: str
    company: str
    government: str
    company_fund: str
    government_fund: str
    agreement: str
    needs: dict[str, str]
    people: dict[str, str]


def make_world(session: Session, *, company_budget: int = 500_000_000) -> World:
    """Write the programme: Sumba Timur (53.11) and Asmat (93.04); Ayu, Budi, Citra and Dedi; needs moa (2 seats), agats and waijelu."""
    now = clock.now()
    places = [("53", None, "Nusa Tenggara Timur"), ("53.11", "53", "Sumba Timur"), ("93", None, "Papua Selatan")]
    places += [("93.04", "93", "Asmat"), ("31", None, "DKI Jakarta"), ("31.71", "31", "Jakarta Selatan")]
    session.add_all(_region(code, parent, name) for code, parent, name in places)
    session.flush()
    company = _organisation(session, "agro", "company", None)
    government = _organisation(session, "ntt", "government", "53")
    cohort = Cohort(
        code="2027",
        name_id="Angkatan 2027",
        name_en="Cohort 2027",
        year=YEAR,
        intake_opens_on=dt.date(2026, 1, 1),
        intake_closes_on=dt.date(2027, 3, 1),
        created_at=now,
    )
    session.add(cohort)
    session.flush()
    needs = _needs(session)
    people = _people(session, cohort.id)
    company_fund = _fund(session, "agro-2027", company, company_budget)
    government_fund = _fund(session, "ntt-2027", government, 120_000_000)
    agreement = Agreement(
        code="ntt-agro",
        title_id="NTT dan Agro",
        title_en="NTT and Agro",
        anywhere=True,
        tags=[],
        state="signed",
        created_at=now,
        lines=[AgreementLine(line="*", fund_id=company_fund)],
    )
    shared = Agreement(
        code="ntt-shared",
        title_id="Uang saku dari NTT",
        title_en="Stipend by NTT",
        anywhere=True,
        tags=["at:sumba"],
        state="signed",
        created_at=now,
        lines=[AgreementLine(line="*", fund_id=company_fund), AgreementLine(line="stipend", fund_id=government_fund)],
    )
    session.add_all([agreement, shared])
    for target in ("53.11", "93.04"):
        session.add(Fare(home_code="31.71", target_code=target, amount=FARE))
    session.add(_policy(cohort.id))
    session.flush()
    return World(cohort.id, company, government, company_fund, government_fund, agreement.id, needs, people)


def _region(code: str, parent: str | None, name: str) -> Region:
    return Region(
        code=code,
        parent_code=parent,
        level="province" if parent is None else "regency",
        kind="provinsi" if parent is None else "kabupaten",
        name=name,
        timezone="WIT",
        lat=-5.5,
        lon=138.3,
        population=100_000,
        monthly_wage=3_000_000,
        distance_km=3000,
        languages=[],
    )


def _organisation(session: Session, code: str, kind: str, region: str | None) -> str:
    row = Organisation(code=code, kind=kind, name=f"{code} (contoh)", region_code=region, created_at=clock.now())
    session.add(row)
    session.flush()
    return row.id


def _needs(session: Session) -> dict[str, str]:
    found = {}
    rows: list[tuple[str, str, int, int, str, list[str]]] = [
        ("moa", "93.04", 2, 80, "10000001", []),
        ("agats", "93.04", 1, 60, "10000002", []),
        ("waijelu", "53.11", 1, 70, "10000003", ["at:sumba"]),
    ]
    for code, region, seats, score, npsn, tags in rows:
        school = School(
            npsn=npsn,
            name=f"SD {code.title()}",
            level="SD",
            status="negeri",
            region_code=region,
            lat=-5.5,
            lon=138.3,
            tags=[],
            created_at=clock.now(),
        )
        session.add(school)
        session.flush()
        need = Need(
            code=code,
            school_id=school.id,
            level="SD",
            subject=None,
            headcount=seats,
            starts_on=dt.date(YEAR, 7, 1),
            ends_on=dt.date(YEAR + 1, 6, 30),
            hardship=2,
            tags=tags,
            requires=["teach:sd"],
            prefers=[],
            score=score,
            score_parts={**dict.fromkeys(MOST, 0), next(iter(MOST)): score},
            state="verified",
            created_at=clock.now(),
            costs=[NeedCost(line="stipend", amount=STIPEND), NeedCost(line="training", amount=TRAINING)],
        )
        session.add(need)
        session.flush()
        found[code] = need.id
    return found


def _people(session: Session, cohort: str) -> dict[str, str]:
    found = {}
    for name, gender, levels, suitability in [
        ("Ayu", "f", ["SD"], 90),
        ("Budi", "m", ["SD"], 70),
        ("Citra", "f", ["SD"], 60),
        ("Dedi", "m", ["SMA"], 95),
    ]:
        person = Applicant(
            code=name.lower(),
            cohort_id=cohort,
            name=f"{name} Contoh",
            email=f"{name.lower()}@contoh.example",
            gender=gender,
            birth_year=2001,
            home_code="31.71",
            levels=levels,
            subjects=[],
            languages=["ind"],
            skills=[],
            max_hardship=4,
            suitability=suitability,
            state="in_pool",
            created_at=clock.now(),
            preferences=[Preference(rank=0, region_code="53")] if name == "Budi" else [],
        )
        session.add(person)
        session.flush()
        found[name.lower()] = person.id
    return found


def _fund(session: Session, code: str, organisation: str, amount: int) -> str:
    fund = Fund(
        code=code,
        organisation_id=organisation,
        name=f"Dana {code}",
        amount=amount,
        starts_on=dt.date(YEAR, 1, 1),
        ends_on=dt.date(YEAR + 1, 12, 31),
        state="confirmed",
        created_at=clock.now(),
    )
    session.add(fund)
    session.flush()
    ledger.open_accounts(session, fund.id)
    ledger.pledge(session, SYSTEM, fund.id, amount, reason="confirm")
    return fund.id


def _policy(cohort: str) -> Policy:
    parameters: dict[str, Any] = {"posts": {"regions": ["53"]}, "min": 1}
    return Policy(
        cohort_id=cohort,
        code="sumba-first",
        kind="count",
        title_id="Sumba dapat guru",
        title_en="Sumba gets a teacher",
        reason_id="Perjanjian dengan NTT",
        reason_en="The agreement with NTT",
        parameters=parameters,
        created_at=clock.now(),
    )
