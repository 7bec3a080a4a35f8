"""A cohort of three at one school in Nabire, and the money of Agro Lestari: what policies can name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.applicants.models import Applicant, ApplicantGroup, Cohort
from app.core import clock
from app.core.database import Database
from app.funding.models import Agreement, Fund
from app.geography.models import Region
from app.identity.models import Organisation
from app.schools.models import Need, School

COUPLE = "0193b7a4-1c1e-7f6e-9d55-000000000001"


@pytest.fixture
def nabire(database: Database, papua: str) -> str:
    """The id of the cohort 2027; its people are maria and yusuf (a couple), and budi, who withdrew."""
    now = clock.now()
    with database.transaction() as session:
        cohort = Cohort(
            code="2027",
            name_id="Angkatan 2027",
            name_en="Cohort 2027",
            year=2027,
            intake_opens_on=dt.date(2026, 9, 1),
            intake_closes_on=dt.date(2026, 12, 1),
            created_at=now,
        )
        session.add(cohort)
        _add_places(session, papua, now)
        _add_money(session, now)
        session.flush()
        session.add(ApplicantGroup(id=COUPLE, cohort_id=cohort.id))
        session.flush()
        for code, gender, state, group in (
            ("maria", "f", "in_pool", COUPLE),
            ("yusuf", "m", "in_pool", COUPLE),
            ("budi", "m", "withdrawn", None),
        ):
            session.add(_person(cohort.id, code, gender, state, group, now))
        return cohort.id


def _add_places(session: Any, papua: str, now: dt.datetime) -> None:
    session.add(
        Region(
            code="94.01",
            parent_code=papua,
            level="regency",
            kind="kabupaten",
            name="Kabupaten Nabire",
            timezone="WIT",
            lat=-3.4,
            lon=135.5,
            population=170_000,
            monthly_wage=4_285_848,
            distance_km=3_250,
            languages=[],
        )
    )
    session.flush()
    school = School(
        npsn="60300001",
        name="SD Inpres Nabire",
        level="SD",
        status="negeri",
        region_code="94.01",
        lat=-3.4,
        lon=135.5,
        tags=["remote"],
        created_at=now,
    )
    session.add(school)
    session.flush()
    for code, state in (("nabire-sd", "verified"), ("nabire-old", "closed")):
        session.add(
            Need(
                code=code,
                school_id=school.id,
                level="SD",
                headcount=2,
                starts_on=dt.date(2027, 7, 1),
                ends_on=dt.date(2028, 6, 30),
                tags=["level:sd"],
                requires=["teach:sd"],
                prefers=[],
                score=70,
                state=state,
                created_at=now,
            )
        )


def _add_money(session: Any, now: dt.datetime) -> None:
    agro = Organisation(code="agro", kind="company", name="PT Agro Lestari", created_at=now)
    session.add(agro)
    session.flush()
    days = {"starts_on": dt.date(2027, 1, 1), "ends_on": dt.date(2028, 12, 31), "created_at": now}
    session.add(Fund(code="agro-sd", organisation_id=agro.id, name="Guru SD 2027", amount=1, state="confirmed", **days))
    session.add(
        Agreement(
            code="papua-agro",
            title_id="Perjanjian Papua",
            title_en="Papua agreement",
            tags=[],
            state="signed",
            created_at=now,
        )
    )


def _person(cohort_id: str, code: str, gender: str, state: str, group: str | None, now: dt.datetime) -> Applicant:
    return Applicant(
        code=code,
        cohort_id=cohort_id,
        group_id=group,
        name=code.title(),
        email=f"{code}@contoh.example",
        gender=gender,
        birth_year=2000,
        home_code="94.01",
        levels=["SD"],
        subjects=[],
        languages=[],
        skills=["first-aid"],
        suitability=70,
        state=state,
        created_at=now,
    )


@pytest.fixture
def rina(as_role: Callable[..., TestClient]) -> TestClient:
    """Rina, who manages the programme; she reads English."""
    client = as_role("manager")
    client.headers["accept-language"] = "en"
    return client


@pytest.fixture
def draft(nabire: str) -> Callable[..., dict[str, Any]]:
    """Makes the body of a policy; what is not said is filled in."""

    def make(kind: str, parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {
            "cohort_id": nabire,
            "code": f"rule-{kind}",
            "kind": kind,
            "title_id": "Aturan",
            "title_en": "A rule",
            "reason_id": "Begitulah keputusan program.",
            "reason_en": "So the programme decided.",
            "parameters": parameters,
            **fields,
        }

    return make
